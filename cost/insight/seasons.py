"""Weekday factors of many series, from the days before a day only: what a weekday costs beside the days around it.

The median of the seven days around a day is known three days later, so each ratio is computed once and counted from then on.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

LEAST_SEASONS: Final = 3
"""Weeks that factors take."""
BETTER: Final = 0.75
"""Weekday factors are used where they bring the absolute residuals to this share or less."""

Floats = Any


@dataclass(frozen=True)
class Seasons:
    """Amounts with the median of the days around each, shape (series, days less `length` - 1); the first is day `length` // 2."""

    length: int
    inner: Floats
    middle: Floats
    ratios: Floats
    season: Floats


def seasons_of(values: Floats, season: Floats, length: int) -> Seasons:
    """What factors are made from. `values` has shape (series, days), `season` each day's weekday (0 to `length` - 1)."""
    count, days = values.shape
    if days < LEAST_SEASONS * length:
        none = np.ones((count, 0))
        return Seasons(length, none, none, none, season[:0])
    middle = np.median(np.lib.stride_tricks.sliding_window_view(values, length, axis=1), axis=2)
    known = slice(length // 2, length // 2 + middle.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return Seasons(length, values[:, known], middle, np.where(middle > 0, values[:, known] / middle, np.nan), season[known])


def factors_before(seasons: Seasons, day: int) -> Floats:
    """Per series and weekday the median ratio of the days before `day`; 1 where that explains little, or after under LEAST_SEASONS weeks.

    Factors fit the days they were made from better than others, by sqrt(1 - 1 / n) with n days a weekday, and are judged less that."""
    count, length, known = len(seasons.inner), seasons.length, day - seasons.length + 1
    ones = np.ones((count, length))
    if day < LEAST_SEASONS * length:
        return ones
    inner, middle, weekdays = seasons.inner[:, :known], seasons.middle[:, :known], seasons.season[:known]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        factors = np.stack([np.nanmedian(seasons.ratios[:, :known][:, weekdays == number], axis=1) for number in range(length)], axis=1)
    factors = np.where(np.isfinite(factors), factors, 1.0)
    flattered = np.sqrt(1 - length / known)
    with_factors = np.abs(inner - middle * factors[:, weekdays]).sum(axis=1) / flattered
    without = np.abs(inner - middle).sum(axis=1)
    return np.where((with_factors <= BETTER * without)[:, np.newaxis], factors, ones)
