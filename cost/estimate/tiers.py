"""Tiers: a charge as lines, where AWS adds up the use of one resource or of the whole account before it applies a ladder of prices."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from cost.estimate.meters.base import Charge, Unpriced
from cost.estimate.model import ZERO, EstimateLine, Range, tier_suffix
from cost.estimate.price import Price
from cost.estimate.prices import TABLES, PriceBook

PoolKey = tuple[str, str, str]
"""(price type, component, Region): what an account's use is added up by."""
Ladder = tuple[Price, ...]


class Pools:
    """The account's use of every component whose tiers span the account, over all the charges of a stack."""

    def __init__(self, prices: PriceBook, *, free_tier: bool = False):
        self._prices, self._free_tier = prices, free_tier
        self._ladders: dict[PoolKey, Ladder] = {}
        self._totals: dict[PoolKey, Range] = {}
        self._sharers: Counter[PoolKey] = Counter()
        self._shares: Mapping[PoolKey, float] | None = None

    def add(self, charge: Charge, region: str) -> None:
        """Count a charge into its pool."""
        region = charge.region or region
        ladder = self._ladder((charge.price_type, charge.component, region))
        given = self._free_tier and (charge.price_type, charge.component) in free_quantities()
        if _pooled(ladder) or (ladder and given):
            key = _pool(charge, ladder)
            self._totals[key] = self._totals.get(key, ZERO) + charge.quantity.times(charge.count)
            self._sharers[key] += 1

    def lines(self, charge: Charge, region: str) -> Iterable[EstimateLine | Unpriced]:
        """A charge as lines, once every charge has been added: one a tier that it reaches, or one at the blended price of a shared pool."""
        elsewhere = charge.region not in ("", region)
        for found in self._lines(charge, charge.region or region):
            # a bill names a component by its Region: under its name, use elsewhere would be taken for the resource's own
            yield found.model_copy(update={"price_type": "", "price_component": ""}) if elsewhere and isinstance(found, EstimateLine) else found

    def _lines(self, charge: Charge, region: str) -> Iterable[EstimateLine | Unpriced]:
        ladder = self._with_share(charge, region)
        key = _pool(charge, ladder)
        if not ladder:
            yield Unpriced(charge.label or charge.component, f"the price book has no price in {region}; add one with --prices")
        elif not _pooled(ladder):
            yield from _by_tier(charge, ladder, charge.quantity, charge.count)
        elif self._sharers[key] == 1:
            yield from _by_tier(charge, ladder, charge.quantity.times(charge.count), None)
        else:
            yield from _blended(charge, ladder, self._totals[key], self._sharers[key])

    def included(self, charge: Charge, region: str) -> EstimateLine | None:
        """A line of nothing for use that the price includes (the first million requests), so that it is seen to be priced."""
        ladder = self._with_share(charge, charge.region or region)
        if not ladder:
            return None
        line = _line(charge, ladder[0], ZERO, several=False)
        note = f"within the first {ladder[0].tier_start:,.12g} {ladder[0].unit}, which are included"
        return line.model_copy(update={"assumptions": (*line.assumptions, note)})

    def _ladder(self, key: PoolKey) -> Ladder:
        if key not in self._ladders:
            self._ladders[key] = self._prices.ladder(*key)
        return self._ladders[key]

    def _with_share(self, charge: Charge, region: str) -> Ladder:
        """The charge's ladder with its pool's share of what AWS gives the account."""
        ladder = self._ladder((charge.price_type, charge.component, region))
        if not self._free_tier or not ladder:
            return ladder
        if self._shares is None:
            self._shares = shared(self._totals)
        free = self._shares.get(_pool(charge, ladder), 0.0)
        return with_free(ladder, free) if free else ladder


def shared(totals: Mapping[PoolKey, Range]) -> dict[PoolKey, float]:
    """Every allowance over the pools that it covers: in the order of the table's rows, then of Regions by their code.

    Each takes what it expects to use of what is left; the first takes what nobody expects to use. The shares are one allowance in sum,
    in whichever Regions the use is, as AWS gives it once an account (each service's pricing page, "Free Tier").
    """
    found: dict[PoolKey, float] = {}
    for quantity, components in allowances():
        pools = sorted((key for key in totals if key[:2] in components), key=lambda key: (components.index(key[:2]), key[2]))
        left = quantity
        for key in pools:
            found[key] = min(totals[key].expected, left)
            left -= found[key]
        if pools:
            found[pools[0]] += left
    return found


@cache
def allowances() -> tuple[tuple[float, tuple[tuple[str, str], ...]], ...]:
    """What AWS gives, each with the components that share it: rows of one name in the table's `allowance`, or one row without."""
    named: dict[str, list[tuple[str, str]]] = {}
    for row in _free_rows():
        key = (row["resource_type"], row["component"])
        named.setdefault(row["allowance"] or " ".join(key), []).append(key)
    return tuple((free_quantities()[keys[0]], tuple(keys)) for keys in named.values())


