"""The data that the page's script works on: columns of small numbers and tables of names, safe to stand inside a script element.

Amounts are whole numbers of 10^-decimals of the currency. A row's amounts by day are rounded on their running sum, so that they add up to
the row's total; many rows and cost kinds have the same amounts, so each distinct series is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from math import ceil, log10
from typing import Any, Final

from cost.bill.charge_table import COST_KINDS
from cost.insight.model import OTHER
from cost.report import charts
from cost.report.model import FactRow, Report
from cost.report.page_tables import most_of
from cost.report.sections import sections
from cost.report.text import KIND_NAMES, group_name, plural, short

DIGITS: Final = 12
"""Of the whole bill: a row is rounded by half a unit, so 10,000 rows of a bill of a million lose less than a cent."""
DECIMALS: Final = (2, 10)
"""The fewest and the most decimals that an amount has."""
_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def page_data(report: Report) -> str:
    """The page's data as JSON in which no character can end a script element or start a comment."""
    return json.dumps(_data(report), ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _data(report: Report) -> dict[str, Any]:
    facts, headline = report.facts, report.headline
    if facts is None:
        raise ValueError("a report that was read from its JSON has no facts to make a page of: build it from the bill")
    names = {"group": report.by_group, "service": report.by_service, "account": report.by_account}
    listed = {dimension: [each.name for each in spend] for dimension, spend in names.items()}
    return {
        "currency": report.currency,
        "cost": report.cost,
        "tag": report.tag,
        "synthetic": report.synthetic,
        "current": headline.current.label,
        "kinds": [{"id": kind, "label": KIND_NAMES[kind], "name": kind.replace("_", " ")} for kind in COST_KINDS],
        "names": listed,
        "labels": {dimension: [group_name(name) for name in values] for dimension, values in listed.items()},
        "views": [{"id": view.id, "label": view.label, "slots": view.slots, "previous": view.previous} for view in facts.views],
        "slots": {
            "day": [f"{slot.day:%Y-%m-%d}" for slot in facts.slots],
            "period": [f"{slot.period:%Y-%m}" for slot in facts.slots],
            "daily": [int(slot.daily) for slot in facts.slots],
        },
        "rows": _rows(facts.rows, listed) | _amounts(facts.rows, decimals_of(report)),
        "movers": [
            {
                "group": mover.group, "service": mover.service, "usage": mover.usage, "mix": mover.mix, "rate": mover.rate, "other": mover.unexplained,
                "most": most_of(mover),
            }
            for mover in report.movers
        ],
        "charts": {
            "lines": {grain: charts.daily_lines(report.currency, grain) for grain in charts.GRAINS},
            "movers": charts.movers_bars(report.currency),
            "fixed": {
                f"{section.id}-chart-{number}": block.chart for section in sections(report) for number, block in enumerate(section.blocks) if block.chart
            },
        },
    }  # fmt: skip


def decimals_of(report: Report) -> int:
    """How many decimals amounts have in the page: so many that the whole bill has DIGITS digits."""
    largest = max(abs(getattr(report.headline.bill_totals, kind)) for kind in COST_KINDS)
    least, most = DECIMALS
    return min(most, max(least, DIGITS - (ceil(log10(largest)) if largest > 0 else 0)))


def _rows(rows: Sequence[FactRow], names: dict[str, list[str]]) -> dict[str, Any]:
    at = {dimension: {name: number for number, name in enumerate(values)} for dimension, values in names.items()}
    made: dict[str, Any] = {dimension: [at[dimension][getattr(row.spend, dimension)] for row in rows] for dimension in at}
    return made | {
        "resource": ["" if row.spend.resource == OTHER else row.spend.resource for row in rows],
        "detail": [row.spend.detail for row in rows],
        "label": [_label(row) for row in rows],
        "rest": [row.spend.resources if row.spend.resource == OTHER else 0 for row in rows],
    }


def _amounts(rows: Sequence[FactRow], decimals: int) -> dict[str, Any]:
    """`days` and `before`: per cost kind and row the position in `series` of its amounts by slot and by view."""
    known: dict[tuple[int, ...], int] = {}
    scale = 10**decimals

    def columns(amounts: Iterable[Sequence[tuple[float, ...]]], rounded: Callable[[Sequence[float], int], Sequence[int]]) -> list[list[int]]:
        made: list[list[int]] = [[] for _ in COST_KINDS]
        for row in amounts:
            # Most cost kinds of a row have the same amounts: each is rounded once.
            at = {values: known.setdefault(trimmed(rounded(values, scale)), len(known)) for values in dict.fromkeys(row)}
            for kind, values in enumerate(row):
                made[kind].append(at[values])
        return made

    days = columns((row.days for row in rows), running)
    before = columns((row.before for row in rows), each_rounded)
    return {"decimals": decimals, "days": days, "before": before, "series": [list(series) for series in known]}


def running(values: Sequence[float], scale: int) -> list[int]:
    """Rounded so that every sum from the start is rounded once, not once a value."""
    made, so_far, total = [], 0, 0.0
    for value in values:
        total += value
        rounded = round(total * scale)
        made.append(rounded - so_far)
        so_far = rounded
    return made


def each_rounded(values: Sequence[float], scale: int) -> list[int]:
    """Each value in units of its own."""
    return [round(value * scale) for value in values]


def trimmed(series: Sequence[int]) -> tuple[int, ...]:
    """The position of the first amount that is not 0, and the amounts from there to the last that is not."""
    first = next((number for number, value in enumerate(series) if value), None)
    if first is None:
        return (0,)
    last = max(number for number, value in enumerate(series) if value)
    return (first, *series[first : last + 1])


def _label(row: FactRow) -> str:
    each = row.spend
    if each.resource == OTHER:
        return plural(each.resources, "more resource")
    if not each.resource:
        return f"no resource id ({short(each.detail)})" if each.detail else "no resource id"
    return f"{short(each.resource)} ({short(each.detail)})" if each.detail else short(each.resource)
