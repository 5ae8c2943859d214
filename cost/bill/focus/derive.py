"""Plinth's `x_` columns of a FOCUS row that has none: what AWS's line item would have been, and the costs that FOCUS does not hold.

FOCUS has one amortized cost, EffectiveCost, and AWS's is net of discounts: it stands in for the gross one. It has no unblended cost:
BilledCost stands in. Then, row by row, unblended = amortized + trueup + upfront: docs/adr/0065. The table is in docs/focus.md.
"""

from __future__ import annotations

from typing import Any

import ibis

from cost.bill.charge_table import (
    CHARGE_CLASS_CORRECTION,
    MONEY,
    ZERO,
    ChargeCategory,
    ChargeFrequency,
    ChargePart,
    CommitmentStatus,
    Frame,
    PricingCategory,
    PurchaseOption,
)
from cost.bill.convert import instance
from cost.bill.focus.values import key_values
from cost.bill.services import SERVICES

ADJUSTMENT = "Adjustment"
"""The line item type of an adjustment that corrects nothing: the report has no such type, and it is carried as it is."""


def derived(rows: Frame) -> dict[str, Any]:
    """The `x_` columns by name, from FOCUS's columns and AWS's own; those that FOCUS can't tell are not among them."""
    facts = _facts(rows)
    return _costs(rows, facts) | _types(rows, facts) | _what(rows, facts)


def _facts(rows: Frame) -> dict[str, Any]:
    category, status = rows["ChargeCategory"], rows["CommitmentDiscountStatus"].fill_null("")
    committed = rows["CommitmentDiscountId"].notnull()
    spend = rows["CommitmentDiscountCategory"].fill_null("") == "Spend"
    usage_type: Any = ibis.coalesce(rows["x_UsageType"], rows["SkuMeter"])
    usage = category == ChargeCategory.USAGE.value
    dynamic = rows["PricingCategory"].fill_null("") == PricingCategory.DYNAMIC.value
    return {
        "usage": usage,
        "used": usage & committed & (status == CommitmentStatus.USED.value),
        "unused": usage & committed & (status == CommitmentStatus.UNUSED.value),
        "purchase": (category == ChargeCategory.PURCHASE.value) & committed,
        "one_time": rows["ChargeFrequency"].fill_null("") == ChargeFrequency.ONE_TIME.value,
        "plan": committed & spend,
        "reservation": committed & ~spend,
        "spot": usage & (dynamic | usage_type.fill_null("").contains("Spot")),
        "usage_type": usage_type,
    }


def _costs(rows: Frame, facts: dict[str, Any]) -> dict[str, Any]:
    """Used and unused commitment has a trueup of minus its EffectiveCost, its recurring fee one of its BilledCost: they cancel."""
    billed, effective = rows["BilledCost"], rows["EffectiveCost"]
    upfront = (facts["purchase"] & facts["one_time"]).ifelse(billed, ZERO).cast(MONEY)
    public = ibis.cases((facts["unused"], ZERO), (facts["usage"], rows["ListCost"]), else_=ibis.null(MONEY))
    return {
        "x_unblended_cost": billed,
        "x_net_unblended_cost": billed,
        "x_amortized_cost": effective,
        "x_net_amortized_cost": effective,
        "x_upfront_cost": upfront,
        "x_trueup_cost": (billed - effective - upfront).cast(MONEY),
        "x_public_on_demand_cost": public,
    }


def _types(rows: Frame, facts: dict[str, Any]) -> dict[str, Any]:
    plan, reservation = facts["plan"], facts["reservation"]
    correction = rows["ChargeClass"].fill_null("") == CHARGE_CLASS_CORRECTION
    category = rows["ChargeCategory"]
    line_item_type = ibis.cases(
        (category == ChargeCategory.TAX.value, "Tax"),
        (category == ChargeCategory.CREDIT.value, "Credit"),
        ((category == ChargeCategory.ADJUSTMENT.value) & correction, "Refund"),
        (category == ChargeCategory.ADJUSTMENT.value, ADJUSTMENT),
        (facts["used"] & plan, "SavingsPlanCoveredUsage"),
        (facts["used"], "DiscountedUsage"),
        (facts["unused"] & plan, "SavingsPlanRecurringFee"),
        (facts["unused"], "RIFee"),
        (facts["usage"], "Usage"),
        (facts["purchase"] & plan & facts["one_time"], "SavingsPlanUpfrontFee"),
        (facts["purchase"] & plan, "SavingsPlanRecurringFee"),
        (facts["purchase"] & reservation & ~facts["one_time"], "RIFee"),
        (category == ChargeCategory.PURCHASE.value, "Fee"),
        else_=category,
    )
    fee = facts["purchase"] & ~facts["one_time"]
    return {
        "x_line_item_type": line_item_type,
        "x_charge_part": ibis.cases((facts["unused"], ChargePart.UNUSED.value), (fee, ChargePart.PURCHASE.value), else_=ibis.null("string")),
        "x_folded": ibis.literal(False),
        "x_purchase_option": ibis.cases(
            (plan, PurchaseOption.SAVINGS_PLAN.value),
            (reservation, PurchaseOption.RESERVED.value),
            (facts["spot"], PurchaseOption.SPOT.value),
            else_=PurchaseOption.ON_DEMAND.value,
        ),
        "x_pricing_term": ibis.cases(
            (facts["spot"], "Spot"), (facts["used"] & reservation, "Reserved"), (facts["usage"] & ~plan, "OnDemand"), else_=ibis.null("string")
        ),
        "x_lines": ibis.literal(1),
    }


def _what(rows: Frame, facts: dict[str, Any]) -> dict[str, Any]:
    codes = {name: code for code, name, *_ in SERVICES}
    service = ibis.coalesce(rows["x_ServiceCode"], rows["ServiceName"].cases(*codes.items(), else_=rows["ServiceName"]), "unknown")
    publisher: Any = rows["PublisherName"].lower()
    of_aws: Any = publisher.startswith("aws") | publisher.startswith("amazon")
    details = key_values(rows["SkuPriceDetails"])
    instance_type, system = instance(facts["spot"], rows["ChargeDescription"], facts["usage_type"], details.get("InstanceType"), details.get("OperatingSystem"))
    return {
        "x_product_code": service,
        "x_service_code": service,
        "x_usage_type": facts["usage_type"],
        "x_operation": rows["x_Operation"],
        "x_instance_type": instance_type,
        "x_operating_system": system,
        "x_billing_entity": publisher.isnull().ifelse(ibis.null("string"), of_aws.ifelse("AWS", "AWS Marketplace")),
    }
