"""EC2 capacity over several instance types: what each would cost on demand or as Spot, and the line over the range."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from cost.estimate.meters.base import Context, Unpriced, purchase_label
from cost.estimate.model import EstimateLine, InstanceOffer, PurchaseOption, QuantitySource, Range
from cost.estimate.price import ON_DEMAND_PREFIX, SPOT_PREFIX, Price
from cost.estimate.prices import EC2, INSTANCE, load_price_book
from cost.units import MONTH_HOURS

BANDS = ("<5%", "5-10%", "10-15%", "15-20%", ">20%")
"""Interruption bands of the Spot Instance Advisor, calmest first."""
LINUX = "linux"
PLATFORMS = {LINUX: "Linux", "windows": "Windows", "rhel": "RHEL", "suse": "SUSE"}
"""A usage file's `operating_system` and the price book's word for it: `Windows on-demand m5.xlarge`."""
CAPACITY_RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one instance type costs an hour, bought one way; `units` is the capacity that it counts for in a weighted pool."""

    instance_type: str
    purchase: PurchaseOption
    usd_per_hour: float
    price_date: date
    source: str
    confidence: str
    band: str | None = None
    units: float = 1.0
    component: str = ""

    @property
    def usd_per_unit(self) -> float:
        """USD an hour for one unit of capacity: an instance's price where it counts for one."""
        return self.usd_per_hour / self.units

    def __str__(self) -> str:
        band = f", interruption {self.band} a month" if self.band else ""
        weight = f" for {self.units:g} units" if self.units != 1 else ""
        return f"{self.instance_type} {self.usd_per_hour:.4f} USD/h{weight}{band}"


def offers(
    context: Context,
    types: Iterable[str],
    purchase: PurchaseOption,
    *,
    platform: str = LINUX,
    tenancy: str = "default",
    weights: Mapping[str, float] | None = None,
) -> tuple[list[Offer], list[Unpriced]]:
    """An offer for each type that has a price in the Region, in the given order, and what has none and why."""
    found: list[Offer] = []
    missing: list[Unpriced] = []
    for instance_type in types:
        units = (weights or {}).get(instance_type, 1.0)
        spot = purchase is PurchaseOption.SPOT
        answer = _spot(context, instance_type, platform, units) if spot else _on_demand(context, instance_type, platform, tenancy, units)
        if isinstance(answer, Offer):
            found.append(answer)
        else:
            missing.append(Unpriced(f"{instance_type} {purchase_label(purchase)}", answer))
    return found, missing


def _on_demand(context: Context, instance_type: str, platform: str, tenancy: str, units: float) -> Offer | str:
    if platform == LINUX and tenancy != "dedicated":
        price = context.prices.instance(instance_type, context.region)
        if price is None:
            return f"the price book has no on-demand price for {instance_type} in {context.region}{_hint(instance_type)}; add one with --prices"
        return _offer(instance_type, PurchaseOption.ON_DEMAND, price, units)
    component = f"{PLATFORMS[platform]} {'dedicated' if tenancy == 'dedicated' else 'on-demand'} {instance_type}"
    ladder = context.prices.ladder(INSTANCE, component, context.region)
    if not ladder:
        return f"the price book has no price for {component!r} in {context.region}, and Linux's is another{_hint(instance_type)}; add one with --prices"
    return _offer(instance_type, PurchaseOption.ON_DEMAND, ladder[0], units)


@cache
def _type_names() -> tuple[str, ...]:
    book = load_price_book()
    priced = (price.component for (price, *_) in book.shipped_ladders() if price.resource_type == INSTANCE)
    own = {component.removeprefix(ON_DEMAND_PREFIX) for component in priced if component.startswith(ON_DEMAND_PREFIX)}
    return tuple(sorted(own.union(book.specs)))


