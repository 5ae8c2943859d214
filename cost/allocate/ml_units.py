"""Cost per 1,000 predictions and per training run: counts against what the counted charges cost on the counted days.

Only a month or day of which the bill has every day is counted: a month's count against ten days of cost would be a wrong price.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from cost.allocate.ml_charge import PREFIXES, MlCharge
from cost.allocate.ml_counts import Count, Counts, Metric
from cost.allocate.ml_model import Component, MlResource, UnitCost
from cost.bill.model import BillWarning

PER: Final[Mapping[Metric, tuple[float, Literal["1,000 predictions", "training run"]]]] = {
    "predictions": (1000.0, "1,000 predictions"),
    "training_runs": (1.0, "training run"),
}
NAMED: Final = 5
Days = Callable[[Sequence[str]], Iterable[MlCharge]]
"""The charges by day of these resource ids: ml_rows.by_day, run."""


@dataclass(frozen=True)
class Subject:
    """What was counted: the counts that can be used, the periods that can't, and the resources that it is."""

    name: str
    metric: Metric
    counts: tuple[Count, ...]
    outside: tuple[str, ...]
    ids: tuple[str, ...]


def unit_costs(
    counts: Counts | None, charges: Sequence[MlCharge], resources: Sequence[MlResource], days: Days, billed: Collection[date]
) -> tuple[tuple[UnitCost, ...], tuple[BillWarning, ...]]:
    """The unit cost of every counted subject, and of every endpoint that has no count: unknown. With warnings on counts that could not be used.

    `billed` are the days that the bill has (billed_days); a period that is not wholly among them is not counted.
    """
    subjects = list(_subjects(counts, charges, {f"{day:%Y-%m-%d}" for day in billed}))
    matched = [subject for subject in subjects if subject.ids]
    by_subject: defaultdict[str, list[MlCharge]] = defaultdict(list)
    ids = sorted({each for subject in matched for each in subject.ids})
    for charge in days(ids) if ids else ():
        for name in charge.subjects():
            by_subject[name].append(charge)
    made = [_unit_cost(subject, by_subject[subject.name]) for subject in matched]
    counted = {each for subject in matched if subject.metric == "predictions" for each in subject.ids}
    uncounted = [_uncounted(resource) for resource in resources if resource.kind == "endpoint" and resource.resource_id and resource.resource_id not in counted]
    return (*made, *uncounted), tuple(_warnings(subjects, made, uncounted)) if counts else ()


def billed_days(spans: Iterable[Mapping[str, Any]]) -> set[date]:
    """The days of usage from ml_rows.usage_spans; a charge longer than a day says nothing of its days, unless there are no others."""
    rows = list(spans)
    kept = [row for row in rows if not row["long"]] or rows
    return {row["first"] + timedelta(days=number) for row in kept for number in range((row["last"] - row["first"]).days + 1)}


def _subjects(counts: Counts | None, charges: Sequence[MlCharge], billed: Collection[str]) -> Iterator[Subject]:
    named: defaultdict[str, set[str]] = defaultdict(set)
    for charge in charges if counts else ():
        for name in charge.subjects():
            named[name].add(charge.row["resource"])
    groups: defaultdict[tuple[str, Metric], list[Count]] = defaultdict(list)
    for count in counts.counts if counts else ():
        groups[count.resource, count.metric].append(count)
    for (name, metric), each in groups.items():
        inside = tuple(count for count in each if _is_inside(count.period, billed))
        outside = tuple(sorted({count.period for count in each} - {count.period for count in inside}))
        yield Subject(name, metric, inside, outside, tuple(sorted(named.get(name, ()))))


def _is_inside(period: str, billed: Collection[str]) -> bool:
    """Whether the bill has every day of the month or day."""
    if len(period) > 7:
        return period in billed
    return all(f"{period}-{day:02}" in billed for day in range(1, monthrange(int(period[:4]), int(period[5:]))[1] + 1))


def _unit_cost(subject: Subject, charges: Sequence[MlCharge]) -> UnitCost:
    by_period = {count.period: count.value for count in subject.counts}
    counted = [(charge, value) for charge in charges if (value := _value(charge.row["day"], by_period)) is not None]
    idle = [charge for charge, value in counted if value == 0]
    cost, total = sum(charge.cost for charge, _ in counted), sum(by_period.values()) if by_period else None
    components: defaultdict[Component, float] = defaultdict(float)
    for charge, _ in counted:
        components[charge.row["component"]] += charge.cost
    size, per = PER[subject.metric]
    # A month's count does not say on which of its days nothing was asked for.
    by_day = subject.metric == "predictions" and any(len(period) > 7 or value == 0 for period, value in by_period.items())
    return UnitCost(
        subject=subject.name,
        metric=subject.metric,
        per=per,
        resources=subject.ids,
        count=total,
        unit_cost=cost / total * size if total and counted else None,
        cost=cost,
        components=dict(components),
        uncounted_cost=sum(charge.cost for charge in charges) - cost,
        idle_cost=sum(charge.cost for charge in idle) if by_day else None,
        idle_hours=sum(charge.row["hours"] for charge in idle) if by_day else None,
    )


def _value(day: date, by_period: Mapping[str, float]) -> float | None:
    """The count that the day is in: its own, or its month's; None where it has none."""
    return by_period.get(f"{day:%Y-%m-%d}", by_period.get(f"{day:%Y-%m}"))


def _uncounted(resource: MlResource) -> UnitCost:
    return UnitCost(
        subject=resource.name,
        metric="predictions",
        per="1,000 predictions",
        resources=(resource.resource_id,),
        count=None,
        unit_cost=None,
        cost=0.0,
        components={},
        uncounted_cost=resource.cost,
        idle_cost=None,
        idle_hours=None,
    )


def _warnings(subjects: Sequence[Subject], made: Sequence[UnitCost], uncounted: Sequence[UnitCost]) -> Iterator[BillWarning]:
    unmatched = [subject.name for subject in subjects if not subject.ids]
    if unmatched:
        yield BillWarning(code="count_not_in_bill", message=f"counted, and not in the bill: {_named(unmatched)}", rows=len(unmatched))
    several = [subject.name for subject in subjects if len(subject.ids) > 1 and subject.name.split(":", 1)[0] not in PREFIXES]
    if several:
        yield BillWarning(code="count_of_several", message=f"names of several resources, taken together: {_named(several)}", rows=len(several))
    if uncounted:
        message = f"endpoints without a count, their cost per 1,000 predictions unknown: {_named([unit.subject for unit in uncounted])}"
        yield BillWarning(code="endpoint_without_count", message=message, rows=len(uncounted), amount=sum(unit.uncounted_cost for unit in uncounted))
    outside = [subject for subject in subjects if subject.ids and subject.outside]
    if outside:
        listed = _named([f"{subject.name[:60]} ({_named(subject.outside)})" for subject in outside], size=200)
        message = f"counts of periods of which the bill has not every day are left out: {listed}"
        yield BillWarning(code="count_outside_bill", message=message, rows=sum(len(subject.outside) for subject in outside))
    dateless = [unit for unit in made if unit.count and unit.unit_cost is None]
    if dateless:
        message = f"counted only on days on which the bill has no cost of them: {_named([unit.subject for unit in dateless])}"
        yield BillWarning(code="count_without_cost", message=message, rows=len(dateless))


def _named(names: Sequence[str], size: int = 80) -> str:
    """The first names, each cut to a size, and how many there are more."""
    shown = ", ".join(name[:size] for name in sorted(names)[:NAMED])
    return f"{shown} and {len(names) - NAMED:,} more" if len(names) > NAMED else shown
