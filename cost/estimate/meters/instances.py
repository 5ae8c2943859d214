"""EC2 capacity over several instance types: what each would cost on demand or as Spot, and the line over the range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cost.estimate.meters.base import Context, Unpriced, purchase_label
from cost.estimate.model import EstimateLine, PurchaseOption, QuantitySource, Range
from cost.estimate.prices import EC2
from cost.units import MONTH_HOURS

BANDS = ("<5%", "5-10%", "10-15%", "15-20%", ">20%")
"""Interruption bands of the Spot Instance Advisor, calmest first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one instance type costs an hour, bought one way."""

    instance_type: str
    purchase: PurchaseOption
    usd_per_hour: float
    price_date: date
    source: str
    confidence: str
    band: str | None = None

    def __str__(self) -> str:
        band = f", interruption {self.band} a month" if self.band else ""
        return f"{self.instance_type} {self.usd_per_hour:.4f} USD/h{band}"


def offers(context: Context, types: Iterable[str], purchase: PurchaseOption) -> tuple[list[Offer], list[Unpriced]]:
    """An offer for each type that has a price in the Region, in the given order, and what has none and why."""
    found: list[Offer] = []
    missing: list[Unpriced] = []
    for instance_type in types:
        answer = _spot(context, instance_type) if purchase is PurchaseOption.SPOT else _on_demand(context, instance_type)
        if isinstance(answer, Offer):
            found.append(answer)
        else:
            missing.append(Unpriced(f"{instance_type} {purchase_label(purchase)}", answer))
    return found, missing


def _on_demand(context: Context, instance_type: str) -> Offer | str:
    price = context.prices.instance(instance_type, context.region)
    if price is None:
        return f"the price book has no on-demand price for {instance_type} in {context.region}; add one with --prices"
    return Offer(instance_type, PurchaseOption.ON_DEMAND, price.usd_per_unit, price.effective_date, price.source, price.confidence)


def _spot(context: Context, instance_type: str) -> Offer | str:
    stated = context.prices.spot_override(instance_type, context.region)
    if stated is not None:
        return Offer(instance_type, PurchaseOption.SPOT, stated.usd_per_unit, stated.effective_date, stated.source, stated.confidence)
    price, advice = context.prices.instance(instance_type, context.region), context.prices.spot_advice(instance_type, context.region)
    if price is None:
        return f"the price book has no on-demand price for {instance_type} in {context.region} to take the Spot saving from; add one with --prices"
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
    )


def expected_spot(candidates: Sequence[Offer]) -> Offer:
    """The pool that price-capacity-optimized would most likely take: calmest interruption band first, then price.

    The allocation strategy looks at spare capacity before price (EC2 user guide, allocation strategies); the advisor's band stands for capacity here.
    """
    return min(candidates, key=lambda offer: (BANDS.index(offer.band) if offer.band in BANDS else -1, offer.usd_per_hour, offer.instance_type))


def instance_line(label: str, candidates: Sequence[Offer], expected: Offer, nodes: Range, source: QuantitySource, notes: tuple[str, ...]) -> EstimateLine:
    """Instance-hours of `nodes`: floor at the cheapest candidate, expected at the likely one, ceiling at the dearest."""
    hours = nodes.scaled(MONTH_HOURS)
    cheapest, dearest = (pick(candidates, key=lambda offer: offer.usd_per_hour) for pick in (min, max))
    choice: tuple[str, ...] = ()
    if len(candidates) > 1:
        choice = (f"expected {expected}; cheapest {cheapest}; dearest {dearest}",)
    elif expected.band:
        choice = (str(expected),)
    return EstimateLine(
        component=label,
        service=EC2,
        unit="hour",
        quantity=hours,
        unit_price=expected.usd_per_hour,
        price_source=expected.source,
        price_date=expected.price_date,
        confidence=expected.confidence,
        monthly_cost=Range(min=hours.min * cheapest.usd_per_hour, expected=hours.expected * expected.usd_per_hour, max=hours.max * dearest.usd_per_hour),
        assumptions=(*choice, *notes),
        purchase_option=expected.purchase,
        instance_type=expected.instance_type,
        quantity_source=source,
    )
