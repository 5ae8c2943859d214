"""AWS's products as ladders of the price book: by usage type and operation, in our units, refused where two products disagree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final

from cost.estimate.price import GLOBAL, PRICE_LIST, Price, TierScope
from cost.estimate.prices import PriceBook
from cost.pricing.model import RefusedComponent
from cost.pricing.products import Product, ProductTier
from cost.pricing.units import units_in_ours
from cost.pricing.usage_types import Component, components_of
from cost.regions import split_region

Key = tuple[str, str]
Tiers = tuple[ProductTier, ...]
Slot = tuple[float, float | None]

NO_SLOT: Final[Slot] = (0.0, None)
ATTRIBUTES: Final = {
    "locationtype": ("AWS Region",),
    "fromlocationtype": ("AWS Region",),
    "operatingsystem": ("Linux", "Windows", "NA"),
    "tenancy": ("Shared", "NA"),
    "capacitystatus": ("Used", "NA"),
    "preinstalledsw": ("NA",),
    "marketoption": ("OnDemand",),
}
"""What a product must be where its list says it: on demand, Linux or Windows without software, shared tenancy, in a Region and not in a Local Zone."""
HOURS: Final = re.compile(r"h(ou)?rs?$", re.IGNORECASE)
MONTHS: Final = re.compile(r"-?mo(nth)?s?$", re.IGNORECASE)
GIGABYTES: Final = re.compile(r"^(gb|gigabytes?)$", re.IGNORECASE)


@dataclass
class Mapped:
    """The ladders that a list gave, and the components that it gave none for."""

    prices: list[Price] = field(default_factory=list[Price])
    found: set[Key] = field(default_factory=set[Key])
    refused: list[RefusedComponent] = field(default_factory=list[RefusedComponent])
    notes: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A product that a component could be, with its tiers in our unit."""

    product: Product
    component: Component
    tiers: Tiers

    def __str__(self) -> str:
        rates = " / ".join(f"{tier.usd:f}" for tier in self.product.tiers)
        name = f"{self.product.usage_type} {self.product.operation}".strip()
        return f"{self.product.sku} {name}: {rates} USD a {self.product.unit}"


def mapped(products: Iterable[Product], region: str, book: PriceBook) -> Mapped:
    """The price book's rows for a Region from a list's products.

    A component that two products price differently is refused with both, never picked; so is one whose unit is not ours.
    """
    candidates: defaultdict[Key, defaultdict[Slot, list[_Candidate]]] = defaultdict(lambda: defaultdict(list))
    result = Mapped()
    for product in products:
        if not _is_ours(product, region):
            continue
        for component in components_of(product.offer.service_code, product.usage_type, product.operation):
            slots = candidates[(component.resource_type, component.component)]
            slots[component.row.tier or NO_SLOT].append(_Candidate(product, component, _in_our_unit(product, component)))
    for key in sorted(candidates):
        _settle(result, key, candidates[key], region, book)
    return result


def _is_ours(product: Product, region: str) -> bool:
    attributes = product.attributes
    if any(attributes.get(name) not in (None, "", *allowed) for name, allowed in ATTRIBUTES.items()):
        return False
    stated = attributes.get("regioncode") or attributes.get("fromregioncode")
    place = stated or split_region(product.usage_type)[0]
    return place == region or place in ("", GLOBAL) or all(found.row.region_prefix == "none" for found in _components(product))


def _components(product: Product) -> tuple[Component, ...]:
    return components_of(product.offer.service_code, product.usage_type, product.operation)


def _in_our_unit(product: Product, component: Component) -> Tiers:
    factor = units_in_ours(component, product.unit)
    return tuple(ProductTier(tier.begin / factor, None if tier.end is None else tier.end / factor, tier.usd * factor) for tier in product.tiers)


def _settle(result: Mapped, key: Key, slots: dict[Slot, list[_Candidate]], region: str, book: PriceBook) -> None:
    """Write a component's ladder, or say why not."""
    candidates = [candidate for found in slots.values() for candidate in found]
    shipped = book.shipped(*key)
    unit = shipped[0].unit if shipped else "hour"
    reason = _reason(slots, candidates, unit, shipped)
    if reason is not None:
        products = tuple(sorted({str(candidate) for candidate in candidates}))
        result.refused.append(RefusedComponent(resource_type=key[0], component=key[1], reason=reason, products=products))
        return
    tiers = _joined(slots)
    if tiers[0].usd == 0 and len(tiers) > 1 and shipped and shipped[0].usd_per_unit > 0 and shipped[0].tier_start == 0:
        result.notes.append(f"{key[1]}: the first {tiers[0].end:f} {unit} are free by AWS's list; they are left to --free-tier")
        tiers = (ProductTier(Decimal(0), tiers[1].end, tiers[1].usd), *tiers[2:])
    tiers = _above_included(tiers, shipped)
    result.found.add(key)
    place = GLOBAL if candidates[0].component.row.region_prefix == "none" and shipped and shipped[0].region == GLOBAL else region
    result.prices += _rows(key, tiers, candidates[0], unit, place, shipped)


