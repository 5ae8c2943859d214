"""The estimate as data: priced lines per resource as min / expected / max, what is free, and what is not priced and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cost.units import MONTH_HOURS


class Status(StrEnum):
    """Whether a resource has a price: unknown is never zero."""

    PRICED = "priced"
    FREE = "free"
    UNKNOWN = "unknown"


class PurchaseOption(StrEnum):
    """How the capacity behind a line is bought."""

    ON_DEMAND = "on_demand"
    SPOT = "spot"


class QuantitySource(StrEnum):
    """Where a line's quantity came from, the weakest evidence first below `declared`: a shipped preset, last month's bill, a usage file."""

    DECLARED = "declared"
    PRESET = "preset"
    LEARNED = "learned"
    USAGE_FILE = "usage file"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One usage figure and where it came from; `label` says which preset or bill."""

    value: float
    source: QuantitySource
    label: str = ""


class Range(BaseModel):
    """A figure at the floor, as expected, and at the ceiling: quantities in the line's unit, costs in USD a month."""

    model_config = ConfigDict(frozen=True)

    min: float
    expected: float
    max: float

    def __add__(self, other: Range) -> Range:
        return Range(min=self.min + other.min, expected=self.expected + other.expected, max=self.max + other.max)

    def times(self, other: Range) -> Range:
        """The product, figure by figure: a quantity a unit times a count of units."""
        return Range(min=self.min * other.min, expected=self.expected * other.expected, max=self.max * other.max)

    def scaled(self, factor: float) -> Range:
        """The range times a factor that is zero or more."""
        return Range(min=self.min * factor, expected=self.expected * factor, max=self.max * factor)


def total(ranges: Iterable[Range]) -> Range:
    """The sum of ranges, figure by figure; zero for none."""
    low = expected = high = 0.0
    for item in ranges:
        low, expected, high = low + item.min, expected + item.expected, high + item.max
    return Range(min=low, expected=expected, max=high)


def tier_suffix(start: float) -> str:
    """What stands after a component's name in the line of a higher tier: ` (above 10,240)`."""
    return f" (above {start:,.12g})"


EVERY_TAG = "*"
"""Stands in `unknown_tags` for a tag of any key."""
ZERO = Range(min=0.0, expected=0.0, max=0.0)
ONE = Range(min=1.0, expected=1.0, max=1.0)


class InstanceOffer(BaseModel):
    """What one instance type that a line may run on costs an hour, bought one way, before discounts."""

    model_config = ConfigDict(frozen=True)

    instance_type: str
    purchase_option: PurchaseOption
    usd_per_hour: float
    price_component: str = ""
    """The price book's name of the price: it says the platform."""


class EstimateLine(BaseModel):
    """One priced component of a resource, with the evidence for its price and its quantity."""

    model_config = ConfigDict(frozen=True)

    component: str
    service: str
    unit: str
    quantity: Range
    unit_price: float
    price_source: str
    price_date: date
    confidence: str
    monthly_cost: Range
    assumptions: tuple[str, ...] = ()
    purchase_option: PurchaseOption = PurchaseOption.ON_DEMAND
    instance_type: str | None = None
    quantity_source: QuantitySource = QuantitySource.DECLARED
    price_type: str = ""
    price_component: str = ""
    """The price book's key of the unit price; empty where several types share the line."""
    list_monthly_cost: Range | None = None
    """The cost before discounts, where the line has any: `monthly_cost` is then what is paid."""
    discounts: tuple[str, ...] = ()
    offers: tuple[InstanceOffer, ...] = ()
    """Every type that the capacity may run on, where it is not instances of `instance_type` alone at `unit_price`."""
    tier_start: float = 0.0
    """Where the line's tier starts, in its unit."""
    account_quantity: Range | None = None
    """The account's use that the tiers are counted over, where several resources share them and `unit_price` is the average."""


class ResourceEstimate(BaseModel):
    """What one resource costs a month, or why that is free or unknown. `monthly_cost` is None where it is unknown."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    region: str | None
    status: Status
    reason: str | None = None
    tags: Mapping[str, str] = {}
    resource_ids: tuple[str, ...] = ()
    """The names by which a bill may know it: id, ARN, physical name."""
    lines: tuple[EstimateLine, ...] = ()
    monthly_cost: Range | None = None
    list_monthly_cost: Range | None = None
    """The cost before discounts, where a line has any."""
    unknown_tags: tuple[str, ...] = ()
    """The keys of tags whose values are known only after deployment; `*` where all may be."""
    inputs_digest: str = ""
    """Of what it declares, where a part has no price: a comparison sees by it whether that part can have changed."""


class PriceDates(BaseModel):
    """The oldest and the newest price that the estimate used."""

    model_config = ConfigDict(frozen=True)

    oldest: date | None
    newest: date | None


class UnknownCost(BaseModel):
    """A resource, or a component of one, that is not priced, and why."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    component: str | None = None
    reason: str


class ChangeKind(StrEnum):
    """What happened to a resource or a line between two estimates."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class ChangeReason(StrEnum):
    """Why a cost changed."""

    COUNT = "count"
    SIZE = "size"
    TYPE = "type"
    PRICE = "price"
    USAGE = "usage"
    TIER = "tier"
    """The rate changed since the account's use of the component reached another tier."""
    COMPONENT = "component"
    STATUS = "status"
    UNPRICED = "unpriced"
    """What has no price is declared otherwise than before."""


