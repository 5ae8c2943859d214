"""How an instance's capacity is shared by its pods: unit costs by weights, used, idle and uncovered shares. Pure arithmetic.

Source of the rules: AWS Data Exports user guide, "Example of split cost allocation data" (allocated = max(reserved, used); unit cost =
cost / sum of weight x capacity; unused capacity goes to the pods in proportion to what they have), and OpenCost specification 0.1,
"Workload costs": total = workload + idle + overhead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cost.allocate.container_model import UnitWeights
from cost.allocate.instance_specs import Shape
from plinth.errors import UsageError

RESOURCES: Final = ("cpu", "memory", "gpu")


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """What an hour of a vCPU, a GiB and a GPU costs."""

    cpu: float
    memory: float
    gpu: float


@dataclass(frozen=True, slots=True)
class PodTime:
    """A pod on a node in some time: how many hours, and what it was allocated meanwhile (the larger of request and use)."""

    hours: float
    cpu: float
    memory: float
    gpu: float


@dataclass(frozen=True, slots=True)
class PodShare:
    """A pod's shares of the node's cost: used by resource, and its part of what nobody used."""

    cpu: float
    memory: float
    gpu: float
    idle: float

    @property
    def used(self) -> float:
        """The pod's workload share."""
        return self.cpu + self.memory + self.gpu


@dataclass(frozen=True, slots=True)
class NodeShares:
    """A node's cost as shares that add up to 1: the pods', idle capacity that no pod takes a part of, and uncovered time.

    `overcommitted`: the pods were allocated more than the node has, so their shares were scaled down to fit.
    """

    pods: tuple[PodShare, ...]
    idle_unassigned: float
    uncovered: float
    overcommitted: bool


def value_shares(shape: Shape, weights: UnitWeights) -> tuple[float, float, float]:
    """The parts of an instance's cost that its vCPUs, its memory and its GPUs are. Raises UsageError where the weights give none a value."""
    weighed = (weights.cpu * shape.vcpu, weights.memory * shape.memory_gib, weights.gpu * shape.gpus)
    total = sum(weighed)
    if not total > 0:
        raise UsageError("the weights give the instance's resources no value", value=weights.model_dump(), fix="give CPU, memory or GPU a weight above 0")
    return weighed[0] / total, weighed[1] / total, weighed[2] / total


def unit_costs(hourly_cost: float, shape: Shape, weights: UnitWeights) -> UnitCosts:
    """Cost of a vCPU-hour, a GiB-hour and a GPU-hour: weight x hourly cost / sum of weight x capacity."""
    cpu, memory, gpu = value_shares(shape, weights)
    parts = zip((cpu, memory, gpu), (shape.vcpu, shape.memory_gib, shape.gpus), strict=True)
    return UnitCosts(*(hourly_cost * part / capacity if capacity else 0.0 for part, capacity in parts))


def share_out(shape: Shape, weights: UnitWeights, billed_hours: float, pods: Sequence[PodTime], union_hours: float) -> NodeShares:
    """The shares of a node's cost in a time for which it was billed `billed_hours`, and in `union_hours` of which at least one pod was there.

    Where pods were there for longer than was billed (a part of an hour, a day's edge), their hours are scaled down to the billed ones.
    """
    covered = min(union_hours, billed_hours)
    if not pods or covered <= 0:
        return NodeShares((), 0.0, 1.0, False)
    squeeze = covered / union_hours
    part = covered / billed_hours
    capacities = (shape.vcpu, shape.memory_gib, shape.gpus)
    used = [[0.0, 0.0, 0.0] for _ in pods]
    idle = [0.0 for _ in pods]
    unassigned, overcommitted = 0.0, False
    for index, value in enumerate(value_shares(shape, weights)):
        if not value:
            continue
        taken = [pod.hours * squeeze * (pod.cpu, pod.memory, pod.gpu)[index] for pod in pods]
        total, there = sum(taken), capacities[index] * covered
        overcommitted = overcommitted or total > there * (1 + 1e-9)
        # Divided by what is larger, so that pods beyond the capacity share all of it in proportion.
        whole = max(there, total)
        rest = 1 - total / whole if whole > 0 else 1.0
        for number, amount in enumerate(taken):
            used[number][index] = part * value * (amount / whole) if whole > 0 else 0.0
            idle[number] += part * value * rest * (amount / total) if total > 0 else 0.0
        unassigned += part * value * rest if total <= 0 else 0.0
    shares = tuple(PodShare(*used[number], idle=idle[number]) for number in range(len(pods)))
    return NodeShares(shares, unassigned, 1 - part, overcommitted)
