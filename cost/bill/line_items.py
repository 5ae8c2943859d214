"""The line item types of a Cost and Usage Report, and what each is in FOCUS.

Sources: facts/cost.md 3.3 and 3.4; FOCUS 1.2, ChargeCategory, ChargeClass and ChargeFrequency. FOCUS says nothing on how often
a tax is charged: AWS adds it each period, so it is Recurring here. A type not listed is carried as an Adjustment at its unblended cost, and reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cost.bill.charge_table import CHARGE_CLASS_CORRECTION, ChargeCategory, ChargeFrequency


@dataclass(frozen=True)
class LineItemType:
    """What a line item type is in FOCUS; `quantity` says whether its usage amount counts as consumed (a negation's would count twice)."""

    category: ChargeCategory
    frequency: ChargeFrequency
    charge_class: str | None = None
    quantity: bool = False


_USAGE = LineItemType(ChargeCategory.USAGE, ChargeFrequency.USAGE_BASED)
_CONSUMED = LineItemType(ChargeCategory.USAGE, ChargeFrequency.USAGE_BASED, quantity=True)
_RECURRING_PURCHASE = LineItemType(ChargeCategory.PURCHASE, ChargeFrequency.RECURRING)
_ONE_TIME_PURCHASE = LineItemType(ChargeCategory.PURCHASE, ChargeFrequency.ONE_TIME)

LINE_ITEM_TYPES: Final[Mapping[str, LineItemType]] = {
    "Usage": _CONSUMED,
    "DiscountedUsage": _CONSUMED,
    "SavingsPlanCoveredUsage": _CONSUMED,
    "SavingsPlanNegation": _USAGE,
    "SavingsPlanRecurringFee": _RECURRING_PURCHASE,
    "SavingsPlanUpfrontFee": _ONE_TIME_PURCHASE,
    "RIFee": _RECURRING_PURCHASE,
    "Fee": _ONE_TIME_PURCHASE,
    "FlatRateSubscription": LineItemType(ChargeCategory.PURCHASE, ChargeFrequency.RECURRING, quantity=True),
    "Tax": LineItemType(ChargeCategory.TAX, ChargeFrequency.RECURRING),
    "Credit": LineItemType(ChargeCategory.CREDIT, ChargeFrequency.ONE_TIME),
    "Refund": LineItemType(ChargeCategory.ADJUSTMENT, ChargeFrequency.ONE_TIME, CHARGE_CLASS_CORRECTION),
    "Discount": _USAGE,
    "BundledDiscount": _USAGE,
    "EdpDiscount": _USAGE,
    "PrivateRateDiscount": _USAGE,
    "RiVolumeDiscount": _USAGE,
}

FEES: Final = ("SavingsPlanRecurringFee", "RIFee")
"""Recurring fees of commitments."""
COMMITMENT_FEES: Final = (*FEES, "SavingsPlanUpfrontFee")
"""What buys a commitment, whether or not the bill names it."""
NEGATION: Final = "SavingsPlanNegation"
DISCOUNT_TYPES: Final = ("Discount", "BundledDiscount", "EdpDiscount", "PrivateRateDiscount", "RiVolumeDiscount")
UNKNOWN_TYPE: Final = LineItemType(ChargeCategory.ADJUSTMENT, ChargeFrequency.ONE_TIME)
SPLIT_COST_OPERATIONS: Final = ("EKSPod-EC2", "ECSTask-EC2")
"""Operations of split cost rows: they repeat the instance's money and count 0 at bill level. Source: facts/cost.md 3.5."""

PLAN_REFUND_DESCRIPTION: Final = "Refund for one-time fee for Savings Plan ID"
"""A refund of a savings plan's upfront fee is amortized as 0. Source: facts/cost.md 3.3 (CID summary_view)."""
