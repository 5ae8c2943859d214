"""What moto lacks and our stacks need, added to moto's own service classes: real state that create, describe and delete work on."""

from __future__ import annotations


def install() -> None:
    """Add the extras to moto; doing it twice changes nothing."""
