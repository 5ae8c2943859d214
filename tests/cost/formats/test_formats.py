"""One bill in every format that AWS delivers gives the same answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cost.bill import read_bill, summarize
from cost.bill.model import BillSummary

FORMATS = (
    "legacy csv", "legacy csv.gz", "legacy zip", "legacy parquet", "CUR 2.0 parquet", "CUR 2.0 parquet, flattened", "CUR 2.0 parquet, structs",
    "CUR 2.0 csv.gz",
)  # fmt: skip
SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"
OF_THE_FILES = ("files", "format", "warnings")
"""What a summary says of the files, not of the bill."""
OF_THE_COLUMNS = ("missing_column", "column_not_used")
"""Warnings about columns: legacy reports leave out those that nothing uses."""


@pytest.fixture(scope="module")
def bill_lines(every_type: ModuleType) -> list[Any]:
    """A bill of two months with net columns, every payment option, and every line item type."""
    plan, reservation = every_type.Plan, every_type.Reservation
    plans = tuple(plan(*each) for each in _commitments())
    reservations = tuple(reservation(*each) for each in _commitments())
    return every_type.make(every_type.Shape(seed=4, months=2, days=2, hours=4, accounts=2, net=True, plans=plans, reservations=reservations)).lines


def _commitments() -> Iterator[tuple[str, Decimal, Decimal, bool]]:
    yield "No Upfront", Decimal("1.5"), Decimal("0.37"), True
    yield "Partial Upfront", Decimal("3"), Decimal(1), True
    yield "All Upfront", Decimal("2.2"), Decimal(0), False


@pytest.fixture(scope="module")
def read(render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Any], str], BillSummary]:
    """The summary of lines, written in a format and read again."""

    def reading(lines: list[Any], name: str) -> BillSummary:
        bill = read_bill([render.FORMATS[name](lines, tmp_path_factory.mktemp("rendered"))])
        with closing(bill.engine):
            return summarize(bill)

    return reading


@pytest.fixture(scope="module")
def expected(bill_lines: list[Any], read: Callable[[list[Any], str], BillSummary]) -> BillSummary:
    """What the legacy csv says: tests/cost/properties holds it against what was put in."""
    return read(bill_lines, "legacy csv")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure and name in a dumped model with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def told(summary: BillSummary) -> dict[str, Any]:
    """The bill's own part of a summary; groups by name, since groups that cost the same have no order."""
    return dict(sorted(leaves(summary.model_dump(exclude=set(OF_THE_FILES)))))


def test_every_format_is_tried(render: ModuleType):
    assert set(FORMATS) == set(render.FORMATS)


@pytest.mark.parametrize("name", FORMATS[1:])
def test_a_bill_says_the_same_in_every_format(name: str, bill_lines: list[Any], read: Callable[..., BillSummary], expected: BillSummary):
    summary = read(bill_lines, name)
    shown, known = told(summary), told(expected)
    assert set(shown) == set(known)
    for where, value in known.items():
        assert shown[where] == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value), where
    assert _warnings(summary) == _warnings(expected)


def _warnings(summary: BillSummary) -> list[tuple[str, int]]:
    return [(warning.code, warning.rows) for warning in summary.warnings if warning.code not in OF_THE_COLUMNS]


@pytest.mark.parametrize("name", FORMATS[2:])
def test_the_real_sample_has_its_known_totals_in_every_format(name: str, render: ModuleType, read: Callable[..., BillSummary]):
    totals = read(render.lines_of(SAMPLE), name).totals
    assert totals.unblended == pytest.approx(1.6823086974, abs=1e-9)
    assert totals.list == pytest.approx(3.3561726949, abs=1e-9)
