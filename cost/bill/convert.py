"""Cost and Usage Report lines to charges: FOCUS 1.2 semantics plus the `x_` columns. Pure Ibis, no backend named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from cost.bill import amortize, fold
from cost.bill.charge_table import MONEY, SCHEMA, ZERO, ChargeCategory, ChargePart, CommitmentStatus, Frame, PricingCategory, PurchaseOption
from cost.bill.line_items import DISCOUNT_TYPES, LINE_ITEM_TYPES, UNKNOWN_TYPE, LineItemType
from cost.bill.services import OTHER_CATEGORY, OTHER_SUBCATEGORY

SPOT_DESCRIPTION: Final = r"^([a-z0-9-]+\.[a-z0-9-]+) (.+?) Spot Instance-hour"
"""`g5.xlarge Linux/UNIX Spot Instance-hour in …`: spot rows have no product attributes. Source: facts/cost.md 3.1."""
INSTANCE_USAGE_TYPE: Final = r":((?:ml\.)?[a-z][a-z0-9-]*\.(?:metal|nano|micro|small|medium|[0-9]*x?large)[a-z0-9-]*)$"
"""The instance type at the end of a usage type: `USE1-BoxUsage:m5.large`, `USE1-Host:ml.g5.xlarge`."""


def charges(cur: Frame, services: Frame) -> Frame:
    """The charge table (cost.bill.charge_table.SCHEMA) of the bill's lines; `services` is cost.bill.services.SERVICES as a table."""
    prepared = _without_split_cost(cur)
    costed = amortize.with_costs(prepared)
    facts = _with_services(_with_facts(fold.with_billed(costed)), services)
    facts = facts.mutate(unused_share=_unused_share(facts))
    lines = facts.mutate(
        charge_part=facts["commitment_fee"].ifelse(ChargePart.PURCHASE.value, ibis.null("string")),
        amortized=facts["commitment_fee"].ifelse(ZERO, facts["amortized"]),
        net_amortized=facts["commitment_fee"].ifelse(ZERO, facts["net_amortized"]),
    )
    return _as_charges(lines).union(_as_charges(_unused(facts)))


REPEATED: Final = (
    "line_item_unblended_cost", "line_item_blended_cost", "pricing_public_on_demand_cost",
    "savings_plan_savings_plan_effective_cost", "savings_plan_net_savings_plan_effective_cost", "reservation_effective_cost", "reservation_net_effective_cost",
)  # fmt: skip
"""The amounts of a line that a split cost row repeats."""


def _without_split_cost(cur: Frame) -> Frame:
    """Split cost rows repeat their instance's money: they count 0 in every cost column. Source: facts/cost.md 3.5."""
    split = amortize.is_split(cur)
    net = amortize.net_or_gross(cur, "line_item_net_unblended_cost", "line_item_unblended_cost")
    return cur.mutate(
        **{name: split.ifelse(ZERO, cur[name]).cast(MONEY) for name in REPEATED},
        net_unblended=split.ifelse(ZERO, net).cast(MONEY),
    )


def _unused(facts: Frame) -> Frame:
    """The unused part of each commitment fee as its own Usage line: it bills nothing and carries the amortized cost."""
    fees = facts.filter(facts["commitment_fee"] & ((facts["amortized"] != ZERO) | (facts["net_amortized"] != ZERO)))
    nothing = dict.fromkeys(
        ("line_item_unblended_cost", "line_item_blended_cost", "net_unblended", "billed", "trueup", "upfront", "pricing_public_on_demand_cost"), ZERO
    )
    return fees.mutate(
        **nothing,
        charge_part=ibis.literal(ChargePart.UNUSED.value),
        category=ibis.literal(ChargeCategory.USAGE.value),
        status=ibis.literal(CommitmentStatus.UNUSED.value),
        prepaid=ibis.literal(False),
        savings_plan_total_commitment_to_date=ibis.null(MONEY),
        savings_plan_used_commitment=ibis.null(MONEY),
    )


def _unused_share(facts: Frame) -> Any:
    """How much of a reservation's fee of the period, upfront part included, was for hours that nothing used."""
    fee = facts["line_item_unblended_cost"] + facts["reservation_amortized_upfront_fee_for_billing_period"].fill_null(ZERO)
    return facts["amortized"].cast("float64") / fee.cast("float64").nullif(0.0)


def by_type(cur: Frame, value: Callable[[LineItemType], Any]) -> Any:
    """A value of the line item type table, per line; an unlisted type gets the unknown type's."""
    groups: dict[Any, list[str]] = {}
    for name, known in LINE_ITEM_TYPES.items():
        groups.setdefault(value(known), []).append(name)
    default = value(UNKNOWN_TYPE)
    empty = ibis.null("string") if default is None else default
    cases = [(amortize.is_type(cur, *names), each) for each, names in groups.items() if each is not None and each != default]
    return ibis.cases(*cases, else_=empty) if cases else ibis.literal(default)


