"""The back-test: forecasts from earlier days of the same bill, their errors, and whether their intervals held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import numpy as np

from cost.insight.anomalies import detected
from cost.insight.forecast_fit import WEEK, Fit, deviation, fits
from cost.insight.forecast_model import MODELS, Backtest, ModelName, Score

LEARN: Final = 21
"""A test knows at least three weeks."""
HORIZON: Final = 28
ORIGINS: Final = 8
NORMAL: Final = {80: 1.2815515655446004, 95: 1.959963984540054}
"""Quantiles of the normal distribution: half of the intervals' width in standard deviations."""
LEAST, MOST = 0.7, 4.0
"""A calibration stays between these."""
Floats = Any


@dataclass(frozen=True)
class Origin:
    """One test: what each model said of each series after `known` days."""

    known: int
    horizon: int
    fits: Sequence[Mapping[ModelName, Fit]]
    chosen: Sequence[ModelName]


@dataclass(frozen=True)
class Tested:
    """The back-test with what the forecast takes from it: each series' model and its error, and the calibrations."""

    report: Backtest
    models: tuple[ModelName, ...]
    errors: tuple[float | None, ...]


def origins_of(days: int) -> list[int]:
    """How many days each test knows: whole weeks back from the end, oldest first."""
    return [days - WEEK * back for back in range(ORIGINS, 0, -1) if days - WEEK * back >= LEARN]


def cleaned(days: Sequence[date], values: Floats) -> Floats:
    """Spikes that are over replaced by what is usual: they are no sign of what comes."""
    found = detected(days, values, 0.0)
    calm = values.copy()
    for run in found.runs:
        if not run.open and run.established is None and not run.drift:
            inside = slice(run.start, run.last + 1)
            calm[run.series, inside] = found.factors[run.series, inside] * run.level
    return calm


def backtest(days: Sequence[date], values: Floats, groups: Mapping[str, Floats]) -> Tested:
    """Test every model on every series, shape (series, days); `groups` has each group's share of each series (1 or 0)."""
    made: list[Origin] = []
    for known in origins_of(len(days)):
        horizon = min(HORIZON, len(days) - known)
        # Parameters are estimated in every fourth test only: it takes most of the time, and the tests between are no worse off than a forecast.
        fitted = fits(cleaned(days[:known], values[:, :known]), horizon, made[-1].fits if len(made) % 4 else ())
        # Models are chosen by tests that ended before this one began, so that the errors shown are those of a forecast.
        chosen, _ = choose(values, [_until(origin, known) for origin in made], len(values))
        made.append(Origin(known, horizon, fitted, chosen))
    models, errors = choose(values, made, len(values))
    nodes = {"total": np.ones(len(values)), **groups}
    distances = _distances(values, made, nodes)
    calibration = {level: _calibration([each for part in distances for each in part], level) for level in NORMAL}
    return Tested(
        report=Backtest(
            origins=tuple(days[origin.known - 1] for origin in made),
            horizon_days=max(origin.horizon for origin in made),
            total=_scores(values, made, {"total": nodes["total"]}),
            groups=_scores(values, made, groups),
            intervals=sum(len(part) for part in distances),
            coverage_80=_coverage(distances, 80),
            coverage_95=_coverage(distances, 95),
            calibration_80=calibration[80],
            calibration_95=calibration[95],
        ),
        models=models,
        errors=errors,
    )


def _until(origin: Origin, known: int) -> Origin:
    return Origin(origin.known, min(origin.horizon, known - origin.known), origin.fits, origin.chosen)


def choose(values: Floats, origins: Sequence[Origin], count: int) -> tuple[tuple[ModelName, ...], tuple[float | None, ...]]:
    """Per series the model with the least sum of absolute errors, the simplest of equals; without a test the seasonal naive one."""
    models: list[ModelName] = ["seasonal_naive"] * count if not origins else []
    if not origins:
        return tuple(models), (None,) * count
    errors: list[float | None] = []
    for series in range(count):
        sums = {
            model: sum(float(np.abs(values[series, o.known : o.known + o.horizon] - o.fits[series][model].forecast[: o.horizon]).sum()) for o in origins)
            for model in MODELS
        }
        size = sum(float(np.abs(values[series, o.known : o.known + o.horizon]).sum()) for o in origins)
        best = min(MODELS, key=lambda model: (round(sums[model], 9), MODELS.index(model)))
        models.append(best)
        errors.append(sums[best] / size if size else None)
    return tuple(models), tuple(errors)


