"""Price lists in the shapes that AWS documents: GetProducts items, JSON and csv offer files. Loaded by path from conftest.py."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

Rates = Sequence[tuple[str, str, str]]
"""(begin, end, USD) a tier."""
PUBLISHED = "2026-11-10T20:59:55Z"
VERSION = "20261110205955"
TERM = "JRTCKXETXF"
CSV_COLUMNS = (
    "SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency",
    "RelatedTo", "LeaseContractLength", "PurchaseOption", "OfferingClass", "Product Family", "serviceCode", "Location", "Location Type", "Instance Type",
    "Tenancy", "Operating System", "License Model", "usageType", "operation", "CapacityStatus", "Pre Installed S/W", "Region Code", "serviceName",
)  # fmt: skip


def attributes(service: str, usage_type: str, region: str = "eu-west-1", operation: str = "", **more: str) -> dict[str, str]:
    """A product's attributes as the Price List API names them."""
    place = {"regionCode": region, "locationType": "AWS Region", "location": "EU (Ireland)"} if region else {}
    return {"servicecode": service, "usagetype": usage_type, "operation": operation, **place, **more}


def instance(kind: str, usage_type: str, region: str = "eu-west-1", **more: str) -> dict[str, str]:
    """The attributes of an EC2 instance type: on demand, Linux, shared."""
    common = {"instanceType": kind, "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
    return attributes("AmazonEC2", usage_type, region, "RunInstances", **common) | more


def described(sku: str, found: Mapping[str, str], family: str = "Storage") -> dict[str, Any]:
    """A product's description."""
    return {"sku": sku, "productFamily": family, "attributes": dict(found)}


def on_demand(sku: str, unit: str, rates: Rates, since: str = "2026-06-01T00:00:00Z", currency: str = "USD") -> dict[str, Any]:
    """A product's on-demand terms."""
    dimensions = {
        f"{sku}.{TERM}.{number}": {
            "rateCode": f"{sku}.{TERM}.{number}", "description": f"${usd} per {unit}", "beginRange": begin, "endRange": end,
            "unit": unit, "pricePerUnit": {currency: usd}, "appliesTo": [],
        }
        for number, (begin, end, usd) in enumerate(rates)
    }  # fmt: skip
    term = {"offerTermCode": TERM, "sku": sku, "effectiveDate": since, "priceDimensions": dimensions, "termAttributes": {}}
    return {f"{sku}.{TERM}": term}


def item(sku: str, found: Mapping[str, str], unit: str, rates: Rates, **options: str) -> str:
    """One text of a GetProducts answer's PriceList."""
    return json.dumps(
        {
            "product": described(sku, found),
            "serviceCode": found["servicecode"],
            "terms": {"OnDemand": on_demand(sku, unit, rates, **options)},
            "version": VERSION,
            "publicationDate": PUBLISHED,
        }
    )


Listed = tuple[str, Mapping[str, str], str, Rates]
"""(sku, attributes, unit, rates)."""


def json_offer(service: str, products: Sequence[Listed], **options: str) -> str:
    """A JSON offer file, reserved terms and all."""
    reserved = {sku: {f"{sku}.4NA7Y494T4": {"offerTermCode": "4NA7Y494T4", "sku": sku, "priceDimensions": {}}} for sku, *_ in products}
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "disclaimer": "This pricing list is for informational purposes only.",
            "offerCode": service,
            "version": VERSION,
            "publicationDate": PUBLISHED,
            "products": {sku: described(sku, found) for sku, found, _, _ in products},
            "terms": {"OnDemand": {sku: on_demand(sku, unit, rates, **options) for sku, _, unit, rates in products}, "Reserved": reserved},
            "attributesList": {},
        }
    )


def csv_offer(service: str, products: Sequence[Listed]) -> str:
    """A csv offer file, with a reserved row a product."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["FormatVersion", "v1.0"], ["Disclaimer", "For informational purposes only."], ["Publication Date", PUBLISHED]])
    writer.writerows([["Version", VERSION], ["OfferCode", service], CSV_COLUMNS])
    for sku, found, unit, rates in products:
        for term, (begin, end, usd) in [*(("OnDemand", rate) for rate in rates), ("Reserved", ("0", "Inf", "0.0010000000"))]:
            cells = {
                "SKU": sku, "TermType": term, "EffectiveDate": "2026-06-01", "StartingRange": begin, "EndingRange": end, "Unit": unit, "PricePerUnit": usd,
                "Currency": "USD", "serviceCode": service, "Location Type": found.get("locationType", ""), "Instance Type": found.get("instanceType", ""),
                "Tenancy": found.get("tenancy", ""), "Operating System": found.get("operatingSystem", ""), "usageType": found["usagetype"],
                "operation": found["operation"], "CapacityStatus": found.get("capacitystatus", ""), "Pre Installed S/W": found.get("preInstalledSw", ""),
                "Region Code": found.get("regionCode", ""),
            }  # fmt: skip
            writer.writerow([cells.get(column, "") for column in CSV_COLUMNS])
    return text.getvalue()
