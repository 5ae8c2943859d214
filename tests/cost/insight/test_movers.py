from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pytest

from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight import movers as module
from cost.insight.daily import daily
from cost.insight.model import Mover
from cost.insight.movers import movers
from cost.insight.windows import find_windows
from cost.report import build_report

SEPTEMBER = [date(2026, 9, 1) + timedelta(days=number) for number in range(30)]
OCTOBER = [date(2026, 10, 1) + timedelta(days=number) for number in range(30)]
Row = Callable[..., dict[str, Any]]


def movers_of(bill: Bill) -> tuple[Mover, ...]:
    windows = find_windows(bill.engine, bill.charges)
    expression = daily(bill.charges, "team", windows.last_usage)
    table = bill.engine.store("by_day", expression.schema(), expression)
    return movers(bill.engine, windows.mark(bill.engine, table), "amortized", windows)[0]


def moved(bill: Bill) -> Mover:
    return movers_of(bill)[0]


def test_more_of_the_same_at_the_same_price_is_usage(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=10.0) for day in SEPTEMBER] + [row(day, 15, ConsumedQuantity=15.0) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.mix, mover.rate, mover.unexplained) == pytest.approx((150, 0, 0, 0))
    assert mover.change.percent == pytest.approx(0.5)


def test_the_same_amount_at_a_higher_price_is_rate(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 10, ConsumedQuantity=10.0) for day in SEPTEMBER] + [row(day, 12, ConsumedQuantity=10.0) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.mix, mover.rate) == pytest.approx((0, 0, 60))


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


def instance(row: Row, day: date, instance_type: str, price: float, hours: float = 24.0) -> dict[str, Any]:
    usage_type = f"BoxUsage:{instance_type}"
    return row(day, price * hours, ConsumedQuantity=hours, ConsumedUnit="Hrs", x_usage_type=usage_type, x_instance_type=instance_type, ResourceId=instance_type)


def test_as_many_hours_of_a_larger_type_are_mix(bill_of: Callable[..., Bill], row: Row):
    rows = [instance(row, day, "m5.large", 0.1) for day in SEPTEMBER] + [instance(row, day, "m5.xlarge", 0.2) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.mix, mover.rate) == pytest.approx((0, 72, 0))
    assert [(each.usage_type, each.status, each.mix) for each in mover.breakdown] == [
        ("BoxUsage:m5.xlarge", "new", pytest.approx(144)),
        ("BoxUsage:m5.large", "gone", pytest.approx(-72)),
    ]


def test_mix_usage_and_rate_at_once_follow_the_formulas(bill_of: Callable[..., Bill], row: Row):
    rows = [instance(row, day, "a", 1.0, 20) for day in SEPTEMBER] + [instance(row, day, "b", 3.0, 10) for day in SEPTEMBER]
    rows += [instance(row, day, "a", 1.0, 10) for day in OCTOBER] + [instance(row, day, "b", 3.5, 35) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert mover.usage == pytest.approx(30 * (45 - 30) * 50 / 30)
    assert mover.mix == pytest.approx(30 * (10 * 1 + 35 * 3 - 45 * 50 / 30))
    assert mover.rate == pytest.approx(30 * 35 * 0.5)


def test_types_of_another_unit_or_no_instances_are_no_mix(bill_of: Callable[..., Bill], row: Row):
    address = {"x_usage_type": "ElasticIP:IdleAddress", "ConsumedUnit": "Hrs"}
    rows = [instance(row, day, "p5", 50.0) for day in (*SEPTEMBER, *OCTOBER)]
    rows += [row(day, 0.12, ConsumedQuantity=24.0, **address) for day in SEPTEMBER] + [row(day, 1.2, ConsumedQuantity=240.0, **address) for day in OCTOBER]
    mover = moved(bill_of(rows))
    assert (mover.usage, mover.mix) == (pytest.approx(30 * 1.08), pytest.approx(0))


def test_what_is_new_or_gone_is_said(bill_of: Callable[..., Bill], row: Row):
    gone = [row(day, 1, ConsumedQuantity=1.0, ServiceName="Gone") for day in SEPTEMBER]
    rows = gone + [row(day, 2, ConsumedQuantity=1.0, ServiceName="New") for day in OCTOBER]
    found = {mover.service: mover for mover in movers_of(bill_of(rows))}
    assert (found["Gone"].status, found["New"].status) == ("gone", "new")
    assert (found["Gone"].usage, found["New"].usage) == (pytest.approx(-30), pytest.approx(60))


def test_usage_mix_rate_and_the_unexplained_are_always_the_change(bill_of: Callable[..., Bill], row: Row, monkeypatch: pytest.MonkeyPatch):
    """400 random usage types in 80 services, some new, gone, free, without quantities or negative: the identity, per service and per type."""
    monkeypatch.setattr(module, "LISTED", 1000)
    monkeypatch.setattr(module, "TYPES_LISTED", 1000)
    rng = np.random.default_rng(4)
    rows = []
    for number in range(400):
        for days in (SEPTEMBER, OCTOBER):
            quantity, price = rng.choice([0.0, 0.0, *rng.lognormal(0, 2, 3)]), rng.choice([0.0, *rng.lognormal(0, 1, 3)])
            cost = round(float(quantity * price if rng.random() < 0.9 else rng.normal()), 9)
            columns = {"ServiceName": f"s{number % 80}", "x_usage_type": f"type {number}", "ConsumedUnit": rng.choice(["Hrs", "GB"])}
            if quantity or cost or rng.random() < 0.2:
                rows.append(row(days[0], cost, ConsumedQuantity=float(quantity) or None, **columns))
    found = movers_of(bill_of(rows))
    assert len(found) == 80
    assert sum(abs(mover.mix) > 0.01 for mover in found) > 20
    for mover in found:
        assert mover.usage + mover.mix + mover.rate + mover.unexplained == pytest.approx(mover.change.amount, abs=1e-6)
        for name in ("usage", "mix", "rate", "unexplained"):
            assert sum(getattr(each, name) for each in mover.breakdown) == pytest.approx(getattr(mover, name), abs=1e-6)
        for each in mover.breakdown:
            assert each.usage + each.mix + each.rate + each.unexplained == pytest.approx(each.current - each.previous, abs=1e-6)
            if each.unexplained == 0 and each.previous_price is not None and each.current_price is not None:
                assert each.rate == pytest.approx((each.current_price - each.previous_price) * each.current_quantity, abs=1e-6)


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_effects_compile_for_spark_and_athena(dialect: str):
    table = daily(ibis.table(SCHEMA, name="charges"), "team", OCTOBER[-1])
    marked = table.mutate(window=ibis.literal("current"), scale=ibis.literal(1.0))
    assert "charges" in ibis.to_sql(module._effects(marked, "amortized"), dialect=dialect)
