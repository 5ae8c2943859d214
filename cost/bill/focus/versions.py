"""FOCUS versions as data: which columns each has, how a file's version is told from its columns, and what a missing column costs.

Source: FOCUS specification, `specification/columns` at v1.0 (43 columns), v1.1 (50) and v1.2 (57); AWS Data Exports user guide,
"FOCUS 1.0 with AWS columns" and "FOCUS 1.2 with AWS columns" (their x_ columns).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cost.bill.charge_table import EXTENSION_COLUMNS, FOCUS_COLUMNS

ADDED: Final = {
    "1.2": (
        "BillingAccountType", "InvoiceId", "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice", "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId", "CapacityReservationStatus", "CommitmentDiscountQuantity", "CommitmentDiscountUnit", "ServiceSubcategory",
        "SkuMeter", "SkuPriceDetails",
    ),
}  # fmt: skip
"""The columns that each version brought, newest first; the others are of 1.0."""

OLDEST: Final = "1.0"
COLUMN_NAMES: Final = tuple(column.name for column in FOCUS_COLUMNS)
AWS_COLUMNS: Final = ("x_CostCategories", "x_Discounts", "x_Operation", "x_ServiceCode", "x_UsageType")
"""AWS's own columns: all five in FOCUS_1_0_AWS; x_Discounts, x_Operation and x_ServiceCode in FOCUS_1_2_AWS."""

FOCUS_MARKS: Final = ("BilledCost", "EffectiveCost", "ChargeCategory", "ChargePeriodStart", "BillingAccountId")
"""Columns that every FOCUS file has and no Cost and Usage Report does."""

ESSENTIAL: Final = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "ListCost",
)  # fmt: skip
"""The columns without which nothing can be totalled: mandatory and not nullable in every version."""

NOT_WRITTEN: Final = ("x_folded", "x_file")
"""Columns of the charge table that an export leaves out: folded rows are not written, and a file's path is nobody else's business."""

WRITTEN: Final = COLUMN_NAMES + tuple(column.name for column in EXTENSION_COLUMNS if column.name not in NOT_WRITTEN)
"""An export's columns: FOCUS 1.2's in the specification's order, then Plinth's."""

OWN_ESSENTIAL: Final = tuple(column.name for column in EXTENSION_COLUMNS if not column.nullable and column.name not in NOT_WRITTEN)
"""The columns of Plinth's own that each row of its export has a value in: what tells an export, and what it can't be read without."""

LOST: Final = {
    "AvailabilityZone": "charges can't be told apart by availability zone",
    "BillingAccountName": "the payer account has no name",
    "CapacityReservationId": "capacity reservations can't be told apart, and their unused part is not seen",
    "CapacityReservationStatus": "the unused part of capacity reservations is not seen",
    "ChargeClass": "corrections of earlier months can't be told from charges",
    "ChargeDescription": "a spot charge's instance type and operating system are unknown",
    "ChargeFrequency": "one-time and recurring purchases can't be told apart: a commitment's fees count as recurring",
    "CommitmentDiscountCategory": "savings plans can't be told from reservations",
    "CommitmentDiscountId": "savings plans and reservations can't be told apart",
    "CommitmentDiscountStatus": "used and unused commitment can't be told apart: utilisation and coverage are unknown",
    "CommitmentDiscountType": "the kind of savings plan is unknown",
    "ConsumedQuantity": "consumption is unknown",
    "ContractedUnitPrice": "contracted prices are unknown",
    "InvoiceId": "invoices can't be told apart, and every month counts as open",
    "InvoiceIssuerName": "who issued the invoice is unknown",
    "ListUnitPrice": "list prices are unknown",
    "PricingCategory": "spot charges can't be told from on-demand ones, but by their usage type",
    "PricingQuantity": "quantities and unit prices are unknown",
    "ProviderName": "rows of other providers can't be told from AWS's",
    "PublisherName": "Marketplace charges can't be told from AWS's own",
    "RegionId": "charges can't be told apart by Region",
    "ResourceId": "charges can't be traced to resources",
    "ServiceName": "charges can't be told apart by service",
    "SkuPriceId": "prices can't be looked up",
    "SubAccountId": "charges can't be told apart by account",
    "SubAccountName": "accounts have no names",
    "Tags": "every charge is untagged",
}
"""What can't be computed without a column; a column that is not named here loses nothing that Plinth shows."""


def version_of(columns: Collection[str]) -> str:
    """The newest FOCUS version whose added columns the file has, any of them: `1.2`, `1.1` or `1.0`."""
    present = set(columns)
    return next((version for version, added in ADDED.items() if present & set(added)), OLDEST)


def columns_of(version: str) -> tuple[str, ...]:
    """The FOCUS columns of a version, in the order of 1.2's specification."""
    later = {name for each, added in ADDED.items() if each > version for name in added}
    return tuple(name for name in COLUMN_NAMES if name not in later)


def is_focus(columns: Collection[str]) -> bool:
    """Whether a file with these columns is FOCUS."""
    return set(FOCUS_MARKS) <= set(columns)


def is_own(columns: Collection[str]) -> bool:
    """Whether a file with these columns is an export of `plinth cost focus`: it has most of the columns that only such a file has."""
    return 2 * len(set(OWN_ESSENTIAL) & set(columns)) > len(OWN_ESSENTIAL)


def essential_of(columns: Collection[str]) -> tuple[str, ...]:
    """The columns that a file like this can't be read without, whether it has them or not."""
    return ESSENTIAL + (OWN_ESSENTIAL if is_own(columns) else ())