@cache
def free_quantities() -> Mapping[tuple[str, str], float]:
    """What AWS gives every account each month, by price type and component, in the price's unit. Its source is in the table."""
    return {(row["resource_type"], row["component"]): float(row["monthly_quantity"]) for row in _free_rows()}


@cache
def _free_rows() -> tuple[dict[str, str], ...]:
    with (TABLES / "free_tier.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def with_free(ladder: Ladder, free: float) -> Ladder:
    """A ladder whose first `free` units cost nothing; the tiers keep their places, as AWS counts free use into them."""
    if not ladder:
        return ladder
    above = [replace(tier, tier_start=max(tier.tier_start, free), tier_scope="account") for tier in ladder if tier.tier_end is None or tier.tier_end > free]
    given = replace(ladder[0], tier_start=0.0, tier_end=free, usd_per_unit=0.0, source=f"AWS free tier: {free:,.12g} {ladder[0].unit}", tier_scope="account")
    return (given, *above)


def cost_of(ladder: Ladder, quantity: float) -> float:
    """USD for a quantity that climbs a ladder."""
    return sum(_within(tier, quantity) * tier.usd_per_unit for tier in ladder)


def _pool(charge: Charge, ladder: Ladder) -> PoolKey:
    """A global price is one pool wherever its resources are."""
    return (charge.price_type, charge.component, next((tier.region for tier in ladder), ""))


def _pooled(ladder: Ladder) -> bool:
    first = next(iter(ladder), None)
    return first is not None and first.tier_scope == "account" and (len(ladder) > 1 or first.tier_start > 0)


def _by_tier(charge: Charge, ladder: Ladder, quantity: Range, count: Range | None) -> Iterable[EstimateLine | Unpriced]:
    for tier in ladder:
        portion = Range(**{name: _within(tier, figure) for name, figure in quantity})
        if portion.max > 0 or (quantity.max == 0 and tier.tier_start == 0):
            yield _line(charge, tier, portion if count is None else portion.times(count), several=len(ladder) > 1)
    yield from _above(charge, ladder, quantity)


def _blended(charge: Charge, ladder: Ladder, pool: Range, sharers: int) -> Iterable[EstimateLine | Unpriced]:
    own = charge.quantity.times(charge.count)
    first = next((tier for tier in ladder if tier.tier_end is None or pool.max <= tier.tier_end), ladder[-1])
    if first is ladder[0] and not first.tier_start:
        yield _line(charge, first, own, several=False)
        return
    shares = {name: figure / getattr(pool, name) if getattr(pool, name) else 0.0 for name, figure in own}
    cost = Range(**{name: cost_of(ladder, getattr(pool, name)) * share for name, share in shares.items()})
    rate = cost.expected / own.expected if own.expected else cost.max / own.max if own.max else ladder[0].usd_per_unit
    note = f"tiers over the account's {pool.expected:,.12g} {first.unit} of {sharers} resources: {rate:.6g} USD on average"
    line = _line(charge, first, own, several=False)
    reached = [tier for tier in ladder if tier.tier_start < pool.max]
    sources = dict.fromkeys(tier.source for tier in reached)
    dated = {"price_source": f"blended over {len(reached)} tiers: {'; '.join(sources)}", "price_date": min(tier.effective_date for tier in reached)}
    found = {**dated, "unit_price": rate, "monthly_cost": cost, "tier_start": 0.0, "account_quantity": pool}
    yield line.model_copy(update={**found, "assumptions": (*line.assumptions, note)})
    yield from _above(charge, ladder, pool)


def _above(charge: Charge, ladder: Ladder, quantity: Range) -> Iterable[Unpriced]:
    end = ladder[-1].tier_end
    if end is not None and quantity.max > end:
        yield Unpriced(charge.label or charge.component, f"the price book has no price above {end:.12g} {ladder[-1].unit}")


def _within(tier: Price, quantity: float) -> float:
    return max(0.0, min(quantity, tier.tier_end if tier.tier_end is not None else quantity) - tier.tier_start)


def _line(charge: Charge, tier: Price, quantity: Range, *, several: bool) -> EstimateLine:
    label = charge.label or charge.component
    return EstimateLine(
        component=f"{label}{tier_suffix(tier.tier_start)}" if several and tier.tier_start else label,
        service=tier.service,
        unit=tier.unit,
        quantity=quantity,
        unit_price=tier.usd_per_unit,
        price_source=tier.source,
        price_date=tier.effective_date,
        confidence=tier.confidence,
        monthly_cost=quantity.scaled(tier.usd_per_unit),
        assumptions=charge.assumptions,
        purchase_option=charge.purchase_option,
        instance_type=charge.instance_type,
        quantity_source=charge.source,
        price_type=charge.price_type,
        price_component=charge.component,
        tier_start=tier.tier_start,
    )
