from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.insight import spend
from cost.insight.daily import daily
from cost.insight.windows import find_windows

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(61)]


@pytest.fixture
def marked(bill_of: Callable[..., Bill], row: Callable[..., dict[str, Any]]) -> tuple[Bill, Any]:
    """40 services in 20 teams, some tax, over two months."""
    rows = [row(day, number + 1, ServiceName=f"s{number}", Tags={"team": f"t{number % 20}"}) for number in range(40) for day in DAYS[::20]]
    bill = bill_of([*rows, row(DAYS[0], 9, days=30, ChargeCategory="Tax", Tags={})])
    windows = find_windows(bill.engine, bill.charges)
    expression = daily(bill.charges, "team", windows.last_usage)
    return bill, windows.mark(bill.engine, bill.engine.store("by_day", expression.schema(), expression))


WHOLE = 4 * sum(range(1, 41)) + 9


def test_every_view_adds_up_to_the_bill(marked: tuple[Bill, Any]):
    bill, table = marked
    limited = spend.limited(bill.engine, table, "amortized")
    for column in ("group", "service"):
        assert sum(each.total.amortized for each in spend.by_column(bill.engine, limited, column, "amortized", compared=True)) == pytest.approx(WHOLE)
    assert sum(each.costs.amortized for each in spend.by_day(bill.engine, limited)) == pytest.approx(WHOLE)


def test_beyond_the_dearest_the_others_are_one(marked: tuple[Bill, Any]):
    bill, table = marked
    groups = spend.by_column(bill.engine, spend.limited(bill.engine, table, "amortized"), "group", "amortized", compared=False)
    assert len([each for each in groups if not each.name.startswith("(")]) >= spend.MAX_GROUPS - 1
    assert "(other)" in {each.name for each in groups}
    assert all(each.previous is None for each in groups)
