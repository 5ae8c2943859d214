from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from cost.bill.model import Bill
from cost.insight.forecast import _test_notes, forecast
from cost.insight.forecast_fit import WEEK
from cost.insight.forecast_model import Backtest, Forecast
from plinth.errors import InputError, UsageError

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(50)]
"""To 20 October: eleven days of the month are to come."""
WEEKEND = np.array([0.5 if day.weekday() >= 5 else 1.0 for day in DAYS])
Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]


@pytest.fixture(scope="module")
def made() -> dict[str, Forecast]:
    """Forecasts that several tests look at: a bill's fixture is a test's own."""
    return {}


@pytest.fixture
def rich(bill_of: BillOf, row: Row, made: dict[str, Forecast]) -> Forecast:
    """A flat team and one with weekends, a fee each month, tax, a plan's fee, a credit."""
    return made.get("rich") or made.setdefault("rich", _rich(bill_of, row))


def _rich(bill_of: BillOf, row: Row) -> Forecast:
    rows = [row(day, 10, Tags={"team": "a"}) for day in DAYS]
    rows += [row(day, round(100 * float(factor), 6), Tags={"team": "b"}, ServiceName="S3") for day, factor in zip(DAYS, WEEKEND, strict=True)]
    for month, days in ((9, 30), (10, 20)):
        rows.append(row(date(2026, month, 1), 50, ServiceName="Support", ChargeCategory="Purchase", ChargeFrequency="Recurring", days=30, Tags={}))
        rows.append(row(date(2026, month, 1), days, ServiceName="Amazon EC2", ChargeCategory="Tax", days=30, Tags={}))
        rows.append(row(date(2026, month, 1), 3, ServiceName="KMS", x_usage_type="KMS-Keys", Tags={"team": "a"}))
    rows += [row(day, 2, ServiceName="Plan", ChargeCategory="Purchase", ChargeFrequency="Recurring", CommitmentDiscountId="p", Tags={}) for day in DAYS]
    rows.append(row(DAYS[5], -500, ServiceName="S3", ChargeCategory="Credit", Tags={}))
    return forecast(bill_of(rows), cost="unblended")


def test_what_is_known_is_carried_on_exactly(rich: Forecast):
    october, november = rich.total.months[:2]
    assert (october.days, october.days_actual, november.days_actual) == (31, 20, 0)
    assert (october.monthly, november.monthly) == pytest.approx((0, 53))
    assert (october.commitments, november.commitments) == pytest.approx((11 * 2, 30 * 2))
    assert rich.tax_rates == {"Amazon EC2": pytest.approx(0.1)}
    assert (october.tax, november.tax) == pytest.approx((11, 30))
    assert [(each.what, each.amount) for each in rich.not_forecast] == [("credit", -500)]


def test_what_was_billed_is_the_bill(rich: Forecast):
    weekdays = sum(100 * factor for day, factor in zip(DAYS, WEEKEND, strict=True) if day.month == 10)
    assert rich.total.months[0].actual == pytest.approx(20 * 10 + weekdays + 50 + 20 + 3 + 20 * 2)


def test_a_constant_is_forecast_as_that_constant_and_a_week_as_that_week(rich: Forecast):
    teams = {node.name: node for node in rich.by_group}
    assert [month.usage for month in teams["a"].months] == pytest.approx([110, 300, 310, 310])
    november = [date(2026, 11, 1) + timedelta(days=number) for number in range(30)]
    assert teams["b"].months[1].usage == pytest.approx(sum(50 if day.weekday() >= 5 else 100 for day in november), rel=1e-3)
    assert {each.model for each in rich.models if each.service == "Amazon EC2"} == {"naive"}


def test_groups_and_services_add_up_to_the_total_in_every_month(rich: Forecast):
    for nodes in (rich.by_group, rich.by_service):
        for number, month in enumerate(rich.total.months):
            for name in ("actual", "usage", "monthly", "commitments", "tax", "total"):
                assert sum(getattr(node.months[number], name) for node in nodes) == pytest.approx(getattr(month, name), abs=1e-6)


