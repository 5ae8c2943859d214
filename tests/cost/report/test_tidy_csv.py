from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Bill
from cost.report import Report, build_report, render_csv
from cost.report.tidy_csv import guarded

FORMULA = '=HYPERLINK("http://x")'


def lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(render_csv(report).splitlines()))


@pytest.fixture(scope="module")
def read(report: Report) -> list[dict[str, str]]:
    return lines(report)


@pytest.mark.parametrize("section", ["by_group", "by_service", "by_account", "resources"])
def test_every_section_of_spend_adds_up_to_the_bill(section: str, read: list[dict[str, str]], report: Report):
    for kind in COST_KINDS:
        amounts = [float(each["amount"]) for each in read if (each["section"], each["window"], each["kind"]) == (section, "whole bill", kind)]
        assert sum(amounts) == pytest.approx(getattr(report.headline.bill_totals, kind), abs=1e-6)


def test_days_add_up_to_the_bill(read: list[dict[str, str]], report: Report):
    amounts = [float(each["amount"]) for each in read if each["section"] == "daily" and each["kind"] == "amortized"]
    assert sum(amounts) == pytest.approx(report.headline.bill_totals.amortized, abs=1e-6)


def test_every_section_of_the_page_is_in_it_and_every_line_says_synthetic(read: list[dict[str, str]]):
    assert {each["section"] for each in read} >= {"totals", "movers-section", "spikes", "untagged", "commitments", "bill"}
    assert {each["note"] for each in read} == {"synthetic"}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_text_that_starts_like_a_formula_is_quoted(text: str):
    assert guarded(text) == f"'{text}"


def test_no_cell_of_a_hostile_bill_is_a_formula(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [row(date(2026, 9, 1), Tags={"team": FORMULA}, ServiceName="+x", ResourceId="@y", x_instance_type="-z"), row(date(2026, 9, 1), ResourceId=FORMULA)]
    found = lines(build_report(bill_of(rows)))
    texts = {value for each in found for name, value in each.items() if name != "amount"}
    assert f"'{FORMULA}" in texts
    assert not [text for text in texts if text[:1] in "=+-@\t\r" and text]
    assert "note" not in found[0]
