"""Pools of EC2 capacity: which part is on demand and which is Spot, over several weighted types, and what the pool's instances cost.

Source of the strategies: EC2 Auto Scaling user guide, Allocation strategies for multiple instance types; EC2 user guide, the same for fleets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cost.estimate.meters.base import Context, Item, UndecidableError, Unpriced, as_number, purchase_label
from cost.estimate.meters.compute.instances import LINUX, Offer, calmness, covered_line, expected_spot, instance_line, offers
from cost.estimate.meters.compute.requirements import within_price_protection
from cost.estimate.meters.compute.reserved_places import take_places
from cost.estimate.model import ZERO, EstimateLine, PurchaseOption, QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import Resource

PRIORITIZED = "prioritized"
LOWEST_PRICE = "lowest-price"
PRICE_CAPACITY = "price-capacity-optimized"

SHOWN = 3
"""How many of the types without a price a line or a reason names."""

STRATEGY_NOTES = {
    PRIORITIZED: "on-demand types are tried in the order declared",
    LOWEST_PRICE: "the lowest price is taken first",
    PRICE_CAPACITY: "Spot by price-capacity-optimized; expected is the calmest interruption band, then the lowest price",
    "capacity-optimized": "Spot by capacity-optimized; expected is the calmest interruption band, then the lowest price",
    "capacity-optimized-prioritized": "Spot by capacity first; expected is the calmest interruption band, then the order declared",
    "diversified": "spread over all types: expected is their average price",
}


@dataclass(frozen=True, slots=True)
class Mix:
    """How a pool is bought: on-demand units first, then a percentage of the rest; and how a type is chosen."""

    base: float = 0.0
    percent_above: float = 100.0
    on_demand_strategy: str = PRIORITIZED
    spot_strategy: str = LOWEST_PRICE
    max_spot_price: float | None = None

    @property
    def first(self) -> PurchaseOption:
        """How the pool's first unit is bought."""
        return PurchaseOption.ON_DEMAND if self.base or self.percent_above else PurchaseOption.SPOT

    def on_demand(self, units: float) -> float:
        """On-demand units among `units`; a fraction of an instance is rounded up to on-demand, as EC2 Auto Scaling does."""
        above = max(0.0, units - self.base) * self.percent_above / 100
        rounded = math.ceil(round(above, 6)) if float(units).is_integer() else above
        return min(units, self.base) + rounded

    def split(self, units: Range) -> tuple[Range, Range]:
        """The on-demand part and the Spot part of a range of units."""
        low, high = self.on_demand(units.min), self.on_demand(units.max)
        expected = min(max(self.on_demand(units.expected), low), high)
        on_demand = Range(min=low, expected=expected, max=high)
        spot_low, spot_high = units.min - low, units.max - high
        return on_demand, Range(min=spot_low, expected=min(max(units.expected - expected, spot_low), spot_high), max=spot_high)


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool to be priced: its types with their weights in the order declared, how many units, and how they are bought."""

    types: Mapping[str, float]
    capacity: Range
    mix: Mix = field(default_factory=Mix)
    platform: str = LINUX
    tenancy: str = "default"
    source: QuantitySource = QuantitySource.DECLARED
    notes: tuple[str, ...] = ()
    hours: float = MONTH_HOURS
    unit: str = "hour"
    requirements: Mapping[str, Any] = field(default_factory=dict[str, Any])
    selected: bool = False
    """Whether the types are those of a family or of requirements, and not named one by one: those without a price are left out, and said."""
    reservation: Resource | None = None
    """The capacity reservation of this stack that the on-demand part runs in, which is billed itself."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A pool's lines, what of it has no price, and its instances for the volumes."""

    items: tuple[Item, ...]
    nodes: Range
    expected_type: str


def price(context: Context, pool: Pool) -> Priced:
    """Lines for the on-demand and the Spot part. Raises UndecidableError, with the reasons, where a part that may run has no price."""
    if not pool.capacity.min <= pool.capacity.expected <= pool.capacity.max:
        raise UndecidableError("the floor, the expected size and the ceiling contradict one another")
    items: list[Item] = []
    nodes: list[Range] = []
    chosen: list[str] = []
    for purchase, units in zip((PurchaseOption.ON_DEMAND, PurchaseOption.SPOT), pool.mix.split(pool.capacity), strict=True):
        if units.max == 0 and (pool.capacity.max > 0 or purchase is not pool.mix.first):
            continue
        part, expected, missing = _part(context, pool, purchase, units)
        items += [*part, *missing]
        nodes.append(_nodes(pool, units, expected))
        chosen.append(expected.instance_type)
    together = Range(**{name: sum(getattr(part, name) for part in nodes) for name in ("min", "expected", "max")}) if nodes else ZERO
    return Priced(tuple(items), together, chosen[0])


