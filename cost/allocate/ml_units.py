"""Cost per 1,000 predictions and per training run: counts against what the counted resources cost on the counted days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from cost.allocate.ml_counts import Count, Counts, Metric
from cost.allocate.ml_model import Component, MlResource, UnitCost
from cost.bill.model import BillWarning

PREFIXES: Final = ("experiment", "model", "workload", "team")
PER: Final[Mapping[Metric, tuple[float, Literal["1,000 predictions", "training run"]]]] = {
    "predictions": (1000.0, "1,000 predictions"),
    "training_runs": (1.0, "training run"),
}
NAMED: Final = 5
Days = Callable[[Sequence[str]], Iterable[Mapping[str, Any]]]
"""Cost by resource, day and component of these resource ids: ml_rows.by_day, run."""


@dataclass(frozen=True)
class Subject:
    """What was counted, and the resources that it is."""

    name: str
    metric: Metric
    counts: tuple[Count, ...]
    resources: tuple[MlResource, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The resource ids, each once."""
        return tuple(sorted({resource.resource_id for resource in self.resources}))


def unit_costs(counts: Counts | None, resources: Sequence[MlResource], days: Days) -> tuple[tuple[UnitCost, ...], tuple[BillWarning, ...]]:
    """The unit cost of every counted subject, and of every endpoint that has no count: unknown. With warnings on counts that could not be used."""
    subjects = list(_subjects(counts, resources))
    matched = [subject for subject in subjects if subject.resources]
    by_resource: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    ids = sorted({each for subject in matched for each in subject.ids})
    for row in days(ids) if ids else ():
        by_resource[row["resource"]].append(row)
    made = [_unit_cost(subject, [row for each in subject.ids for row in by_resource[each]]) for subject in matched]
    counted = {resource.resource_id for subject in matched if subject.metric == "predictions" for resource in subject.resources}
    made += [_uncounted(resource) for resource in resources if resource.kind == "endpoint" and resource.resource_id and resource.resource_id not in counted]
    return tuple(made), tuple(_warnings(counts, subjects, made))


def _subjects(counts: Counts | None, resources: Sequence[MlResource]) -> Iterator[Subject]:
    named: defaultdict[str, list[MlResource]] = defaultdict(list)
    for resource in resources if counts else ():
        if resource.resource_id:
            for name in {resource.resource_id, resource.name, *(f"{prefix}:{getattr(resource, prefix)}" for prefix in PREFIXES)}:
                named[name].append(resource)
    groups: defaultdict[tuple[str, Metric], list[Count]] = defaultdict(list)
    for count in counts.counts if counts else ():
        groups[count.resource, count.metric].append(count)
    for (name, metric), each in groups.items():
        yield Subject(name, metric, tuple(each), tuple(named.get(name, ())))


def _unit_cost(subject: Subject, rows: Sequence[Mapping[str, Any]]) -> UnitCost:
    by_period = {count.period: count.value for count in subject.counts}
    counted = [(row, value) for row in rows if (value := _value(row["day"], by_period)) is not None]
    idle = [row for row, value in counted if value == 0]
    cost, total = sum(float(row["cost"]) for row, _ in counted), sum(by_period.values())
    components: defaultdict[Component, float] = defaultdict(float)
    for row, _ in counted:
        components[row["component"]] += float(row["cost"])
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
        uncounted_cost=sum(float(row["cost"]) for row in rows) - cost,
        idle_cost=sum(float(row["cost"]) for row in idle) if by_day else None,
        idle_hours=sum(row["hours"] for row in idle) if by_day else None,
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


def _warnings(counts: Counts | None, subjects: Sequence[Subject], made: Sequence[UnitCost]) -> Iterator[BillWarning]:
    if counts is None:
        return
    unmatched = [subject.name for subject in subjects if not subject.resources]
    if unmatched:
        yield BillWarning(code="count_not_in_bill", message=f"counted, and not in the bill: {_named(unmatched)}", rows=len(unmatched))
    several = [subject.name for subject in subjects if len(subject.ids) > 1 and subject.name.split(":", 1)[0] not in PREFIXES]
    if several:
        yield BillWarning(code="count_of_several", message=f"names of several resources, taken together: {_named(several)}", rows=len(several))
    without = [unit for unit in made if unit.count is None]
    if without:
        message = f"endpoints without a count, their cost per 1,000 predictions unknown: {_named([unit.subject for unit in without])}"
        yield BillWarning(code="endpoint_without_count", message=message, rows=len(without), amount=sum(unit.uncounted_cost for unit in without))
    dateless = [unit for unit in made if unit.count and unit.unit_cost is None]
    if dateless:
        message = f"counted only in periods in which the bill has no cost of them: {_named([unit.subject for unit in dateless])}"
        yield BillWarning(code="count_outside_bill", message=message, rows=len(dateless))


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(name[:80] for name in sorted(names)[:NAMED])
    return f"{shown} and {len(names) - NAMED:,} more" if len(names) > NAMED else shown
