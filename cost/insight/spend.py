"""Spend by group, by service, by day and by resource, each adding up to the bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.groups import OTHER, SENTINELS
from cost.bill.model import Costs
from cost.insight.model import DailySpend, GroupSpend, ResourceSpend
from cost.insight.windows import on_equal_days

MAX_GROUPS: Final = 12
MAX_SERVICES: Final = 16
MAX_RESOURCES: Final = 300


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


def by_resource(engine: Engine, table: Frame, cost: str, *, compared: bool) -> tuple[ResourceSpend, ...]:
    """The dearest resources of each group and service; the rest of each pair added up as `(other)`."""
    sized = table.group_by("group", "service", "resource").aggregate(size=table[cost].abs().sum(), detail=table["detail"].max())
    top = sized.order_by(ibis.desc("size"), "group", "service", "resource").limit(MAX_RESOURCES).mutate(listed=True)
    joined = table.drop("detail").left_join(top.drop("size"), ["group", "service", "resource"])
    listed = joined["listed"].fill_null(False)
    named = joined.mutate(resource_id=joined["resource"], resource=listed.ifelse(joined["resource"], OTHER), detail=joined["detail"].fill_null(""))
    grouped = named.group_by("group", "service", "resource", "detail").aggregate(resources=named["resource_id"].nunique(), **windowed(named))
    return tuple(_resource(row, compared=compared) for row in _in_order(engine.rows(grouped), cost))


def _in_order(rows: Sequence[Mapping[str, Any]], cost: str) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (row["group"], row["service"], row["resource"] == OTHER, -row[cost], row["resource"]))


def _resource(row: Mapping[str, Any], *, compared: bool) -> ResourceSpend:
    return ResourceSpend(
        group=row["group"],
        service=row["service"],
        resource=row["resource"],
        detail=row["detail"],
        resources=row["resources"],
        total=costs_of(row),
        current=costs_of(row, "current_"),
        previous=costs_of(row, "previous_") if compared else None,
    )
