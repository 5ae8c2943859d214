"""How far the price book may be trusted: how old each table is, what its figures rest on, and what no price can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from cost.estimate.overrides import read_overrides
from cost.estimate.price import GLOBAL, STALE_AFTER, Price
from cost.estimate.prices import PriceBook, load_price_book
from cost.pricing.model import PriceAge, PriceFault, SourceAge
from cost.regions import region_codes

WEAK: Final = frozenset({"recalled", "inferred", "ratio-only", "derived", "derived-from-golden", "derived-from-golden-other-region"})
"""Confidence of figures that were computed or remembered: cost/prices/README.md says what each means."""
SOURCES_SHOWN: Final = 5


def verify(book: PriceBook | None = None, *, as_of: date, prices: Path | None = None) -> PriceAge:
    """What each table holds, how old it is on a day, and its structural faults; the tables of a price file where one is given.

    Raises InputError where the price file is damaged, as an estimate would.
    """
    shipped = book or load_price_book()
    tables = {prices.name: list(read_overrides(prices, shipped=shipped))} if prices else dict(shipped.tables())
    ages = [age for name, found in tables.items() for age in _ages(name, found, as_of)]
    faults = [fault for name, found in tables.items() for fault in _faults(name, found, as_of)]
    return PriceAge(
        as_of=as_of,
        stale_after_days=STALE_AFTER.days,
        rows=sum(age.rows for age in ages),
        stale=sum(age.stale for age in ages),
        weak=sum(age.rows for age in ages if age.confidence in WEAK),
        tables=tuple(ages),
        faults=tuple(faults),
    )


def _ages(table: str, prices: Sequence[Price], as_of: date) -> Iterable[SourceAge]:
    groups: defaultdict[str, list[Price]] = defaultdict(list)
    for price in prices:
        groups[price.confidence].append(price)
    for confidence, found in sorted(groups.items()):
        sources: defaultdict[str, int] = defaultdict(int)
        for price in found:
            sources[price.source] += 1
        dates = [price.effective_date for price in found]
        yield SourceAge(
            table=table,
            confidence=confidence,
            rows=len(found),
            oldest=min(dates),
            newest=max(dates),
            stale=sum(1 for day in dates if as_of - day > STALE_AFTER),
            sources=tuple(sorted(sources, key=lambda source: (-sources[source], source))[:SOURCES_SHOWN]),
        )


def _faults(table: str, prices: Sequence[Price], as_of: date) -> Iterable[PriceFault]:
    ladders: defaultdict[tuple[str, str, str], list[Price]] = defaultdict(list)
    units: dict[tuple[str, str], str] = {}
    for price in prices:
        ladders[(price.resource_type, price.component, price.region)].append(price)
        unit = units.setdefault((price.resource_type, price.component), price.unit)
        for fault in _row_faults(price, as_of, unit):
            yield _fault(table, price, fault)
    for ladder in ladders.values():
        for fault in ladder_faults(ladder):
            yield _fault(table, ladder[0], fault)


def _row_faults(price: Price, as_of: date, unit: str) -> Iterable[str]:
    if price.usd_per_unit < 0:
        yield f"the price is negative: {price.usd_per_unit:g}"
    if price.effective_date > as_of:
        yield f"it is of a day to come: {price.effective_date}"
    if price.unit != unit:
        yield f"it is counted in {price.unit} and in {unit}"
    if price.region not in region_codes() and price.region != GLOBAL:
        yield f"there is no Region {price.region}"
    if not price.source:
        yield "it has no source"


def ladder_faults(ladder: Sequence[Price]) -> Iterable[str]:
    """What is wrong in a component's tiers: a gap, an overlap, a tier that ends where it starts, mixed scopes."""
    tiers = sorted(ladder, key=lambda price: price.tier_start)
    for tier in tiers:
        if tier.tier_end is not None and tier.tier_end <= tier.tier_start:
            yield f"the tier from {tier.tier_start:g} ends where it starts, or before"
    for lower, upper in pairwise(tiers):
        if lower.tier_end is None or lower.tier_end > upper.tier_start:
            yield f"the tiers from {lower.tier_start:g} and from {upper.tier_start:g} overlap"
        elif lower.tier_end < upper.tier_start:
            yield f"there is no price between {lower.tier_end:g} and {upper.tier_start:g}"
    if len({tier.tier_scope for tier in tiers}) > 1:
        yield "some tiers span the account and some a resource"


def _fault(table: str, price: Price, fault: str) -> PriceFault:
    return PriceFault(table=table, resource_type=price.resource_type, component=price.component, region=price.region, fault=fault)


def by_table(age: PriceAge) -> Mapping[str, tuple[SourceAge, ...]]:
    """The tables by name, each with its confidences."""
    found: defaultdict[str, list[SourceAge]] = defaultdict(list)
    for each in age.tables:
        found[each.table].append(each)
    return {name: tuple(ages) for name, ages in found.items()}
