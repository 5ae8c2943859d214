"""Alternatives as data: what runs now, what else would do the work, what that costs and what it needs."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cost.estimate.model import PriceDates, Range


class Kind(StrEnum):
    """What an alternative changes."""

    CURRENT = "current"
    INSTANCE_TYPE = "instance type"
    GRAVITON = "Graviton"
    ACCELERATOR = "other GPU"
    SPOT = "Spot"
    ON_DEMAND = "on-demand"
    SERVERLESS = "serverless"
    SMALLER_MINIMUM = "smaller minimum"
    SCHEDULE = "schedule"


class Alternative(BaseModel):
    """One way to do the work. `monthly_cost` is None where it has no price, and `reason` says why; `needs` is what must be true first."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    title: str
    instance_type: str | None = None
    monthly_cost: Range | None = None
    unit_cost: float | None = None
    """USD an hour for one `unit` of the resource: a GPU, a vCPU."""
    request_cost: float | None = None
    """USD a 1,000 requests at the expected cost, where the usage file states the endpoint's `monthly_requests`."""
    needs: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    reason: str | None = None


class ResourceAlternatives(BaseModel):
    """What runs now and what else would do its work, cheapest expected month first (then the lower ceiling)."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    region: str | None
    unit: str
    current: Alternative
    alternatives: tuple[Alternative, ...]


class NotCompared(BaseModel):
    """Capacity for which no alternative was worked out, and why."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    reason: str


class Alternatives(BaseModel):
    """The alternatives of a stack's pools, instances and endpoints."""

    model_config = ConfigDict(frozen=True)

    currency: str = "USD"
    prices: PriceDates
    resources: tuple[ResourceAlternatives, ...]
    not_compared: tuple[NotCompared, ...] = ()
    usage_files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
