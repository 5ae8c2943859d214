"""The charge table's schema as data: FOCUS 1.2's 57 columns and Plinth's `x_` columns. Every analysis reads this table.

Source of the FOCUS columns, nullability and allowed values: FOCUS 1.2 specification, `specification/columns` (focus.finops.org, v1.2).
One row is one charge. A bill line is one row, except that a commitment's recurring fee becomes two: its purchase and, as a Usage
charge with CommitmentDiscountStatus Unused, the part that nothing used.
Times are UTC, without a zone. Money is DECIMAL(38, 18): sums are exact (docs/adr/0040).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import ibis
import ibis.expr.datatypes as dt

Frame: TypeAlias = Any
"""An Ibis table. Ibis learns a column's type when it runs, so to pyright a table and its columns are anything."""

TEXT: Final = dt.String()
MONEY: Final[Any] = dt.Decimal(38, 18)
NUMBER: Final = dt.Float64()
TIME: Final = dt.Timestamp(scale=6)
COUNT: Final = dt.Int64()
FLAG: Final = dt.Boolean()
TAGS: Final[Any] = dt.dtype("map<string, string>")
ZERO: Final[Any] = ibis.literal(0, type=MONEY)
"""No money, typed: a bare 0 would change a sum's type."""


class ChargeCategory(StrEnum):
    """FOCUS ChargeCategory."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    TAX = "Tax"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


class ChargeFrequency(StrEnum):
    """FOCUS ChargeFrequency; never Usage-Based for a Purchase."""

    ONE_TIME = "One-Time"
    RECURRING = "Recurring"
    USAGE_BASED = "Usage-Based"


class PricingCategory(StrEnum):
    """FOCUS PricingCategory; spot is Dynamic, buying a commitment is Standard."""

    STANDARD = "Standard"
    DYNAMIC = "Dynamic"
    COMMITTED = "Committed"
    OTHER = "Other"


class CommitmentStatus(StrEnum):
    """FOCUS CommitmentDiscountStatus."""

    USED = "Used"
    UNUSED = "Unused"


class PurchaseOption(StrEnum):
    """`x_purchase_option`: how the capacity behind a charge was bought. Source: facts/cost.md 3.3 `purchase_option`.

    cost.estimate.model.PurchaseOption is another thing: what a price can be had for before anything is bought, and its JSON names are its own.
    """

    ON_DEMAND = "OnDemand"
    SPOT = "Spot"
    SAVINGS_PLAN = "SavingsPlan"
    RESERVED = "Reserved"


class ChargePart(StrEnum):
    """`x_charge_part`: which part of a bill line a row is, where one line became two."""

    PURCHASE = "Purchase"
    UNUSED = "Unused"


CHARGE_CLASS_CORRECTION: Final = "Correction"
COMMITMENT_CATEGORIES: Final = ("Spend", "Usage")
SERVICE_CATEGORIES: Final = (
    "AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases", "Developer Tools", "Identity", "Integration",
    "Internet of Things", "Management and Governance", "Media", "Migration", "Mobile", "Multicloud", "Networking", "Security", "Storage", "Web", "Other",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its name, type, whether it may be null, its allowed values (empty: any), and what it holds."""

    name: str
    type: dt.DataType
    nullable: bool = True
    allowed: tuple[str, ...] = ()
    meaning: str = ""


def _values(enum: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for member in enum)


