"""Top movers: each group's service, current window against the previous one on equal days, split into usage and rate.

Per usage type with quantities q and costs c in both windows, r = c / q: usage = (q1 - q0) r0, rate = (r1 - r0) q1; they add up to c1 - c0.
What is new or gone is all usage; what has no quantities is unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import MONEY, ZERO, Frame
from cost.bill.engine import Engine
from cost.insight.contributions import contributions
from cost.insight.daily import QUANTITY
from cost.insight.model import OTHER, Change, Mover
from cost.insight.windows import Windows, on_equal_days

LISTED: Final = 8
DECIMALS: Final = 9
"""Beyond these a split of a float is noise."""


def change_of(current: float, previous: float) -> Change:
    """The change between two amounts on equal days."""
    return Change(current=current, previous=previous, amount=current - previous, percent=(current - previous) / abs(previous) if previous else None)


def movers(engine: Engine, table: Frame, cost: str, windows: Windows) -> tuple[tuple[Mover, ...], Mover | None]:
    """The largest movers, either sign, and all others added up; none where there is nothing to compare with."""
    if windows.previous is None:
        return (), None
    rows = engine.rows(_effects(table, cost))
    rows = sorted(rows, key=lambda row: (-abs(row["current"] - row["previous"]), row["group"], row["service"]))
    top, rest = rows[:LISTED], rows[LISTED:]
    pairs = [(row["group"], row["service"]) for row in top]

    def difference(part: Frame) -> Any:
        return _current(part, cost) - _previous(part, cost)

    usage_types = contributions(engine, table, pairs, "usage_type", difference)
    resources = contributions(engine, table, pairs, "resource", difference)
    listed = tuple(_mover(row, usage_types=usage_types[pair], resources=resources[pair]) for row, pair in zip(top, pairs, strict=True))
    return listed, _mover(_added(rest)) if rest else None


def _current(table: Frame, column: str, kind: Any = MONEY) -> Any:
    return table[column].cast(kind).sum(where=table["window"] == "current").fill_null(ZERO)


def _previous(table: Frame, column: str, kind: Any = MONEY) -> Any:
    return on_equal_days(table, column, kind).sum(where=table["window"] == "previous").fill_null(ZERO)


def _effects(table: Frame, cost: str) -> Frame:
    """Per group and service: current, previous (on equal days), and the change as usage, rate and unexplained, all exact decimals."""
    sums = table.group_by("group", "service", "usage_type", "unit", "steady").aggregate(
        current=_current(table, cost),
        previous=_previous(table, cost),
        q1=_current(table, "quantity", QUANTITY).cast("float64"),
        q0=_previous(table, "quantity", QUANTITY).cast("float64"),
    )
    change = sums["current"] - sums["previous"]
    both = (sums["q1"] > 0) & (sums["q0"] > 0)
    new = (sums["q0"] == 0) & (sums["previous"] == 0) & (sums["q1"] > 0)
    gone = (sums["q1"] == 0) & (sums["current"] == 0) & (sums["q0"] > 0)
    new_or_gone = sums["steady"] & (new | gone)
    more = (sums["q1"] - sums["q0"]) * sums["previous"].cast("float64") / sums["q0"].nullif(0.0)
    usage = ibis.cases((both, more.cast(MONEY)), (new_or_gone, change), else_=ZERO).cast(MONEY)
    parts = sums.mutate(change=change, usage=usage, explained=both | new_or_gone)
    parts = parts.mutate(rate=parts["explained"].ifelse(parts["change"] - parts["usage"], ZERO), unexplained=parts["explained"].ifelse(ZERO, parts["change"]))
    return parts.group_by("group", "service").aggregate(**{name: parts[name].sum() for name in ("current", "previous", "usage", "rate", "unexplained")})


def _added(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"group": OTHER, "service": OTHER} | {name: sum(row[name] for row in rows) for name in ("current", "previous", "usage", "rate", "unexplained")}


def _mover(row: Mapping[str, Any], **behind: Any) -> Mover:
    parts = {name: round(float(row[name]), DECIMALS) for name in ("usage", "rate", "unexplained")}
    return Mover(group=row["group"], service=row["service"], change=change_of(float(row["current"]), float(row["previous"])), **parts, **behind)
