"""What FOCUS 1.2 requires of a row and a bill's line leaves open: quantities, unit prices, units and names. No cost changes here.

Rule names in brackets are those of the FOCUS 1.2 requirements model, which the official validator ships.
"""

from __future__ import annotations

from typing import Any, Final

import ibis

from cost.bill.charge_table import CHARGE_CLASS_CORRECTION, ZERO, ChargeCategory, ChargeFrequency, CommitmentStatus, Frame
from cost.bill.convert import per_unit
from cost.bill.focus.names import ARN_TYPE, REGION_NAMES, RESOURCE_TYPES, SERVICE_RESOURCES
from cost.bill.fold import NEGATION
from cost.bill.line_items import DISCOUNT_TYPES

UNIT: Final = "Unit"
"""The unit where the bill names none: FOCUS 1.2, Unit Format, a count. Said in a warning."""

HOURS: Final = "Hrs"
"""A reservation's unit where the bill names none: AWS's price list writes hours so, and a commitment has one unit [CommitmentDiscountUnit-C-008]."""

SMALLEST_MONEY: Final = 1e-18
"""The last decimal of the charge table's money."""


def completed(charges: Frame) -> Frame:
    """The charge table with every column that FOCUS 1.2 derives from others filled in; its costs and its rows are the same."""
    identified = charges.mutate(**_identity(charges))
    measured = identified.mutate(**_quantities(identified))
    priced = measured.mutate(**_prices(measured), **_units(measured))
    return priced.mutate(
        PricingCurrencyContractedUnitPrice=priced["ContractedUnitPrice"],
        PricingCurrencyEffectiveCost=priced["EffectiveCost"],
        PricingCurrencyListUnitPrice=priced["ListUnitPrice"],
    )


def _null_text() -> Any:
    return ibis.null("string")


def is_priced(charges: Frame) -> Any:
    """Whether FOCUS wants a SKU, a quantity and unit prices: usage and purchases that are no corrections [PricingQuantity-C-005]."""
    priced = charges["ChargeCategory"].isin([ChargeCategory.USAGE.value, ChargeCategory.PURCHASE.value])
    return priced & (charges["ChargeClass"].fill_null("") != CHARGE_CLASS_CORRECTION)


def _is_unused(charges: Frame) -> Any:
    return charges["CommitmentDiscountStatus"].fill_null("") == CommitmentStatus.UNUSED.value


def _identity(charges: Frame) -> dict[str, Any]:
    """Names, resource and SKU. A commitment's purchase and its unused part are about the commitment [DiscountHandling-A-012, A-019]."""
    commitment = charges["CommitmentDiscountId"]
    purchase = (charges["ChargeCategory"] == ChargeCategory.PURCHASE.value) & commitment.notnull()
    own = purchase | (_is_unused(charges) & commitment.notnull())
    resource = own.ifelse(commitment, charges["ResourceId"])
    usage = (charges["ChargeCategory"] == ChargeCategory.USAGE.value) & commitment.notnull()
    tax = charges["ChargeCategory"] == ChargeCategory.TAX.value
    sku = tax.ifelse(_null_text(), ibis.coalesce(charges["SkuId"], charges["SkuPriceId"].re_extract(r"^([^.]+)", 1).nullif("")))
    return {
        "BillingAccountName": ibis.coalesce(charges["BillingAccountName"], charges["BillingAccountId"]),
        "SubAccountName": ibis.coalesce(charges["SubAccountName"], charges["SubAccountId"]),
        "SubAccountType": charges["SubAccountId"].isnull().ifelse(_null_text(), charges["SubAccountType"]),
        "RegionName": charges["RegionId"].isnull().ifelse(_null_text(), _region_name(charges)),
        "ResourceId": resource,
        "ResourceType": own.ifelse(charges["CommitmentDiscountType"], _resource_type(charges)),
        "CommitmentDiscountStatus": usage.ifelse(charges["CommitmentDiscountStatus"].fill_null(CommitmentStatus.USED.value), _null_text()),
        "SkuId": sku,
        "SkuMeter": sku.isnull().ifelse(_null_text(), charges["SkuMeter"]),
        "SkuPriceId": tax.ifelse(_null_text(), ibis.coalesce(charges["SkuPriceId"], sku)),
    }


def _region_name(charges: Frame) -> Any:
    known = charges["RegionId"].cases(*REGION_NAMES.items(), else_=_null_text())
    return ibis.coalesce(known, charges["RegionName"], charges["RegionId"])


def _resource_type(charges: Frame) -> Any:
    """By the id's beginning, else the ARN's service and type, else the service's name [ResourceType-C-005]."""
    resource: Any = charges["ResourceId"]
    service = charges["x_service_code"].cases(*SERVICE_RESOURCES.items(), else_=charges["x_service_code"] + " resource")
    arn = resource.re_extract(ARN_TYPE, 1) + ":" + resource.re_extract(ARN_TYPE, 2)
    rules = [(resource.isnull(), _null_text()), *((resource.startswith(start), ibis.literal(kind)) for start, kind in RESOURCE_TYPES)]
    return ibis.coalesce(charges["ResourceType"], ibis.cases(*rules, (arn != ":", arn), else_=service))


