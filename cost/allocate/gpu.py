"""`gpu_shares`: GPU hours and what they cost, by team and workload, with a stated weight for the GPU's part of an instance's price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from cost.allocate.container_model import ContainerAllocation, PodCost
from cost.allocate.containers_rows import is_instance_time, is_split
from cost.allocate.gpu_weights import Weight, described, shares_by_type
from cost.allocate.instance_specs import SAGEMAKER_PREFIX, Shape, shapes
from cost.bill.charge_table import COST_KINDS, ZERO, ChargeCategory, CommitmentStatus, Frame
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.model import Bill, BillWarning

SECONDS: Final = 3600.0
WORKLOAD: Final = "workload"
"""A pod without this tag has the name of its Kubernetes workload."""
_Taken = Mapping[str, Sequence[tuple[PodCost, float]]]


class GpuUse(BaseModel):
    """GPU hours of one set of tag values on one instance type. `tags` has every asked key; an empty value is untagged.

    used + idle + unknown = gpu_hours: pods say what is used and what no pod took; time without pod data is unknown, neither used nor idle.
    gpu_cost + rest_cost = cost; both are null where the weight has no answer for the type.
    """

    model_config = ConfigDict(frozen=True)

    tags: Mapping[str, str]
    instance_type: str
    gpu_model: str
    gpu_share: float | None
    gpu_hours: float
    used_gpu_hours: float
    idle_gpu_hours: float
    unknown_gpu_hours: float
    gpu_cost: float | None
    idle_gpu_cost: float | None
    rest_cost: float | None
    cost: float


class GpuTotals(BaseModel):
    """gpu_cost + rest_cost + unweighted_cost = cost, what the bill says of all instances with GPUs."""

    model_config = ConfigDict(frozen=True)

    gpu_hours: float
    used_gpu_hours: float
    idle_gpu_hours: float
    unknown_gpu_hours: float
    gpu_cost: float
    idle_gpu_cost: float
    rest_cost: float
    unweighted_cost: float
    cost: float


class GpuAllocation(BaseModel):
    """GPU hours and cost in one cost kind; `weight` says in words how the GPU's part was found."""

    model_config = ConfigDict(frozen=True)

    cost: str
    currency: str
    synthetic: bool
    weight: str
    totals: GpuTotals
    uses: tuple[GpuUse, ...]
    warnings: tuple[BillWarning, ...]


@dataclass(frozen=True)
class Part:
    """A part of one instance's GPU hours; what belongs to nobody but the node (vCPUs, memory) stays on the node's own part."""

    tags: tuple[str, ...]
    instance_type: str
    kind: Literal["used", "idle", "unknown"]
    gpu_hours: float
    gpu_cost: float | None
    rest_cost: float | None
    cost: float


def gpu_shares(
    bill: Bill,
    *,
    weight: Weight = "aws",
    cost: str = "amortized",
    tags: Sequence[str] = ("team", "workload"),
    prices: Mapping[str, float] | None = None,
    containers: ContainerAllocation | None = None,
) -> GpuAllocation:
    """GPU hours, GPU cost and the rest of the cost of every instance with GPUs, by tag values and instance type.

    `weight` is the GPU's part of the cost: `aws`, `residual` (needs `prices`: instance type -> USD an hour, with GPU types and m, c and r
    types; instance_specs.list_prices() has them), a number from 0 to 1, or one per instance type. `containers` (pod_costs with the same
    tags) gives the GPU hours of shared nodes to the pods that had them, and shows the rest as idle.
    Raises UsageError for an unknown cost kind, a weight outside 0 to 1, and a residual without prices.
    """
    check_cost_kind(cost)
    table = {name: shape for name, shape in shapes().items() if shape.gpus > 0}
    share_of = shares_by_type(weight, shapes(), prices)
    pods = _gpu_pods(containers)
    rows = bill.engine.rows(gpu_rows(bill.charges, cost, tags, sorted(table), sorted(pods)))
    billed = _billed(rows, table)
    taken, uncovered = _taken(pods, billed), _uncovered(containers)
    parts = [part for row in rows for part in parts_of(row, tags, table, share_of, taken, uncovered) if part.gpu_hours or part.cost]
    return GpuAllocation(
        cost=cost,
        currency=bill.currency,
        synthetic=bill.synthetic,
        weight=described(weight),
        totals=_totals(parts),
        uses=tuple(_uses(parts, tags, table, share_of)),
        warnings=tuple(_warnings(parts, pods, billed)),
    )


