"""What `plinth prices` says, as data."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A model that does not change."""

    model_config = ConfigDict(frozen=True)


class ServiceRead(Frozen):
    """A service's list as it was read: its version, the day it holds for, and how many of its products the book has a name for."""

    service_code: str
    version: str
    day: date
    products: int


class MissingComponent(Frozen):
    """A component of the price book that the list does not have in the Region."""

    resource_type: str
    component: str
    service_code: str
    usage_type: str


class RefusedComponent(Frozen):
    """A component that is not written, why, and the products of the list that it could be."""

    resource_type: str
    component: str
    reason: str
    products: tuple[str, ...] = ()


class Refresh(Frozen):
    """What `plinth prices refresh` read and wrote."""

    region: str
    out: str
    services: tuple[ServiceRead, ...]
    rows: int
    components: int
    missing: tuple[MissingComponent, ...] = ()
    refused: tuple[RefusedComponent, ...] = ()
    instance_types_not_listed: tuple[str, ...] = ()
    """Types that the shipped book prices in us-east-1 and this Region's list does not have."""
    notes: tuple[str, ...] = ()


class SourceAge(Frozen):
    """The rows of one table and one confidence: how many, and how old on the day that is asked for."""

    table: str
    confidence: str
    rows: int
    oldest: date
    newest: date
    stale: int
    sources: tuple[str, ...] = ()


class PriceFault(Frozen):
    """A row or ladder of a table that no price can be."""

    table: str
    resource_type: str
    component: str
    region: str
    fault: str


class PriceAge(Frozen):
    """What `plinth prices verify` found: how old and how well founded each table is, and what is wrong in it."""

    as_of: date
    stale_after_days: int
    rows: int
    stale: int
    weak: int
    tables: tuple[SourceAge, ...]
    faults: tuple[PriceFault, ...] = ()
    notes: tuple[str, ...] = ()


class ShownPrice(Frozen):
    """One tier of a component, as `plinth prices show` finds it."""

    resource_type: str
    component: str
    region: str
    unit: str
    usd_per_unit: float
    tier_start: float
    tier_end: float | None
    effective_date: date
    source: str
    confidence: str


class ShownPrices(Frozen):
    """What the book has for a name."""

    asked: str
    prices: tuple[ShownPrice, ...]
    spot: tuple[str, ...] = ()


class LearnedPrice(Frozen):
    """An effective rate from a bill: net amortized cost over quantity."""

    resource_type: str
    component: str
    region: str
    usd_per_unit: float
    list_usd_per_unit: float | None
    quantity: float
    cost: float
    lines: int


class NotLearned(Frozen):
    """Charges of a bill that gave no rate, and why."""

    service_code: str
    usage_type: str
    region: str
    cost: float
    reason: str


class LearnedPrices(Frozen):
    """What `plinth prices learn` read and wrote."""

    out: str
    months: tuple[str, ...]
    cost_kind: str
    prices: tuple[LearnedPrice, ...]
    covered_cost: float
    other_cost: float
    not_learned: tuple[NotLearned, ...] = ()
    notes: tuple[str, ...] = ()