@lru_cache(maxsize=4096)
def _hint(instance_type: str) -> str:
    """The nearest name, where the shipped book knows no type of this one; empty for a type that it knows."""
    names = _type_names()
    close = [] if instance_type in names else difflib.get_close_matches(instance_type, names, n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def _offer(instance_type: str, purchase: PurchaseOption, price: Price, units: float) -> Offer:
    return Offer(instance_type, purchase, price.usd_per_unit, price.effective_date, price.source, price.confidence, units=units, component=price.component)


def _spot(context: Context, instance_type: str, platform: str, units: float) -> Offer | str:
    if platform != LINUX:
        component = f"{PLATFORMS[platform]} spot {instance_type}"
        ladder = context.prices.ladder(INSTANCE, component, context.region)
        reason = f"the Spot Advisor's data are Linux's; add a price for {component!r} with --prices"
        return _offer(instance_type, PurchaseOption.SPOT, ladder[0], units) if ladder else reason
    stated = context.prices.spot_override(instance_type, context.region)
    if stated is not None:
        return _offer(instance_type, PurchaseOption.SPOT, stated, units)
    price, advice = context.prices.instance(instance_type, context.region), context.prices.spot_advice(instance_type, context.region)
    if price is None:
        what = f"on-demand price for {instance_type} in {context.region} to take the Spot saving from{_hint(instance_type)}"
        return f"the price book has no {what}; add one with --prices"
    if advice is None:
        return f"{instance_type} was not offered as Spot in {context.region} when the Spot Advisor's data were taken"
    on_demand = f"on-demand {price.usd_per_unit:g} of {price.effective_date} ({price.source})"
    return Offer(
        instance_type,
        PurchaseOption.SPOT,
        price.usd_per_unit * (1 - advice.saving_percent / 100),
        min(price.effective_date, advice.effective_date),
        f"{on_demand} less {advice.saving_percent:g} % ({advice.source}, {advice.effective_date})",
        "derived",
        advice.interruption_band,
        units,
        f"{SPOT_PREFIX}{instance_type}",
    )


def expected_spot(candidates: Sequence[Offer]) -> Offer:
    """The pool that price-capacity-optimized would most likely take: calmest interruption band first, then price.

    The allocation strategy looks at spare capacity before price (EC2 user guide, allocation strategies); the advisor's band stands for capacity here.
    """
    return min(candidates, key=lambda offer: (calmness(offer), offer.usd_per_unit, offer.instance_type))


def calmness(offer: Offer) -> int:
    """An offer's interruption band as a rank, the calmest lowest; -1 where none is known, as for a stated Spot price."""
    return BANDS.index(offer.band) if offer.band in BANDS else -1


def instance_offer(offer: Offer) -> InstanceOffer:
    """The offer as the estimate states it."""
    kind, rate = offer.instance_type, offer.usd_per_hour
    return InstanceOffer(instance_type=kind, purchase_option=offer.purchase, usd_per_hour=rate, price_component=offer.component)


def instance_line(
    label: str,
    candidates: Sequence[Offer],
    expected: Offer,
    capacity: Range,
    source: QuantitySource,
    notes: tuple[str, ...],
    *,
    hours: float = MONTH_HOURS,
    unit: str = "hour",
) -> EstimateLine:
    """Hours of `capacity` (instances, or units of a weighted pool): floor at the cheapest candidate, expected at the likely one, ceiling at the dearest."""
    quantity = capacity.scaled(hours)
    cheapest, dearest = (pick(candidates, key=lambda offer: offer.usd_per_unit) for pick in (min, max))
    choice: tuple[str, ...] = ()
    if len(candidates) > 1:
        choice = (f"expected {expected}; cheapest {cheapest}; dearest {dearest}",)
    elif expected.band:
        choice = (str(expected),)
    part_time = (f"{hours:g} of {MONTH_HOURS} hours a month",) if hours != MONTH_HOURS else ()
    return EstimateLine(
        component=label,
        service=EC2,
        unit=unit,
        quantity=quantity,
        unit_price=expected.usd_per_unit,
        price_source=expected.source,
        price_date=expected.price_date,
        confidence=expected.confidence,
        monthly_cost=Range(
            min=quantity.min * cheapest.usd_per_unit, expected=quantity.expected * expected.usd_per_unit, max=quantity.max * dearest.usd_per_unit
        ),
        assumptions=(*choice, *part_time, *notes),
        purchase_option=expected.purchase,
        instance_type=expected.instance_type,
        quantity_source=source,
        price_type=INSTANCE if len(candidates) == 1 else "",
        price_component=expected.component if len(candidates) == 1 else "",
        offers=tuple(map(instance_offer, candidates)) if len(candidates) > 1 or unit != "hour" else (),
    )


def covered_line(
    label: str, instance_type: str | None, count: float, covered_by: str, as_of: date, hours: float = MONTH_HOURS, notes: tuple[str, ...] = ()
) -> EstimateLine:
    """Instance-hours that cost nothing here, for what they run in is billed whether they run or not: a reservation, a Dedicated Host."""
    quantity = Range(min=count * hours, expected=count * hours, max=count * hours)
    return EstimateLine(
        component=label,
        service=EC2,
        unit="hour",
        quantity=quantity,
        unit_price=0.0,
        price_source=f"billed with {covered_by}",
        price_date=as_of,
        confidence="derived",
        monthly_cost=quantity.scaled(0.0),
        assumptions=(f"billed with {covered_by}, used or not", *notes),
        instance_type=instance_type,
    )