def gpu_rows(charges: Frame, cost: str, tags: Sequence[str], types: Sequence[str], nodes: Sequence[str]) -> Frame:
    """Hours and cost of instances of these types (SageMaker's too) by type, tag values and, for these nodes, by instance."""
    used = (charges["ChargeCategory"] == ChargeCategory.USAGE.value) & (charges["CommitmentDiscountStatus"].fill_null("") != CommitmentStatus.UNUSED.value)
    kind = charges["x_instance_type"].fill_null("")
    named = kind.isin([*types, *(f"{SAGEMAKER_PREFIX}{name}" for name in types)])
    timed = is_instance_time(charges) | kind.startswith(SAGEMAKER_PREFIX)
    rows = charges.filter(used & named & timed & ~is_split(charges))
    resource = rows["ResourceId"].fill_null("")
    per_second = rows["ConsumedUnit"].fill_null("").lower().contains("second")
    keyed = rows.mutate(
        instance_type=rows["x_instance_type"],
        node=resource.isin(list(nodes)).ifelse(resource, "") if nodes else resource.substr(0, 0),
        hours=rows["ConsumedQuantity"].fill_null(0.0) / per_second.ifelse(SECONDS, 1.0),
        **{f"tag_{number}": rows["Tags"].get(key).fill_null("") for number, key in enumerate(tags)},
    )
    groups = ("instance_type", "node", *(f"tag_{number}" for number in range(len(tags))))
    return keyed.group_by(*groups).aggregate(hours=keyed["hours"].sum(), cost=keyed[COST_KINDS[cost]].sum().fill_null(ZERO)).order_by(*groups)


def _gpu_pods(containers: ContainerAllocation | None) -> Mapping[str, tuple[PodCost, ...]]:
    """Pods by node. A node is left out where no row says anything of GPUs (no accelerator split rows): unknown, not idle."""
    nodes: defaultdict[str, list[PodCost]] = defaultdict(list)
    for pod in containers.pods if containers else ():
        nodes[pod.node].append(pod)
    return {node: tuple(pods) for node, pods in nodes.items() if any(pod.gpu_hours is not None for pod in pods)}


def _billed(rows: Iterable[Mapping[str, Any]], table: Mapping[str, Shape]) -> Mapping[str, float]:
    """GPU hours by node, over all rows that it has: its tags may have changed."""
    hours: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        hours[row["node"]] += float(row["hours"]) * table[row["instance_type"].removeprefix(SAGEMAKER_PREFIX)].gpus
    return hours


def _uncovered(containers: ContainerAllocation | None) -> Mapping[str, float]:
    """The part of each node's time for which there is no pod data."""
    nodes = containers.nodes if containers else ()
    return {node.node: max(0.0, node.uncovered / time) for node in nodes if (time := node.cost - node.attached)}


def parts_of(
    row: Mapping[str, Any], tags: Sequence[str], table: Mapping[str, Shape], share_of: Mapping[str, float], taken: _Taken, uncovered: Mapping[str, float]
) -> Iterator[Part]:
    """An instance's row as parts: its pods' GPU hours and what is idle, or, without pod data, one part of which nothing more is known."""
    name = row["instance_type"].removeprefix(SAGEMAKER_PREFIX)
    share, hours, cost = share_of.get(name), float(row["hours"]) * table[name].gpus, float(row["cost"])
    whole = Part(
        tags=tuple(row[f"tag_{number}"] for number in range(len(tags))),
        instance_type=row["instance_type"],
        kind="unknown",
        gpu_hours=hours,
        gpu_cost=None if share is None else cost * share,
        rest_cost=None if share is None else cost * (1 - share),
        cost=cost,
    )
    if row["node"] not in taken:
        yield whole
        return
    left, kept, rest = 1.0, cost, None if whole.gpu_cost is None else 0.0
    for pod, part in taken[row["node"]]:
        gpu_cost = None if whole.gpu_cost is None else whole.gpu_cost * part
        # Where the GPU's part is unknown the pod has the hours and the node keeps the money.
        left, kept = left - part, kept - (gpu_cost or 0.0)
        values = tuple(pod.tags.get(key) or (pod.workload if key == WORKLOAD else "") for key in tags)
        yield replace(whole, tags=values, kind="used", gpu_hours=hours * part, gpu_cost=gpu_cost, rest_cost=rest, cost=gpu_cost or 0.0)
    unknown = min(max(0.0, left), uncovered.get(row["node"], 0.0))
    idle = max(0.0, left) - unknown
    unknown_cost, idle_cost = (None, None) if whole.gpu_cost is None else (whole.gpu_cost * unknown, whole.gpu_cost * idle)
    yield replace(whole, kind="unknown", gpu_hours=hours * unknown, gpu_cost=unknown_cost, rest_cost=rest, cost=unknown_cost or 0.0)
    yield replace(whole, kind="idle", gpu_hours=hours * idle, gpu_cost=idle_cost, cost=kept - (unknown_cost or 0.0))


