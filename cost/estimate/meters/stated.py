"""Usage that a meter expects somebody to state: its charge, or that nobody did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cost.estimate.meters.base import Charge, Context, Unpriced, Used, used_charge


def stated(
    context: Context, price_type: str, row: Used, *, factor: float = 1.0, notes: tuple[str, ...] = (), label: str | None = None
) -> Iterable[Charge | Unpriced]:
    """The charge for a usage field times `factor`, with `notes` among its assumptions; Unpriced where neither a usage file nor the preset has it."""
    charges = [replace(charge, assumptions=(*charge.assumptions, *notes), label=label) for charge in used_charge(context, price_type, row, factor=factor)]
    yield from charges or [Unpriced(label or row.component, f"no {row.field} in the usage file or the preset")]


def stated_if_any(context: Context, price_type: str, row: Used, *, factor: float = 1.0, notes: tuple[str, ...] = ()) -> Iterable[Charge]:
    """The charge for a usage field that most resources do without; nothing where nobody states it."""
    for charge in used_charge(context, price_type, row, factor=factor):
        yield replace(charge, assumptions=(*charge.assumptions, *notes))
