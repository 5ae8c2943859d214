"""What the anomaly detection finds and how often it is wrong: generated series with known anomalies, and labelled CloudWatch series (NAB).

Run by `make bench`; prints figures (docs/anomalies.md has them) and asserts none of them.
"""

from __future__ import annotations

import csv
import json
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cost.insight.anomalies import detected
from cost.insight.detection import detect

NAB = Path(__file__).parents[1] / "data" / "metrics" / "nab"
DAYS = [date(2026, 8, 1) + timedelta(days=number) for number in range(90)]
WEEKEND = np.array([day.weekday() >= 5 for day in DAYS])
FIRSTS = np.array([day.day == 1 for day in DAYS])
JUDGED_MONTHS = (len(DAYS) - 14) / 30.4
AT = 45


def series(rng: np.random.Generator, count: int, noise: float, *, correlation: float = 0.0) -> np.ndarray:
    """Daily costs as bills have them: levels of all sizes, a weekly season, a trend, noise, and in every tenth series a charge on the 1st."""
    shocks = rng.normal(0, noise, (count, len(DAYS)))
    for number in range(1, len(DAYS)):
        shocks[:, number] = correlation * shocks[:, number - 1] + np.sqrt(1 - correlation**2) * shocks[:, number]
    level = rng.lognormal(4, 1.5, (count, 1))
    trend = np.exp(np.outer(rng.normal(0, 0.1, count) / 30, np.arange(len(DAYS))))
    week = np.where(WEEKEND, rng.choice([1.0, 0.6, 0.2], (count, 1)), 1.0)
    values = level * trend * week * np.exp(shocks)
    values[::10] += np.where(FIRSTS, 3 * level[::10], 0)
    return values


def of_start(values: np.ndarray, *, tolerance: int = 1) -> dict[int, int]:
    """The delay in days of each series whose change at AT was found."""
    found: dict[int, int] = {}
    for run in detected(DAYS, values, 0.0).runs:
        if abs(run.start - AT) <= tolerance and not run.drift:
            found.setdefault(run.series, run.detected - AT)
    return found


@pytest.mark.bench
def test_false_alarms_on_series_without_anomalies() -> None:
    count = 2000
    print(f"\nfalse alarms per 100 series and month, {count} series of {len(DAYS)} days, no least amount")
    print("noise  independent  correlated 0.5  jobs on some days")
    for noise in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5):
        rng = np.random.default_rng(20)
        started = time.perf_counter()
        cases = [series(rng, count, noise), series(rng, count, noise, correlation=0.5), series(rng, count, noise) * (rng.random((count, len(DAYS))) < 0.4)]
        rates = [100 * len(detected(DAYS, values, 0.0).runs) / count / JUDGED_MONTHS for values in cases]
        print(f"{noise:5.0%}  {rates[0]:11.2f}  {rates[1]:14.2f}  {rates[2]:17.2f}   ({time.perf_counter() - started:.1f} s for three)")


