from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from cost.insight.forecast_fit import WEEK, deviation, fit
from cost.insight.forecast_model import MODELS

DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(50)]
WEEKEND = np.array([0.5 if day.weekday() >= 5 else 1.0 for day in DAYS])


@pytest.mark.parametrize("model", MODELS)
def test_the_spread_of_a_sum_is_what_simulated_innovations_give(model: Any):
    """The error of days 3 to 10 by running each model's recursion on from its own state, against the formula."""
    rng = np.random.default_rng(3)
    amounts = 100 * WEEKEND + rng.normal(0, 5, len(DAYS))
    made = fit(amounts, 10, model)
    shocks = rng.normal(0, np.sqrt((made.residuals**2).mean()), (4000, 10))
    errors = np.stack([sum(made.weights[ahead - past] * shocks[:, past] for past in range(ahead + 1)) for ahead in range(10)], axis=1)
    assert deviation([made], np.array([1.0]), 3, 10) == pytest.approx(errors[:, 2:10].sum(axis=1).std(), rel=0.05)


def test_a_forecast_moves_by_the_weights_of_its_model():
    """The weights are right if another last day moves the forecast by them: y + 1 today is an innovation of 1."""
    rng = np.random.default_rng(3)
    amounts = 200 * WEEKEND + rng.normal(0, 5, len(DAYS)) + 50
    for model in ("ets", "damped"):
        first = fit(amounts, 15, model)
        moved = amounts.copy()
        moved[-1] += 1
        difference = fit(moved, 15, model, first.parameters).forecast - fit(amounts, 15, model, first.parameters).forecast
        # A week ahead is left out: statsmodels lets the last day's surprise reach its own weekday a week later than the formula does.
        others = [number for number in range(14) if (number + 1) % WEEK]
        assert difference[others] == pytest.approx(first.weights[1:][others], abs=0.005)
