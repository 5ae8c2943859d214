"""Pods added up: by cluster, namespace, workload or tag; and as the weights of a split of shared cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from cost.allocate.container_model import ContainerAllocation, ContainerGroup, PodCost
from cost.bill.groups import NONE

LABEL: Final = "label:"
WEIGHT_UNITS: Final = 1_000_000
"""Weights are whole numbers: millionths of the currency."""


def group_costs(allocation: ContainerAllocation, by: Literal["cluster", "namespace", "workload"] | str) -> tuple[ContainerGroup, ...]:
    """Workload and idle cost of the pods by cluster, namespace, workload or a tag that was asked for; the dearest first.

    They add up to the totals' workload + idle less the nodes' `idle_unassigned`; overhead is no pod's and stays with its node.
    """
    groups: defaultdict[str, list[PodCost]] = defaultdict(list)
    for pod in allocation.pods:
        groups[_value(pod, by) or NONE].append(pod)
    made = [
        ContainerGroup(
            name=name,
            workload=sum(pod.workload_cost for pod in pods),
            idle=sum(pod.idle_cost for pod in pods),
            cost=sum(pod.workload_cost + pod.idle_cost for pod in pods),
            pods=len(pods),
            gpu_hours=_added(pod.gpu_hours for pod in pods),
        )
        for name, pods in groups.items()
    ]
    return tuple(sorted(made, key=lambda group: (-group.cost, group.name)))


def pod_weights(allocation: ContainerAllocation, by: str = "namespace", groups: Mapping[str, str] | None = None) -> Mapping[str, int]:
    """What a split of shared cost by containers is measured by: the pods' cost, workload and idle, by group.

    `by` is `cluster`, `namespace`, `workload` or `label:KEY`, a tag that the allocation was asked for; `groups` renames values. Pods
    without a value weigh nothing.
    """
    weights: defaultdict[str, int] = defaultdict(int)
    for pod in allocation.pods:
        value = _value(pod, by.removeprefix(LABEL))
        if value:
            weights[(groups or {}).get(value, value)] += max(0, round((pod.workload_cost + pod.idle_cost) * WEIGHT_UNITS))
    return dict(weights)


def _value(pod: PodCost, by: str) -> str:
    return getattr(pod, by) if by in ("cluster", "namespace", "workload") else pod.tags.get(by, "")


def _added(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
