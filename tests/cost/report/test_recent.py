from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.insight.anomalies import of_windows
from cost.insight.model import Window
from cost.insight.windows import Windows
from cost.report import Report, build_report

FIRST = date(2026, 1, 1)
SEPTEMBER = Window(label="September 2026", first=date(2026, 9, 1), last=date(2026, 9, 30), days=30, period=date(2026, 9, 1))
OCTOBER = Window(label="October 2026", first=date(2026, 10, 1), last=date(2026, 10, 31), days=31, period=date(2026, 10, 1))


@pytest.mark.parametrize(
    ("first", "last", "ongoing", "recent"),
    [
        (date(2026, 10, 3), date(2026, 10, 9), False, True),
        (date(2026, 9, 28), date(2026, 10, 4), False, True),
        (date(2026, 9, 3), date(2026, 9, 9), True, True),
        (date(2026, 9, 3), date(2026, 9, 9), False, False),
        (date(2026, 8, 3), date(2026, 8, 9), True, False),
    ],
)
def test_what_is_recent_touches_the_window_or_began_in_the_one_before_and_goes_on(first: date, last: date, ongoing: bool, recent: bool):
    windows = Windows(OCTOBER, SEPTEMBER, FIRST, OCTOBER.last, OCTOBER.last)
    assert of_windows(first, last, ongoing, windows) is recent


@pytest.fixture
def stepped(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]) -> Report:
    """Eight months: eight dear steps that are long over, then a small one in the last month."""
    rows = []
    for number in range(242):
        day = FIRST + timedelta(days=number)
        rows += [row(day, 100 if number < 40 + team else 900 - team, Tags={"team": f"old{team}"}, ResourceId=f"i-{team}") for team in range(8)]
        rows.append(row(day, 100 if number < 215 else 300, Tags={"team": "vision"}, ResourceId="i-new"))
    return build_report(bill_of(rows))


def test_an_old_step_is_neither_in_the_sentence_nor_in_the_points_nor_in_the_list(stepped: Report):
    (found,) = stepped.anomalies
    assert (found.group, found.first_day) == ("vision", date(2026, 8, 4))
    assert "old" not in stepped.headline.sentence + " ".join(stepped.headline.points)
    assert "it stepped up there on 4 to 10 Aug 2026" in stepped.headline.sentence
    assert stepped.headline.points[0].startswith("Step: vision")
    assert "Listed is what was unusual in August 2026, and what began in July 2026 and goes on" in stepped.anomaly_note