def _quantities(charges: Frame) -> dict[str, Any]:
    """Priced, consumed and committed quantities.

    A purchase without a quantity, and the unused part of a commitment, are one unit (FOCUS 1.2, appendix on commitment discounts).
    Where a charge's costs are negative its quantity is, for a unit price may not be [ListUnitPrice-C-008]. A discount or a negation
    consumes nothing.
    """
    priced, unused = is_priced(charges), _is_unused(charges)
    usage = charges["ChargeCategory"] == ChargeCategory.USAGE.value
    purchase = charges["ChargeCategory"] == ChargeCategory.PURCHASE.value
    given = charges["PricingQuantity"]
    whole = (unused | (purchase & (given.fill_null(0.0) == 0.0))).ifelse(1.0, given)
    lowest, highest = ibis.least(charges["ListCost"], charges["ContractedCost"]), ibis.greatest(charges["ListCost"], charges["ContractedCost"])
    signed = ibis.cases(((lowest < ZERO) & (highest <= ZERO), -whole.abs()), ((highest > ZERO) & (lowest >= ZERO), whole.abs()), else_=whole)
    idle = charges["x_line_item_type"].isin([NEGATION, *DISCOUNT_TYPES])
    consumed = ibis.coalesce(charges["ConsumedQuantity"], idle.ifelse(0.0, ibis.null("float64")))
    tax = charges["ChargeCategory"] == ChargeCategory.TAX.value
    return {
        "PricingQuantity": ibis.cases((tax, ibis.null("float64")), (priced, signed), else_=given),
        "ConsumedQuantity": (usage & ~unused).ifelse(consumed, ibis.null("float64")),
        "CommitmentDiscountQuantity": _committed(charges, priced & charges["CommitmentDiscountId"].notnull(), idle),
    }


def _committed(charges: Frame, committed: Any, idle: Any) -> Any:
    """What the bill tells; else money for a savings plan and usage for a reservation [CommitmentDiscountQuantity-C-011 to C-015].

    How much usage a reservation's upfront fee buys over its term no line tells: it stays unknown.
    """
    spend = charges["CommitmentDiscountCategory"].fill_null("") == "Spend"
    one_time = charges["ChargeFrequency"] == ChargeFrequency.ONE_TIME.value
    used = ibis.cases(
        (idle, 0.0),
        (spend & one_time, charges["BilledCost"].cast("float64")),
        (spend, charges["x_amortized_cost"].cast("float64")),
        (_is_unused(charges) | one_time, ibis.null("float64")),
        else_=charges["PricingQuantity"],
    )
    return committed.ifelse(ibis.coalesce(charges["CommitmentDiscountQuantity"], used), ibis.null("float64"))


def _prices(charges: Frame) -> dict[str, Any]:
    """A unit price on what is priced; null where a cost has no quantity to be spread over."""
    return {
        f"{kind}UnitPrice": is_priced(charges).ifelse(
            _price(charges[f"{kind}Cost"], charges["PricingQuantity"], charges[f"{kind}UnitPrice"]), ibis.null("float64")
        )
        for kind in ("Contracted", "List")
    }


def _price(cost: Any, quantity: Any, given: Any) -> Any:
    """The given price where it comes to the cost, for money ends at its 18th decimal and a price does not; else 0 of what is free, else cost / quantity."""
    fits = (given >= 0.0) & ((given * quantity - cost.cast("float64")).abs() < SMALLEST_MONEY)
    return ibis.cases((fits.fill_null(False), given), ((cost == ZERO) & quantity.notnull(), 0.0), else_=per_unit(cost, quantity))


def _units(charges: Frame) -> dict[str, Any]:
    """A unit for each quantity, and none without [PricingUnit-C-005, C-006]."""
    unit = ibis.coalesce(charges["PricingUnit"], UNIT)
    spend = charges["CommitmentDiscountCategory"].fill_null("") == "Spend"
    commitment = spend.ifelse(charges["BillingCurrency"], ibis.coalesce(charges["PricingUnit"], HOURS))
    return {
        "PricingUnit": charges["PricingQuantity"].isnull().ifelse(_null_text(), unit),
        "ConsumedUnit": charges["ConsumedQuantity"].isnull().ifelse(_null_text(), ibis.coalesce(charges["ConsumedUnit"], unit)),
        "CommitmentDiscountUnit": charges["CommitmentDiscountQuantity"]
        .isnull()
        .ifelse(_null_text(), ibis.coalesce(charges["CommitmentDiscountUnit"], commitment)),
    }
