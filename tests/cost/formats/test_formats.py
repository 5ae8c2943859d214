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
from cost.bill.focus.write import write_focus
from cost.bill.model import BillSummary

FORMATS = (
    "legacy csv", "legacy csv.gz", "legacy zip", "legacy parquet", "CUR 2.0 parquet", "CUR 2.0 parquet, flattened", "CUR 2.0 parquet, structs",
    "CUR 2.0 csv.gz",
)  # fmt: skip
FOCUS = ("focus.csv", "focus.parquet")
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
        folder = tmp_path_factory.mktemp("rendered")
        return summary_of(focus(render, lines, folder / name) if name in FOCUS else render.FORMATS[name](lines, folder))

    return reading


def summary_of(path: Path) -> BillSummary:
    bill = read_bill([path])
    with closing(bill.engine):
        return summarize(bill)


def focus(render: ModuleType, lines: list[Any], out: Path) -> Path:
    """The lines as FOCUS 1.2, as the desk itself writes it."""
    bill = read_bill([render.cur_2_parquet(lines, out.parent)], by_line=True)
    with closing(bill.engine):
        write_focus(bill, out)
    return out


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
    assert differences(summary, expected) == []
    assert _warnings(summary) == _warnings(expected)


@pytest.mark.parametrize("name", FOCUS)
def test_a_bill_says_the_same_in_focus_but_for_the_negations_that_focus_folds(
    name: str, bill_lines: list[Any], read: Callable[..., BillSummary], expected: BillSummary
):
    summary = read(bill_lines, name)
    folded = sum(line["line_item_line_item_type"] == "SavingsPlanNegation" for line in bill_lines)
    assert differences(summary, expected) == [".rows"]
    assert summary.rows == expected.rows - folded


def differences(one: BillSummary, other: BillSummary) -> list[str]:
    """Where two summaries differ: names, or figures by more than a millionth."""
    first, second = told(one), told(other)
    return [where for where in first | second if not _same(first.get(where), second.get(where))]


def _same(one: Any, other: Any) -> bool:
    return abs(one - other) <= 1e-6 if isinstance(one, float) and isinstance(other, float) else one == other


def _warnings(summary: BillSummary) -> list[tuple[str, int]]:
    return [(warning.code, warning.rows) for warning in summary.warnings if warning.code not in OF_THE_COLUMNS]


@pytest.mark.parametrize("name", [*FORMATS[2:], FOCUS[0]])
def test_the_real_sample_has_its_known_totals_in_every_format(name: str, render: ModuleType, read: Callable[..., BillSummary]):
    totals = read(render.lines_of(SAMPLE), name).totals
    assert totals.unblended == pytest.approx(1.6823086974, abs=1e-9)
    assert totals.list == pytest.approx(3.3561726949, abs=1e-9)
