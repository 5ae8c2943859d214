"""How long things run: the hours of a month that a usage file states for what is paused, torn down or started for a job."""

from __future__ import annotations

from cost.estimate.meters.base import Charge, Context, constant, usage_assumption
from cost.estimate.model import ONE, QuantitySource, Range
from cost.units import MONTH_HOURS

HOURS = "monthly_hours"
"""The usage field for how many hours of a month a resource runs; 730 where nobody says."""


def run_hours(context: Context) -> tuple[float, QuantitySource, tuple[str, ...]]:
    """Hours of the month, where they came from, and the words for it: the whole month unless usage says otherwise."""
    stated = context.usage.get(HOURS)
    if stated is None:
        return MONTH_HOURS, QuantitySource.DECLARED, ()
    return stated.value, stated.source, (usage_assumption(HOURS, stated),)


def hourly(
    context: Context, price_type: str, component: str, count: Range = ONE, *, label: str | None = None, notes: tuple[str, ...] = (), per_hour: float = 1.0
) -> Charge:
    """The charge of `count` things that run as long as the resource does, at `per_hour` units of the price an hour."""
    hours, source, words = run_hours(context)
    return Charge(price_type, component, constant(hours * per_hour), count, source=source, assumptions=(*notes, *words), label=label)