def _forecast(origin: Origin, model: ModelName | Literal["chosen"], shares: Floats) -> Floats:
    names: Sequence[ModelName] = origin.chosen if model == "chosen" else [model for _ in origin.fits]
    return np.asarray(shares) @ np.stack([each[name].forecast[: origin.horizon] for each, name in zip(origin.fits, names, strict=True)])


def _scores(values: Floats, origins: Sequence[Origin], nodes: Mapping[str, Floats]) -> tuple[Score, ...]:
    """Errors of the chosen models and of each alone, over all nodes and origins."""
    return tuple(_score(values, origins, nodes, model) for model in ("chosen", *MODELS))


def _score(values: Floats, origins: Sequence[Origin], nodes: Mapping[str, Floats], model: ModelName | Literal["chosen"]) -> Score:
    absolute, amounts, shares_of, scaled, sums, whole = 0.0, 0.0, [], [], 0.0, 0.0
    for origin in origins:
        for shares in nodes.values():
            series = np.asarray(shares) @ values
            actual = series[origin.known : origin.known + origin.horizon]
            error = np.abs(actual - _forecast(origin, model, shares))
            absolute, amounts = absolute + float(error.sum()), amounts + float(np.abs(actual).sum())
            shares_of += [float(each) for each in (error / np.where(actual != 0, np.abs(actual), np.nan)) if np.isfinite(each)]
            scale = float(np.abs(series[WEEK : origin.known] - series[: origin.known - WEEK]).mean())
            scaled += [float(error.mean()) / scale] if scale > 1e-9 else []
            sums, whole = sums + abs(float((actual - _forecast(origin, model, shares)).sum())), whole + abs(float(actual.sum()))
    return Score(
        model=model,
        wape=absolute / amounts if amounts else None,
        mape=float(np.mean(shares_of)) if shares_of else None,
        mase=float(np.mean(scaled)) if scaled else None,
        sum_error=sums / whole if whole else None,
    )


def _distances(values: Floats, origins: Sequence[Origin], nodes: Mapping[str, Floats]) -> list[list[float]]:
    """Per origin, for each node and each sum of whole weeks: the error in standard deviations of the model."""
    found: list[list[float]] = []
    for origin in origins:
        chosen = [each[name] for each, name in zip(origin.fits, origin.chosen, strict=True)]
        part: list[float] = []
        for shares in nodes.values():
            error = np.cumsum(np.asarray(shares) @ values[:, origin.known : origin.known + origin.horizon] - _forecast(origin, "chosen", shares))
            for last in range(WEEK, origin.horizon + 1, WEEK):
                spread = deviation(chosen, shares, 1, last)
                part.append(abs(float(error[last - 1])) / spread if spread > 1e-9 else 0.0 if abs(error[last - 1]) < 1e-6 else MOST * NORMAL[95])
        found.append(part)
    return found


def _calibration(distances: Sequence[float], level: int) -> float:
    """What to multiply the normal interval by so that it would have held in `level` of 100 tests."""
    return min(max(float(np.quantile(distances, level / 100)) / NORMAL[level], LEAST), MOST) if distances else 1.0


def _coverage(distances: Sequence[Sequence[float]], level: int) -> float | None:
    """How many errors were inside, each origin's interval calibrated on the other origins; None with one origin."""
    if len(distances) < 2:
        return None
    inside = [
        each <= NORMAL[level] * _calibration([other for number, part in enumerate(distances) if number != left for other in part], level)
        for left, errors in enumerate(distances)
        for each in errors
    ]
    return sum(inside) / len(inside)