FOCUS_COLUMNS: Final = (
    Column("AvailabilityZone", TEXT),
    Column("BilledCost", MONEY, nullable=False, meaning="what the invoice says: net of discounts where the bill has net columns"),
    Column("BillingAccountId", TEXT, nullable=False, meaning="the payer account: text, leading zeros kept"),
    Column("BillingAccountName", TEXT),
    Column("BillingAccountType", TEXT, nullable=False),
    Column("BillingCurrency", TEXT, nullable=False),
    Column("BillingPeriodEnd", TIME, nullable=False, meaning="exclusive"),
    Column("BillingPeriodStart", TIME, nullable=False, meaning="inclusive"),
    Column("CapacityReservationId", TEXT),
    Column("CapacityReservationStatus", TEXT, allowed=_values(CommitmentStatus)),
    Column("ChargeCategory", TEXT, nullable=False, allowed=_values(ChargeCategory)),
    Column("ChargeClass", TEXT, allowed=(CHARGE_CLASS_CORRECTION,)),
    Column("ChargeDescription", TEXT),
    Column("ChargeFrequency", TEXT, nullable=False, allowed=_values(ChargeFrequency)),
    Column("ChargePeriodEnd", TIME, nullable=False, meaning="exclusive; a row may last an hour, a day or a month"),
    Column("ChargePeriodStart", TIME, nullable=False, meaning="inclusive"),
    Column("CommitmentDiscountCategory", TEXT, allowed=COMMITMENT_CATEGORIES, meaning="Spend: savings plan; Usage: reservation"),
    Column("CommitmentDiscountId", TEXT, meaning="the savings plan's or reservation's ARN"),
    Column("CommitmentDiscountName", TEXT),
    Column("CommitmentDiscountQuantity", NUMBER),
    Column("CommitmentDiscountStatus", TEXT, allowed=_values(CommitmentStatus)),
    Column("CommitmentDiscountType", TEXT),
    Column("CommitmentDiscountUnit", TEXT),
    Column("ConsumedQuantity", NUMBER),
    Column("ConsumedUnit", TEXT),
    Column("ContractedCost", MONEY, nullable=False),
    Column("ContractedUnitPrice", NUMBER),
    Column("EffectiveCost", MONEY, nullable=False, meaning="the net amortized cost; 0 on a purchase that covers future charges"),
    Column("InvoiceId", TEXT, meaning="null while the month is open"),
    Column("InvoiceIssuerName", TEXT, nullable=False),
    Column("ListCost", MONEY, nullable=False),
    Column("ListUnitPrice", NUMBER),
    Column("PricingCategory", TEXT, allowed=_values(PricingCategory)),
    Column("PricingCurrency", TEXT),
    Column("PricingCurrencyContractedUnitPrice", NUMBER),
    Column("PricingCurrencyEffectiveCost", MONEY),
    Column("PricingCurrencyListUnitPrice", NUMBER),
    Column("PricingQuantity", NUMBER),
    Column("PricingUnit", TEXT),
    Column("ProviderName", TEXT, nullable=False),
    Column("PublisherName", TEXT, nullable=False),
    Column("RegionId", TEXT),
    Column("RegionName", TEXT),
    Column("ResourceId", TEXT),
    Column("ResourceName", TEXT),
    Column("ResourceType", TEXT),
    Column("ServiceCategory", TEXT, nullable=False, allowed=SERVICE_CATEGORIES),
    Column("ServiceName", TEXT, nullable=False),
    Column("ServiceSubcategory", TEXT, nullable=False),
    Column("SkuId", TEXT),
    Column("SkuMeter", TEXT),
    Column("SkuPriceDetails", TEXT),
    Column("SkuPriceId", TEXT),
    Column("SubAccountId", TEXT, meaning="the account that used it: text, leading zeros kept"),
    Column("SubAccountName", TEXT),
    Column("SubAccountType", TEXT),
    Column("Tags", TAGS, meaning="normalised key -> value; an untagged charge has no such key; how keys were spelled: Bill.tag_keys"),
)

