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
        return summary_of(render.FORMATS[name](lines, tmp_path_factory.mktemp("rendered")))

    return reading


@pytest.fixture(scope="module")
def exported(render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Any]], dict[str, BillSummary]]:
    """The summaries of lines as FOCUS 1.2 of every kind, as the desk itself writes it, read again. The csv's exact amounts cancel to the last digit."""

    def exporting(lines: list[Any], *names: str) -> dict[str, BillSummary]:
        folder = tmp_path_factory.mktemp("exported")
        bill = read_bill([render.legacy_csv(lines, folder)], by_line=True)
        with closing(bill.engine):
            for name in names:
                write_focus(bill, folder / name)
        return {name: summary_of(folder / name) for name in names}

    return exporting


def summary_of(path: Path) -> BillSummary:
    bill = read_bill([path])
    with closing(bill.engine):
        return summarize(bill)


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


def test_a_bill_says_the_same_in_focus_but_for_the_negations_that_focus_folds(bill_lines: list[Any], exported: Callable[..., Any], expected: BillSummary):
    folded = sum(line["line_item_line_item_type"] == "SavingsPlanNegation" for line in bill_lines)
    for name, summary in exported(bill_lines, *FOCUS).items():
        assert differences(summary, expected) == [".rows"], name
        assert summary.rows == expected.rows - folded, name


def differences(one: BillSummary, other: BillSummary) -> list[str]:
    """Where two summaries differ: names, or figures by more than a millionth."""
    first, second = told(one), told(other)
    return [where for where in first | second if not _same(first.get(where), second.get(where))]


def _same(one: Any, other: Any) -> bool:
    return abs(one - other) <= 1e-6 if isinstance(one, float) and isinstance(other, float) else one == other


def _warnings(summary: BillSummary) -> list[tuple[str, int]]:
    return [(warning.code, warning.rows) for warning in summary.warnings if warning.code not in OF_THE_COLUMNS]


@pytest.fixture(scope="module")
def sample_lines(render: ModuleType) -> list[Any]:
    """The lines of the real sample."""
    return render.lines_of(SAMPLE)


@pytest.mark.parametrize("name", FORMATS[2:])
def test_the_real_sample_has_its_known_totals_in_every_format(name: str, sample_lines: list[Any], read: Callable[[list[Any], str], BillSummary]):
    has_its_known_totals(read(sample_lines, name))


def test_the_real_sample_has_its_known_totals_in_focus(sample_lines: list[Any], exported: Callable[..., Any]):
    has_its_known_totals(exported(sample_lines, FOCUS[0])[FOCUS[0]])


def has_its_known_totals(summary: BillSummary) -> None:
    assert summary.totals.unblended == pytest.approx(1.6823086974, abs=1e-9)
    assert summary.totals.list == pytest.approx(3.3561726949, abs=1e-9)
