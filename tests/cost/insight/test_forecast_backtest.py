from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cost.insight.forecast_backtest import LEAST, MOST, NORMAL, _calibration, _coverage, backtest, choose, cleaned, origins_of

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(50)]


def test_a_spike_that_is_over_is_not_forecast():
    values = np.full((1, 50), 100.0)
    values[0, 30:32] = 900
    assert cleaned(DAYS, values)[0] == pytest.approx(np.full(50, 100.0))


def test_tests_know_three_weeks_at_least():
    assert origins_of(28) == [21]
    assert origins_of(50) == [22, 29, 36, 43]


def test_a_calibration_is_what_would_have_held_and_stays_within_its_bounds():
    distances = [number / 100 for number in range(101)]
    assert _calibration([10 * each for each in distances], 80) == pytest.approx(min(MOST, 8 / NORMAL[80]))
    assert _calibration([2 * each for each in distances], 80) == pytest.approx(1.6 / NORMAL[80])
    assert (_calibration([0.0, 0.0], 95), _calibration([99.0], 95), _calibration([], 95)) == (LEAST, MOST, 1.0)


def test_a_coverage_is_measured_with_the_other_tests_calibration():
    assert _coverage([[1.0, 1.0]], 80) is None
    assert _coverage([[1.5, 1.5], [2.5, 2.5]], 80) == 0.5


def test_without_a_test_the_same_weekday_is_the_model():
    assert choose(np.zeros((2, 9)), [], 2) == (("seasonal_naive", "seasonal_naive"), (None, None))


def test_a_constant_is_forecast_without_error():
    tested = backtest(DAYS[:28], np.full((1, 28), 5.0), {})
    assert (tested.models, tested.errors, tested.report.origins) == (("naive",), (0.0,), (DAYS[20],))
    assert tested.report.coverage_80 is None