def _with_facts(cur: Frame) -> Frame:
    """What later columns need: category, commitment, spot, instance type."""
    plan = cur["savings_plan_savings_plan_a_r_n"].fill_null("").nullif("")
    reservation = cur["reservation_reservation_a_r_n"].fill_null("").nullif("")
    usage_type: Any = cur["line_item_usage_type"].fill_null("")
    category = by_type(cur, lambda known: known.category.value)
    used = amortize.is_type(cur, "SavingsPlanCoveredUsage", "DiscountedUsage") & ~amortize.is_split(cur)
    return cur.mutate(
        plan=plan,
        reservation=reservation,
        commitment=ibis.coalesce(plan, reservation),
        category=category,
        status=used.ifelse(CommitmentStatus.USED.value, ibis.null("string")),
        spot=usage_type.contains("Spot") & (category == ChargeCategory.USAGE.value),
    )


def _with_services(cur: Frame, services: Frame) -> Frame:
    """Service code by the rule of facts/cost.md 3.1 (Marketplace: the product's name), and its FOCUS name and categories."""
    marketplace = cur["bill_billing_entity"].fill_null("") == "AWS Marketplace"
    code = ibis.coalesce(marketplace.ifelse(cur["product_product_name"], ibis.null("string")), cur["product_servicecode"], cur["line_item_product_code"])
    coded = cur.mutate(service_code=code)
    joined = coded.left_join(services, coded["service_code"] == services["known_code"])
    own_name = joined["line_item_product_code"] == joined["service_code"]
    return joined.mutate(
        service_name=ibis.coalesce(joined["service_name"], own_name.ifelse(joined["product_product_name"], ibis.null("string")), joined["service_code"]),
        service_category=joined["service_category"].fill_null(OTHER_CATEGORY),
        service_subcategory=joined["service_subcategory"].fill_null(OTHER_SUBCATEGORY),
    )


def _list_cost(cur: Frame) -> ir.Value:
    """The public on-demand cost as the bill gives it; a credit, a purchase and an adjustment have their billed cost (FOCUS 1.2, ListCost).

    A negation has none: its covered rows carry it.
    """
    billed = cur["category"].isin([ChargeCategory.CREDIT.value, ChargeCategory.PURCHASE.value, ChargeCategory.ADJUSTMENT.value])
    nothing = amortize.is_type(cur, fold.NEGATION, *DISCOUNT_TYPES) | (cur["status"] == CommitmentStatus.UNUSED.value).fill_null(False)
    nothing = nothing | (amortize.is_type(cur, "Tax") & cur["pricing_public_on_demand_cost"].isnull())
    fallback = ibis.coalesce(cur["pricing_public_on_demand_cost"], cur["line_item_unblended_cost"])
    return ibis.cases((nothing, ZERO), (billed, cur["billed"]), else_=fallback).cast(MONEY)


def _contracted_cost(cur: Frame) -> ir.Value:
    """What a charge costs at negotiated prices without commitments: unblended, but for reserved usage, which is billed 0, its list cost."""
    nothing = amortize.is_type(cur, fold.NEGATION) | (cur["status"] == CommitmentStatus.UNUSED.value).fill_null(False)
    reserved = amortize.is_type(cur, "DiscountedUsage")
    covered = amortize.is_type(cur, fold.COVERED)
    return ibis.cases((nothing, ZERO), (reserved, _list_cost(cur)), (covered, cur["net_unblended"]), else_=cur["billed"]).cast(MONEY)


def instance(spot: Any, description: Any, usage_type: Any, given_type: Any, given_system: Any) -> tuple[Any, Any]:
    """Instance type and operating system: as given, else of spot charges from their description, else the type at the usage type's end."""
    told: Any = spot.ifelse(description.fill_null(""), "")
    of_usage: Any = usage_type.fill_null("").re_extract(INSTANCE_USAGE_TYPE, 1)
    system: Any = ibis.coalesce(given_system, told.re_extract(SPOT_DESCRIPTION, 2).nullif(""))
    instance_type = ibis.coalesce(given_type, told.re_extract(SPOT_DESCRIPTION, 1).nullif(""), of_usage.nullif(""))
    return instance_type, (system == "Linux/UNIX").ifelse("Linux", system)


