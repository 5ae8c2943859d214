"""The analyses are portable: they know three methods of an engine, and what they ask compiles to Athena's SQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import ibis
import pytest
import sqlglot

from cost.bill.model import Bill

NAMES = (
    "summarize", "allocate", "chargeback", "find_anomalies", "forecast", "budgets", "close", "coverage", "commitments", "transfer", "formulas",
    "inventory_from_bill", "build_report",
)  # fmt: skip


def test_every_analysis_is_tried(work: ModuleType, tmp_path: Path):
    assert set(NAMES) == set(work.analyses(tmp_path))


@pytest.mark.parametrize("name", NAMES)
def test_an_analysis_asks_only_what_athena_can_answer(name: str, work: ModuleType, duckdb_bill: Bill, tmp_path: Path):
    recorder = work.Recorder(duckdb_bill.engine)
    work.analyses(tmp_path)[name](replace(duckdb_bill, engine=recorder))
    assert recorder.seen
    for expression in recorder.seen:
        assert sqlglot.parse_one(str(ibis.to_sql(expression, dialect="athena")), dialect="athena")
