from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.report import Report, build_report, render_markdown
from cost.report.markdown import escaped

HOSTILE = "<img src=x onerror=alert(1)>|`a`[b](http://c) @team"


def test_it_says_first_what_changed_and_that_the_bill_is_synthetic(report: Report):
    lines = [line for line in render_markdown(report).splitlines() if line]
    assert lines[0] == "# Cost report: October 2026"
    assert "Synthetic" in lines[1]
    assert lines[2].startswith("**October 2026 cost ")


def test_it_has_every_part(report: Report):
    text = render_markdown(report)
    for heading in ("Top movers", "Spikes", "Where the money goes", "Untagged", "Commitments", "Recommendations", "About this bill"):
        assert f"\n## {heading}\n" in text
    assert "no metrics were given" in text


def test_the_cost_before_is_labelled_as_being_on_equal_days(report: Report):
    assert render_markdown(report).count("| before, on equal days |") == 3


def test_a_real_bill_is_not_called_synthetic(sample_report: Report):
    assert "ynthetic" not in render_markdown(sample_report)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("<script>", "\\<script\\>"),
        ("`x`", "\\`x\\`"),
        ("[a](http://b)", "\\[a\\](http:\u200b//b)"),
        ("line\nbreak", "line break"),
        ("@octocat", "@\u200boctocat"),
        ("\x1b[31mred", "�\\[31mred"),
        ("\u202eevil", "�evil"),
    ],
)
def test_text_of_the_bill_is_shown_as_it_is(text: str, shown: str):
    assert escaped(text) == shown


def test_a_hostile_tag_value_can_not_break_a_table(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]):
    rows = [
        row(date(2026, 9, 1), Tags={"team": HOSTILE}, ServiceName=HOSTILE, ResourceId=HOSTILE),
        row(date(2026, 9, 1), ServiceName=HOSTILE, ResourceId=HOSTILE),
    ]
    text = render_markdown(build_report(bill_of(rows)))
    assert "<img" not in text.replace("\\<img", "")
    tables = [line.replace("\\|", "") for line in text.splitlines()]
    for before, line in pairwise(tables):
        if before.startswith("|") and line.startswith("|"):
            assert before.count("|") == line.count("|")
