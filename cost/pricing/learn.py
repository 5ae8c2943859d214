"""Effective rates from a bill: what a unit of each component cost after every discount, with its evidence, as a price file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import ibis

from cost.bill import read_bill
from cost.bill.charge_table import ChargeCategory, ChargePart
from cost.bill.groups import resource_usage
from cost.bill.model import Bill
from cost.estimate.price import Price
from cost.estimate.prices import LEARNED, PriceBook, load_price_book
from cost.estimate.tiers import free_quantities
from cost.pricing.mapping import INSTANCE_SERVICES
from cost.pricing.model import LearnedPrice, LearnedPrices, NotLearned
from cost.pricing.refresh import price_file
from cost.pricing.units import units_in_ours
from cost.pricing.usage_types import Component, component_of
from cost.regions import region_codes, split_region
from plinth.errors import InputError
from plinth.files import write_atomically

COST_KIND: Final = "net amortized"
LINE_ROUNDING: Final = 5e-11
"""Half of the last decimal of a line's money: reports carry ten. Source: cost/bill/charge_table.py, MONEY."""
MAX_UNCERTAINTY: Final = 0.001
"""A rate whose rounding could be more than a tenth of a percent of it is refused."""
MIN_QUANTITY: Final = 1.0
"""In units of the price book: less than one hour, one GB or one thousand requests is no rate."""
MAX_FREE_SHARE: Final = 0.1
"""A rate over a quantity of which more is free than a tenth would be far below what the next unit costs."""

VOLUME: Final = "aws_ebs_volume"

Key = tuple[str, str, str]
"""(resource type, component, Region)."""


@dataclass(slots=True)
class _Sum:
    """What a bill has of one component in a Region."""

    component: Component
    unit: str
    cost: float = 0.0
    listed: float | None = 0.0
    quantity: float = 0.0
    lines: int = 0
    usage_types: set[str] = field(default_factory=set[str])

    def add(self, row: dict[str, Any]) -> None:
        self.cost += float(row["cost"] or 0)
        self.listed = None if self.listed is None or row["listed"] is None else self.listed + float(row["listed"])
        self.quantity += float(row["quantity"] or 0) / float(units_in_ours(self.component, row["unit"] or ""))
        self.lines += int(row["lines"] or 0)
        self.usage_types.add(row["usage_type"] or "")


def learn(paths: Sequence[Path | str], out: Path) -> LearnedPrices:
    """Write a price file of a bill's effective rates, and say what they rest on and which charges gave none.

    A rate is the net amortized cost over the quantity: Savings Plans, reservations and private rates are in it, the unused part of a
    commitment is not. Raises InputError where the bill is damaged, in another currency than USD, or gives no rate.
    """
    bill = read_bill(paths)
    try:
        return _learned(bill, [str(path) for path in paths], out)
    finally:
        bill.engine.close()


def _learned(bill: Bill, names: Sequence[str], out: Path) -> LearnedPrices:
    if bill.currency != "USD":
        fix = "give a bill in USD: the price book is in USD"
        raise InputError("the bill is in another currency than the price book", where=names[0], value=bill.currency, fix=fix)
    book = load_price_book()
    sums, other = _sums(_rows(bill), book)
    refused: list[NotLearned] = list(other)
    kept: list[tuple[Key, _Sum]] = []
    for key, found in sorted(sums.items()):
        reason = _unstable(found) or _has_free(key, found, book)
        if reason is None:
            kept.append((key, found))
        else:
            refused.append(_not_learned(found, key[2], reason))
    if not kept:
        fix = "give a bill with usage lines of AWS services, whole months at best"
        raise InputError("the bill gives no rate for a component of the price book", where=names[0], fix=fix)
    months, day, unused = _about(bill)
    said = f"{', '.join(Path(name).name for name in names)}, {', '.join(months)}"
    write_atomically(out, price_file(_price(key, found, day, said, book) for key, found in kept))
    return LearnedPrices(
        out=str(out),
        months=months,
        cost_kind=COST_KIND,
        prices=tuple(_model(key, found) for key, found in kept),
        covered_cost=sum(found.cost for _, found in kept),
        other_cost=sum(each.cost for each in refused),
        not_learned=tuple(sorted(refused, key=lambda each: -each.cost)),
        notes=tuple(_notes(kept, unused, book, synthetic=bill.synthetic)),
    )


def _rows(bill: Bill) -> list[dict[str, Any]]:
    """What resources used, by AWS's names."""
    charges: Any = bill.charges
    usage = charges.filter(resource_usage(charges))
    by = {
        "service_code": usage["x_service_code"],
        "product_code": usage["x_product_code"],
        "usage_type": usage["x_usage_type"],
        "operation": usage["x_operation"],
        "region": usage["RegionId"],
        "unit": ibis.coalesce(usage["ConsumedUnit"], usage["PricingUnit"]),
    }
    measures = {
        "cost": usage["x_net_amortized_cost"].sum(),
        "listed": usage["ListCost"].sum(),
        "quantity": usage["ConsumedQuantity"].sum(),
        "lines": usage["x_lines"].sum(),
    }
    return bill.engine.rows(usage.group_by(**by).aggregate(**measures))


