"""`ml_costs`: what each training job, endpoint, notebook, experiment, model and user costs, and the cost per 1,000 predictions and per run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from cost.allocate import ml_rows
from cost.allocate.ml_charge import MlCharge, charge_of
from cost.allocate.ml_counts import Counts
from cost.allocate.ml_model import Component, MlAllocation, MlGroup, MlKind, MlResource
from cost.allocate.ml_units import billed_days, unit_costs
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.model import Bill, BillWarning

UNKNOWN: Final = "(unknown)"


def ml_costs(bill: Bill, *, counts: Counts | None = None, cost: str = "amortized") -> MlAllocation:
    """The ML part of the bill by job, endpoint, experiment, model, user, team and workload, in one cost kind.

    In scope are SageMaker, Bedrock and what carries an experiment's or a model's tag. `counts` (ml_counts.read_counts) gives unit costs; ml_rows.TAG_KEYS
    says which tags each dimension is read from. Raises UsageError for an unknown cost kind.
    """
    check_cost_kind(cost)
    rows = ml_rows.ml_charges(bill.charges, cost)
    charges = [charge_of(row) for row in bill.engine.rows(ml_rows.by_resource(rows))]
    resources = tuple(_resources(charges))
    days = billed_days(bill.engine.rows(ml_rows.usage_spans(bill.charges))) if counts else set()
    units, found = unit_costs(counts, charges, resources, lambda ids: map(charge_of, bill.engine.rows(ml_rows.by_day(rows, ids))), days)
    return MlAllocation(
        cost=cost,
        currency=bill.currency,
        synthetic=bill.synthetic,
        total=sum(charge.cost for charge in charges),
        resources=resources,
        by_kind=_groups(charges, lambda charge: charge.named.kind),
        **{f"by_{name}": _groups(charges, lambda charge, name=name: charge.values[name]) for name in ml_rows.DIMENSIONS},
        unit_costs=units,
        warnings=(*_warnings(charges), *found),
    )


def _resources(charges: Iterable[MlCharge]) -> Iterator[MlResource]:
    """One record for each resource, the dearest first. Where its tags changed it shows those under which it cost most; the groups keep them apart."""
    found: defaultdict[tuple[MlKind, str, str], list[MlCharge]] = defaultdict(list)
    for charge in charges:
        found[charge.named.kind, charge.named.name, charge.row["resource"]].append(charge)
    made = [_resource(kind, name, id_, each) for (kind, name, id_), each in found.items()]
    yield from sorted(made, key=lambda resource: (-resource.cost, resource.kind, resource.name, resource.resource_id))


def _resource(kind: MlKind, name: str, resource_id: str, charges: Sequence[MlCharge]) -> MlResource:
    components: defaultdict[Component, float] = defaultdict(float)
    for charge in charges:
        components[charge.row["component"]] += charge.cost
    types = sorted({charge.row["instance_type"] for charge in charges} - {""})
    return MlResource(
        kind=kind,
        name=name,
        resource_id=resource_id,
        account=charges[0].row["account"] or "",
        **{dimension: _dearest(charges, dimension) for dimension in ml_rows.DIMENSIONS},
        cost=sum(charge.cost for charge in charges),
        components=dict(components),
        spot_cost=float(sum(charge.row["spot_cost"] for charge in charges)),
        hours=sum(charge.row["hours"] for charge in charges) if types else None,
        instance_types=tuple(types),
    )


def _dearest(charges: Sequence[MlCharge], dimension: str) -> str:
    """The value with the largest cost; one that is known before none."""
    first = charges[0].values[dimension]
    if all(charge.values[dimension] == first for charge in charges):
        return first
    sums: defaultdict[str, float] = defaultdict(float)
    for charge in charges:
        sums[charge.values[dimension]] += abs(charge.cost)
    return max(sums, key=lambda value: (value != "", sums[value], value))


def _groups(charges: Iterable[MlCharge], value_of: Any) -> tuple[MlGroup, ...]:
    groups: defaultdict[str, list[MlCharge]] = defaultdict(list)
    for charge in charges:
        groups[value_of(charge) or UNKNOWN].append(charge)
    made = [_group(name, each) for name, each in groups.items()]
    return tuple(sorted(made, key=lambda group: (group.name == UNKNOWN, -group.cost, group.name)))


def _group(name: str, charges: Sequence[MlCharge]) -> MlGroup:
    kinds: defaultdict[MlKind, float] = defaultdict(float)
    for charge in charges:
        kinds[charge.named.kind] += charge.cost
    ids = {(charge.named.kind, charge.named.name, charge.row["resource"]) for charge in charges}
    return MlGroup(name=name, cost=sum(charge.cost for charge in charges), resources=len(ids), by_kind=dict(kinds))


def _warnings(charges: Sequence[MlCharge]) -> Iterator[BillWarning]:
    nameless = [charge for charge in charges if not charge.row["resource"]]
    if nameless:
        message = "ML charges name no resource (taxes and fees; all, where the report is made without resource ids): they are shown by usage type"
        yield BillWarning(code="ml_without_resource", message=message, rows=len(nameless), amount=sum(charge.cost for charge in nameless))
    unknown = [charge for charge in charges if charge.named.kind == "other" and charge.row["resource"]]
    if unknown:
        message = "SageMaker charges of a kind that is not known here are shown as `other`"
        yield BillWarning(code="ml_kind_unknown", message=message, rows=len(unknown), amount=sum(charge.cost for charge in unknown))