def test_parts_add_up_and_intervals_contain_the_total_and_one_another(rich: Forecast):
    for node in (rich.total, *rich.by_group, *rich.by_service):
        for month in node.months:
            assert month.actual + month.usage + month.monthly + month.commitments + month.tax == pytest.approx(month.total)
            assert month.interval is not None
            assert month.interval.low_95 <= month.interval.low_80 <= month.total + 1e-9
            assert month.total - 1e-9 <= month.interval.high_80 <= month.interval.high_95


def noisy(bill_of: BillOf, row: Row) -> Bill:
    values = 100 * np.random.default_rng(2).lognormal(0, 0.1, (2, len(DAYS))) * WEEKEND
    return bill_of([row(day, round(float(values[number, at]), 6), ServiceName=f"s{number}") for number in range(2) for at, day in enumerate(DAYS)])


def test_the_back_test_prefers_a_model_with_weekdays_and_is_the_same_twice(bill_of: BillOf, row: Row):
    bill = noisy(bill_of, row)
    made = forecast(bill)
    assert made.backtest is not None
    scores = {score.model: score for score in made.backtest.total}
    assert {each.model for each in made.models} <= {"seasonal_naive", "ets", "damped"}
    assert scores["chosen"].wape is not None and scores["naive"].wape is not None
    assert scores["chosen"].wape < 0.6 * scores["naive"].wape
    assert made.backtest.coverage_95 is not None and made.backtest.coverage_80 is not None
    assert 0.5 <= made.backtest.coverage_80 <= made.backtest.coverage_95 <= 1
    assert forecast(bill) == made


def test_intervals_widen_with_the_distance(bill_of: BillOf, row: Row):
    days = [each for each in forecast(noisy(bill_of, row)).daily if each.interval is not None]
    widths = [each.interval.high_80 - each.interval.low_80 for each in days if each.interval]
    assert widths[0] <= widths[WEEK] <= widths[-1]


def test_a_short_bill_gets_its_run_rate_and_what_is_missing_is_said(bill_of: BillOf, row: Row):
    made = forecast(bill_of([row(day, 10) for day in DAYS[:10]]), months=1)
    assert (made.basis, made.backtest, made.total.months[1].total) == ("run_rate", None, pytest.approx(310))
    assert made.total.months[1].interval is not None
    assert made.total.months[1].interval.high_80 > 310 * 1.3
    assert "a tested forecast takes 28" in made.notes[0]
    few = forecast(bill_of([row(day, 10) for day in DAYS[:3]]), months=0)
    assert few.total.months[0].interval is None


def test_a_last_day_that_lacks_most_of_its_series_is_left_out(bill_of: BillOf, row: Row):
    rows = [row(day, 100, ServiceName="late") for day in DAYS[:9]] + [row(day, 100) for day in DAYS[:10]]
    made = forecast(bill_of(rows), months=0)
    assert (made.left_out, made.history_last) == ((DAYS[9],), DAYS[8])
    assert made.total.months[0].total == pytest.approx(30 * 200)


def test_bad_requests_are_refused_with_the_way_out(bill_of: BillOf, row: Row):
    bill = bill_of([row(DAYS[0], 5, days=30, ChargeCategory="Tax")])
    with pytest.raises(InputError, match="28 days"):
        forecast(bill)
    with pytest.raises(UsageError, match="--months"):
        forecast(bill, months=40)
    with pytest.raises(UsageError, match="amortized"):
        forecast(bill, cost="all")


@pytest.mark.parametrize(
    ("coverages", "calibrations", "said"),
    [
        ((0.8, 0.95), (1.0, 1.0), ()),
        ((0.76, 0.77), (1.0, 1.0), ("95 % intervals held 77%",)),
        ((0.5, 0.77), (1.0, 4.0), ("80 % intervals held 50% and 95 % intervals held 77%", "more than 4 times")),
    ],
)
def test_intervals_that_did_not_hold_are_said(coverages: tuple[float, float], calibrations: tuple[float, float], said: tuple[str, ...]):
    kept = {"coverage_80": coverages[0], "coverage_95": coverages[1], "calibration_80": calibrations[0], "calibration_95": calibrations[1]}
    first, *notes = _test_notes(Backtest(origins=(DAYS[0], DAYS[7]), horizon_days=28, total=(), groups=(), intervals=9, **kept))
    assert "untested" in first
    assert len(notes) == len(said)
    assert all(text in note for text, note in zip(said, notes, strict=True))
