"""A cost kind that is asked for by name."""

from __future__ import annotations

from cost.bill.charge_table import COST_KINDS
from plinth.errors import UsageError


def check_cost_kind(cost: str) -> None:
    """Raise UsageError for a name that is no cost kind."""
    if cost not in COST_KINDS:
        raise UsageError("there is no such cost kind", where="--cost", value=cost, fix=f"use one of {', '.join(COST_KINDS)}")
