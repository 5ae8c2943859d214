from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight.daily import daily
from cost.insight.forecast import forecast
from cost.insight.forecast_history import _commitments, _kinds, _monthly, _tax_rates, _whole
from cost.insight.forecast_model import Forecast

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(50)]
"""To 20 October: eleven days of the month are to come."""
Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
A, S3 = ("a", "EC2"), ("b", "S3")


def plan(row: Row, day: date, cost: float = 100) -> dict[str, Any]:
    return row(day, cost, ServiceName="Plan", ChargeCategory="Purchase", ChargeFrequency="Recurring", CommitmentDiscountId="p", Tags={})


def totals(made: Forecast, service: str) -> list[float]:
    (node,) = [node for node in made.by_service if node.name == service]
    return [month.total for month in node.months[:2]]


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_constant_fee_is_its_days_whatever_is_left_out(bill_of: BillOf, row: Row, late: int):
    rows = [row(day, 10, Tags={"team": "a"}) for day in DAYS[:12]] + [row(day, 10, Tags={"team": "b"}, ServiceName="S3") for day in DAYS[: 12 - late]]
    made = forecast(bill_of([*rows, *(plan(row, day) for day in DAYS[:12])]), cost="unblended", months=1)
    assert made.left_out == tuple(DAYS[12 - late : 12])
    assert totals(made, "Plan") == pytest.approx([3000, 3100])
    assert totals(made, "S3") == pytest.approx([300, 310])


def test_a_fee_of_a_part_of_the_last_day_counts_once(bill_of: BillOf, row: Row):
    rows = [each for day in DAYS[:12] for each in (row(day, 10, Tags={"team": "a"}), plan(row, day))]
    half = [row(DAYS[12], 4, Tags={"team": "a"}), plan(row, DAYS[12], 40)]
    made = forecast(bill_of([*rows, *(each | {"ChargePeriodEnd": each["ChargePeriodStart"] + timedelta(hours=10)} for each in half)]), cost="unblended")
    assert made.history_last == DAYS[11]
    assert totals(made, "Plan") == pytest.approx([3000, 3100])


@given(days=st.integers(1, 60), cut=st.integers(1, 60), fee=st.floats(0.01, 1e6))
def test_a_constant_fee_a_day_is_that_fee_for_any_cut(days: int, cut: int, fee: float):
    rows = [(A, {"day": FIRST + timedelta(days=number), "amount": fee}) for number in range(min(days, cut))]
    fees, stopped = _commitments(rows)
    assert (fees[A], stopped) == (pytest.approx(fee), 0)


def test_fees_that_stopped_are_summed_up_and_not_carried_on():
    rows = [(A, {"day": DAYS[0], "amount": 5.0}), (S3, {"day": DAYS[40], "amount": 7.0})]
    assert _commitments(rows) == ({S3: 7.0}, 5.0)


@pytest.mark.parametrize("late", [0, 1, 2, 3])
def test_days_that_lack_a_daily_series_are_not_whole(late: int):
    last, left_out = _whole({A: dict.fromkeys(DAYS[:30], 10.0), S3: dict.fromkeys(DAYS[: 30 - late], 10.0)})
    assert (last, left_out) == (DAYS[29 - late], tuple(DAYS[30 - late : 30]))


def test_what_is_gone_for_longer_or_small_or_not_daily_is_not_late():
    daily_series = dict.fromkeys(DAYS[:30], 10.0)
    assert _whole({A: daily_series, S3: dict.fromkeys(DAYS[:26], 10.0)})[1] == ()
    assert _whole({A: daily_series, S3: dict.fromkeys(DAYS[:29], 1.0)})[1] == ()
    weekdays = {day: 10.0 for day in DAYS[:29] if day.weekday() < 5}
    assert _whole({A: daily_series, S3: weekdays})[1] == ()


def charged(amount: float, month: int, item: str = "support") -> tuple[Any, dict[str, Any]]:
    return A, {"amount": amount, "period": date(2026, month, 1), "item": item}


def test_a_charge_in_arrears_goes_on_while_the_month_is_open_and_ends_with_it():
    kept, ended = _monthly([charged(400, 8), charged(500, 9), charged(3, 10, "keys")], date(2026, 10, 20))
    assert ([(each.amount, each.period.month) for each in kept[A]], ended) == ([(3, 10), (500, 9)], 0)
    kept, ended = _monthly([charged(400, 8), charged(500, 9), charged(3, 10, "keys")], date(2026, 10, 31))
    assert ([each.amount for each in kept[A]], ended) == ([3], 900)


def test_monthly_charges_in_arrears_are_forecast_and_those_that_ended_are_listed(bill_of: BillOf, row: Row):
    rows = [row(day, 10, Tags={"team": "a"}) for day in DAYS[20:]]
    support = row(FIRST, 500, ServiceName="Support", days=30, Tags={})
    old = row(date(2026, 8, 1), 70, ServiceName="Old", days=31, Tags={})
    tax = row(FIRST, 9, ServiceName="Other", ChargeCategory="Tax", days=30, Tags={})
    made = forecast(bill_of([*rows, support, old, tax]), cost="unblended", months=1)
    assert totals(made, "Support") == pytest.approx([500, 500])
    assert {each.what: each.amount for each in made.not_forecast} == pytest.approx({"monthly": 70, "tax": 9})


def test_tax_without_a_base_is_summed_up():
    usage = [(A, {"kind": "daily", "day": FIRST, "amount": 100.0})]
    tax = [(("x", "EC2"), {"kind": "tax", "period": FIRST, "amount": 20.0}), (("x", "S3"), {"kind": "tax", "period": FIRST, "amount": 3.0})]
    assert _tax_rates([*usage, *tax]) == ({("x", "EC2"): 0.2}, 3.0)
    assert _tax_rates([*usage, (("x", "EC2"), {"kind": "tax", "period": FIRST, "amount": 101.0})]) == ({}, 101.0)


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_history_compiles_for_spark_and_athena(dialect: str):
    assert "charges" in ibis.to_sql(_kinds(daily(ibis.table(SCHEMA, name="charges"), "team", DAYS[-1], resources=False)), dialect=dialect)
