"""What a reader of a Cost and Usage Report must know of its lines and columns, as warnings with rows and amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from cost.bill.charge_table import Frame
from cost.bill.completeness import label
from cost.bill.cur_columns import CUR_COLUMNS, PLAN_TYPES, RESERVATION_TYPES
from cost.bill.engine import Engine
from cost.bill.files import BillFile
from cost.bill.findings import lines, sums, warning
from cost.bill.layouts import layout_of, spelled
from cost.bill.line_items import SPLIT_COST_OPERATIONS
from cost.bill.model import BillWarning


def cur_findings(engine: Engine, cur: Frame, files: Sequence[BillFile], missing: Mapping[str, int]) -> tuple[BillWarning, ...]:
    """Every warning about the lines (cost.bill.cur.CUR_SCHEMA). `missing` counts commitment lines that could not be amortized."""
    by_type = cur.group_by(type=cur["line_item_line_item_type"]).aggregate(rows=lines(cur, "lines"), amount=cur["line_item_unblended_cost"].sum())
    types = {row["type"]: row for row in engine.rows(by_type)}
    return (*_not_amortized(types, missing), *_split_cost(engine, cur), *_several_folders(engine, cur), *_missing_columns(files, types))


def _not_amortized(types: Mapping[str, Any], missing: Mapping[str, int]) -> Iterator[BillWarning]:
    for kind, names, what in (("plans", PLAN_TYPES, "savings plan"), ("reservations", RESERVATION_TYPES, "reservation")):
        if missing[kind]:
            message = f"{missing[kind]:,} {what} lines lack the values to amortize them: all {what} lines keep their unblended cost"
            yield warning(f"{kind}_not_amortized", message, *sums(types, names))


def _split_cost(engine: Engine, cur: Frame) -> Iterator[BillWarning]:
    split = cur.filter(cur["line_item_operation"].fill_null("").isin(SPLIT_COST_OPERATIONS))
    row = engine.rows(split.aggregate(rows=lines(split, "lines"), amount=split["line_item_unblended_cost"].sum()))[0]
    if row["rows"]:
        yield warning("split_cost_rows", "split cost rows repeat their instance's money: counted 0 in the totals", row["rows"], row["amount"] or Decimal(0))


def _several_folders(engine: Engine, cur: Frame) -> Iterator[BillWarning]:
    """A month from several folders may be two assemblies of one report: their line item ids need not be the same."""
    by_folder = cur.group_by("folder", period=cur["bill_billing_period_start_date"])
    rows = by_folder.aggregate(rows=lines(cur, "lines"), amount=cur["line_item_unblended_cost"].sum())
    months: dict[datetime, list[Mapping[str, Any]]] = defaultdict(list)
    for row in engine.rows(rows.order_by("period", "folder")):
        months[row["period"]].append(row)
    for month, folders in months.items():
        if len(folders) > 1:
            names = ", ".join(row["folder"] for row in folders)
            message = f"{label(month)} comes from {len(folders)} folders, added up: give only one if they are versions of one report ({names})"
            yield warning("several_folders", message, sum(row["rows"] for row in folders), sum((row["amount"] for row in folders), Decimal(0)))


def _missing_columns(files: Sequence[BillFile], types: Mapping[str, Any]) -> Iterator[BillWarning]:
    layouts = [layout_of(file.header, file.format, file.types) for file in files]
    absent = [column for column in CUR_COLUMNS if column.lost and not any(layout.has(column) for layout in layouts)]
    needed: dict[str, list[str]] = defaultdict(list)
    needed_by: dict[str, tuple[str, ...]] = {}
    idle: list[str] = []
    for column in absent:
        name = spelled(column, files[0].format)
        if column.needed_by and not set(column.needed_by) & set(types):
            idle.append(name)
        else:
            needed[column.lost].append(name)
            needed_by.setdefault(column.lost, column.needed_by)
    for lost, names in needed.items():
        yield warning("missing_column", f"no {', '.join(names)}: {lost}", *sums(types, needed_by[lost] or types))
    if idle:
        yield warning("column_not_used", f"no {', '.join(idle)}: no line of this bill needs it")
