"""The bill's money by group, service, account and resource, and by day: the one table that the page's filters add up.

What is beyond the limits is added up as `(other)`, so that every grouping is the bill: the page stays small however large the bill is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.model import Costs
from cost.insight import spend
from cost.insight.model import OTHER, SENTINELS
from cost.insight.windows import Windows, on_equal_days, windows_of
from cost.report.model import FactRow, Facts, ResourceSpend, Slot, View

TABLE: Final = "report_facts"
PLACES: Final = "report_places"
LIMITS: Final = {"group": 60, "service": 40, "account": 30}
"""So many names at most, the dearest; the rest of a dimension is `(other)`."""
MAX_RESOURCES: Final = 2_000
MAX_RESTS: Final = 2_000
"""So many sums of unlisted resources are kept by account; smaller ones have the account `(other)`."""
MAX_MONTHS: Final = 13
KEYS: Final = ("group", "service", "account", "resource")
WHOLE: Final = "whole"


@dataclass(frozen=True)
class Stored:
    """The stored facts, and how many resources each of their rows stands for."""

    table: Frame
    resources: Mapping[tuple[Any, ...], int]


def store_facts(engine: Engine, table: Frame, cost: str) -> Stored:
    """The marked daily table with at most LIMITS names and MAX_RESOURCES resources, stored; `drop_facts` forgets it."""
    sized = table.group_by(*KEYS).aggregate(size=table[cost].abs().sum(), detail=table["detail"].max())
    places = engine.store(PLACES, sized.schema(), sized)
    named = _with_rests(engine, _listed(places.mutate(**_limited(engine, places))))
    joined = table.drop("detail").inner_join(named, list(KEYS))
    plain = joined.select(
        **{column: joined[f"to_{column}"] for column in KEYS},
        **{column: joined[column] for column in ("detail", "period", "day", "window", "scale", "growth", *COST_KINDS)},
    )
    facts = plain.group_by(*KEYS, "detail", "period", "day", "window", "scale", "growth").aggregate(**spend.sums(plain))
    counted = named.group_by(**{column: named[f"to_{column}"] for column in KEYS}, detail=named["detail"]).aggregate(resources=named.count())
    return Stored(engine.store(TABLE, facts.schema(), facts), {_key(row): row["resources"] for row in engine.rows(counted)})


def drop_facts(engine: Engine) -> None:
    """Forget the stored tables."""
    engine.drop(TABLE)
    engine.drop(PLACES)


def _limited(engine: Engine, places: Frame) -> dict[str, Any]:
    """`to_group`, `to_service` and `to_account`: the name, or `(other)` beyond the limit."""
    made: dict[str, Any] = {}
    for column, limit in LIMITS.items():
        values = places.group_by(name=places[column]).aggregate(size=places["size"].sum())
        values = values.mutate(sentinel=values["name"].isin(SENTINELS))
        ordered = engine.rows(values.order_by(ibis.desc("sentinel"), ibis.desc("size"), "name").limit(limit + len(SENTINELS) + 1))
        kept = [row["name"] for row in ordered]
        beyond = len(kept) > limit + len(SENTINELS)
        made[f"to_{column}"] = places[column].isin(kept[:-1]).ifelse(places[column], OTHER) if beyond else places[column]
    return made


def _listed(places: Frame) -> Frame:
    """`to_resource`: the dearest resources by their id, all others `(other)`."""
    rank: Any = ibis.row_number().over(order_by=[ibis.desc(places["size"]), *(places[key] for key in KEYS)])
    ranked = places.mutate(listed=rank < MAX_RESOURCES)
    return ranked.mutate(
        to_resource=ranked["listed"].ifelse(ranked["resource"], OTHER), detail=ranked["listed"].ifelse(ranked["detail"], "")
    ).drop("size", "listed")  # fmt: skip


def _with_rests(engine: Engine, named: Frame) -> Frame:
    """Where there are too many sums of unlisted resources, all but MAX_RESTS of them lose their account."""
    rests = named.filter(named["to_resource"] == OTHER)
    triples = rests.group_by("to_group", "to_service", "to_account").aggregate(resources=rests.count())
    if engine.rows(triples.count().name("count").as_table())[0]["count"] <= MAX_RESTS:
        return named
    top = triples.order_by(ibis.desc("resources"), "to_group", "to_service", "to_account").limit(MAX_RESTS).mutate(kept=True).drop("resources")
    joined = named.left_join(top, ["to_group", "to_service", "to_account"])
    keeps = joined["kept"].fill_null(False) | (joined["to_resource"] != OTHER)
    return joined.select(*KEYS, "detail", "to_group", "to_service", "to_resource", to_account=keeps.ifelse(joined["to_account"], OTHER))


def read_facts(engine: Engine, stored: Stored, windows: Windows, cost: str) -> Facts:
    """The stored facts as rows, the dearest first."""
    facts = stored.table
    slotted = _slotted(facts, windows)
    slots = tuple(Slot(row["period"], row["slot"], row["daily"]) for row in engine.rows(_slots(slotted)))
    pairs = list(_views(windows, slots))
    days = _days(engine, slotted, {(slot.period, slot.day): number for number, slot in enumerate(slots)}, len(slots))
    before = [_before(engine, facts, pair, windows) for _, pair in pairs]
    resources = _resources(engine, stored, compared=windows.previous is not None)
    rows = (
        FactRow(spend=each, days=_by_kind(days[key]), before=tuple(tuple(view.get(key, {}).get(kind, 0.0) for view in before) for kind in COST_KINDS))
        for key, each in resources.items()
    )
    return Facts(slots, tuple(view for view, _ in pairs), tuple(sorted(rows, key=lambda row: _order(row.spend, cost))))


def _order(each: ResourceSpend, cost: str) -> tuple[Any, ...]:
    return each.resource == OTHER, -getattr(each.total, cost), each.group, each.service, each.account, each.resource


def _by_kind(cells: Mapping[str, list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(cells[kind]) for kind in COST_KINDS)


def _slotted(facts: Frame, windows: Windows) -> Frame:
    """The facts with `slot`: their day, or before the compared months the month's first day."""
    first = min(window.period or window.first.replace(day=1) for window in (windows.current, windows.previous) if window)
    daily = facts["period"] >= ibis.literal(first)
    return facts.mutate(daily=daily, slot=daily.ifelse(facts["day"], facts["period"]))


