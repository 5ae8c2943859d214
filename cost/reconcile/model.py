"""A reconciliation as data: every dollar of the estimate and of the bill, side by side, with what made them differ."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from cost.estimate.model import Range


class Record(BaseModel):
    """A frozen model."""

    model_config = ConfigDict(frozen=True)


class Cause(StrEnum):
    """Why an estimate and a bill differ for a resource; the largest part of the difference names it."""

    PRICE = "price"
    QUANTITY = "quantity"
    NOT_ESTIMATED = "component not estimated"
    NOT_BILLED = "component not billed"
    UNPRICED = "unpriced"
    NOT_DEPLOYED = "not deployed"
    NONE = "none"


class Match(StrEnum):
    """How a resource of the bill was told to be one of the stack."""

    IDENTIFIER = "resource id"
    TAG = "tag"
    NAME = "name"


class ComponentError(Record):
    """One component of a resource. Money in USD, quantities in the estimate's unit; None on the side that does not have it.

    `price_effect` + `quantity_effect` = billed - estimated; a component that one side lacks is all quantity.
    """

    component: str
    unit: str
    estimated_quantity: float | None
    billed_quantity: float | None
    estimated_price: float | None
    billed_price: float | None
    estimated_cost: float
    billed_cost: float
    price_effect: float
    quantity_effect: float


class ResourceError(Record):
    """One resource: what was estimated (expected, for the bill's month), what was billed, and why they differ. `error_percent` is of the billed cost.

    Where the estimate has no price for the resource, `estimated_cost` and the errors are None: unknown is not zero.
    """

    urn: str
    type: str
    name: str
    estimated: Range | None
    estimated_cost: float | None
    billed_cost: float
    error: float | None
    error_percent: float | None
    within_range: bool | None
    """Whether the bill lies between the estimate's floor and ceiling; None where there is no estimate."""
    cause: Cause
    matched_by: Match | None = None
    resource_ids: tuple[str, ...] = ()
    components: tuple[ComponentError, ...] = ()


class Unmatched(Record):
    """Usage of the bill that is no resource of the estimate, by service and component."""

    service: str
    usage_type: str
    resources: int
    example: str | None
    billed_cost: float


class Reconciliation(Record):
    """`estimated_cost` - the errors + `unpriced_cost` = `matched_cost`; with what is unmatched and what is no usage that is the whole month's bill."""

    month: str
    currency: str
    hours: float
    """Hours of the month that the bill covers: what the estimate's month of 730 hours was scaled to."""
    resources: tuple[ResourceError, ...]
    unmatched: tuple[Unmatched, ...]
    estimated_cost: float
    matched_cost: float
    unpriced_cost: float
    """The part of `matched_cost` of resources that the estimate has no price for."""
    unmatched_cost: float
    not_usage_cost: float
    """Tax, credits, fees and the unused part of commitments."""
    billed_cost: float
    error_percent: float | None
    """Of estimated against matched cost, percent of the matched; both without the resources that the estimate has no price for."""
    synthetic: bool = False
    warnings: tuple[str, ...] = ()


class UsageFile(Record):
    """A usage file that was begun: where, with whose figures, and for how many resources."""

    path: str
    preset: str
    resources: int


class LearnedField(Record):
    """One usage figure that the bill gave: `value` a month of 730 hours, `billed_quantity` in the component's unit, as evidence."""

    urn: str
    name: str
    key: str
    field: str
    value: float
    preset: float | None
    component: str
    billed_quantity: float
    matched_by: Match


class NotLearned(Record):
    """A resource with usage in the estimate of which the bill taught nothing, and why."""

    urn: str
    name: str
    reason: str


class LearnedUsage(Record):
    """What a month of a bill says of a stack's usage."""

    month: str
    hours: float
    fields: tuple[LearnedField, ...]
    not_learned: tuple[NotLearned, ...]
    unmatched_cost: float
    synthetic: bool = False
    warnings: tuple[str, ...] = ()
