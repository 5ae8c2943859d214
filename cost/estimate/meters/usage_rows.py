"""Words that several families say with usage fields: charges or the reason for none, hours of a part-time resource, a figure within limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Item, UndecidableError, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.model import Quantity, QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import Unknown

MONTHLY_HOURS = "monthly_hours"
"""Ours: how many hours a month the resource exists."""


def all_used(context: Context, price_type: str, rows: Iterable[Used]) -> Iterable[Charge]:
    """The charges of every row whose field is stated."""
    for row in rows:
        yield from used_charge(context, price_type, row)


def used_or_reason(context: Context, price_type: str, *rows: Used) -> Iterable[Item]:
    """The charges of rows; where none of their fields is stated, Unpriced with the fields' names."""
    charges = list(all_used(context, price_type, rows))
    yield from charges or [Unpriced(rows[0].component, f"no {' or '.join(row.field for row in rows)} in the usage file or the presets")]


def settled(path: str, fields: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """A value inside a nested input. Raises UndecidableError where it is unknown."""
    value = fields.get(key, default)
    if isinstance(value, Unknown):
        raise UndecidableError(f"{path}.{key} is known only after deployment")
    return value


def stated_by_hand(context: Context, price_type: str, row: Used) -> Iterable[Charge]:
    """The charge of a row that somebody stated; none where only the preset does, for a resource that need not have the component."""
    found = context.usage.get(row.field)
    if found is not None and found.source is not QuantitySource.PRESET:
        yield from used_charge(context, price_type, row)


def running_hours(context: Context) -> tuple[float, QuantitySource, tuple[str, ...]]:
    """Hours a month that the resource exists: `monthly_hours` where it is stated, else all of them."""
    found = context.usage.get(MONTHLY_HOURS)
    if found is None:
        return float(MONTH_HOURS), QuantitySource.DECLARED, ()
    return found.value, found.source, (usage_assumption(MONTHLY_HOURS, found),)


def within_limits(stated: Quantity | None, floor: float, ceiling: float) -> Range:
    """The range from a floor to a ceiling; expected is what is stated, held between them, else the floor."""
    expected = floor if stated is None else min(max(stated.value, floor), ceiling)
    return Range(min=floor, expected=expected, max=ceiling)


def up_to(size: float) -> Range:
    """What holds at most `size`: nothing at the floor, all of it expected."""
    return Range(min=0.0, expected=size, max=size)


def stated_or_up_to(context: Context, field: str, size: float | None, note: str) -> tuple[Range, QuantitySource, tuple[str, ...]] | None:
    """A usage figure; where it is not stated, anything up to a declared size; None where there is neither."""
    found = context.usage.get(field)
    if found is not None:
        return constant(found.value), found.source, (usage_assumption(field, found),)
    return None if size is None else (up_to(size), QuantitySource.DECLARED, (f"{note}; state {field} in a usage file",))
