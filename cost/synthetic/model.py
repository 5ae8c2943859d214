"""What a generated bill is made of and what it is known to contain, so that a test can look for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class SpikeRequest(BaseModel):
    """A GPU pool left running: how many extra instances, how many hours a day, on how many days of the last month."""

    model_config = ConfigDict(frozen=True)

    instances: int = Field(default=4, ge=1)
    hours_per_day: int = Field(default=24, ge=1, le=24)
    days: int = Field(default=3, ge=1, le=20)


class Spike(BaseModel):
    """The cost spike in a generated bill: what ran, for whom, when, and what it added (unblended, before tax)."""

    model_config = ConfigDict(frozen=True)

    urn: str
    resource: str
    resource_ids: tuple[str, ...]
    service: str
    usage_type: str
    instance_type: str
    team: str | None
    first_day: date
    last_day: date
    hours_per_day: int
    cost: float


class PlanTerms(BaseModel):
    """The compute savings plan in a generated bill. `discount` is an assumption of the generator, no quoted price."""

    model_config = ConfigDict(frozen=True)

    arn: str
    hourly_commitment: float
    discount: float


class SyntheticBill(BaseModel):
    """A generated bill: its files, and what they hold by construction.

    `usage_cost` is, per month `YYYY-MM`, the unblended cost of usage without the spike: the estimate's expected monthly cost, where lines
    counted in hours are scaled by the month's hours / 730, and other lines (GB-months, requests) are taken as they are.
    `plan` is None where the estimate has no on-demand EC2 instances, `spike` where it has no instances at all.
    """

    model_config = ConfigDict(frozen=True)

    files: tuple[Path, ...]
    months: tuple[str, ...]
    seed: int
    rows: int
    usage_cost: Mapping[str, float]
    untagged_resources: tuple[str, ...]
    spike: Spike | None
    plan: PlanTerms | None
