"""Tests of cost.allocate.export: csv that runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from cost.allocate import allocate
from cost.allocate.export import csv_of
from cost.bill.charge_table import COST_KINDS
from plinth.csv_files import FORMULA_STARTS, guarded

HOSTILE = ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", 'a"b,c\nd', "{{7*7}}", "x" * 10_000)


def test_every_leaf_is_a_line_with_safe_texts_and_plain_numbers(bill_of, row):
    bill = bill_of([row(date(2026, 10, 1), cost=number - 3, Tags={"team": value}) for number, value in enumerate(HOSTILE)])
    made = allocate(bill)
    lines = list(csv.DictReader(io.StringIO(csv_of(made), newline="")))
    assert {line["team"] for line in lines} == {guarded(value) for value in HOSTILE}
    assert not any(line["team"].startswith(FORMULA_STARTS) for line in lines)
    for kind in COST_KINDS:
        for part in ("direct", "total"):
            assert sum(float(line[f"{part}_{kind}"]) for line in lines) == pytest.approx(getattr(made.total, kind), abs=1e-9)