def _pricing_category(cur: Frame) -> ir.Value:
    usage = cur["category"] == ChargeCategory.USAGE.value
    committed = cur["status"].notnull() | amortize.is_type(cur, fold.NEGATION)
    return ibis.cases(
        (usage & committed, PricingCategory.COMMITTED.value),
        (usage & cur["spot"], PricingCategory.DYNAMIC.value),
        (usage | (cur["category"] == ChargeCategory.PURCHASE.value), PricingCategory.STANDARD.value),
        else_=ibis.null("string"),
    )


def _purchase_option(cur: Frame) -> ir.Value:
    return ibis.cases(
        (cur["plan"].notnull(), PurchaseOption.SAVINGS_PLAN.value),
        (cur["reservation"].notnull(), PurchaseOption.RESERVED.value),
        (cur["spot"], PurchaseOption.SPOT.value),
        else_=PurchaseOption.ON_DEMAND.value,
    )


def per_unit(cost: Any, quantity: Any) -> ir.Value:
    """Unit price = cost / quantity, so that price times quantity is the cost; null where there is no quantity."""
    return cost.cast("float64") / quantity.nullif(0.0)


def _as_charges(cur: Frame) -> Frame:
    cur = cur.mutate(list_cost=_list_cost(cur), contracted_cost=_contracted_cost(cur))
    values = _who_and_when(cur) | _costs(cur) | _what(cur) | _extensions(cur)
    return cur.select(**{name: _column(values, name) for name in SCHEMA.names})


def _column(values: dict[str, Any], name: str) -> Any:
    return values[name].cast(SCHEMA[name]) if name in values else ibis.null(SCHEMA[name])


def _who_and_when(cur: Frame) -> dict[str, Any]:
    return {
        "AvailabilityZone": cur["line_item_availability_zone"],
        "BillingAccountId": cur["bill_payer_account_id"],
        "BillingAccountName": cur["bill_payer_account_name"],
        "BillingAccountType": ibis.literal("Payer account"),
        "BillingCurrency": cur["line_item_currency_code"],
        "BillingPeriodEnd": cur["bill_billing_period_end_date"],
        "BillingPeriodStart": cur["bill_billing_period_start_date"],
        "ChargePeriodEnd": cur["line_item_usage_end_date"],
        "ChargePeriodStart": cur["line_item_usage_start_date"],
        "InvoiceId": cur["bill_invoice_id"],
        "InvoiceIssuerName": cur["bill_invoicing_entity"].fill_null("Amazon Web Services"),
        "ProviderName": ibis.literal("AWS"),
        "PublisherName": cur["line_item_legal_entity"].fill_null("Amazon Web Services"),
        "RegionId": ibis.coalesce(
            cur["product_region_code"], cur["product_region"], cur["line_item_availability_zone"].re_extract(r"^(.+\d)[a-z]$", 1).nullif("")
        ),
        "RegionName": cur["product_location"],
        "SubAccountId": cur["line_item_usage_account_id"],
        "SubAccountName": cur["line_item_usage_account_name"],
        "SubAccountType": ibis.literal("Linked account"),
    }


def _costs(cur: Frame) -> dict[str, Any]:
    quantity = cur["line_item_usage_amount"]
    consumed = by_type(cur, lambda known: known.quantity) & (cur["charge_part"].isnull())
    priced = cur["category"].isin([ChargeCategory.USAGE.value, ChargeCategory.PURCHASE.value]) & cur["charge_part"].isnull()
    amount = priced.ifelse(quantity, ibis.null("float64"))
    return {
        "BilledCost": cur["billed"],
        "ContractedCost": cur["contracted_cost"],
        "ContractedUnitPrice": per_unit(cur["contracted_cost"], amount),
        "EffectiveCost": cur["prepaid"].ifelse(ZERO, cur["net_amortized"]),
        "ListCost": cur["list_cost"],
        "ListUnitPrice": per_unit(cur["list_cost"], amount),
        "ConsumedQuantity": consumed.ifelse(quantity, ibis.null("float64")),
        "ConsumedUnit": consumed.ifelse(cur["pricing_unit"], ibis.null("string")),
        "PricingQuantity": amount,
        "PricingUnit": priced.ifelse(cur["pricing_unit"], ibis.null("string")),
        "PricingCurrency": cur["line_item_currency_code"],
    }


