"""No csv that the desk writes starts a cell with what a spreadsheet would run, whatever the bill holds, and each adds up to the bill."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cost.allocate import allocate
from cost.allocate.export import csv_of
from cost.bill import read_bill
from cost.bill.focus.write import write_focus
from cost.bill.model import Bill
from cost.report import build_report, render_csv

FORMULAS = ('=HYPERLINK("http://x.example","pay")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", '"=1+1', " =1+1", "\uff1d1+1")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet take a cell for a formula. Source: OWASP, "CSV Injection"."""


@pytest.fixture(scope="module")
def bill(good_lines: list[Any], render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """Each formula as a tag, a resource, a product, a usage type, a description and an operation."""
    lines = [
        good_lines[0]
        | dict.fromkeys(("line_item_resource_id", "line_item_usage_type", "line_item_line_item_description", "line_item_operation"), text)
        | {"identity_line_item_id": f"line-{number}", "tags": {"user:team": text, "user:=key": text}, "line_item_unblended_cost": 2**number}
        | {"line_item_product_code": text, "product_servicecode": None, "product_product_name": text}
        for number, text in enumerate(FORMULAS)
    ]
    read = read_bill([render.cur_2_parquet(lines, tmp_path_factory.mktemp("formulas"))], by_line=True)
    with closing(read.engine):
        yield read


def report_csv(bill: Bill, folder: Path) -> str:
    return render_csv(build_report(bill))


def allocation_csv(bill: Bill, folder: Path) -> str:
    return csv_of(allocate(bill, by=("team", "service", "resource"), cost="unblended"))


def focus_csv(bill: Bill, folder: Path) -> str:
    write_focus(bill, folder / "focus.csv")
    return (folder / "focus.csv").read_text(encoding="utf-8")


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("export", [report_csv, allocation_csv, focus_csv])
def test_no_cell_is_a_formula(export: Callable[[Bill, Path], str], bill: Bill, tmp_path: Path):
    rows = list(csv.reader(export(bill, tmp_path).splitlines(keepends=True), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = {cell for row in rows for cell in row}
    assert {cell for cell in cells if cell.startswith(STARTS) and not is_number(cell)} == set()
    assert all(any(text.strip() in cell for cell in cells) for text in FORMULAS if '"' not in text), "each text is still there"


def test_an_export_adds_up_to_the_bill(bill: Bill, tmp_path: Path):
    whole = 2 ** len(FORMULAS) - 1
    allocated = list(csv.DictReader(allocation_csv(bill, tmp_path).splitlines(keepends=True)))
    assert sum(float(row["total_unblended"]) for row in allocated) == pytest.approx(whole, abs=1e-6)
    focus = list(csv.DictReader(focus_csv(bill, tmp_path).splitlines(keepends=True)))
    assert sum(float(row["BilledCost"]) for row in focus) == pytest.approx(whole, abs=1e-6)
