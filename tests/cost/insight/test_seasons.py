from __future__ import annotations

import numpy as np

from cost.insight.seasons import factors_before, seasons_of

DAYS = 84
SEASON = np.arange(DAYS) % 7
WEEK = np.array([1.0, 1, 1, 1, 1, 0.5, 0.4])


def test_factors_are_what_a_weekday_costs_beside_the_days_around_it():
    seasons = seasons_of(100 * WEEK[SEASON][np.newaxis], SEASON, 7)
    assert factors_before(seasons, 42)[0].tolist() == WEEK.tolist()


def test_there_are_none_before_three_weeks():
    seasons = seasons_of(100 * WEEK[SEASON][np.newaxis], SEASON, 7)
    assert (factors_before(seasons, 20) == 1).all()
    assert (factors_before(seasons, 21) != 1).any()
    assert (factors_before(seasons_of(np.ones((2, 20)), SEASON[:20], 7), 20) == np.ones((2, 7))).all()


def test_noise_alone_makes_few_factors_however_few_weeks_there_are():
    noise = np.random.default_rng(5).lognormal(0, 0.2, (400, DAYS))
    seasons = seasons_of(noise, SEASON, 7)
    for day in (21, 28, 84):
        assert (factors_before(seasons, day) != 1).any(axis=1).mean() < 0.15, day


def test_a_week_that_changes_is_learnt_from_the_days_before_only():
    values = np.full((1, DAYS), 100.0)
    values[0, 21:] *= WEEK[SEASON[21:]]
    seasons = seasons_of(values, SEASON, 7)
    assert (factors_before(seasons, 21) == 1).all()
    assert factors_before(seasons, 84)[0, 6] < 0.8