EXTENSION_COLUMNS: Final = (
    Column("x_unblended_cost", MONEY, nullable=False, meaning="cost as billed line by line, before net discounts"),
    Column("x_net_unblended_cost", MONEY, nullable=False, meaning="the same net of discounts; equals unblended where the bill has no net column"),
    Column("x_amortized_cost", MONEY, nullable=False, meaning="commitment fees spread over what they covered, unused part included"),
    Column("x_net_amortized_cost", MONEY, nullable=False),
    Column("x_trueup_cost", MONEY, nullable=False, meaning="minus the upfront fees amortized in this period"),
    Column("x_upfront_cost", MONEY, nullable=False, meaning="upfront fees (and their refunds) paid in this period"),
    Column("x_public_on_demand_cost", MONEY, meaning="as the bill gives it; null where it gives none"),
    Column("x_blended_cost", MONEY, meaning="AWS's average rate over an organisation; kept for comparison, no Plinth figure is made of it"),
    Column("x_line_item_type", TEXT, nullable=False),
    Column("x_charge_part", TEXT, allowed=_values(ChargePart)),
    Column("x_folded", FLAG, nullable=False, meaning="true on a negation row: its cost is in the covered rows, it is not written to FOCUS"),
    Column("x_purchase_option", TEXT, nullable=False, allowed=_values(PurchaseOption)),
    Column("x_product_code", TEXT),
    Column("x_service_code", TEXT, nullable=False),
    Column("x_usage_type", TEXT),
    Column("x_operation", TEXT),
    Column("x_instance_type", TEXT, meaning="`g5.xlarge`, `ml.g5.xlarge`; of a spot row, from its description"),
    Column("x_operating_system", TEXT),
    Column("x_commitment_total_cost", MONEY, meaning="a plan's commitment in this row's period: recurring plus amortized upfront"),
    Column("x_commitment_used_cost", MONEY),
    Column("x_billing_entity", TEXT, meaning="`AWS`, `AWS Marketplace`, `AISPL`"),
    Column("x_product_family", TEXT),
    Column("x_product_group", TEXT),
    Column("x_transfer_type", TEXT, meaning="data transfer: `AWS Outbound`, `InterRegion Outbound`, `IntraRegion`, …"),
    Column("x_from_location", TEXT),
    Column("x_to_location", TEXT),
    Column("x_pricing_term", TEXT, meaning="`OnDemand`, `Reserved`, `Spot`; empty on most rows of a savings plan"),
    Column("x_payment_option", TEXT, meaning="of a commitment: `No Upfront`, `Partial Upfront`, `All Upfront`"),
    Column("x_iam_principal", TEXT, meaning="who made the call (CUR 2.0, Bedrock): an IAM principal's ARN"),
    Column("x_user_identifier", TEXT, meaning="the identity of a user, where AWS bills by user (CUR 2.0)"),
    Column("x_split_parent_resource_id", TEXT, meaning="split cost rows: the instance a pod or task ran on"),
    Column("x_split_cost", MONEY, meaning="split cost rows: the pod's share; these rows count 0 in every other cost column"),
    Column("x_split_unused_cost", MONEY, meaning="split cost rows: the pod's part of what no pod used"),
    Column("x_split_net_cost", MONEY),
    Column("x_split_net_unused_cost", MONEY),
    Column("x_split_reserved_usage", NUMBER, meaning="split cost rows: what the pod requested, in the usage type's unit hours"),
    Column("x_split_actual_usage", NUMBER, meaning="split cost rows: what the pod used"),
    Column("x_split_usage", NUMBER, meaning="split cost rows: the larger of the two"),
    Column("x_line_item_id", TEXT, meaning="null where lines were merged by day"),
    Column("x_time_interval", TEXT, meaning="null where lines were merged by day"),
    Column("x_file", TEXT, nullable=False, meaning="the file a row came from"),
    Column("x_hours", COUNT, meaning="of lines of one hour each: which hours of the day they are, the lowest bit is 0:00; null of other lines"),
    Column("x_lines", COUNT, nullable=False, meaning="how many lines of the bill the row is; 0 on the unused part of a commitment's fee"),
)

COLUMNS: Final = FOCUS_COLUMNS + EXTENSION_COLUMNS
SCHEMA: Final[Any] = ibis.schema({column.name: column.type for column in COLUMNS})

COST_KINDS: Final[Mapping[str, str]] = {
    "billed": "BilledCost",
    "list": "ListCost",
    "contracted": "ContractedCost",
    "unblended": "x_unblended_cost",
    "amortized": "x_amortized_cost",
    "net_amortized": "x_net_amortized_cost",
    "trueup": "x_trueup_cost",
    "upfront": "x_upfront_cost",
}
"""The name of each cost kind and the column that holds it."""
