"""Forecasts of generated bills whose future is known: errors against naive models, the intervals' real coverage, and the time it takes.

Run by `make bench`; prints figures (docs/forecast.md has them) and asserts none of them.
"""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pytest

from cost.insight.forecast_backtest import NORMAL, backtest, cleaned
from cost.insight.forecast_fit import deviation, fit, one_thread
from cost.insight.forecast_model import MODELS

HISTORY, AHEAD = 90, 30
DAYS = [date(2026, 8, 1) + timedelta(days=number) for number in range(HISTORY + AHEAD)]
WEEKEND = np.array([day.weekday() >= 5 for day in DAYS])
SERIES = 50


def bill(seed: int, *, steps: bool) -> np.ndarray:
    """Series by days: levels, trends, weekends and noise that lasts from day to day; with `steps`, levels that change for good as people work."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, (SERIES, len(DAYS)))
    for number in range(1, len(DAYS)):
        noise[:, number] = 0.6 * noise[:, number - 1] + 0.8 * noise[:, number]
    trend = np.exp(np.outer(rng.normal(0.02, 0.08, SERIES) / 30, np.arange(len(DAYS))))
    values = rng.lognormal(4, 1.5, (SERIES, 1)) * trend * np.where(WEEKEND, rng.choice([1.0, 0.6], (SERIES, 1)), 1.0) * np.exp(noise)
    if steps:
        for series in range(SERIES):
            for start in np.flatnonzero(rng.random(len(DAYS)) < 1 / 90):
                values[series, start:] *= rng.choice([0.5, 0.7, 1.4, 2.0])
    return values


@pytest.mark.bench
@pytest.mark.parametrize("steps", [False, True])
def test_sums_of_30_days_against_what_came(steps: bool) -> None:
    errors: dict[str, list[float]] = {name: [] for name in ("chosen", *MODELS)}
    inside: dict[int, list[bool]] = {80: [], 95: []}
    claimed: list[tuple[float, float]] = []
    took = 0.0
    for seed in range(6):
        values = bill(seed, steps=steps)
        known, future = values[:, :HISTORY], values[:, HISTORY:]
        groups = {f"group {number}": (np.arange(SERIES) % 5 == number).astype(float) for number in range(5)}
        started = time.process_time()
        with one_thread():
            tested = backtest(DAYS[:HISTORY], known, groups)
            calm = cleaned(DAYS[:HISTORY], known)
            chosen = [fit(amounts, AHEAD, model) for amounts, model in zip(calm, tested.models, strict=True)]
            took += time.process_time() - started
            alone = {model: np.stack([fit(amounts, AHEAD, model).forecast for amounts in calm]) for model in MODELS}
        alone["chosen"] = np.stack([each.forecast for each in chosen])
        claimed.append((tested.report.coverage_80 or 0.0, tested.report.coverage_95 or 0.0))
        calibration = {80: tested.report.calibration_80, 95: tested.report.calibration_95}
        for shares in (np.ones(SERIES), *groups.values()):
            for name, ahead in alone.items():
                errors[name].append(abs(float(shares @ (ahead - future).sum(axis=1))) / float(shares @ future.sum(axis=1)))
            spread = deviation(chosen, shares, 1, AHEAD)
            error = abs(float(shares @ (alone["chosen"] - future).sum(axis=1)))
            for level, quantile in NORMAL.items():
                inside[level].append(error <= quantile * calibration[level] * spread)
    name = "with level changes" if steps else "without level changes"
    print(f"\n{name}: 6 bills of {SERIES} series x {HISTORY} days, {took / 6:.1f} s of CPU each; the sum of 30 days")
    for name, shares_of in errors.items():
        print(f"  {name:15} error of the sum, mean {np.mean(shares_of):.1%}, worst {max(shares_of):.1%}")
    print(f"  80 % intervals held {np.mean(inside[80]):.0%}, 95 % ones {np.mean(inside[95]):.0%} of {len(inside[80])} sums")
    print(f"  the back-tests had said {np.mean([each[0] for each in claimed]):.0%} and {np.mean([each[1] for each in claimed]):.0%}")
