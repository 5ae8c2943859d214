"""Container allocation as data: weights, pods, nodes, clusters, and the whole. Amounts are in the bill's currency and of one cost kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from cost.bill.model import BillWarning

Source = Literal["split", "requests", "none"]
"""Where a node's pods come from: the bill's split cost rows, the requests file, or nowhere."""


class UnitWeights(BaseModel):
    """What a vCPU, a GiB of memory and a GPU cost relative to each other."""

    model_config = ConfigDict(frozen=True)

    cpu: float = Field(ge=0, allow_inf_nan=False)
    memory: float = Field(ge=0, allow_inf_nan=False)
    gpu: float = Field(ge=0, allow_inf_nan=False)


class Weights(BaseModel):
    """The weights of instances without and with accelerators. The defaults are AWS's: CPU to memory 9 : 1, from Fargate's prices (AWS Data
    Exports user guide, "Example of split cost allocation data"); GPU to CPU and memory 9 : 1, of which CPU 0.9 and memory 0.1 ("Example of
    split cost allocation data for accelerated instances"). They are a convention: they give the eight GPUs of a p3.16xlarge 40 %."""

    model_config = ConfigDict(frozen=True)

    plain: UnitWeights = UnitWeights(cpu=9, memory=1, gpu=0)
    accelerated: UnitWeights = UnitWeights(cpu=0.9, memory=0.1, gpu=9)

    def of(self, gpus: float) -> UnitWeights:
        """The weights of an instance with so many accelerators."""
        return self.accelerated if gpus > 0 else self.plain


AWS_WEIGHTS: Final = Weights()


class PodCost(BaseModel):
    """One pod (or ECS task) on one node. `workload_cost` is what it used or requested, the larger; `idle_cost` its part of what no pod used.

    The parts by resource are of the workload cost; they add up to it. Hours are resource-hours: vCPU-hours, GiB-hours, GPU-hours; null where
    the bill does not say. `tags` holds the asked tag keys that the pod's rows carry.
    """

    model_config = ConfigDict(frozen=True)

    cluster: str
    namespace: str
    workload: str
    pod: str
    node: str
    source: Source
    workload_cost: float
    idle_cost: float
    cpu_cost: float
    memory_cost: float
    gpu_cost: float
    other_cost: float = 0.0
    vcpu_hours: float | None
    gib_hours: float | None
    gpu_hours: float | None
    tags: Mapping[str, str]


class NodeCost(BaseModel):
    """One instance: workload + idle + overhead = cost.

    `idle` is capacity that no pod used, `idle_unassigned` the part of it that is in no pod's `idle_cost`. The overhead is `uncovered` (time
    or money of the instance for which there is no pod data) and `attached` (what else is billed on the instance: data transfer, CPU credits).
    """

    model_config = ConfigDict(frozen=True)

    node: str
    cluster: str
    account: str
    instance_type: str
    source: Source
    cost: float
    workload: float
    idle: float
    overhead: float
    idle_unassigned: float
    uncovered: float
    attached: float
    instance_hours: float


class ClusterOverhead(BaseModel):
    """What a cluster costs beside its nodes, one row per kind: control plane, volumes, load balancers, other."""

    model_config = ConfigDict(frozen=True)

    cluster: str
    kind: Literal["control plane", "volumes", "load balancers", "other"]
    cost: float
    resources: int


class ContainerTotals(BaseModel):
    """workload + idle + overhead = node_cost; with cluster_overhead it is total_cost: what the clusters cost as far as the bill shows it."""

    model_config = ConfigDict(frozen=True)

    workload: float
    idle: float
    overhead: float
    node_cost: float
    cluster_overhead: float
    total_cost: float


class ContainerGroup(BaseModel):
    """Workload and idle cost of all pods with one value."""

    model_config = ConfigDict(frozen=True)

    name: str
    workload: float
    idle: float
    cost: float
    pods: int
    gpu_hours: float | None


class ContainerAllocation(BaseModel):
    """The money of the instances that run containers, told again by pod; nothing is added to the bill.

    `scaled_from` names the cost kind that the bill's split amounts are in: their proportions are applied to the node's cost in `cost`.
    """

    model_config = ConfigDict(frozen=True)

    cost: str
    currency: str
    synthetic: bool
    scaled_from: Literal["amortized", "net_amortized"]
    weights: Weights
    totals: ContainerTotals
    nodes: tuple[NodeCost, ...]
    pods: tuple[PodCost, ...]
    cluster_overheads: tuple[ClusterOverhead, ...]
    warnings: tuple[BillWarning, ...]
