"""Models of one series of daily amounts, and how far their errors reach.

Every model here is linear in its innovations: the error h days ahead is the sum of c(j) x innovation(h - j), with c(0) = 1 and, for
exponential smoothing with an additive damped trend and season, c(j) = alpha + alpha beta (phi + ... + phi^j) + gamma [7 divides j]
(Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, 8.7). The naive model has c(j) = 1, the seasonal
naive one [7 divides j]. So the variance of any sum of days follows from the innovations' covariance.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from cost.insight.forecast_model import MODELS, ModelName

WEEK: Final = 7
Floats = Any


@dataclass(frozen=True)
class Fit:
    """A model of one series: the days to come, its one-day errors in the history (the first weeks left out), and c(0), c(1), …"""

    model: ModelName
    forecast: Floats
    residuals: Floats
    weights: Floats
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Of exponential smoothing, as statsmodels names them."""


def one_thread() -> AbstractContextManager[Any]:
    """Numerical libraries on one thread while it lasts: the models' matrices are of four numbers, and waiting threads cost more than the work.

    statsmodels is imported first (it takes seconds): only libraries that are loaded can be limited."""
    import statsmodels.tsa.holtwinters  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def fit(amounts: Floats, horizon: int, model: ModelName, parameters: Mapping[str, float] | None = None) -> Fit:
    """One model of one series, forecast for `horizon` days; never below 0 where the history is not. Given `parameters` are not estimated again."""
    steps = np.arange(horizon)
    if model == "naive" or np.ptp(amounts) == 0:
        made = Fit(model, np.full(horizon, amounts[-1]), np.diff(amounts)[WEEK:], np.ones(horizon))
    elif model == "seasonal_naive":
        made = Fit(model, amounts[-WEEK:][steps % WEEK], (amounts[WEEK:] - amounts[:-WEEK])[1:], (steps % WEEK == 0).astype(float))
    else:
        made = _smoothed(amounts, horizon, model, parameters or {})
    return replace(made, forecast=np.maximum(made.forecast, 0.0)) if amounts.min() >= 0 else made


def _smoothed(amounts: Floats, horizon: int, model: ModelName, parameters: Mapping[str, float]) -> Fit:
    """Exponential smoothing by statsmodels, which is imported here: it takes seconds."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    damped = model == "damped"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        smoothing = ExponentialSmoothing(
            amounts, trend="add" if damped else None, damped_trend=damped, seasonal="add", seasonal_periods=WEEK, initialization_method="heuristic"
        )
        given: dict[str, Any] = {"optimized": False, **parameters} if parameters else {"use_brute": False}
        result: Any = smoothing.fit(**given)
    found: Any = result.params
    alpha, gamma = float(found["smoothing_level"]), float(found["smoothing_seasonal"])
    beta, phi = (float(found["smoothing_trend"]), float(found["damping_trend"])) if damped else (0.0, 0.0)
    steps = np.arange(horizon)
    grown = np.cumsum(phi ** np.maximum(steps, 1)) - (phi if damped else 0.0)
    weights = alpha + alpha * beta * grown + gamma * (steps % WEEK == 0)
    weights[0] = 1.0
    forecast = np.asarray(result.forecast(horizon), dtype=float)
    names = ("smoothing_level", "smoothing_seasonal", *(("smoothing_trend", "damping_trend") if damped else ()))
    return Fit(model, forecast, np.asarray(result.resid, dtype=float)[WEEK + 1 :], weights, {name: float(found[name]) for name in names})


def fits(values: Floats, horizon: int, earlier: Sequence[Mapping[ModelName, Fit]] = ()) -> list[dict[ModelName, Fit]]:
    """Every model of every series, shape (series, days), with the parameters of `earlier` fits of the same series where they are given."""
    before: Sequence[Mapping[ModelName, Fit]] = earlier or [{} for _ in values]
    return [
        {model: fit(amounts, horizon, model, known[model].parameters if model in known else None) for model in MODELS}
        for amounts, known in zip(values, before, strict=True)
    ]


def deviation(chosen: list[Fit], shares: Floats, first: int, last: int) -> float:
    """The standard deviation of the sum of days `first` to `last` ahead (from 1), of a node that has `shares` of each series."""
    if last < first or not len(chosen):
        return 0.0
    residuals = np.stack([each.residuals for each in chosen])
    covariance = residuals @ residuals.T / residuals.shape[1]
    reach = np.stack([np.concatenate([[0.0], np.cumsum(each.weights)]) for each in chosen])
    innovations = np.arange(1, last + 1)
    effect = (reach[:, last - innovations + 1] - reach[:, np.maximum(first - innovations, 0)]) * np.asarray(shares)[:, np.newaxis]
    return float(np.sqrt(max(0.0, np.einsum("ik,ij,jk->", effect, covariance, effect))))
