"""A user's own prices: a csv file that replaces tier ladders of the price book, checked row by row."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cost.estimate.price import GLOBAL, PRICE_LIST, Price, TierScope
from cost.regions import check_region
from plinth.csv_files import read_rows
from plinth.errors import InputError

if TYPE_CHECKING:
    from cost.estimate.prices import PriceBook

COLUMNS = ("service", "resource_type", "component", "unit", "usd_per_unit", "tier_start", "tier_end", "region")
"""The columns an override file must have."""
OPTIONAL = ("effective_date", "source", "confidence", "tier_scope")
SCOPES: Mapping[str, TierScope] = {"": "resource", "resource": "resource", "account": "account"}
"""What `tier_scope` may say; where the column is missing, tiers are a resource's."""

MAX_BYTES = 32 * 1024 * 1024


def read_overrides(path: Path, *, shipped: PriceBook) -> tuple[Price, ...]:
    """The prices in an override file; a row without `effective_date` takes the date of the newest price of the `shipped` book.

    Raises InputError with file and line for a missing column, a price or tier that is no number, is negative or not finite,
    a Region that there is not (with the nearest name), a unit that is not the shipped price's, and for a gap or an overlap between
    the tiers of one component; use below the lowest tier is a gap too, unless the shipped price includes it.
    """
    rows = read_rows(path, limit=MAX_BYTES, check=lambda header: _check_header(path, header))
    numbered = [(line, _price(path, line, row, shipped.newest)) for line, row in rows]
    if not numbered:
        raise InputError("the price file has no prices", where=path, fix="give at least one row below the header")
    ladders: defaultdict[tuple[str, str, str], list[tuple[int, Price]]] = defaultdict(list)
    for line, price in numbered:
        ladders[(price.resource_type, price.component, price.region)].append((line, price))
    for line, price in numbered:
        _check_unit(path, line, price, shipped)
    for ladder in ladders.values():
        tiers = sorted(ladder, key=lambda item: item[1].tier_start)
        _check_ladder(path, tiers)
        _check_start(path, *tiers[0], shipped)
    return tuple(price for _, price in numbered)


def _check_header(path: Path, header: list[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        fix = f"give the columns {','.join(COLUMNS)}"
        raise InputError(f"the price file lacks the column {missing[0]}", where=f"{path}, line 1", value=header, fix=fix)


def _price(path: Path, line: int, row: Mapping[str, str], default_date: date) -> Price:
    where = f"{path}, line {line}"
    for column in ("resource_type", "component", "unit", "region"):
        if not row[column].strip():
            raise InputError(f"the row has no {column}", where=where, fix=f"fill in {column}")
    return Price(
        service=row["service"].strip() or "own price",
        resource_type=row["resource_type"].strip(),
        component=row["component"].strip(),
        unit=row["unit"].strip(),
        usd_per_unit=_number(where, "usd_per_unit", row["usd_per_unit"]),
        tier_start=_number(where, "tier_start", row["tier_start"] or "0"),
        tier_end=_number(where, "tier_end", row["tier_end"]) if row["tier_end"].strip() else None,
        region=check_region(row["region"].strip(), where=where, others=(GLOBAL,)),
        effective_date=_date(where, row.get("effective_date") or "", default_date),
        source=(row.get("source") or "").strip() or f"{path.name}, line {line}",
        confidence=(row.get("confidence") or "").strip() or "own price",
        tier_scope=_scope(where, (row.get("tier_scope") or "").strip()),
    )


def _scope(where: str, text: str) -> TierScope:
    if text not in SCOPES:
        raise InputError("tier_scope is neither resource nor account", where=where, value=text, fix="write resource, account, or nothing")
    return SCOPES[text]


def _number(where: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{column} is not a number", where=where, value=text, fix="write it as 0.0835") from None
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{column} is negative or not finite", where=where, value=text, fix="give a price or limit of zero or more")
    return value


def _date(where: str, text: str, default: date) -> date:
    if not text.strip():
        return default
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError("effective_date is not a date", where=where, value=text, fix="write it as 2026-11-01") from None


def _check_unit(path: Path, line: int, price: Price, shipped: PriceBook) -> None:
    """The quantities are in the shipped unit, so a price in another would be multiplied with them all the same."""
    unit = shipped.unit(price.resource_type, price.component)
    if unit not in (None, price.unit):
        where, value = f"{path}, line {line}", f"{price.component}: {price.unit}, and the price book's unit is {unit}"
        raise InputError("the price is counted in another unit than the price book's", where=where, value=value, fix=f"give USD a {unit}")


def _check_start(path: Path, line: int, lowest: Price, shipped: PriceBook) -> None:
    ladder = shipped.shipped(lowest.resource_type, lowest.component)
    included = ladder[0].tier_start if ladder else 0.0
    # AWS may move what it includes: its own list says where, and a shipped price that includes nothing leaves no room for it.
    moved = included > 0 and lowest.confidence == PRICE_LIST
    if lowest.tier_start > included and not moved:
        where, value = f"{path}, line {line}", f"{lowest.component}: {_tier(lowest)}"
        fix = f"start the lowest tier at {included:g}; where less is free, give a tier of 0 USD"
        raise InputError(f"there is no price below the lowest tier: use from {included:g} to {lowest.tier_start:g} has none", where=where, value=value, fix=fix)


def _check_ladder(path: Path, ladder: list[tuple[int, Price]]) -> None:
    for line, price in ladder:
        if price.tier_end is not None and price.tier_end <= price.tier_start:
            raise InputError("the tier ends where it starts, or before", where=f"{path}, line {line}", value=price.tier_end, fix="end it above tier_start")
    for (_, lower), (line, upper) in pairwise(ladder):
        if lower.tier_end == upper.tier_start:
            continue
        gap = lower.tier_end is not None and lower.tier_end < upper.tier_start
        raise InputError(
            "there is a gap between two tiers of the component" if gap else "two tiers of the component overlap",
            where=f"{path}, line {line}",
            value=f"{upper.component}: {_tier(lower)}, then {_tier(upper)}",
            fix=f"end the tier from {lower.tier_start:g} where the next starts, at {upper.tier_start:g}",
        )
    line, top = ladder[-1]
    if top.tier_end is not None:
        what = "the highest tier has an end: use above it has no price"
        raise InputError(what, where=f"{path}, line {line}", value=top.tier_end, fix="leave the last tier_end empty")


def _tier(price: Price) -> str:
    return f"{price.tier_start:g} to {'no end' if price.tier_end is None else format(price.tier_end, 'g')}"