def _what(cur: Frame) -> dict[str, Any]:
    plan, some = cur["plan"].notnull(), cur["commitment"].notnull()
    committed = some & (cur["status"].notnull() | cur["charge_part"].notnull())
    recurring = by_type(cur, lambda known: known.frequency.value)
    return {
        "ChargeCategory": cur["category"],
        "ChargeClass": by_type(cur, lambda known: known.charge_class),
        "ChargeDescription": cur["line_item_line_item_description"],
        "ChargeFrequency": (cur["charge_part"] == ChargePart.UNUSED.value).fill_null(False).ifelse("Usage-Based", recurring),
        "CommitmentDiscountCategory": ibis.cases((plan, "Spend"), (some, "Usage"), else_=ibis.null("string")),
        "CommitmentDiscountId": cur["commitment"],
        "CommitmentDiscountQuantity": committed.ifelse(_commitment_quantity(cur), ibis.null("float64")),
        "CommitmentDiscountStatus": cur["status"],
        "CommitmentDiscountType": ibis.cases(
            (plan, cur["savings_plan_offering_type"].fill_null("SavingsPlan")), (some, "Reserved Instance"), else_=ibis.null("string")
        ),
        "CommitmentDiscountUnit": (committed & _commitment_quantity(cur).notnull()).ifelse(
            plan.ifelse(cur["line_item_currency_code"], cur["pricing_unit"]), ibis.null("string")
        ),
        "PricingCategory": _pricing_category(cur),
        "ResourceId": cur["line_item_resource_id"],
        "ServiceCategory": cur["service_category"],
        "ServiceName": cur["service_name"],
        "ServiceSubcategory": cur["service_subcategory"],
        "SkuId": cur["product_sku"],
        "SkuMeter": cur["line_item_usage_type"],
        "SkuPriceId": cur["pricing_rate_code"],
        "Tags": cur["Tags"],
    }


def _commitment_quantity(cur: Frame) -> Any:
    """Money for a savings plan, usage for a reservation; a reservation's unused part is of its hours what it is of its fee (derived)."""
    money = ibis.coalesce(cur["savings_plan_total_commitment_to_date"], cur["amortized"]).cast("float64")
    unused = (cur["charge_part"] == ChargePart.UNUSED.value).fill_null(False)
    hours = unused.ifelse(cur["line_item_usage_amount"] * cur["unused_share"], cur["line_item_usage_amount"])
    return cur["plan"].notnull().ifelse(money, hours)


def _extensions(cur: Frame) -> dict[str, Any]:
    instance_type, system = instance(
        cur["spot"], cur["line_item_line_item_description"], cur["line_item_usage_type"], cur["product_instance_type"], cur["product_operating_system"]
    )
    return {
        "x_unblended_cost": cur["line_item_unblended_cost"],
        "x_net_unblended_cost": cur["net_unblended"],
        "x_amortized_cost": cur["amortized"],
        "x_net_amortized_cost": cur["net_amortized"],
        "x_trueup_cost": cur["trueup"],
        "x_upfront_cost": cur["upfront"],
        "x_public_on_demand_cost": cur["pricing_public_on_demand_cost"],
        "x_blended_cost": cur["line_item_blended_cost"],
        "x_line_item_type": cur["line_item_line_item_type"],
        "x_charge_part": cur["charge_part"],
        "x_folded": cur["folded"],
        "x_purchase_option": _purchase_option(cur),
        "x_product_code": cur["line_item_product_code"],
        "x_service_code": cur["service_code"],
        "x_usage_type": cur["line_item_usage_type"],
        "x_operation": cur["line_item_operation"],
        "x_instance_type": instance_type,
        "x_operating_system": system,
        "x_commitment_total_cost": cur["savings_plan_total_commitment_to_date"],
        "x_commitment_used_cost": cur["savings_plan_used_commitment"],
        "x_billing_entity": cur["bill_billing_entity"],
        "x_product_family": cur["product_product_family"],
        "x_product_group": cur["product_group"],
        "x_transfer_type": cur["product_transfer_type"],
        "x_from_location": cur["product_from_location"],
        "x_to_location": cur["product_to_location"],
        "x_pricing_term": cur["pricing_term"],
        "x_payment_option": cur["savings_plan_payment_option"],
        "x_iam_principal": cur["line_item_iam_principal"],
        "x_user_identifier": cur["line_item_user_identifier"],
        "x_split_parent_resource_id": cur["split_line_item_parent_resource_id"],
        "x_split_cost": cur["split_line_item_split_cost"],
        "x_split_unused_cost": cur["split_line_item_unused_cost"],
        "x_split_net_cost": cur["split_line_item_net_split_cost"],
        "x_split_net_unused_cost": cur["split_line_item_net_unused_cost"],
        "x_split_reserved_usage": cur["split_line_item_reserved_usage"],
        "x_split_actual_usage": cur["split_line_item_actual_usage"],
        "x_split_usage": cur["split_line_item_split_usage"],
        "x_line_item_id": cur["identity_line_item_id"],
        "x_time_interval": cur["identity_time_interval"],
        "x_file": cur["file"],
        "x_hours": cur["hours"],
        "x_lines": (cur["charge_part"] == ChargePart.UNUSED.value).fill_null(False).ifelse(0, cur["lines"]),
    }
