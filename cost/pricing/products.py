"""One product of AWS's price list as data, whichever way it came: the Query API, a JSON or a csv offer file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from plinth.errors import InputError

ON_DEMAND = "OnDemand"
USD = "USD"

Wanted = Callable[[str, str, str], bool]
"""Whether a product's (service code, usage type, operation) is asked for; the rest of an offer file is never kept."""


@dataclass(frozen=True, slots=True)
class ProductTier:
    """USD a price-list unit for use from `begin` up to `end` (None: no end)."""

    begin: Decimal
    end: Decimal | None
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """Which list a product stands in: a service's offer, its version, and the day for which the list is known to hold."""

    service_code: str
    version: str
    day: date


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its on-demand price. `attributes` have AWS's names in lower case and without spaces: `regioncode`, `preinstalledsw`."""

    offer: Offer
    sku: str
    usage_type: str
    operation: str
    attributes: Mapping[str, str]
    unit: str
    tiers: tuple[ProductTier, ...]
    in_force_since: date


def attribute_name(name: str) -> str:
    """An attribute's name as every format of the price list has it: `Pre Installed S/W` and `preInstalledSw` are one."""
    return "".join(character for character in name.lower() if character.isalnum())


def amount(where: str, text: str) -> Decimal:
    """A price or a range's end. Raises InputError where it is none, negative or not finite."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise InputError("the price list has a price or range that is no number of zero or more", where=where, value=text, fix="download the file again")
    return value


def end_of_range(where: str, text: str) -> Decimal | None:
    """The end of a tier: `Inf` and nothing mean no end."""
    return None if text in ("Inf", "") else amount(where, text)


def day_of(where: str, text: str) -> date:
    """The day of a time such as `2026-11-01T00:00:00Z`. Raises InputError where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InputError("the price list has a date that is none", where=where, value=text, fix="download the file again") from None


def product_of(where: str, offer: Offer, described: Mapping[str, Any], on_demand: Mapping[str, Any]) -> Product | None:
    """A product from JSON: its description and its on-demand terms. None where it has no on-demand price in USD."""
    attributes = {attribute_name(name): str(value) for name, value in described.get("attributes", {}).items()}
    terms = [term for term in on_demand.values() if term.get("priceDimensions")]
    if not terms:
        return None
    term = max(terms, key=lambda each: str(each.get("effectiveDate", "")))
    dimensions = [each for each in term["priceDimensions"].values() if USD in each.get("pricePerUnit", {})]
    if not dimensions:
        return None
    tiers = (
        ProductTier(
            begin=amount(where, str(each.get("beginRange") or "0")),
            end=end_of_range(where, str(each.get("endRange") or "Inf")),
            usd=amount(where, str(each["pricePerUnit"][USD])),
        )
        for each in dimensions
    )
    return Product(
        offer=offer,
        sku=str(described.get("sku", "")),
        usage_type=attributes.get("usagetype", ""),
        operation=attributes.get("operation", ""),
        attributes=attributes,
        unit=str(dimensions[0].get("unit", "")),
        tiers=tuple(sorted(tiers, key=lambda tier: tier.begin)),
        in_force_since=day_of(where, str(term.get("effectiveDate", ""))),
    )
