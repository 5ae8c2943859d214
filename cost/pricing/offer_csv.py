"""csv offer files of any size, row by row: five lines of metadata, a header, then a row a price."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Final

from cost.pricing.products import ON_DEMAND, USD, Offer, Product, ProductTier, Wanted, amount, attribute_name, day_of, end_of_range
from plinth.errors import InputError

METADATA_LINES: Final = 5
"""Source: AWS Billing User Guide, Reading the service price list file: "the first five rows ... are the metadata"."""
NEEDED: Final = ("sku", "termtype", "effectivedate", "startingrange", "endingrange", "unit", "priceperunit", "currency", "usagetype")
KEPT: Final = (
    "regioncode", "fromregioncode", "locationtype", "instancetype", "operatingsystem", "tenancy", "capacitystatus", "preinstalledsw", "marketoption",
)  # fmt: skip


@dataclass(slots=True)
class _Growing:
    """A product while its rows come in: a tier a row."""

    operation: str
    usage_type: str
    unit: str
    in_force_since: str
    attributes: Mapping[str, str]
    tiers: list[ProductTier] = field(default_factory=list[ProductTier])


def read_csv_offer(name: str, file: IO[str], wanted: Wanted) -> Iterator[Product]:
    """The wanted products of a csv offer file. Raises InputError where it is no offer file, or a row is damaged, with its line."""
    reader = csv.reader(file, strict=True)
    try:
        offer = _offer(name, reader)
        columns = _columns(name, next(reader, []))
        grown = _grown(name, reader, columns, offer, wanted)
    except csv.Error as error:
        raise InputError("the price list is not csv", where=f"{name}, line {reader.line_num}", value=str(error), fix="download the file again") from error
    for sku, product in grown.items():
        yield Product(
            offer=offer,
            sku=sku,
            usage_type=product.usage_type,
            operation=product.operation,
            attributes=product.attributes,
            unit=product.unit,
            tiers=tuple(sorted(product.tiers, key=lambda tier: tier.begin)),
            in_force_since=day_of(f"{name}, {sku}", product.in_force_since),
        )


def _offer(name: str, reader: Iterator[list[str]]) -> Offer:
    head: dict[str, str] = {}
    for _ in range(METADATA_LINES):
        row = next(reader, [])
        if len(row) == 2:
            head[attribute_name(row[0])] = row[1]
    if "offercode" not in head or "publicationdate" not in head:
        raise InputError("the file is no csv price list of AWS", where=name, fix="give an offer file as AWS serves it, its first five lines included")
    return Offer(head["offercode"], head.get("version", ""), day_of(name, head["publicationdate"]))


def _columns(name: str, header: list[str]) -> Mapping[str, int]:
    columns = {attribute_name(column): index for index, column in enumerate(header)}
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise InputError(f"the price list lacks the column {missing[0]}", where=f"{name}, line {METADATA_LINES + 1}", fix="download the file again")
    return columns


def _grown(name: str, reader: Iterator[list[str]], columns: Mapping[str, int], offer: Offer, wanted: Wanted) -> dict[str, _Growing]:
    term, usage, operation, currency = columns["termtype"], columns["usagetype"], columns.get("operation"), columns["currency"]
    kept = {column: columns[column] for column in KEPT if column in columns}
    found: dict[str, _Growing] = {}
    for number, row in enumerate(reader, METADATA_LINES + 2):
        if len(row) != len(columns):
            raise InputError("the row has not as many cells as the header", where=f"{name}, row {number}", fix="download the file again")
        action = "" if operation is None else row[operation]
        if row[term] != ON_DEMAND or row[currency] != USD or not wanted(offer.service_code, row[usage], action):
            continue
        sku = row[columns["sku"]]
        product = found.get(sku)
        if product is None:
            attributes = {column: row[index] for column, index in kept.items()}
            product = found[sku] = _Growing(action, row[usage], row[columns["unit"]], row[columns["effectivedate"]], attributes)
        where = f"{name}, row {number}"
        product.tiers.append(
            ProductTier(
                begin=amount(where, row[columns["startingrange"]] or "0"),
                end=end_of_range(where, row[columns["endingrange"]]),
                usd=amount(where, row[columns["priceperunit"]]),
            )
        )
    return found
