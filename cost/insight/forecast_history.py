"""What a forecast is made from: the bill as daily series, monthly charges, commitments' fees and tax rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum
from typing import Any, Final

import ibis
import numpy as np

from cost.bill.charge_table import ChargeCategory, ChargeFrequency, Frame
from cost.bill.engine import Engine
from cost.bill.groups import OTHER
from cost.insight.contributions import Pair
from cost.insight.windows import Windows
from plinth.errors import InputError

SERIES: Final = 40
GROUPS: Final = 12
"""The dearest series and groups; the others are added up as `(other)`."""
LATE: Final = 0.3
"""A last day without series that make up this share of a week is not whole yet."""
LATEST: Final = 3
"""Days that a series' lines may be late; what has none for longer is gone."""
WEEK: Final = 7
Floats = Any


@dataclass(frozen=True)
class Monthly:
    """A charge that comes once a month, as large as it was in `period`, its last month."""

    amount: float
    period: date


@dataclass(frozen=True)
class History:
    """The bill for a forecast. `values` has a row a series and a column a day of `days`; dates of `days` follow one another."""

    names: tuple[Pair, ...]
    days: tuple[date, ...]
    values: Floats
    monthly: Mapping[Pair, tuple[Monthly, ...]]
    """Those that go on."""
    commitments: Mapping[Pair, float]
    """A day's fee."""
    tax: Mapping[Pair, float]
    """Tax / charges of its service."""
    billed: Mapping[Pair, float]
    """Of the last day's month, up to the last day."""
    left_out: tuple[date, ...]
    not_forecast: Mapping[str, float]
    missing: int
    """Days within the history that the bill has nothing of: they repeat their weekday of the week before."""


def history_of(engine: Engine, table: Frame, cost: str, windows: Windows) -> History:
    """The history in one cost kind from the table by day. Raises InputError where the bill has no daily usage."""
    kinds = _kinds(table)
    amount = kinds[cost].sum().cast("float64")
    dated = kinds.filter(kinds["kind"].isin(["daily", "commitment"])).group_by("group", "service", "kind", "day").aggregate(amount=amount)
    rows = [row for row in engine.rows(dated) if row["day"] <= windows.last_whole_day]
    daily, fees = ([row for row in rows if row["kind"] == kind] for kind in ("daily", "commitment"))
    if not daily:
        raise InputError("the bill has no whole day of daily or hourly usage", fix="give a bill with usage by day or by hour: a forecast takes 28 days")
    undated = kinds.filter(~kinds["kind"].isin(["daily", "commitment"])).mutate(item=(kinds["kind"] == "monthly").ifelse(kinds["usage_type"], ""))
    others = engine.rows(undated.group_by("group", "service", "kind", "item", "period").aggregate(amount=amount))
    of = _names(daily, [*fees, *others])
    raw = _amounts(daily, of)
    last, left_out = _whole(raw)
    days, values, missing = _array(raw, last)
    billed: dict[Pair, list[float]] = defaultdict(list)
    for row in [each for each in rows if each["day"] <= last] + others:
        if _month_of(row) == last.replace(day=1):
            billed[of(row)].append(row["amount"])
    monthly, ended = _monthly([(of(row), row) for row in others if row["kind"] == "monthly"], last)
    commitments, stopped = _commitments([(of(row), row) for row in fees if row["day"] <= last])
    tax, untaxed = _tax_rates([(of(row), row) for row in [*rows, *others]])
    kept_out = {kind: fsum(row["amount"] for row in others if row["kind"] == kind) for kind in ("credit", "adjustment", "one_time")}
    return History(
        names=tuple(sorted(raw)),
        days=days,
        values=values,
        monthly=monthly,
        commitments=commitments,
        tax=tax,
        billed={pair: fsum(amounts) for pair, amounts in sorted(billed.items())},
        left_out=left_out,
        not_forecast=kept_out | {"monthly": ended, "commitment": stopped, "tax": untaxed},
        missing=missing,
    )


def _month_of(row: Mapping[str, Any]) -> date:
    return row["day"].replace(day=1) if "day" in row else row["period"]


def _kinds(table: Frame) -> Frame:
    """The table with `kind`: daily, monthly, commitment, tax, credit, adjustment or one_time."""
    usage = (table["category"] == ChargeCategory.USAGE.value) & table["one_day"]
    keys = ["group", "service", "usage_type"]
    daily = table.filter(usage)
    types = daily.group_by(*keys).aggregate(
        days=daily["day"].nunique(), periods=daily["period"].nunique(), first=daily["day"].day().min(), last=daily["day"].day().max()
    )
    once = types.filter((types["days"] == types["periods"]) & (types["first"] == types["last"]) & ((types["periods"] > 1) | (types["first"] == 1)))
    joined = table.left_join(once.select(*keys, once=ibis.literal(True)), keys).select(*table.columns, "once")
    category, fee = joined["category"], joined["category"] == ChargeCategory.PURCHASE.value
    return joined.mutate(
        kind=ibis.cases(
            (category == ChargeCategory.TAX.value, "tax"),
            (category == ChargeCategory.CREDIT.value, "credit"),
            (category == ChargeCategory.ADJUSTMENT.value, "adjustment"),
            (fee & (joined["frequency"] == ChargeFrequency.ONE_TIME.value), "one_time"),
            (fee & joined["one_day"], "commitment"),
            (~joined["one_day"] | joined["once"].fill_null(False), "monthly"),
            else_="daily",
        )
    )