@pytest.mark.bench
def test_changes_that_are_found_and_when() -> None:
    count = 400
    print(f"\nshare of {count} series whose change is found, on its day / by the next day / ever; level changes flagged again later")
    for noise in (0.05, 0.1, 0.2):
        base = series(np.random.default_rng(21), count, noise)
        base[::10] = base[1::10]
        later = np.arange(len(DAYS)) >= AT
        cases = {
            "step x 3": np.where(later, 3.0, 1.0),
            "step x 2": np.where(later, 2.0, 1.0),
            "step x 1.5": np.where(later, 1.5, 1.0),
            "step x 0.5": np.where(later, 0.5, 1.0),
            "vanished": np.where(later, 0.0, 1.0),
            "spike x 3, one day": np.where(np.arange(len(DAYS)) == AT, 3.0, 1.0),
            "spike x 2, three days": np.where(later & (np.arange(len(DAYS)) < AT + 3), 2.0, 1.0),
        }
        for name, factor in cases.items():
            values = base * factor
            delays = of_start(values)
            again = sum(run.start > AT + 7 for run in detected(DAYS, values, 0.0).runs)
            at_once, next_day = (sum(delay <= most for delay in delays.values()) / count for most in (0, 1))
            print(f"noise {noise:4.0%}  {name:22} {at_once:6.1%} / {next_day:6.1%} / {len(delays) / count:6.1%}   {again} later")
        new = np.where(later, base, 0.0)
        print(f"noise {noise:4.0%}  {'new series':22} {sum(delay <= 0 for delay in of_start(new).values()) / count:6.1%}")
        slow = base * np.exp(np.maximum(0, np.arange(len(DAYS)) - 55) * 0.015)
        drifted = sum(run.drift or run.start >= 55 for run in detected(DAYS, slow, 0.0).runs) / count
        print(f"noise {noise:4.0%}  {'drift of 1.5 % a day':22} {drifted:6.1%} after 35 days")


@pytest.mark.bench
def test_precision_and_recall_where_anomalies_are_rare() -> None:
    rng = np.random.default_rng(22)
    count, noise = 2000, 0.12
    values = series(rng, count, noise)
    truth = {int(number): int(rng.integers(20, 85)) for number in rng.choice(count, 200, replace=False)}
    for number, start in truth.items():
        values[number, start:] *= rng.choice([2.0, 3.0, 0.0])
    least = 0.01 * float(np.median(values.sum(axis=0)))
    for name, minimum in (("no least amount", 0.0), ("1 % of the bill's day", least)):
        runs = detected(DAYS, values, minimum).runs
        hits = {run.series for run in runs if run.series in truth and abs(run.start - truth[run.series]) <= 1}
        wrong = sum(run.series not in truth or abs(run.start - truth[run.series]) > 1 for run in runs)
        large = {number for number, start in truth.items() if np.abs(values[number, start:].mean() - values[number, :start].mean()) >= minimum}
        recall = len(hits & large) / max(1, len(large))
        print(f"\n{name}: {len(runs)} found, precision {1 - wrong / max(1, len(runs)):.1%}, recall {recall:.1%} of {len(large)} changes that large")


@pytest.mark.bench
def test_labelled_cloudwatch_series() -> None:
    """Hours instead of days, the hour of the day as the season; the same thresholds."""
    labels = json.loads((NAB / "labels.json").read_text())
    windows, hits, alarms, false = 0, 0, 0, 0
    print()
    for path in sorted(NAB.glob("*.csv")):
        with path.open() as file:
            points = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        hours: dict[datetime, list[float]] = {}
        for moment, value in points:
            hours.setdefault(moment.replace(minute=0, second=0), []).append(value)
        times = sorted(hours)
        values = np.array([[float(np.mean(hours[moment])) for moment in times]])
        season = np.array([moment.hour for moment in times])
        nowhere = np.full(len(times), -1)
        found = detect(values, season, nowhere, np.zeros(len(times), dtype=bool), 0.0, length=24)
        judged = times[int(0.15 * len(times))]
        spans = [tuple(datetime.fromisoformat(end) for end in window) for window in labels[f"realAWSCloudwatch/{path.name}"]]
        starts = [times[run.detected] for run in found.runs if times[run.detected] >= judged]
        inside = [sum(first <= start <= last for start in starts) for first, last in spans]
        outside = len(starts) - sum(inside)
        windows, hits, alarms, false = windows + len(spans), hits + sum(number > 0 for number in inside), alarms + len(starts), false + outside
        print(f"{path.stem:32} windows found {sum(number > 0 for number in inside)} of {len(spans)}, alarms {len(starts)}, outside {outside}")
    print(
        f"NAB: recall {hits / windows:.0%} of {windows} windows, precision {1 - false / max(1, alarms):.0%} of {alarms} alarms, {false / 5:.1f} false a series"
    )
