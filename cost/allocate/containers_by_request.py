"""Nodes without split cost rows: their cost by what the requests file says of their pods, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cost.allocate.container_model import PodCost, Weights
from cost.allocate.containers_capacity import NodeShares, PodTime, share_out
from cost.allocate.containers_requests import PodRequest
from cost.allocate.instance_specs import Shape

HOUR = 3600.0


@dataclass
class ByRequest:
    """One node's cost by its pods, added up day by day."""

    workload: float = 0.0
    idle: float = 0.0
    idle_unassigned: float = 0.0
    uncovered: float = 0.0
    overcommitted_days: int = 0
    pods: dict[PodKey, PodSum] = field(default_factory=dict)


@dataclass(frozen=True)
class PodKey:
    """What makes a pod one pod: a pod that was resized has several rows of the file."""

    cluster: str
    namespace: str
    pod: str


@dataclass
class PodSum:
    """One pod's cost by resource, and resource-hours."""

    request: PodRequest
    cpu: float = 0.0
    memory: float = 0.0
    gpu: float = 0.0
    idle: float = 0.0
    hours: tuple[float, float, float] = (0.0, 0.0, 0.0)


def by_request(days: Iterable[Mapping[str, Any]], pods: Sequence[PodRequest], shape: Shape, weights: Weights) -> ByRequest:
    """The node's cost over its billed days, shared by the pods that were there."""
    found = ByRequest()
    for day in days:
        cost, window = float(day["cost"]), (day["start"], day["end"])
        present = [] if day["start"] is None else [(pod, hours) for pod in pods if (hours := _overlap(pod, window)) > 0]
        times = [PodTime(hours, pod.cpu, pod.memory_gib, pod.gpu) for pod, hours in present]
        shares = share_out(shape, weights.of(shape.gpus), day["hours"], times, _union([pod for pod, _ in present], window) if present else 0.0)
        _add(found, cost, present, shares)
    return found


def pod_costs_of(node: str, found: ByRequest, tags: Sequence[str]) -> list[PodCost]:
    """The node's pods as the allocation shows them."""
    return [
        PodCost(
            cluster=key.cluster,
            namespace=key.namespace,
            workload=total.request.workload,
            pod=key.pod,
            node=node,
            source="requests",
            workload_cost=total.cpu + total.memory + total.gpu,
            idle_cost=total.idle,
            cpu_cost=total.cpu,
            memory_cost=total.memory,
            gpu_cost=total.gpu,
            vcpu_hours=total.hours[0],
            gib_hours=total.hours[1],
            gpu_hours=total.hours[2],
            tags={name: value for name, value in total.request.tags.items() if name in tags},
        )
        for key, total in found.pods.items()
    ]


def _add(found: ByRequest, cost: float, present: Sequence[tuple[PodRequest, float]], shares: NodeShares) -> None:
    found.uncovered += cost * shares.uncovered
    found.idle_unassigned += cost * shares.idle_unassigned
    found.idle += cost * shares.idle_unassigned
    found.overcommitted_days += shares.overcommitted
    for (pod, hours), share in zip(present, shares.pods, strict=False):
        total = found.pods.setdefault(PodKey(pod.cluster, pod.namespace, pod.pod), PodSum(pod))
        total.cpu += cost * share.cpu
        total.memory += cost * share.memory
        total.gpu += cost * share.gpu
        total.idle += cost * share.idle
        total.hours = (total.hours[0] + hours * pod.cpu, total.hours[1] + hours * pod.memory_gib, total.hours[2] + hours * pod.gpu)
        found.workload += cost * share.used
        found.idle += cost * share.idle


def _clipped(pod: PodRequest, window: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    return max(pod.start, window[0]), window[1] if pod.end is None else min(pod.end, window[1])


def _overlap(pod: PodRequest, window: tuple[datetime, datetime]) -> float:
    start, end = _clipped(pod, window)
    return max(0.0, (end - start).total_seconds()) / HOUR


def _union(pods: Sequence[PodRequest], window: tuple[datetime, datetime]) -> float:
    """Hours of the window in which at least one of the pods was there."""
    total, until = 0.0, window[0]
    for start, end in sorted(_clipped(pod, window) for pod in pods):
        total += max(0.0, (end - max(start, until)).total_seconds())
        until = max(until, end)
    return total / HOUR


def grouped(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, list[Mapping[str, Any]]]:
    """Rows by node."""
    nodes: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        nodes[row["node"]].append(row)
    return nodes