class LineFigures(BaseModel):
    """One side of a changed line: a component's quantity over all its tiers, and USD a unit on average over them."""

    model_config = ConfigDict(frozen=True)

    quantity: Range
    unit_price: float
    monthly_cost: Range
    instance_type: str | None = None
    quantity_source: QuantitySource = QuantitySource.DECLARED


class LineChange(BaseModel):
    """One component of a changed resource; a side is None where the resource did not have the component."""

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    component: str
    unit: str
    reasons: tuple[ChangeReason, ...] = ()
    before: LineFigures | None = None
    after: LineFigures | None = None


class ResourceChange(BaseModel):
    """One resource whose cost is added, removed or changed, with the reasons; a cost is None where it is unknown.

    `operation` is what the preview does to it, and None where two estimates were compared.
    """

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    urn: str
    type: str
    name: str
    reasons: tuple[ChangeReason, ...] = ()
    details: tuple[str, ...] = ()
    before: Range | None = None
    after: Range | None = None
    operation: str | None = None
    tags: Mapping[str, str] = {}
    unknown_tags: tuple[str, ...] = ()
    lines: tuple[LineChange, ...] = ()
    unpriced: tuple[str, ...] = ()
    """The components without a price, before or after, whose cost may have changed; empty text for the whole resource."""

    @property
    def difference(self) -> float:
        """The change of the expected monthly cost, as far as it is known."""
        return self.moved("expected")

    def moved(self, figure: str) -> float:
        """The known change of a figure. Where something of a changed resource has no price on a side, what came or went of it may be the same
        thing at another price: only lines that both sides have are counted, and `undecided` says that there is more."""
        if self.kind is ChangeKind.CHANGED and self.undecided:
            both = ((line.before.monthly_cost, line.after.monthly_cost) for line in self.lines if line.before is not None and line.after is not None)
            return sum(getattr(after, figure) - getattr(before, figure) for before, after in both)
        return (getattr(self.after, figure) if self.after else 0.0) - (getattr(self.before, figure) if self.before else 0.0)

    def counts(self, line: LineChange) -> bool:
        """Whether a line of the change is in its difference."""
        return not (self.kind is ChangeKind.CHANGED and self.undecided) or (line.before is not None and line.after is not None)

    @property
    def half_known(self) -> bool:
        """Whether a side that exists is not priced."""
        return (self.kind is not ChangeKind.REMOVED and self.after is None) or (self.kind is not ChangeKind.ADDED and self.before is None)

    @property
    def undecided(self) -> bool:
        """Whether a side, or a component of one, is not priced and may have changed: the difference lacks it."""
        return self.half_known or bool(self.unpriced)

    @property
    def undecided_name(self) -> str:
        """The resource's name, with the components that the difference lacks."""
        components = ", ".join(name for name in self.unpriced if name)
        return f"{self.name} ({components})" if components and not self.half_known else self.name


class Overlap(BaseModel):
    """A resource that is replaced: while old and new both exist, the old one costs so much an hour and a day on top.

    `certain` is False where the preview does not show whether the old one is deleted first.
    """

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    hourly_cost: float
    daily_cost: float
    certain: bool


class Comparison(BaseModel):
    """This estimate against an earlier one; `difference` is after less before, figure by figure.

    `partial` says that both totals lack resources that the preview does not show; the difference does not lack them.
    """

    model_config = ConfigDict(frozen=True)

    against: str
    before: Range
    after: Range
    difference: Range
    changes: tuple[ResourceChange, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    partial: bool = False
    notes: tuple[str, ...] = ()


class Verdict(StrEnum):
    """What a guardrail says: unknown is never passed."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    UNKNOWN = "unknown"


class GuardrailResult(BaseModel):
    """One limit of a guardrails file against the estimate. `value` is what was compared, and None where it is not known."""

    model_config = ConfigDict(frozen=True)

    name: str
    limit: float
    value: float | None
    unit: str
    verdict: Verdict
    reason: str
    resources: tuple[str, ...] = ()
    """The URNs of the resources that are over a limit for one resource."""


class Estimate(BaseModel):
    """The estimate of a whole stack. `by_tag` maps a tag key to its values' monthly costs; untagged is the value ``""``.

    `unseen` counts unchanged resources that the preview does not show: the total lacks them.
    """

    model_config = ConfigDict(frozen=True)

    currency: str = "USD"
    month_hours: int = MONTH_HOURS
    prices: PriceDates
    resources: tuple[ResourceEstimate, ...]
    by_component: Mapping[str, Range]
    by_tag: Mapping[str, Mapping[str, Range]]
    total: Range
    list_total: Range | None = None
    """The total before discounts, where a line has any."""
    unknown: tuple[UnknownCost, ...] = ()
    warnings: tuple[str, ...] = ()
    comparison: Comparison | None = None
    guardrails: tuple[GuardrailResult, ...] = ()
    usage_files: tuple[str, ...] = ()
    unseen: int = 0