def _slots(slotted: Frame) -> Frame:
    return slotted.group_by("period", "slot").aggregate(daily=slotted["daily"].any()).order_by("period", "slot")


def _views(windows: Windows, slots: Sequence[Slot]) -> Iterator[tuple[View, Windows | None]]:
    """The report's own window first, then the other months, newest first, then the whole bill; each with the windows that compare it."""
    periods = sorted({slot.period for slot in slots}, reverse=True)
    current, previous = windows.current, windows.previous
    label = previous.label if previous else None
    if current.period is None:
        own = tuple(number for number, slot in enumerate(slots) if current.first <= slot.day <= current.last)
        yield View(f"{current.first}", current.label, own, label), windows
    for position, period in enumerate(periods[:MAX_MONTHS]):
        chosen = tuple(number for number, slot in enumerate(slots) if slot.period == period)
        if period == current.period:
            yield View(f"{period:%Y-%m}", current.label, chosen, label), windows
            continue
        older = periods[position + 1 : position + 2]
        pair = windows_of([_month(slots, each) for each in (*older, period)]) if older and current.period else None
        yield View(f"{period:%Y-%m}", f"{period:%B %Y}", chosen, f"{older[0]:%B %Y}" if pair else None), pair
    if len(periods) > 1:
        yield View(WHOLE, "the whole bill", tuple(range(len(slots))), None), None


def _month(slots: Sequence[Slot], period: date) -> dict[str, Any]:
    """A month as `windows_of` takes it: its days by the slots, all of the month where there is one slot only."""
    days = [slot.day for slot in slots if slot.period == period and slot.daily]
    first, last = (min(days), max(days)) if days else (period, (period + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    return {"period": period, "first": datetime.combine(first, time()), "end": datetime.combine(last + timedelta(days=1), time())}


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in (*KEYS, "detail"))


def _days(engine: Engine, slotted: Frame, positions: Mapping[tuple[date, date], int], count: int) -> dict[tuple[Any, ...], dict[str, list[float]]]:
    sums = {kind: slotted[kind].sum().cast("float64") for kind in COST_KINDS}
    made: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    for row in engine.rows(slotted.group_by(*KEYS, "detail", "period", "slot").aggregate(**sums)):
        key = _key(row)
        if key not in made:
            made[key] = {kind: [0.0] * count for kind in COST_KINDS}
        at = positions[row["period"], row["slot"]]
        for kind, cells in made[key].items():
            cells[at] = row[kind]
    return made


def _before(engine: Engine, facts: Frame, pair: Windows | None, own: Windows) -> dict[tuple[Any, ...], dict[str, float]]:
    """Per row and cost kind what the window before cost, on equal days; nothing where nothing is compared."""
    if pair is None or pair.previous is None:
        return {}
    marked = facts if pair is own else pair.mark(engine, facts.drop("window", "scale"))
    before = marked.filter(marked["window"] == "previous")
    sums = {kind: on_equal_days(before, kind).sum().fill_null(ZERO).cast("float64") for kind in COST_KINDS}
    return {_key(row): row for row in engine.rows(before.group_by(*KEYS, "detail").aggregate(**sums))}


def _resources(engine: Engine, stored: Stored, *, compared: bool) -> dict[tuple[Any, ...], ResourceSpend]:
    """Each row's sums by every cost kind: the whole bill, the current window and the previous one on equal days."""
    rows = engine.rows(stored.table.group_by(*KEYS, "detail").aggregate(**spend.windowed(stored.table)))
    return {_key(row): _resource(row, stored.resources[_key(row)], compared=compared) for row in rows}


def _resource(row: Mapping[str, Any], resources: int, *, compared: bool) -> ResourceSpend:
    previous: Costs | None = spend.costs_of(row, "previous_") if compared else None
    names = {key: row[key] for key in (*KEYS, "detail")}
    return ResourceSpend(**names, resources=resources, total=spend.costs_of(row), current=spend.costs_of(row, "current_"), previous=previous)
