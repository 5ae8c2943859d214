"""`chargeback`: containers, GPUs and ML work of a bill in one go, as one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from cost.allocate.container_model import ContainerAllocation, ContainerGroup
from cost.allocate.containers import pod_costs
from cost.allocate.containers_groups import group_costs
from cost.allocate.containers_requests import PodRequests
from cost.allocate.gpu import GpuAllocation, gpu_shares
from cost.allocate.instance_specs import list_prices
from cost.allocate.ml import ml_costs
from cost.allocate.ml_counts import Counts
from cost.allocate.ml_model import MlAllocation
from cost.bill.model import Bill

TAGS: Final = ("team", "workload")


class Chargeback(BaseModel):
    """What pods, GPUs and ML work cost, for whom. The three tell the same money again, each its own part of the bill: they are not to be added."""

    model_config = ConfigDict(frozen=True)

    cost: str
    currency: str
    synthetic: bool
    containers: ContainerAllocation
    by_namespace: tuple[ContainerGroup, ...]
    by_workload: tuple[ContainerGroup, ...]
    by_team: tuple[ContainerGroup, ...]
    gpu: GpuAllocation
    ml: MlAllocation


def chargeback(
    bill: Bill,
    *,
    requests: PodRequests | None = None,
    counts: Counts | None = None,
    gpu_weight: Literal["aws", "residual"] | float = "aws",
    cost: str = "amortized",
    tags: Sequence[str] = TAGS,
) -> Chargeback:
    """All three for a bill: `requests` and `counts` are what containers_requests and ml_counts read; the residual weight takes the shipped
    list prices; the first of `tags` is the team's. Raises UsageError for an unknown kind or weight."""
    containers = pod_costs(bill, requests=requests, cost=cost, tags=tags)
    return Chargeback(
        cost=cost,
        currency=bill.currency,
        synthetic=bill.synthetic,
        containers=containers,
        by_namespace=group_costs(containers, "namespace"),
        by_workload=group_costs(containers, "workload"),
        by_team=group_costs(containers, tags[0]),
        gpu=gpu_shares(bill, weight=gpu_weight, cost=cost, tags=tags, containers=containers, prices=list_prices() if gpu_weight == "residual" else None),
        ml=ml_costs(bill, counts=counts, cost=cost),
    )