def _taken(pods: Mapping[str, tuple[PodCost, ...]], billed: Mapping[str, float]) -> _Taken:
    """Each node's pods with their parts of its GPU hours, scaled down where they come to more than were billed."""
    taken: dict[str, list[tuple[PodCost, float]]] = {}
    for node, each in pods.items():
        hours = max(billed.get(node, 0.0), sum(pod.gpu_hours or 0.0 for pod in each))
        taken[node] = [(pod, pod.gpu_hours / hours) for pod in each if pod.gpu_hours]
    return taken


def _uses(parts: Iterable[Part], tags: Sequence[str], table: Mapping[str, Shape], share_of: Mapping[str, float]) -> Iterator[GpuUse]:
    groups: defaultdict[tuple[tuple[str, ...], str], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.tags, part.instance_type].append(part)
    made: list[GpuUse] = []
    for (values, instance_type), each in groups.items():
        name = instance_type.removeprefix(SAGEMAKER_PREFIX)
        priced = name in share_of
        sums = _totals(each)
        made.append(
            GpuUse(
                tags=dict(zip(tags, values, strict=True)),
                instance_type=instance_type,
                gpu_model=table[name].gpu_model,
                gpu_share=share_of.get(name),
                gpu_cost=sums.gpu_cost if priced else None,
                idle_gpu_cost=sums.idle_gpu_cost if priced else None,
                rest_cost=sums.rest_cost if priced else None,
                cost=sums.cost,
                gpu_hours=sums.gpu_hours,
                used_gpu_hours=sums.used_gpu_hours,
                idle_gpu_hours=sums.idle_gpu_hours,
                unknown_gpu_hours=sums.unknown_gpu_hours,
            )
        )
    yield from sorted(made, key=lambda use: (-use.cost, use.instance_type, tuple(use.tags.values())))


def _totals(parts: Sequence[Part]) -> GpuTotals:
    hours = {kind: sum(part.gpu_hours for part in parts if part.kind == kind) for kind in ("used", "idle", "unknown")}
    return GpuTotals(
        gpu_hours=sum(part.gpu_hours for part in parts),
        used_gpu_hours=hours["used"],
        idle_gpu_hours=hours["idle"],
        unknown_gpu_hours=hours["unknown"],
        gpu_cost=sum(part.gpu_cost or 0.0 for part in parts),
        idle_gpu_cost=sum(part.gpu_cost or 0.0 for part in parts if part.kind == "idle"),
        rest_cost=sum(part.rest_cost or 0.0 for part in parts),
        unweighted_cost=sum(part.cost for part in parts if part.gpu_cost is None),
        cost=sum(part.cost for part in parts),
    )


def _warnings(parts: Sequence[Part], pods: Mapping[str, tuple[PodCost, ...]], billed: Mapping[str, float]) -> Iterator[BillWarning]:
    unweighted = sorted({part.instance_type for part in parts if part.gpu_cost is None})
    if unweighted:
        amount = sum(part.cost for part in parts if part.gpu_cost is None)
        message = f"the weight has no answer for {', '.join(unweighted[:5])}: their GPUs' part is unknown"
        yield BillWarning(code="gpu_share_unknown", message=message, rows=len(unweighted), amount=amount)
    over = [node for node, each in pods.items() if node in billed and sum(pod.gpu_hours or 0.0 for pod in each) > billed[node] * (1 + 1e-6)]
    if over:
        message = f"{len(over):,} instances have pods with more GPU hours than they were billed for: the pods' hours are scaled down"
        yield BillWarning(code="gpu_hours_above_billed", message=message, rows=len(over))
