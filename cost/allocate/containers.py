"""`pod_costs`: what each pod costs, by the bill's split cost rows and, where a node has none, by a requests file.

The instance's money is told again, never added: workload + idle + overhead = what the bill says the node costs, in every cost kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from cost.allocate import containers_rows as rows
from cost.allocate.container_model import (
    AWS_WEIGHTS,
    ClusterOverhead,
    ContainerAllocation,
    ContainerTotals,
    NodeCost,
    PodCost,
    Source,
    Weights,
)
from cost.allocate.containers_by_request import ByRequest, by_request, grouped, pod_costs_of
from cost.allocate.containers_requests import PodRequest, PodRequests
from cost.allocate.instance_specs import shape_of
from cost.bill.charge_table import Frame
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.model import Bill, BillWarning

PODS_TABLE: Final = "container_pods"
DAYS_TABLE: Final = "container_days"
NAMED: Final = 5
"""How many resources a warning names."""


def pod_costs(
    bill: Bill,
    *,
    requests: PodRequests | None = None,
    cost: str = "amortized",
    weights: Weights = AWS_WEIGHTS,
    tags: Sequence[str] = ("team",),
) -> ContainerAllocation:
    """The cost of every pod of the bill's container instances, in one cost kind.

    `requests` (containers_requests.read_requests) serves nodes that have no split cost rows; `weights` share such a node's cost between CPU,
    memory and GPU (split rows come with AWS's own). `tags` are the tag keys that each pod shows. Raises UsageError for an unknown cost kind.
    """
    check_cost_kind(cost)
    listed = requests.by_node() if requests else {}
    with _stored(bill, cost, tags, sorted(listed)) as (pods, days):
        nodes = bill.engine.rows(_nodes(days))
        by_split = {row["node"]: row for row in bill.engine.rows(rows.node_sums(days, pods))}
        pod_rows = bill.engine.rows(rows.pod_sums(days, pods, tags))
        parents = {row["node"]: row["amount"] for row in bill.engine.rows(pods.group_by("node").aggregate(amount=(pods["used"] + pods["unused"]).sum()))}
        wanted = [node for node in listed if node not in by_split]
        by_day = grouped(bill.engine.rows(days.filter(days["node"].isin(wanted)))) if wanted else {}
        clusters = bill.engine.rows(rows.cluster_rows(bill.charges, cost, days))
    known = {row["node"]: row for row in nodes}
    found = {
        node: by_request(by_day[node], listed[node], shape, weights)
        for node in wanted
        if node in known and (shape := shape_of(known[node]["instance_type"])) is not None
    }
    split_pods = _split_pods(pod_rows, tags)
    clusters_of = _clusters_of(split_pods, listed)
    costs = tuple(_node(row, by_split.get(row["node"]), found.get(row["node"]), clusters_of) for row in nodes)
    overheads = _overheads(clusters)
    return ContainerAllocation(
        cost=cost,
        currency=bill.currency,
        synthetic=bill.synthetic,
        scaled_from=rows.basis_of(cost),
        weights=weights,
        totals=_totals(costs, overheads),
        nodes=costs,
        pods=_ordered([*split_pods, *(pod for node, each in found.items() for pod in pod_costs_of(node, each, tags))]),
        cluster_overheads=overheads,
        warnings=tuple(_warnings(costs, listed, parents, found, known)),
    )


@contextmanager
def _stored(bill: Bill, cost: str, tags: Sequence[str], listed: Sequence[str]) -> Iterator[tuple[Frame, Frame]]:
    """Pods by day and instances by day as stored tables, so that each is read from the bill once; gone afterwards."""
    stored: list[str] = []
    try:
        made = rows.split_by_day(bill.charges, cost, tags)
        pods = bill.engine.store(PODS_TABLE, made.schema(), made)
        stored.append(PODS_TABLE)
        made = rows.covered_days(rows.instances_by_day(bill.charges, cost, pods, listed), pods)
        days = bill.engine.store(DAYS_TABLE, made.schema(), made)
        stored.append(DAYS_TABLE)
        yield pods, days
    finally:
        for name in stored:
            bill.engine.drop(name)


def _nodes(days: Frame) -> Frame:
    return (
        days.group_by("node")
        .aggregate(
            cost=days["cost"].sum(),
            attached=days["attached"].sum(),
            hours=days["hours"].sum(),
            **{name: days[name].max() for name in ("instance_type", "cluster", "account")},
        )
        .order_by("node")
    )


def _split_pods(pod_rows: Iterable[Mapping[str, Any]], tags: Sequence[str]) -> list[PodCost]:
    pods: defaultdict[tuple[str, str], dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in pod_rows:
        pods[row["node"], row["pod"]][row["resource"]] = row
    return [_split_pod(node, arn, parts, tags) for (node, arn), parts in pods.items()]


def _split_pod(node: str, arn: str, parts: Mapping[str, Mapping[str, Any]], tags: Sequence[str]) -> PodCost:
    any_part = next(iter(parts.values()))
    named = pod_name(arn)
    used = {resource: float(row["workload_cost"]) for resource, row in parts.items()}
    hours = {resource: row["hours"] for resource, row in parts.items()}
    return PodCost(
        cluster=named[0] or any_part["cluster"],
        namespace=named[1] or any_part["namespace"],
        workload=any_part["workload"],
        pod=named[2] or arn,
        node=node,
        source="split",
        workload_cost=float(sum(row["workload_cost"] for row in parts.values())),
        idle_cost=float(sum(row["idle_cost"] for row in parts.values())),
        cpu_cost=used.get("cpu", 0.0),
        memory_cost=used.get("memory", 0.0),
        gpu_cost=used.get("gpu", 0.0),
        other_cost=used.get("other", 0.0),
        vcpu_hours=hours.get("cpu"),
        gib_hours=hours.get("memory"),
        gpu_hours=hours.get("gpu"),
        tags=rows.tag_values(any_part, tags),
    )


def pod_name(arn: str) -> tuple[str, str, str]:
    """Cluster, namespace and pod of `arn:aws:eks:…:pod/CLUSTER/NAMESPACE/POD/UID`; cluster and task of an ECS task's; empty where it is neither.

    Source: AWS Data Exports user guide, split cost allocation data; the same parts in the CUR query library's EKS queries.
    """
    parts = arn.split("/")
    if ":pod" in parts[0] and len(parts) >= 4:
        return parts[1], parts[2], parts[3]
    if ":task" in parts[0] and len(parts) >= 3:
        return parts[1], "", parts[2]
    return "", "", ""


def _clusters_of(pods: Iterable[PodCost], listed: Mapping[str, tuple[PodRequest, ...]]) -> Mapping[str, str]:
    """Each node's cluster as its pods name it."""
    return {node: each[0].cluster for node, each in listed.items()} | {pod.node: pod.cluster for pod in pods if pod.cluster}


def _node(row: Mapping[str, Any], split: Mapping[str, Any] | None, found: ByRequest | None, clusters: Mapping[str, str]) -> NodeCost:
    cost, attached = float(row["cost"]), float(row["attached"])
    source: Source = "split" if split else "requests" if found else "none"
    workload, idle, unassigned, uncovered = 0.0, 0.0, 0.0, cost
    if split:
        workload, idle, uncovered = (float(split[name]) for name in ("workload", "idle", "uncovered"))
    elif found:
        workload, idle, unassigned, uncovered = found.workload, found.idle, found.idle_unassigned, found.uncovered
    return NodeCost(
        node=row["node"],
        cluster=clusters.get(row["node"]) or row["cluster"],
        account=row["account"] or "",
        instance_type=row["instance_type"],
        source=source,
        cost=float(row["cost"] + row["attached"]),
        workload=workload,
        idle=idle,
        overhead=uncovered + attached,
        idle_unassigned=unassigned,
        uncovered=uncovered,
        attached=attached,
        instance_hours=float(row["hours"]),
    )


def _overheads(clusters: Iterable[Mapping[str, Any]]) -> tuple[ClusterOverhead, ...]:
    made = [ClusterOverhead(cluster=row["cluster"], kind=row["kind"], cost=float(row["cost"]), resources=row["resources"]) for row in clusters]
    return tuple(sorted(made, key=lambda each: (each.cluster, -each.cost, each.kind)))


def _totals(nodes: Sequence[NodeCost], overheads: Sequence[ClusterOverhead]) -> ContainerTotals:
    node_cost, beside = sum(node.cost for node in nodes), sum(each.cost for each in overheads)
    return ContainerTotals(
        workload=sum(node.workload for node in nodes),
        idle=sum(node.idle for node in nodes),
        overhead=sum(node.overhead for node in nodes),
        node_cost=node_cost,
        cluster_overhead=beside,
        total_cost=node_cost + beside,
    )


def _ordered(pods: Iterable[PodCost]) -> tuple[PodCost, ...]:
    return tuple(sorted(pods, key=lambda pod: (pod.cluster, pod.namespace, pod.workload, pod.pod, pod.node)))


def _warnings(
    nodes: Sequence[NodeCost],
    listed: Mapping[str, tuple[PodRequest, ...]],
    parents: Mapping[str, Any],
    found: Mapping[str, ByRequest],
    known: Mapping[str, Mapping[str, Any]],
) -> Iterator[BillWarning]:
    costs = {node.node: node.cost for node in nodes}
    both = [node for node in listed if node in parents]
    lost = [node for node in parents if node not in known]
    absent = [node for node in listed if node not in known and node not in parents]
    unknown = [node for node in listed if node in known and node not in parents and node not in found]
    crowded = [node for node, each in found.items() if each.overcommitted_days]
    bare = [node.node for node in nodes if node.source == "none" and node.node not in unknown]
    unpriced = [node.node for node in nodes if node.source == "split" and node.cost and not node.workload + node.idle]
    checks: tuple[tuple[str, str, Sequence[str], float | None], ...] = (
        ("split_wins", "have both split cost rows and requests: the split is used, the requests are not", both, _of(costs, both)),
        ("node_without_cost", "have split cost rows and no cost in this bill: their pods cost nothing here", lost, float(sum(parents[node] for node in lost))),
        ("node_not_in_bill", "of the requests file are not in the bill: their pods cost nothing here", absent, None),
        ("instance_type_unknown", "are of a type whose size is unknown: all their cost is overhead", unknown, _of(costs, unknown)),
        ("requests_above_capacity", "were requested or used beyond their capacity: their pods' shares are scaled down to fit", crowded, _of(costs, crowded)),
        ("no_pod_data", "carry a cluster's tag and have no pod data: all their cost is overhead", bare, _of(costs, bare)),
        ("split_of_nothing", "have split cost rows that add up to nothing: all their cost is overhead", unpriced, _of(costs, unpriced)),
    )
    for code, message, names, amount in checks:
        if names:
            yield BillWarning(code=code, message=f"{_named(names)} {message}", rows=len(names), amount=amount)


def _of(costs: Mapping[str, float], names: Iterable[str]) -> float:
    return sum(costs.get(name, 0.0) for name in names)


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in sorted(names)[:NAMED])
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{len(names):,} nodes ({shown}{more})"
