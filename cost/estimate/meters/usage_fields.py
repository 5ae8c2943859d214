"""What usage fields say in every family: the hours that a resource runs, the charge of a field or that nobody states it, a figure within limits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from cost.estimate.meters.base import Charge, Context, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.model import ONE, Quantity, QuantitySource, Range
from cost.units import MONTH_HOURS

MONTHLY_HOURS = "monthly_hours"
"""The field for how many hours of a month a resource runs; all of them where nobody says."""

LONGEST_MONTH_HOURS = 31 * 24.0


class Hours(NamedTuple):
    """Hours of a month, where they came from, and the words for it."""

    hours: float
    source: QuantitySource
    notes: tuple[str, ...]


def running_hours(context: Context, field_name: str = MONTHLY_HOURS, *, overlapping: bool = False) -> Hours:
    """The hours of a month that a resource runs, by its usage field; the whole month where nobody states it.

    At most those of a month of 31 days, unless its runs may lie side by side (`overlapping`).
    """
    found = context.usage.get(field_name)
    if found is None:
        return Hours(float(MONTH_HOURS), QuantitySource.DECLARED, ())
    most = math.inf if overlapping else LONGEST_MONTH_HOURS
    if found.value > most:
        context.warnings.append(f"{context.resource.name}: {field_name} {found.value:g} is more than a month of 31 days has; {most:g} taken")
    return Hours(min(found.value, most), found.source, (usage_assumption(field_name, found),))


def hourly(
    context: Context, price_type: str, component: str, count: Range = ONE, *, label: str | None = None, notes: tuple[str, ...] = (), per_hour: float = 1.0
) -> Charge:
    """The charge of `count` things that run as long as the resource does, at `per_hour` units of the price an hour."""
    hours, source, words = running_hours(context)
    return Charge(price_type, component, constant(hours * per_hour), count, source=source, assumptions=(*notes, *words), label=label)


def used_if_stated(context: Context, price_type: str, *rows: Used, factor: float = 1.0, notes: tuple[str, ...] = ()) -> Iterable[Charge]:
    """The charge of every row whose field is stated, times `factor`, with `notes` among its assumptions; nothing for the others."""
    for row in rows:
        for charge in used_charge(context, price_type, row, factor=factor):
            yield replace(charge, assumptions=(*charge.assumptions, *notes))


def used_or_unpriced(
    context: Context, price_type: str, *rows: Used, factor: float = 1.0, notes: tuple[str, ...] = (), label: str | None = None
) -> Iterable[Charge | Unpriced]:
    """The charges of rows; Unpriced, with the fields' names, where neither a usage file nor the preset has any of them."""
    charges = [replace(charge, label=label) for charge in used_if_stated(context, price_type, *rows, factor=factor, notes=notes)]
    yield from charges or [not_stated(label or rows[0].component, *(row.field for row in rows))]


def used_if_by_hand(context: Context, price_type: str, row: Used) -> Iterable[Charge]:
    """The charge of a row that somebody stated; none where only the preset does, for a resource that need not have the component."""
    found = context.usage.get(row.field)
    if found is not None and found.source is not QuantitySource.PRESET:
        yield from used_charge(context, price_type, row)


def not_stated(component: str, *fields: str, beside: str = "") -> Unpriced:
    """A component that costs by use which nobody states, with the fields that would; `beside` is what else is missing."""
    return Unpriced(component, f"no {' or '.join(fields)} in the usage file or the preset{beside}")


def within_limits(stated: Quantity | None, floor: float, ceiling: float) -> Range:
    """The range from a floor to a ceiling; expected is what is stated, held between them, else the floor."""
    expected = floor if stated is None else min(max(stated.value, floor), ceiling)
    return Range(min=floor, expected=expected, max=ceiling)


def up_to(size: float) -> Range:
    """What holds at most `size`: nothing at the floor, all of it expected."""
    return Range(min=0.0, expected=size, max=size)


def stated_or_up_to(context: Context, field_name: str, size: float | None, note: str) -> tuple[Range, QuantitySource, tuple[str, ...]] | None:
    """A usage figure; where it is not stated, anything up to a declared size; None where there is neither."""
    found = context.usage.get(field_name)
    if found is not None:
        return constant(found.value), found.source, (usage_assumption(field_name, found),)
    return None if size is None else (up_to(size), QuantitySource.DECLARED, (f"{note}; state {field_name} in a usage file",))
