from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.insight.detection import LEARN, detect

DAYS = 70
SEASON = np.arange(DAYS) % 7
WEEK = np.where(SEASON >= 5, 0.5, 1.0)
FIRSTS = np.isin(np.arange(DAYS), [0, 30, 61])
BEFORE = np.where(np.arange(DAYS) >= 30, np.arange(DAYS) - 30, -1)


def judged(values: np.ndarray) -> Any:
    days = values.shape[1]
    return detect(values, SEASON[:days], BEFORE[:days], FIRSTS[:days], 0.0)


def verdicts(found: Any, until: int) -> set[tuple[Any, ...]]:
    """What was flagged before the day `until`: a drift is the last day's own."""
    return {(run.series, run.start, run.sign, run.detected, run.level, run.deviation) for run in found.runs if run.detected < until and not run.drift}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000), noise=st.sampled_from([0.03, 0.1, 0.3]), known=st.integers(LEARN, DAYS - 1), later=st.sampled_from([0.0, 0.3, 1.0, 5.0]))
def test_later_days_change_no_verdict(seed: int, noise: float, known: int, later: float):
    rng = np.random.default_rng(seed)
    values = 100 * rng.lognormal(0, noise, (30, DAYS)) * np.where(rng.random((30, 1)) < 0.5, WEEK, 1.0)
    values[::3, rng.integers(5, DAYS) :] *= 2.5
    values[1::3, rng.integers(5, DAYS)] *= 4
    changed = values.copy()
    changed[:, known:] *= np.where(SEASON[known:] == seed % 7, later, 1.0)
    alone, first, second = judged(values[:, :known]), judged(values), judged(changed)
    assert verdicts(alone, known) == verdicts(first, known) == verdicts(second, known)
    for found in (first, second):
        assert np.array_equal(found.expected[:, :known], alone.expected)
        assert np.array_equal(found.factors[:, :known], alone.factors)


def test_a_weekend_that_is_known_raises_no_alarm_and_its_absence_does():
    values = 100 * np.random.default_rng(2).lognormal(0, 0.03, (20, DAYS)) * WEEK
    assert judged(values).runs == []
    values[:, 54] = 200
    assert {(run.series, run.start) for run in judged(values).runs} == {(number, 54) for number in range(20)}


@pytest.mark.parametrize("days", [0, 1, 13, 14, 20])
def test_few_days_are_judged_without_weekdays(days: int):
    found = judged(np.full((2, days), 5.0))
    assert (found.runs, found.factors.shape) == ([], (2, days))
    assert (found.factors == 1).all()


def test_what_comes_each_week_is_no_spike_in_the_first_days():
    values = np.full((1, DAYS), 100.0)
    values[0, 6::7] = 300
    assert judged(values).runs == []
    values[0, 6::7] = 100
    values[0, 6] = 300
    assert [(run.start, run.last) for run in judged(values).runs] == [(6, 6)]
