from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.insight.daily import DIMENSIONS, daily, grouping
from plinth.errors import InputError

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(10)]
Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]


@pytest.fixture
def bill(bill_of: BillOf, row: Row) -> Bill:
    rows = [row(day, "0.1", Tags={"team": "a"}, SubAccountId="1", ResourceId=f"i-{number}") for number, day in enumerate(DAYS)]
    rows += [row(day, "0.2", Tags={"team": "(shared)"}, SubAccountId="2", RegionId="us-east-1") for day in DAYS]
    return bill_of([*rows, row(DAYS[0], "7", days=30, ChargeCategory="Tax", SubAccountId="2", Tags={})])


def sums(bill: Bill, table: Any, column: str) -> dict[Any, Decimal]:
    return {each[column]: each["amount"] for each in bill.engine.rows(table.group_by(column).aggregate(amount=table["amortized"].sum()))}


@pytest.mark.parametrize("by", ["team", *DIMENSIONS])
def test_every_grouping_adds_up_to_the_bill(bill: Bill, by: str):
    assert sum(sums(bill, daily(bill.charges, by, DAYS[-1]), "group").values()) == pytest.approx(Decimal(10))


def test_groups_are_the_values_and_one_that_reads_like_ours_is_quoted(bill: Bill):
    assert set(sums(bill, daily(bill.charges, "team", DAYS[-1]), "group")) == {"a", "'(shared)'", "(shared)"}
    assert set(sums(bill, daily(bill.charges, "account", DAYS[-1]), "group")) == {"1", "2"}


def test_a_charge_of_a_month_is_spread_up_to_the_last_day_of_usage(bill: Bill):
    table = daily(bill.charges, "team", DAYS[-1])
    tax = sums(bill, table.filter(table["category"] == "Tax"), "day")
    assert len(tax) == 10
    assert set(tax.values()) == {Decimal("0.7")}


def test_without_resources_the_sums_are_the_same_in_fewer_rows(bill: Bill):
    whole, small = daily(bill.charges, "service", DAYS[-1]), daily(bill.charges, "service", DAYS[-1], resources=False)
    assert sums(bill, whole, "day") == sums(bill, small, "day")
    assert set(sums(bill, small, "resource")) == {""}


def test_a_tag_is_found_by_any_spelling_and_another_is_refused(bill: Bill):
    assert grouping(bill, "Team") == "team"
    assert grouping(bill, "account") == "account"
    with pytest.raises(InputError, match="did you mean team"):
        grouping(bill, "teams")
