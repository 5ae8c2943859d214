"""Pulumi type tokens that several families look for: whoever scales a thing is declared beside it."""

from __future__ import annotations

SCALING_TARGET = "aws:appautoscaling/target:Target"
