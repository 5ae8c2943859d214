"""The columns of an AWS Cost and Usage Report that the charge table is made from: names, types, and what is lost without them.

Canonical names are those of CUR 2.0 and of Athena; the legacy csv spells them `section/Name`.
Source: AWS Data Exports user guide, "Cost and Usage Report" data dictionary; facts/cost.md 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RESERVATION_TYPES: Final = ("DiscountedUsage", "RIFee")
PLAN_TYPES: Final = ("SavingsPlanCoveredUsage", "SavingsPlanRecurringFee", "SavingsPlanNegation", "SavingsPlanUpfrontFee")


class Kind(StrEnum):
    """How a column's text is read."""

    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True)
class CurColumn:
    """One CUR column: canonical name, legacy csv name, how it is read; `essential` means no bill without it.

    `lost` says what can't be computed without the column; `needed_by` are the line item types that need it (empty: all).
    """

    name: str
    legacy: str
    kind: Kind = Kind.TEXT
    essential: bool = False
    lost: str = ""
    needed_by: tuple[str, ...] = ()


CUR_COLUMNS: Final = (
    CurColumn("identity_line_item_id", "identity/LineItemId", lost="lines delivered twice can't be found"),
    CurColumn("identity_time_interval", "identity/TimeInterval", lost="lines delivered twice can't be found"),
    CurColumn("bill_invoice_id", "bill/InvoiceId", lost="invoices can't be told apart, and every month counts as open"),
    CurColumn("bill_invoicing_entity", "bill/InvoicingEntity"),
    CurColumn("bill_billing_entity", "bill/BillingEntity", lost="Marketplace charges can't be told from AWS's own"),
    CurColumn("bill_payer_account_id", "bill/PayerAccountId", essential=True),
    CurColumn("bill_billing_period_start_date", "bill/BillingPeriodStartDate", Kind.TIME, essential=True),
    CurColumn("bill_billing_period_end_date", "bill/BillingPeriodEndDate", Kind.TIME, essential=True),
    CurColumn("line_item_usage_account_id", "lineItem/UsageAccountId", essential=True),
    CurColumn("line_item_line_item_type", "lineItem/LineItemType", essential=True),
    CurColumn("line_item_usage_start_date", "lineItem/UsageStartDate", Kind.TIME, essential=True),
    CurColumn("line_item_usage_end_date", "lineItem/UsageEndDate", Kind.TIME, essential=True),
    CurColumn("line_item_product_code", "lineItem/ProductCode", essential=True),
    CurColumn("line_item_usage_type", "lineItem/UsageType", lost="spot charges can't be told from on-demand ones"),
    CurColumn("line_item_operation", "lineItem/Operation", lost="split cost rows can't be told from the instances they repeat"),
    CurColumn("line_item_availability_zone", "lineItem/AvailabilityZone"),
    CurColumn("line_item_resource_id", "lineItem/ResourceId", lost="charges can't be traced to resources"),
    CurColumn("line_item_usage_amount", "lineItem/UsageAmount", Kind.NUMBER, lost="quantities and unit prices are unknown"),
    CurColumn("line_item_currency_code", "lineItem/CurrencyCode", essential=True),
    CurColumn("line_item_unblended_cost", "lineItem/UnblendedCost", Kind.MONEY, essential=True),
    CurColumn("line_item_net_unblended_cost", "lineItem/NetUnblendedCost", Kind.MONEY),
    CurColumn("line_item_blended_cost", "lineItem/BlendedCost", Kind.MONEY),
    CurColumn("line_item_line_item_description", "lineItem/LineItemDescription", lost="a spot charge's instance type and operating system are unknown"),
    CurColumn("line_item_legal_entity", "lineItem/LegalEntity"),
    CurColumn("line_item_iam_principal", "lineItem/IamPrincipal"),
    CurColumn("line_item_user_identifier", "lineItem/UserIdentifier"),
    CurColumn("bill_payer_account_name", "bill/PayerAccountName"),
    CurColumn("line_item_usage_account_name", "lineItem/UsageAccountName"),
    CurColumn("product_product_name", "product/ProductName"),
    CurColumn("product_instance_type", "product/instanceType"),
    CurColumn("product_operating_system", "product/operatingSystem"),
    CurColumn("product_region_code", "product/regionCode"),
    CurColumn("product_region", "product/region"),
    CurColumn("product_location", "product/location"),
    CurColumn("product_servicecode", "product/servicecode"),
    CurColumn("product_sku", "product/sku"),
    CurColumn("product_product_family", "product/productFamily"),
    CurColumn("product_group", "product/group"),
    CurColumn("product_transfer_type", "product/transferType"),
    CurColumn("product_from_location", "product/fromLocation"),
    CurColumn("product_to_location", "product/toLocation"),
    CurColumn("pricing_term", "pricing/term"),
    CurColumn("pricing_rate_code", "pricing/RateCode"),
    CurColumn("pricing_public_on_demand_cost", "pricing/publicOnDemandCost", Kind.MONEY, lost="list cost is unknown; it is shown as the unblended cost"),
    CurColumn("pricing_unit", "pricing/unit"),
    CurColumn("reservation_reservation_a_r_n", "reservation/ReservationARN", lost="reservations can't be told apart", needed_by=RESERVATION_TYPES),
    CurColumn("reservation_effective_cost", "reservation/EffectiveCost", Kind.MONEY, lost="reservations can't be amortized", needed_by=("DiscountedUsage",)),
    CurColumn("reservation_net_effective_cost", "reservation/NetEffectiveCost", Kind.MONEY),
    CurColumn("reservation_amortized_upfront_fee_for_billing_period", "reservation/AmortizedUpfrontFeeForBillingPeriod", Kind.MONEY,
              lost="the upfront fees amortized in the period are unknown and taken as none", needed_by=("RIFee",)),
    CurColumn("reservation_unused_amortized_upfront_fee_for_billing_period", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", Kind.MONEY,
              lost="the unused part of reservations is unknown", needed_by=("RIFee",)),
    CurColumn("reservation_net_unused_amortized_upfront_fee_for_billing_period", "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod", Kind.MONEY),
    CurColumn("reservation_unused_recurring_fee", "reservation/UnusedRecurringFee", Kind.MONEY,
              lost="the unused part of reservations is unknown", needed_by=("RIFee",)),
    CurColumn("reservation_net_unused_recurring_fee", "reservation/NetUnusedRecurringFee", Kind.MONEY),
    CurColumn("savings_plan_savings_plan_a_r_n", "savingsPlan/SavingsPlanARN", lost="savings plans can't be told apart", needed_by=PLAN_TYPES),
    CurColumn("savings_plan_savings_plan_effective_cost", "savingsPlan/SavingsPlanEffectiveCost", Kind.MONEY,
              lost="savings plans can't be amortized", needed_by=("SavingsPlanCoveredUsage",)),
    CurColumn("savings_plan_net_savings_plan_effective_cost", "savingsPlan/NetSavingsPlanEffectiveCost", Kind.MONEY),
    CurColumn("savings_plan_total_commitment_to_date", "savingsPlan/TotalCommitmentToDate", Kind.MONEY,
              lost="the unused part of savings plans is unknown", needed_by=("SavingsPlanRecurringFee",)),
    CurColumn("savings_plan_used_commitment", "savingsPlan/UsedCommitment", Kind.MONEY,
              lost="the unused part of savings plans is unknown", needed_by=("SavingsPlanRecurringFee",)),
    CurColumn("savings_plan_amortized_upfront_commitment_for_billing_period", "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod", Kind.MONEY,
              lost="the upfront fees amortized in the period are unknown and taken as none", needed_by=("SavingsPlanRecurringFee",)),
    CurColumn("savings_plan_net_amortized_upfront_commitment_for_billing_period", "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod", Kind.MONEY),
    CurColumn("savings_plan_recurring_commitment_for_billing_period", "savingsPlan/RecurringCommitmentForBillingPeriod", Kind.MONEY),
    CurColumn("savings_plan_net_recurring_commitment_for_billing_period", "savingsPlan/NetRecurringCommitmentForBillingPeriod", Kind.MONEY),
    CurColumn("savings_plan_payment_option", "savingsPlan/PaymentOption"),
    CurColumn("savings_plan_offering_type", "savingsPlan/OfferingType"),
    CurColumn("split_line_item_parent_resource_id", "splitLineItem/ParentResourceId"),
    CurColumn("split_line_item_split_cost", "splitLineItem/SplitCost", Kind.MONEY),
    CurColumn("split_line_item_unused_cost", "splitLineItem/UnusedCost", Kind.MONEY),
    CurColumn("split_line_item_net_split_cost", "splitLineItem/NetSplitCost", Kind.MONEY),
    CurColumn("split_line_item_net_unused_cost", "splitLineItem/NetUnusedCost", Kind.MONEY),
    CurColumn("split_line_item_reserved_usage", "splitLineItem/ReservedUsage", Kind.NUMBER),
    CurColumn("split_line_item_actual_usage", "splitLineItem/ActualUsage", Kind.NUMBER),
    CurColumn("split_line_item_split_usage", "splitLineItem/SplitUsage", Kind.NUMBER),
)  # fmt: skip

ESSENTIAL: Final = tuple(column for column in CUR_COLUMNS if column.essential)
