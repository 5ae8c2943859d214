"""Spend by group, by service and by day, each adding up to the bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.groups import OTHER, SENTINELS
from cost.bill.model import Costs
from cost.insight.model import DailySpend, GroupSpend
from cost.insight.windows import on_equal_days

MAX_GROUPS: Final = 12
MAX_SERVICES: Final = 16


def sums(table: Frame, prefix: str = "", where: Any = None) -> dict[str, Any]:
    """The sum of each cost kind of the daily table."""
    return {f"{prefix}{kind}": table[kind].sum(where=where).fill_null(ZERO) for kind in COST_KINDS}


def windowed(table: Frame) -> dict[str, Any]:
    """The sums of the whole bill, of the current window (`current_`) and of the previous one on equal days (`previous_`)."""
    return sums(table) | sums(table, "current_", table["window"] == "current") | previous(table)


def previous(table: Frame) -> dict[str, Any]:
    """The sums of the previous window on equal days (`previous_`)."""
    return {f"previous_{kind}": on_equal_days(table, kind).sum(where=table["window"] == "previous").fill_null(ZERO) for kind in COST_KINDS}


def costs_of(row: Mapping[str, Any], prefix: str = "") -> Costs:
    """A row's sums as floats, last of all."""
    return Costs(**{kind: float(row[f"{prefix}{kind}"]) for kind in COST_KINDS})


def by_column(engine: Engine, table: Frame, column: str, cost: str, *, compared: bool) -> tuple[GroupSpend, ...]:
    """Spend by one column's values, the dearest first; `compared` where there is a previous window."""
    rows = engine.rows(table.group_by(name=table[column]).aggregate(**windowed(table)))
    return tuple(
        GroupSpend(
            name=row["name"],
            total=costs_of(row),
            current=costs_of(row, "current_"),
            previous=costs_of(row, "previous_") if compared else None,
        )
        for row in sorted(rows, key=lambda row: (row["name"] in SENTINELS, -row[cost], row["name"]))
    )


def limited(engine: Engine, table: Frame, cost: str) -> Frame:
    """The table with the groups and services beyond the dearest ones named `(other)`."""
    for column, limit in (("group", MAX_GROUPS), ("service", MAX_SERVICES)):
        values = table.group_by(table[column]).aggregate(size=table[cost].abs().sum(), sentinel=table[column].isin(SENTINELS).any())
        ordered = values.order_by(ibis.desc("sentinel"), ibis.desc("size"), column).limit(limit + len(SENTINELS) + 1)
        kept = [row[column] for row in engine.rows(ordered.select(column, "sentinel"))]
        if len(kept) > limit + len(SENTINELS):
            table = table.mutate(**{column: table[column].isin(kept[:-1]).ifelse(table[column], OTHER)})
    return table


def by_day(engine: Engine, table: Frame) -> tuple[DailySpend, ...]:
    """Spend by day, group and service."""
    grouped = table.group_by("day", "window", "group", "service").aggregate(**sums(table), **previous(table))
    return tuple(
        DailySpend(
            day=row["day"],
            window=row["window"],
            group=row["group"],
            service=row["service"],
            costs=costs_of(row),
            on_equal_days=costs_of(row, "previous_") if row["window"] == "previous" else None,
        )
        for row in engine.rows(grouped.order_by("day", "group", "service", "window"))
    )
