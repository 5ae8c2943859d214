"""The report as one tidy csv: a figure a line, with what it is of, its window and its kind. Text that a spreadsheet would run is quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Costs
from cost.report.model import Report
from cost.report.sections import sections
from cost.report.tables import Row, Table

COLUMNS: Final = ("section", "group", "service", "account", "resource", "day", "item", "window", "kind", "amount")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
SPEND: Final = "spend"
Line = tuple[str | float, ...]


def render_csv(report: Report) -> str:
    """All figures of the report. `kind` is a cost kind, or the column of a section's table; amounts are unrounded, zeros of cost kinds left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    note = ("synthetic",) if report.synthetic else ()
    writer.writerow((*COLUMNS, *(("note",) if note else ())))
    writer.writerows((*(guarded(cell) if isinstance(cell, str) else cell for cell in line), *note) for line in _lines(report))
    return out.getvalue()


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before =, +, -, @, tab or a line break."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(report: Report) -> Iterator[Line]:
    before = report.headline.previous
    windows = (report.headline.current.label, f"{before.label}, on equal days" if before else "", "whole bill")
    yield from _costs(("totals", "", "", "", "", "", ""), windows[0], report.headline.totals)
    yield from _costs(("totals", "", "", "", "", "", ""), windows[2], report.headline.bill_totals)
    for name, spend in (("by_group", report.by_group), ("by_service", report.by_service), ("by_account", report.by_account)):
        for each in spend:
            names = {"by_group": (each.name, "", ""), "by_service": ("", each.name, ""), "by_account": ("", "", each.name)}[name]
            yield from _windowed((name, *names, "", "", ""), windows, (each.current, each.previous, each.total))
    for found in report.resources:
        names = (found.group, found.service, found.account, found.resource)
        yield from _windowed(("resources", *names, "", found.detail), windows, (found.current, found.previous, found.total))
    for cell in report.daily:
        yield from _costs(("daily", cell.group, cell.service, "", "", f"{cell.day}", ""), cell.window or "", cell.costs)
    for section in sections(report):
        if section.id != SPEND:
            yield from (line for block in section.blocks for table in block.tables for row in table.rows for line in _row(section.id, table, row))


def _windowed(names: tuple[str, ...], windows: Iterable[str], costs: Iterable[Costs | None]) -> Iterator[Line]:
    for window, found in zip(windows, costs, strict=True):
        if found is not None:
            yield from _costs(names, window, found)


def _costs(names: tuple[str, ...], window: str, costs: Costs) -> Iterator[Line]:
    for kind in COST_KINDS:
        if amount := getattr(costs, kind):
            yield (*names, window, kind, amount)


def _row(section: str, table: Table, row: Row) -> Iterator[Line]:
    """A table's row: its figures, each with the row's texts as `item`."""
    pairs = list(zip(table.columns, row.cells, strict=True))
    item = " · ".join(str(value) for column, value in pairs if not column.right and value not in (None, ""))
    names = tuple(row.of.get(dimension, "") for dimension in ("group", "service", "account", "resource"))
    for column, value in pairs:
        if column.right and isinstance(value, int | float):
            yield (section, *names, "", item, "", column.title, float(value))
