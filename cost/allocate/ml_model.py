"""ML chargeback as data: what each training job, endpoint, notebook and model call costs, for whom, and per prediction and run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cost.bill.model import BillWarning

MlKind = Literal[
    "training", "tuning", "processing", "transform", "endpoint", "notebook", "studio", "hyperpod", "feature store", "experiment tracking", "model call",
    "tagged resource", "other",
]  # fmt: skip
"""`model call` is Bedrock; `tagged resource` is a resource of another service that carries an experiment's or a model's tag."""
Component = Literal["compute", "storage", "data", "tokens", "other"]


class MlResource(BaseModel):
    """One job, endpoint, notebook, Studio app or called model. The components add up to its cost.

    An empty team, workload, experiment, model or user is not known. `hours` are instance hours, null where it has none.
    """

    model_config = ConfigDict(frozen=True)

    kind: MlKind
    name: str
    resource_id: str
    account: str
    team: str
    workload: str
    experiment: str
    model: str
    user: str
    cost: float
    components: Mapping[Component, float]
    spot_cost: float
    hours: float | None
    instance_types: tuple[str, ...]


class MlGroup(BaseModel):
    """Cost of one value of a dimension, `(unknown)` where a resource has none. The groups of a dimension add up to the total."""

    model_config = ConfigDict(frozen=True)

    name: str
    cost: float
    resources: int
    by_kind: Mapping[MlKind, float]


class UnitCost(BaseModel):
    """Cost per 1,000 predictions or per training run of a counted subject, or of an endpoint that nobody counted: then it is null, never 0.

    `count` is that of the months and days of which the bill has every day, null where there are none. `cost` is of the days that have such a
    count, storage, data and idle hours included; `uncounted_cost` of the others. Idle are the days whose count is 0. `unit_cost` is null too
    where the counted days have no prediction or run.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    metric: Literal["predictions", "training_runs"]
    per: Literal["1,000 predictions", "training run"]
    resources: tuple[str, ...]
    count: float | None
    unit_cost: float | None
    cost: float
    components: Mapping[Component, float]
    uncounted_cost: float
    idle_cost: float | None
    idle_hours: float | None


class MlAllocation(BaseModel):
    """The ML part of a bill in one cost kind: every grouping adds up to `total`."""

    model_config = ConfigDict(frozen=True)

    cost: str
    currency: str
    synthetic: bool
    total: float
    resources: tuple[MlResource, ...]
    by_kind: tuple[MlGroup, ...]
    by_team: tuple[MlGroup, ...]
    by_workload: tuple[MlGroup, ...]
    by_experiment: tuple[MlGroup, ...]
    by_model: tuple[MlGroup, ...]
    by_user: tuple[MlGroup, ...]
    unit_costs: tuple[UnitCost, ...]
    warnings: tuple[BillWarning, ...]
