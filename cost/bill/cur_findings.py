"""What a reader of a Cost and Usage Report must know of its lines and columns, as warnings with rows and amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cost.bill.amortize import missing_by_month
from cost.bill.charge_table import ZERO, Frame
from cost.bill.completeness import label
from cost.bill.cur_columns import CUR_COLUMNS, PLAN_TYPES, RESERVATION_TYPES, CurColumn
from cost.bill.engine import Engine
from cost.bill.files import BillFile
from cost.bill.findings import lines, sums, warning
from cost.bill.layouts import layout_of, spelled
from cost.bill.line_items import SPLIT_COST_OPERATIONS
from cost.bill.model import BillWarning


def cur_findings(engine: Engine, cur: Frame, files: Sequence[BillFile]) -> tuple[BillWarning, ...]:
    """Every warning about the lines (cost.bill.cur.CUR_SCHEMA)."""
    split = cur["line_item_operation"].fill_null("").isin(SPLIT_COST_OPERATIONS)
    cost = cur["line_item_unblended_cost"]
    by_type = cur.group_by(type=cur["line_item_line_item_type"]).aggregate(
        rows=lines(cur, "lines"), amount=cost.sum(), split_rows=cur["lines"].sum(where=split).fill_null(0), split_amount=cost.sum(where=split).fill_null(ZERO)
    )
    types = {row["type"]: row for row in engine.rows(by_type)}
    return (*_not_amortized(engine, cur), *_split_cost(types), *_missing_columns(engine, cur, files, types))


def _not_amortized(engine: Engine, cur: Frame) -> Iterator[BillWarning]:
    months = missing_by_month(cur)
    for row in engine.rows(months.filter((months["plans"] > 0) | (months["reservations"] > 0)).order_by("month")):
        for kind, names, what in (("plans", PLAN_TYPES, "savings plan"), ("reservations", RESERVATION_TYPES, "reservation")):
            if row[kind]:
                kept = cur.filter((cur["bill_billing_period_start_date"] == row["month"]) & cur["line_item_line_item_type"].isin(names))
                sums_of = engine.rows(kept.aggregate(rows=lines(kept, "lines"), amount=kept["line_item_unblended_cost"].sum()))[0]
                message = f"{row[kind]:,} {what} lines lack the values to amortize them: all {what} lines of {label(row['month'])} keep their unblended cost"
                yield warning(f"{kind}_not_amortized", message, sums_of["rows"], sums_of["amount"])


def _split_cost(types: Mapping[str, Any]) -> Iterator[BillWarning]:
    if rows := sum(row["split_rows"] for row in types.values()):
        amount = sum((row["split_amount"] for row in types.values()), Decimal(0))
        yield warning("split_cost_rows", "split cost rows repeat their instance's money: counted 0 in the totals", rows, amount)


def _missing_columns(engine: Engine, cur: Frame, files: Sequence[BillFile], types: Mapping[str, Any]) -> Iterator[BillWarning]:
    layouts = {file.name: layout_of(file.header, file.format, file.types) for file in files}
    needed: dict[tuple[str, tuple[str, ...]], list[CurColumn]] = defaultdict(list)
    idle: list[str] = []
    for column in CUR_COLUMNS:
        without = tuple(name for name, layout in layouts.items() if not layout.has(column))
        if not column.lost or not without:
            continue
        if column.needed_by and not set(column.needed_by) & set(types):
            idle += [spelled(column, files[0].format)] if len(without) == len(layouts) else []
        else:
            needed[column.lost, without].append(column)
    for (lost, without), columns in needed.items():
        names = ", ".join(spelled(column, files[0].format) for column in columns)
        if len(without) == len(layouts):
            yield warning("missing_column", f"no {names}: {lost}", *sums(types, columns[0].needed_by or types))
        else:
            rows = cur.filter(cur["file"].isin(without) & _needs(cur, columns[0]))
            row = engine.rows(rows.aggregate(rows=lines(rows, "lines"), amount=rows["line_item_unblended_cost"].sum()))[0]
            if row["rows"]:
                where = f"{len(without)} of {len(layouts)} files ({', '.join(without[:2])}{', …' if len(without) > 2 else ''})"
                yield warning("missing_column", f"no {names} in {where}: {lost}", row["rows"], row["amount"])
    if idle:
        yield warning("column_not_used", f"no {', '.join(idle)}: no line of this bill needs it")


def _needs(cur: Frame, column: CurColumn) -> Any:
    return cur["line_item_line_item_type"].isin(column.needed_by) if column.needed_by else True