def _part(context: Context, pool: Pool, purchase: PurchaseOption, units: Range) -> tuple[list[EstimateLine], Offer, list[Unpriced]]:
    found, missing = offers(context, pool.types, purchase, platform=pool.platform, tenancy=pool.tenancy, weights=pool.types)
    left_out = _left_out(pool, found) if pool.selected else ()
    found = _affordable(pool, purchase, found)
    if not found:
        raise UndecidableError(_reasons(missing) or "no type is within the pool's highest Spot price")
    strategy = pool.mix.spot_strategy if purchase is PurchaseOption.SPOT else pool.mix.on_demand_strategy
    expected = choose(found, strategy)
    lines: list[EstimateLine] = []
    shared: tuple[str, ...] = ()
    if purchase is PurchaseOption.ON_DEMAND and pool.reservation is not None:
        share = take_places(context, pool.reservation, units.scaled(1 / expected.units))
        shared = (share.note,) if share.note else ()
        covered_by = f"capacity reservation {pool.reservation.name}"
        if max(figure for _, figure in share.places):
            lines.append(
                covered_line("instances, reserved capacity", expected.instance_type, share.places.expected, covered_by, context.as_of, pool.hours, shared)
            )
        units = Range(**{name: max(0.0, figure - getattr(share.places, name) * expected.units) for name, figure in units})
    order = (STRATEGY_NOTES.get(strategy, f"chosen by {strategy}; expected is the lowest price"),) if len(found) > 1 else ()
    label = f"instances, {purchase_label(purchase)}"
    unit = pool.unit if any(offer.units != 1 for offer in found) else "hour"
    lines.append(instance_line(label, found, expected, units, pool.source, (*order, *left_out, *shared, *pool.notes), hours=pool.hours, unit=unit))
    return lines, expected, missing if not pool.selected else []


def _left_out(pool: Pool, found: Sequence[Offer]) -> tuple[str, ...]:
    """What a line says of the selected types that have no price, so that the range is not taken to be over all of them."""
    priced = {offer.instance_type for offer in found}
    names = [name for name in pool.types if name not in priced]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (f"{len(names)} of the {len(pool.types)} types that fit have no price here and are left out: {', '.join(names[:SHOWN])}{more}",) if names else ()


def _affordable(pool: Pool, purchase: PurchaseOption, found: list[Offer]) -> list[Offer]:
    """The offers within the pool's own highest Spot price and, for attribute-based selection, within price protection."""
    spot = purchase is PurchaseOption.SPOT
    if spot and pool.mix.max_spot_price is not None:
        found = [offer for offer in found if offer.usd_per_hour <= pool.mix.max_spot_price]
    if pool.requirements:
        allowed = within_price_protection(pool.requirements, {offer.instance_type: offer.usd_per_hour for offer in found}, spot=spot)
        found = [offer for offer in found if offer.instance_type in allowed]
    return found


def choose(found: Sequence[Offer], strategy: str) -> Offer:
    """The offer that a strategy would most likely take; the advisor's interruption band stands for spare capacity."""
    order = {offer.instance_type: index for index, offer in enumerate(found)}
    if strategy == PRIORITIZED:
        return found[0]
    if strategy in (PRICE_CAPACITY, "capacity-optimized"):
        return expected_spot(found)
    if strategy == "capacity-optimized-prioritized":
        return min(found, key=lambda offer: (calmness(offer), order[offer.instance_type]))
    if strategy == "diversified" and len(found) > 1:
        mean = sum(offer.usd_per_unit for offer in found) / len(found)
        oldest = min(found, key=lambda offer: offer.price_date)
        return replace(oldest, instance_type=f"{len(found)} types", usd_per_hour=mean * oldest.units, band=None, confidence="derived")
    return min(found, key=lambda offer: (offer.usd_per_unit, offer.instance_type))


def _nodes(pool: Pool, units: Range, expected: Offer) -> Range:
    """Instances for a range of units: fewest of the heaviest type, most of the lightest."""
    weights = pool.types.values()
    return Range(min=units.min / max(weights), expected=units.expected / expected.units, max=units.max / min(weights))


def sized(context: Context, floor: float, ceiling: float, declared: float | None) -> tuple[Range, QuantitySource]:
    """A pool's instances: floor and ceiling as declared; expected by the usage file's `instances` within them, else what is declared."""
    stated = context.usage.get("instances")
    if stated is not None:
        expected = context.within(context.resource.name, stated.value, floor, ceiling)
        return Range(min=floor, expected=expected, max=ceiling), stated.source
    return Range(min=floor, expected=floor if declared is None else declared, max=ceiling), QuantitySource.DECLARED


def weight(value: Any) -> float:
    """A weighted capacity, which Pulumi writes as text; 1 where none is declared."""
    figure = 1.0 if value is None else as_number("weightedCapacity", value)
    if figure == 0:
        raise UndecidableError("a weighted capacity is 0")
    return figure


def _reasons(missing: Iterable[Unpriced]) -> str:
    reasons = list(dict.fromkeys(item.reason for item in missing))
    shown = "; ".join(reasons[:SHOWN])
    return f"{shown}; and {len(reasons) - SHOWN} more types without a price" if len(reasons) > SHOWN else shown
