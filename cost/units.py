"""Units that every part of the cost desk counts in."""

from __future__ import annotations

from typing import Final

MONTH_HOURS: Final = 730
"""Hours in a billing month. Source: AWS Pricing Calculator assumptions (8,760 h / 12)."""
THOUSAND: Final = 1_000.0
MILLION: Final = 1_000_000.0