def _names(daily: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> Any:
    """A function from a row to its series' name: the dearest keep theirs."""
    groups: dict[str, float] = defaultdict(float)
    pairs: dict[Pair, float] = defaultdict(float)
    for row in [*daily, *others]:
        groups[row["group"]] += abs(row["amount"])
        pairs[row["group"], row["service"]] += abs(row["amount"])
    kept = sorted(groups, key=lambda name: (-groups[name], name))[:GROUPS]
    largest = set(sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:SERIES])

    def name(row: Mapping[str, Any]) -> Pair:
        group = row["group"] if row["group"] in kept else OTHER
        return group, row["service"] if (row["group"], row["service"]) in largest and group != OTHER else OTHER

    return name


def _amounts(rows: Sequence[Mapping[str, Any]], of: Any) -> dict[Pair, dict[date, float]]:
    found: dict[Pair, dict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[of(row)][row["day"]].append(row["amount"])
    return {pair: {day: fsum(amounts) for day, amounts in days.items()} for pair, days in found.items()}


def _whole(amounts: Mapping[Pair, Mapping[date, float]]) -> tuple[date, tuple[date, ...]]:
    """The last day that is whole, and the days after it: those that lack series which were there on each day of the newest week that can't be late."""
    days = sorted({day for each in amounts.values() for day in each})
    end = max(days[-1] - timedelta(days=LATEST), days[0] + timedelta(days=WEEK - 1))
    week = [end - timedelta(days=number) for number in range(WEEK)]
    usual = {pair: [each.get(day, 0.0) for day in week] for pair, each in amounts.items()}
    whole = sum(sum(each) for each in usual.values())
    left_out: list[date] = []
    while whole > 0 and days[-1] > end:
        late = sum(sum(each) for pair, each in usual.items() if min(each) > 0 and max(amounts[pair]) < days[-1])
        if late < LATE * whole:
            break
        left_out.insert(0, days.pop())
    return days[-1], tuple(left_out)


def _array(amounts: Mapping[Pair, Mapping[date, float]], last: date) -> tuple[tuple[date, ...], Floats, int]:
    """Series by days; a day that the whole bill lacks repeats the same weekday of the week before."""
    known = {day for each in amounts.values() for day in each if day <= last}
    first = min(known)
    days = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
    values = np.array([[amounts[pair].get(day, 0.0) for day in days] for pair in sorted(amounts)])
    for number, day in enumerate(days):
        if day not in known:
            values[:, number] = values[:, number - WEEK if number >= WEEK else number - 1]
    return days, values, len(days) - len(known)


def _monthly(rows: Sequence[tuple[Pair, Mapping[str, Any]]], last: date) -> tuple[dict[Pair, tuple[Monthly, ...]], float]:
    """Per series the monthly charges that go on, and the sum of those that ended: billed in no month that may still be due.

    Due are the last day's month and, while that is open, the month before: a charge in arrears comes with the month's end."""
    month = last.replace(day=1)
    is_open = (last + timedelta(days=1)).month == last.month
    oldest = (month - timedelta(days=1)).replace(day=1) if is_open else month
    items: dict[tuple[Pair, str], list[Monthly]] = defaultdict(list)
    for pair, row in rows:
        items[pair, row["item"]].append(Monthly(amount=row["amount"], period=row["period"]))
    found: dict[Pair, list[Monthly]] = defaultdict(list)
    ended: list[float] = []
    for (pair, _), charges in sorted(items.items()):
        newest = max(each.period for each in charges)
        if newest >= oldest:
            found[pair] += [each for each in charges if each.period == newest]
        else:
            ended += [each.amount for each in charges]
    return {pair: tuple(charges) for pair, charges in found.items()}, fsum(ended)


def _commitments(rows: Sequence[tuple[Pair, Mapping[str, Any]]]) -> tuple[dict[Pair, float], float]:
    """Per series the fee of a day, from the last month that has any, and the sum of the series that had stopped by then."""
    latest = max((_month_of(row) for _, row in rows), default=None)
    fees: dict[Pair, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for pair, row in rows:
        if _month_of(row) == latest and row["amount"]:
            fees[pair][row["day"]] += row["amount"]
    stopped = fsum(row["amount"] for pair, row in rows if pair not in fees)
    return {pair: fsum(days.values()) / len(days) for pair, days in sorted(fees.items())}, stopped


def _tax_rates(rows: Sequence[tuple[Pair, Mapping[str, Any]]]) -> tuple[dict[Pair, float], float]:
    """Per group that tax stands in and service: tax / all charges of the service, in the months that have tax; and the tax without such a rate."""
    taxes = [(pair, row) for pair, row in rows if row["kind"] == "tax" and row["amount"]]
    taxed = {(pair[1], row["period"]) for pair, row in taxes}
    base: dict[str, list[float]] = defaultdict(list)
    for (_, service), row in rows:
        if row["kind"] in ("daily", "monthly", "commitment") and (service, _month_of(row)) in taxed:
            base[service].append(row["amount"])
    sums: dict[Pair, list[float]] = defaultdict(list)
    for pair, row in taxes:
        sums[pair].append(row["amount"])
    rates = {pair: fsum(amounts) / fsum(base[pair[1]]) for pair, amounts in sorted(sums.items()) if fsum(base[pair[1]]) > 0}
    kept = {pair: rate for pair, rate in rates.items() if abs(rate) <= 1}
    return kept, fsum(row["amount"] for pair, row in taxes if pair not in kept)