def _above_included(tiers: Tiers, shipped: tuple[Price, ...]) -> Tiers:
    """The ladder above what is included, where the book's starts there: AWS's list counts gp3 IOPS from the first paid one."""
    included = Decimal(str(shipped[0].tier_start)) if shipped else Decimal(0)
    if included == 0:
        return tiers
    if tiers[0].usd == 0 and len(tiers) > 1:
        return tiers[1:]
    return tuple(ProductTier(tier.begin + included, None if tier.end is None else tier.end + included, tier.usd) for tier in tiers)


def _reason(slots: dict[Slot, list[_Candidate]], candidates: list[_Candidate], unit: str, shipped: tuple[Price, ...]) -> str | None:
    if any(len({candidate.tiers for candidate in found}) > 1 for found in slots.values()):
        return "the list has products of different prices for it"
    strange = next((candidate.product.unit for candidate in candidates if not _unit_fits(candidate.product.unit, unit)), None)
    if strange is not None:
        return f"the list counts it in {strange}, the price book in {unit}"
    if all(tier.usd == 0 for candidate in candidates for tier in candidate.tiers) and not (shipped and shipped[0].usd_per_unit == 0):
        return "the list has it at 0, which the price book does not"
    if any(lower.end != upper.begin for lower, upper in pairwise(_joined(slots))) or _joined(slots)[-1].end is not None:
        return "the list's tiers have a gap, overlap, or end"
    return None


def _unit_fits(listed: str, ours: str) -> bool:
    """Whether two units can be the same: hours with hours, months with months, GB with GB; counts (Requests, Keys) fit any count."""
    if HOURS.search(listed):
        return "hour" in ours
    if MONTHS.search(listed):
        return "month" in ours
    return not GIGABYTES.search(listed) or "GB" in ours


def _joined(slots: dict[Slot, list[_Candidate]]) -> Tiers:
    """One ladder: of a component with a usage type a tier, each at its place."""
    if set(slots) == {NO_SLOT}:
        return slots[NO_SLOT][0].tiers
    return tuple(
        ProductTier(Decimal(str(start)), None if end is None else Decimal(str(end)), found[0].tiers[0].usd)
        for (start, end), found in sorted(slots.items(), key=lambda item: item[0][0])
    )


def _rows(key: Key, tiers: Tiers, candidate: _Candidate, unit: str, region: str, shipped: tuple[Price, ...]) -> Iterable[Price]:
    offer = candidate.product.offer
    scope: TierScope = shipped[0].tier_scope if shipped else "account"
    source = f"AWS Price List, {offer.service_code} version {offer.version}, in force since {candidate.product.in_force_since}"
    for tier in tiers:
        yield Price(
            service=shipped[0].service if shipped else _service(candidate.component),
            resource_type=key[0],
            component=key[1],
            unit=unit,
            usd_per_unit=float(tier.usd),
            region=region,
            effective_date=offer.day,
            source=source,
            confidence=PRICE_LIST,
            tier_start=float(tier.begin),
            tier_end=None if tier.end is None else float(tier.end),
            tier_scope=scope if len(tiers) > 1 else "resource",
        )


def _service(component: Component) -> str:
    return INSTANCE_SERVICES.get(component.row.service_code, component.row.service_code)


INSTANCE_SERVICES: Final = {
    "AmazonEC2": "Amazon EC2",
    "AmazonSageMaker": "Amazon SageMaker",
    "AmazonRDS": "Amazon RDS",
    "AmazonElastiCache": "Amazon ElastiCache",
    "AmazonES": "Amazon OpenSearch",
    "AmazonRedshift": "Amazon Redshift",
    "AmazonMSK": "Amazon MSK",
    "ElasticMapReduce": "Amazon EMR",
    "AmazonDocDB": "Amazon DocumentDB",
    "AmazonNeptune": "Amazon Neptune",
    "AmazonMemoryDB": "Amazon MemoryDB",
}
"""The price book's service names, for instance types that the shipped book lacks."""
