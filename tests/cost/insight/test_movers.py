from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.report import build_report

SEPTEMBER = [date(2026, 9, 1) + timedelta(days=number) for number in range(30)]
OCTOBER = [date(2026, 10, 1) + timedelta(days=number) for number in range(30)]
Row = Callable[..., dict[str, Any]]


def moved(bill: Bill) -> Any:
    return build_report(bill).movers[0]


def test_more_of_the_same_at_the_same_price_is_usage(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=10.0) for day in SEPTEMBER] + [row(day, 15, ConsumedQuantity=15.0) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.rate, mover.unexplained) == pytest.approx((150, 0, 0))
    assert mover.change.percent == pytest.approx(0.5)


def test_the_same_amount_at_a_higher_price_is_rate(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=10.0) for day in SEPTEMBER] + [row(day, 12, ConsumedQuantity=10.0) for day in OCTOBER]
    assert (moved(bill_of(rows)).usage, moved(bill_of(rows)).rate) == pytest.approx((0, 60))


def test_both_at_once_add_up_to_the_change(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=10.0) for day in SEPTEMBER] + [row(day, 18, ConsumedQuantity=12.0) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.rate) == pytest.approx((2 * 30 * 1.0, 0.5 * 12 * 30))
    assert mover.change.amount == pytest.approx(240)


def test_what_is_new_is_usage_and_what_has_no_quantity_is_unexplained(bill_of: Callable[..., Bill], row: Row):
    new = [row(day, 5, ConsumedQuantity=1.0, ServiceName="New") for day in OCTOBER]
    tax = [row(OCTOBER[0], 7, days=30, ChargeCategory="Tax", ServiceName="Tax")]
    base = [row(day, 1, ConsumedQuantity=1.0) for day in (*SEPTEMBER, *OCTOBER)]
    movers = {mover.service: mover for mover in build_report(bill_of(base + new + tax)).movers}
    assert (movers["New"].usage, movers["New"].rate, movers["New"].change.percent) == (pytest.approx(150), pytest.approx(0), None)
    assert (movers["Tax"].usage, movers["Tax"].unexplained) == (0, pytest.approx(7))


def test_resources_behind_a_mover_are_named_with_what_they_add(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=1.0) for day in (*SEPTEMBER, *OCTOBER)] + [row(OCTOBER[3], 42, ConsumedQuantity=1.0, ResourceId="i-new")]
    assert [(item.name, round(item.amount, 9)) for item in moved(bill_of(rows)).resources] == [("i-new", 42.0)]


def test_a_bill_of_one_period_compares_its_last_week_with_the_week_before(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 1 if number < 14 else 2, ConsumedQuantity=1.0) for number, day in enumerate(SEPTEMBER[:21])]
    report = build_report(bill_of(rows))
    assert report.headline.current.label == "15 Sep to 21 Sep 2026"
    assert report.headline.change is not None
    assert (report.headline.change.current, report.headline.change.previous) == (14, 7)


def test_a_bill_of_a_few_days_has_nothing_to_compare_with(bill_of: Callable[..., Bill], row: Row):
    report = build_report(bill_of([row(day) for day in SEPTEMBER[:9]]))
    assert report.headline.change is None
    assert report.movers == ()
    assert "no earlier period" in report.headline.sentence
    assert all(each.previous is None for each in report.by_group)
