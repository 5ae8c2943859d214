from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np

from cost.bill.model import Bill
from cost.report import build_report

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(61)]
Row = Callable[..., dict[str, Any]]


def test_noise_and_weekends_raise_no_alarm(bill_of: Callable[..., Bill], row: Row):
    rng = np.random.default_rng(1)
    noise = rng.lognormal(0, 0.15, (30, len(DAYS)))
    rows = [
        row(day, round(float(100 * noise[series, number]) * (0.5 if day.weekday() >= 5 else 1), 6), ServiceName=f"service {series:02}")
        for series in range(30)
        for number, day in enumerate(DAYS)
    ]
    assert build_report(bill_of(rows)).anomalies == ()


def test_a_job_that_runs_on_some_days_only_raises_no_alarm(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 100) for day in DAYS] + [row(day, 80, ServiceName="batch") for day in DAYS[::4]]
    assert build_report(bill_of(rows)).anomalies == ()


def test_a_day_of_double_cost_is_found(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 200 if number == 40 else 100 + number % 3) for number, day in enumerate(DAYS)]
    (found,) = build_report(bill_of(rows)).anomalies
    assert (found.first_day, found.last_day) == (DAYS[40], DAYS[40])
    assert 95 <= found.excess <= 101


def test_two_runs_of_days_are_two_anomalies_the_dearer_first(bill_of: Callable[..., Bill], row: Row):
    extra = {20: 300, 40: 500, 41: 500}
    found = build_report(bill_of([row(day, 100 + extra.get(number, 0)) for number, day in enumerate(DAYS)])).anomalies
    assert [(each.first_day, each.last_day) for each in found] == [(DAYS[40], DAYS[41]), (DAYS[20], DAYS[20])]


def test_a_week_in_two_months_is_found(bill_of: Callable[..., Bill], row: Row):
    (found,) = build_report(bill_of([row(day, 300 if 30 <= number < 37 else 100) for number, day in enumerate(DAYS)])).anomalies
    assert (found.first_day, found.last_day) == (DAYS[30], DAYS[36])


def test_a_spike_that_is_nothing_in_the_whole_bill_is_left_alone(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 1000) for day in DAYS] + [row(day, 5 if number == 30 else 1, ServiceName="small") for number, day in enumerate(DAYS)]
    assert build_report(bill_of(rows)).anomalies == ()


def test_the_last_day_counts_only_when_it_is_whole(bill_of: Callable[..., Bill], row: Row):
    rows = [row(day, 100) for day in DAYS]
    end = rows[-1]["ChargePeriodStart"] + timedelta(hours=5)
    report = build_report(bill_of([*rows[:-1], rows[-1] | {"ChargePeriodEnd": end}]))
    assert "over 60 days" in report.anomaly_note


def test_a_short_bill_says_that_it_was_not_looked_at(bill_of: Callable[..., Bill], row: Row):
    report = build_report(bill_of([row(day) for day in DAYS[:10]]))
    assert report.anomalies == ()
    assert report.anomaly_note.startswith("Not looked for: the bill has 10 whole days")