def _sums(rows: Iterable[dict[str, Any]], book: PriceBook) -> tuple[dict[Key, _Sum], list[NotLearned]]:
    found: dict[Key, _Sum] = {}
    other: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for row in rows:
        usage_type = row["usage_type"] or ""
        region = row["region"] if row["region"] in region_codes() else split_region(usage_type)[0]
        codes = [code for code in (row["service_code"], row["product_code"]) if code]
        component = next((each for code in codes if (each := component_of(code, usage_type, row["operation"] or ""))), None)
        if component is None:
            other[(row["service_code"] or "", usage_type, region)] += float(row["cost"] or 0)
            continue
        shipped = book.shipped(component.resource_type, component.component)
        place = shipped[0].region if component.row.region_prefix == "none" and shipped else region
        entry = found.setdefault((component.resource_type, component.component, place), _Sum(component, shipped[0].unit if shipped else "hour"))
        entry.add(row)
    reason = "the price book has no component of this usage type"
    return found, [NotLearned(service_code=code, usage_type=name, region=region, cost=cost, reason=reason) for (code, name, region), cost in other.items()]


def _unstable(found: _Sum) -> str | None:
    if found.quantity < MIN_QUANTITY:
        return f"{found.quantity:.3g} {found.unit} are too few for a rate"
    if found.cost <= 0:
        return "the bill has it at 0 or below: a free tier, a credit or a free service"
    if found.lines * LINE_ROUNDING / found.cost > MAX_UNCERTAINTY:
        return f"{found.cost:.3g} USD over {found.lines:,} lines are too little for a rate: rounding would show"
    return None


def _has_free(key: Key, found: _Sum, book: PriceBook) -> str | None:
    """EBS bills only what is above a gp3 volume's included IOPS and throughput; other bills have the free amount in their quantity."""
    free = free_quantities().get(key[:2], 0.0)
    if free > found.quantity * MAX_FREE_SHARE:
        return f"AWS gives {free:g} {found.unit} of it free each month, which the bill's quantity of {found.quantity:.3g} has in it"
    shipped = book.shipped(*key[:2])
    if not shipped or shipped[0].tier_start == 0 or key[0] == VOLUME:
        return None
    return f"the price book counts it above {shipped[0].tier_start:g} {shipped[0].unit}, which the bill's quantity has in it"


def _not_learned(found: _Sum, region: str, reason: str) -> NotLearned:
    names = ", ".join(sorted(found.usage_types))
    return NotLearned(service_code=found.component.row.service_code, usage_type=names, region=region, cost=found.cost, reason=reason)


def _about(bill: Bill) -> tuple[tuple[str, ...], date, float]:
    """The months, the last day with a charge, and what unused commitments cost."""
    charges: Any = bill.charges
    unused = (charges["x_charge_part"] == ChargePart.UNUSED.value).fill_null(False)
    row = bill.engine.rows(
        charges.aggregate(
            months=charges["BillingPeriodStart"].strftime("%Y-%m").collect(distinct=True),
            last=charges["ChargePeriodStart"].max(where=charges["ChargeCategory"] == ChargeCategory.USAGE.value).strftime("%Y-%m-%d"),
            unused=unused.ifelse(charges["x_net_amortized_cost"], 0).sum(),
        )
    )[0]
    return tuple(sorted(row["months"])), date.fromisoformat(row["last"]), float(row["unused"] or 0)


def _price(key: Key, found: _Sum, day: date, said: str, book: PriceBook) -> Price:
    shipped = book.shipped(*key[:2])
    code = found.component.row.service_code
    return Price(
        service=shipped[0].service if shipped else INSTANCE_SERVICES.get(code, code),
        resource_type=key[0],
        component=key[1],
        unit=found.unit,
        usd_per_unit=found.cost / found.quantity,
        region=key[2],
        effective_date=day,
        source=f"{COST_KIND} cost over quantity in {said}: {found.lines:,} lines, {found.quantity:,.6g} {found.unit}",
        confidence=LEARNED,
        tier_start=shipped[0].tier_start if shipped else 0.0,
    )


def _model(key: Key, found: _Sum) -> LearnedPrice:
    return LearnedPrice(
        resource_type=key[0],
        component=key[1],
        region=key[2],
        usd_per_unit=found.cost / found.quantity,
        list_usd_per_unit=None if found.listed is None else found.listed / found.quantity,
        quantity=found.quantity,
        cost=found.cost,
        lines=found.lines,
    )


def _notes(kept: Sequence[tuple[Key, _Sum]], unused: float, book: PriceBook, *, synthetic: bool) -> Iterable[str]:
    if synthetic:
        yield "the bill is synthetic: so are its rates"
    if unused > 0:
        yield f"{unused:,.2f} USD of commitments were not used; no rate holds them"
    tiered = sum(1 for key, _ in kept if len(book.shipped(*key[:2])) > 1)
    if tiered:
        yield f"{tiered} rates are averages over AWS's tiers at the bill's quantity"
