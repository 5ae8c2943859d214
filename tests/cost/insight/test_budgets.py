from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pytest

from cost.bill import summarize
from cost.bill.model import Bill
from cost.insight.budgets import budgets, spent_by_month
from cost.insight.budgets_file import read_budgets
from cost.insight.money_model import BudgetResult
from plinth.errors import InputError

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
Write = Callable[[str], Path]
SEPTEMBER = [date(2026, 9, 1) + timedelta(days=number) for number in range(30)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def text(content: str) -> Path:
        path = tmp_path / "budgets.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return text


@pytest.fixture
def half(bill_of: BillOf, row: Row) -> Bill:
    """15 days of September: 10 a day, 7 of it of vision in account 01 and EC2, 3 of language in account 02 and S3."""
    vision = [row(day, 7, Tags={"team": "vision"}, SubAccountId="01", RegionId="us-east-1") for day in SEPTEMBER[:15]]
    return bill_of(
        [*vision, *(row(day, 3, Tags={"team": "language"}, SubAccountId="02", ServiceName="S3", RegionId="eu-west-1") for day in SEPTEMBER[:15])],
        keys=("team", "cost_center"),
    )


def one(amount: float, scope: str = "{}", more: str = "") -> str:
    return f"budgets:\n  - name: b\n    amount: {amount}\n    currency: USD\n    scope: {scope}\n{more}"


def result(bill: Bill, path: Path, **options: Any) -> BudgetResult:
    (found,) = budgets(bill, path, **options).results
    return found


@pytest.mark.parametrize(
    ("scope", "actual"),
    [
        ("{}", 150),
        ("{tags: {team: vision}}", 105),
        ("{tags: {Team: [vision, language]}}", 150),
        ("{accounts: ['02']}", 45),
        ("{services: Amazon EC2, regions: us-east-1}", 105),
        ("{services: Amazon EC2, regions: eu-west-1}", 0),
        ("{tags: {team: nobody}}", 0),
    ],
)
def test_a_scope_takes_what_all_its_dimensions_match(half: Bill, write: Write, scope: str, actual: float):
    found = result(half, write(one(1000, scope)))
    assert found.actual == actual
    assert bool(found.note) == (actual == 0)


@pytest.mark.parametrize(
    ("amount", "state", "reached"),
    [(1000, "ok", ()), (299, "warning", ()), (185, "warning", (80.0,)), (150, "warning", (80.0, 100.0)), (149, "over", (80.0, 100.0))],
)
def test_the_state_follows_the_thresholds_and_the_expected_end(half: Bill, write: Write, amount: float, state: str, reached: tuple[float, ...]):
    found = result(half, write(one(amount)))
    assert (found.state, found.thresholds_reached) == (state, reached)
    assert (found.expected, found.expected_from) == (300, "linear")


def test_a_forecast_is_taken_before_a_straight_line(half: Bill, write: Write):
    found = result(half, write(one(1000)), forecasts={"b": 1200.0})
    assert (found.expected, found.expected_from, found.state) == (1200, "forecast", "warning")


def test_the_plan_by_now_is_the_share_of_the_days(half: Bill, write: Write):
    found = result(half, write(one(900)))
    assert (found.days, found.days_seen, found.planned_by_now) == (30, 15, 450)
    assert found.percent == pytest.approx(100 / 6)


def test_a_whole_month_ends_at_what_it_cost(bill_of: BillOf, row: Row, write: Write):
    found = result(bill_of([row(day, 1) for day in SEPTEMBER]), write(one(40)), forecasts={"b": 99.0})
    assert (found.expected, found.expected_from, found.state) == (30, "actual", "ok")


def test_a_budget_for_days_counts_only_those(half: Bill, write: Write):
    found = result(half, write(one(100, more="    from: 2026-09-11\n    to: 2026-12-31\n")))
    assert (found.period, found.actual, found.days, found.days_seen) == ("2026-09-11 to 2026-12-31", 50, 112, 5)


def test_days_that_the_bill_does_not_have_are_unknown(half: Bill, write: Write):
    found = result(half, write(one(100, more="    from: 2025-01-01\n    to: 2025-01-31\n")))
    assert (found.actual, found.state, found.note) == (None, "unknown", "the bill has nothing of these days")


def test_days_before_the_bills_first_usage_are_unknown_unless_it_is_over_already(half: Bill, write: Write):
    days = "    from: 2026-08-01\n    to: 2026-10-31\n"
    found = result(half, write(one(1000, more=days)))
    assert (found.actual, found.days_seen, found.state, found.expected) == (150, 15, "unknown", None)
    assert found.note == "the bill's usage begins on 2026-09-01: what the days before it cost is unknown"
    assert result(half, write(one(149, more=days))).state == "over"


def test_a_month_that_the_bill_lacks_in_between_is_unknown(bill_of: BillOf, row: Row, write: Write):
    bill = bill_of([row(date(2026, month, 1), 1, days=28) for month in (7, 9)])
    found = result(bill, write(one(1000, more="    from: 2026-07-01\n    to: 2026-09-30\n")))
    assert (found.actual, found.state, found.note) == (2, "unknown", "the bill lacks 2026-08: what these days cost is unknown")


def test_a_budgets_day_counts_in_whatever_month_it_is_billed(bill_of: BillOf, row: Row, write: Write):
    october = [row(date(2026, 10, 1) + timedelta(days=number), 10) for number in range(31)]
    november = {"BillingPeriodStart": datetime(2026, 11, 1), "BillingPeriodEnd": datetime(2026, 12, 1)}
    bill = bill_of([*october, row(date(2026, 10, 31), 500, **november)])
    assert result(bill, write(one(1000, more="    from: 2026-10-01\n    to: 2026-10-31\n"))).actual == 810


def test_a_tag_that_no_charge_has_is_unknown_and_not_zero(half: Bill, write: Write):
    found = result(half, write(one(100, "{tags: {squad: x}}")))
    assert (found.actual, found.percent, found.state) == (None, None, "unknown")
    assert found.note == "no charge of the bill has a tag squad"


def test_the_cost_kind_is_the_budgets_own(bill_of: BillOf, row: Row, write: Write):
    bill = bill_of([row(day, 1, BilledCost=5) for day in SEPTEMBER])
    assert result(bill, write(one(100, more="    cost: billed\n"))).actual == 150


def test_another_currency_is_refused(half: Bill, write: Write):
    with pytest.raises(InputError, match="the bill is in EUR and these budgets are not") as caught:
        budgets(replace(half, currency="EUR"), write(one(1)))
    assert "b (USD)" in str(caught.value)


def test_budgets_for_all_of_the_generated_bill_add_up_to_it(generated_bill: Bill, write: Write):
    found = budgets(generated_bill, write(one(5000)))
    assert [each.period for each in found.results] == ["2026-09", "2026-10"]
    assert sum(each.actual or 0 for each in found.results) == pytest.approx(summarize(generated_bill).totals.amortized)


def test_the_sample_is_an_open_month(sample: Bill, write: Write):
    found = result(sample, write(one(3)))
    assert (found.days_seen, found.expected_from) == (14, "linear")
    assert found.expected == pytest.approx(1.6823086974 * 30 / 14)
    assert found.state == "warning", "a straight line ends above 3"


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expression_compiles_for_the_other_engines(half: Bill, write: Write, dialect: str):
    entries = read_budgets(write(one(1, "{tags: {team: x}, accounts: '1'}", "    from: 2026-01-01\n    to: 2026-12-31\n")))
    assert "SELECT" in str(ibis.to_sql(spent_by_month(half, entries), dialect=dialect))
