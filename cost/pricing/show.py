"""A look-up in the price book: every tier of what a name is about."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.price import GLOBAL, HOME, ON_DEMAND_PREFIX, Price
from cost.estimate.prices import SAVING, PriceBook
from cost.pricing.model import ShownPrice, ShownPrices
from cost.regions import check_region
from plinth.errors import InputError, nearest


def shown(book: PriceBook, name: str, *, region: str | None = None) -> ShownPrices:
    """The prices whose resource type is `name`, whose component holds it, or of the instance type `name`; of one Region, or of all.

    Raises InputError with the nearest name where there is none.
    """
    if region is not None:
        check_region(region, others=(GLOBAL,))
    everything = [price for _, prices in book.tables() for price in prices if price.unit != SAVING] + list(book.own_prices())
    named = [price for price in everything if _is_about(price, name)]
    if not named:
        raise InputError("the price book has nothing of this name", value=name, fix=_nearest(name, everything))
    found = [price for price in named if region is None or price.region in (region, GLOBAL)]
    if not found:
        places = ", ".join(sorted({price.region for price in named}))
        raise InputError(
            "the price book has no price of it in this Region", where=region, value=name, fix=f"it has {places}; bring others by plinth prices refresh"
        )
    found.sort(key=lambda price: (price.resource_type, price.component, price.region, price.tier_start))
    return ShownPrices(asked=name, prices=tuple(_shown(price) for price in found), spot=tuple(_spot(book, name, region)))


def _is_about(price: Price, name: str) -> bool:
    word = name.lower()
    component = price.component.lower()
    return word == price.resource_type or word == component or word in component.split() or (" " in word and word in component)


def _nearest(name: str, everything: Iterable[Price]) -> str:
    names = {price.resource_type for price in everything} | {price.component.rpartition(" ")[2] for price in everything}
    return nearest(name, sorted(names), "give a Terraform type such as aws_nat_gateway, or an instance type such as g5.xlarge")


def _shown(price: Price) -> ShownPrice:
    return ShownPrice(
        resource_type=price.resource_type,
        component=price.component,
        region=price.region,
        unit=price.unit,
        usd_per_unit=price.usd_per_unit,
        tier_start=price.tier_start,
        tier_end=price.tier_end,
        effective_date=price.effective_date,
        source=price.source,
        confidence=price.confidence,
    )


def _spot(book: PriceBook, name: str, region: str | None) -> Iterable[str]:
    place = region or HOME
    advice = book.spot_advice(name.removeprefix(ON_DEMAND_PREFIX), place)
    if advice is not None:
        yield f"Spot in {place}: {advice.saving_percent:g} % below on-demand, {advice.interruption_band} interrupted a month ({advice.effective_date})"
