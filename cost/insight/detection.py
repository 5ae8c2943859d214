"""Which days of many series are unusual: each day judged by the days before it, over a small array of series by days.

Per series: a factor a weekday (cost.insight.seasons, made again each week from the days before), a level (the median of the last LEVEL_DAYS
usual days) and a deviation, the largest of 1.4826 x the median absolute residual, 1.2533 x the mean absolute residual without its OUTLIERS
largest (both estimate a normal distribution's standard deviation; Rousseeuw and Croux, Alternatives to the Median Absolute Deviation,
1993) and FLOOR of the level, over the last MEMORY days. A day is unusual at THRESHOLD deviations, or two days running at PAIR; what fell to
nothing on its second day. The level stands still while a run of unusual days lasts; after ESTABLISHED days the run is the new level.
Nothing here knows what a bill is: only the amounts of days reach this module.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from cost.insight.seasons import factors_before, seasons_of

THRESHOLD: Final = 6.0
PAIR: Final = 4.0
"""Two days running at this many deviations are unusual too: a step smaller than a spike."""
STAY: Final = 3.0
"""A run goes on while its days are this far from the level before it."""
FLOOR: Final = 0.05
UNKNOWN: Final = 0.15
"""The least deviation, as a share of the level, of a series with less than LEARN days of residuals."""
LEARN: Final = 14
"""Days that are learnt from before days are judged by those before them."""
LEVEL_DAYS: Final = 10
MEMORY: Final = 42
DRIFT_WEEKS: Final = 5
ESTABLISHED: Final = 7
OUTLIERS: Final = 2
"""As many days of the memory that deviated half as much make a day usual: jobs that run now and then."""
NOTHING: Final = 0.02
"""Of the level: below it a series has vanished."""
EARLY_SPIKES: Final = 3
"""In the days learnt from, up to so many are spikes; more are what the series is like."""
LEAST_FACTOR: Final = 0.3
"""A weekday's residuals are measured against at least this factor: noise on a quiet day is not blown up."""
DRIFT: Final = 0.3
"""A slow change of this share from the first of DRIFT_WEEKS weeks to the last is a drift."""

Floats = Any


@dataclass
class Run:
    """Unusual days of one series: `sign` +1 or -1; `established` is the day on which it became the new level; day numbers throughout."""

    series: int
    sign: int
    start: int
    last: int
    detected: int
    level: float
    deviation: float
    score: float
    established: int | None = None
    open: bool = True
    drift: bool = False


@dataclass
class Detection:
    """The runs found, in order of series and start; each day's usual amount and weekday factor as of that day, shape (series, days)."""

    runs: list[Run]
    expected: Floats
    factors: Floats


@dataclass
class _State:
    """What is known of all series while the days go by."""

    values: Floats
    factors: Floats
    """Of all days, as the days before today give them."""
    judged: Floats
    """Of each day as it was judged."""
    levels: Floats
    """The level that each day was judged against."""
    ratios: Floats
    """What each day's amount counts as beside it: a new level scales the days before."""
    month_before: Floats
    first_of_month: Floats
    minimum: float
    usual: Floats
    """Amounts without their weekday factor on usual days; NaN on unusual ones and before a new level."""
    residuals: Floats
    scores: Floats
    expected: Floats
    zeros: Floats
    taken: Floats
    """The days of runs that are over."""
    open: dict[int, Run] = field(default_factory=dict)
    former: dict[int, Run] = field(default_factory=dict)
    """The last established run of each series: its `level` is what the cost may go back to."""
    found: list[Run] = field(default_factory=list)


def detect(values: Floats, season: Floats, month_before: Floats, first_of_month: Floats, minimum: float, length: int = 7) -> Detection:
    """The unusual days of `values`, shape (series, days).

    `season` has each day's weekday (0 to `length` - 1), `month_before` the number of the same day a month before or -1,
    `first_of_month` whether a day is one; `minimum` is the least deviation in the amounts' unit that counts.
    """
    state = _State(
        values=values,
        factors=np.ones(values.shape),
        judged=np.ones(values.shape),
        levels=np.zeros(values.shape),
        ratios=np.ones(values.shape),
        month_before=month_before,
        first_of_month=first_of_month,
        minimum=minimum,
        usual=np.full(values.shape, np.nan),
        residuals=np.full(values.shape, np.nan),
        scores=np.zeros(values.shape),
        expected=np.full(values.shape, np.nan),
        zeros=values == 0,
        taken=np.zeros(values.shape, dtype=bool),
    )
    seasons = seasons_of(values, season, length)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        _learn(state, length)
        for day in range(min(LEARN, values.shape[1]), values.shape[1]):
            if day % length == 0:
                _refresh(state, factors_before(seasons, day)[:, season], day)
            _judge(state, day)
        _drifts(state)
    runs = sorted(state.found + list(state.open.values()), key=lambda run: (run.series, run.start))
    return Detection(runs=runs, expected=state.expected, factors=state.judged)


def _refresh(state: _State, factors: Floats, day: int) -> None:
    """New weekday factors, in the memory of usual days too: what the old ones called a deviation may be the weekday."""
    changed = np.flatnonzero((factors != state.factors).any(axis=1))
    state.factors[changed] = factors[changed]
    state.judged[:, day:] = state.factors[:, day:]
    scale = np.maximum(factors[changed, :day], LEAST_FACTOR)
    residuals = (state.values[changed, :day] * state.ratios[changed, :day] - factors[changed, :day] * state.levels[changed, :day]) / scale
    known = np.isfinite(state.residuals[changed, :day])
    state.residuals[changed, :day] = np.where(known, residuals, np.nan)
    usual = known & np.isfinite(state.usual[changed, :day])
    state.usual[changed, :day] = np.where(usual, state.levels[changed, :day] + residuals, state.usual[changed, :day])


def _learn(state: _State, length: int) -> None:
    """The first days: their median is the level, and single days far above it are spikes, but for those that come again a week later."""
    days = min(LEARN, state.values.shape[1])
    if days == 0:
        return
    amounts = state.values[:, :days]
    factors = np.maximum(state.factors[:, :days], LEAST_FACTOR)
    level = np.median(amounts / factors, axis=1)
    residuals = (amounts - state.factors[:, :days] * level[:, np.newaxis]) / factors
    state.levels[:, :days] = level[:, np.newaxis]
    state.residuals[:, :days] = residuals
    state.usual[:, :days] = level[:, np.newaxis] + residuals
    state.expected[:, :days] = state.factors[:, :days] * level[:, np.newaxis]
    deviation = _deviation(state, residuals, level)
    scores = residuals / deviation[:, np.newaxis]
    state.scores[:, :days] = scores
    unusual = (scores >= THRESHOLD) & (residuals * factors >= state.minimum) & ~state.first_of_month[:days]
    weekly = unusual[:, length:] & unusual[:, :-length]
    unusual[:, length:] &= ~weekly
    unusual[:, : weekly.shape[1]] &= ~weekly
    for series in np.flatnonzero(unusual.any(axis=1) & (unusual.sum(axis=1) <= EARLY_SPIKES) & (level > 0)).tolist():
        for start, last in _spans(np.flatnonzero(unusual[series])):
            if last < days - 1:
                top = float(scores[series, start : last + 1].max())
                state.found.append(Run(series, 1, start, last, start, float(level[series]), float(deviation[series]), top, open=False))
                state.usual[series, start : last + 1] = np.nan
                state.taken[series, start : last + 1] = True


def _spans(numbers: Floats) -> list[tuple[int, int]]:
    return [(int(part[0]), int(part[-1])) for part in np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)]


def _deviation(state: _State, residuals: Floats, level: Floats) -> Floats:
    """The robust deviation of each series from residuals of shape (series, days); cost is skewed, so those above the level count on their own too."""
    size = np.sort(np.abs(residuals), axis=1)
    known = np.isfinite(size).sum(axis=1)
    kept = np.where(np.arange(size.shape[1]) < np.maximum(known - OUTLIERS, 1)[:, np.newaxis], size, np.nan)
    above = np.where(residuals >= 0, residuals, np.nan)
    upper = np.where(np.isfinite(above).sum(axis=1) >= LEARN // 2, np.nanmedian(above, axis=1), 0.0)
    typical = 1.4826 * np.nan_to_num(np.fmax(np.nanmedian(size, axis=1), upper))
    average = 1.2533 * np.nan_to_num(np.nanmean(kept, axis=1))
    floor = np.where(known < LEARN, UNKNOWN, FLOOR) * np.abs(level)
    return np.maximum.reduce([typical, average, floor, np.full(len(level), state.minimum / THRESHOLD), np.full(len(level), 1e-9)])


def _judge(state: _State, day: int) -> None:
    """One day: open runs go on, close or become the level; other series are usual, or a run begins."""
    window = slice(max(0, day - MEMORY), day)
    level = np.nan_to_num(np.nanmedian(_last(state.usual[:, window], LEVEL_DAYS), axis=1))
    deviation = _deviation(state, state.residuals[:, window], level)
    for series, run in state.open.items():
        level[series], deviation[series] = run.level, run.deviation
    factor = state.factors[:, day]
    expected = factor * level
    scale = np.maximum(factor, LEAST_FACTOR)
    residual = state.values[:, day] - expected
    judged = np.where(residual > 0, np.maximum(residual - _monthly(state, day), 0), residual)
    state.expected[:, day] = expected
    state.levels[:, day] = level
    state.scores[:, day] = judged / scale / deviation
    begun = _begin(state, day, judged, level, deviation)
    for series in [*state.open]:
        if series not in begun:
            _go_on(state, series, day)
    usual = np.ones(len(level), dtype=bool)
    usual[[*state.open]] = False
    state.usual[usual, day] = np.where(state.scores[usual, day] < THRESHOLD, (level + residual / scale)[usual], np.nan)
    state.residuals[usual, day] = (residual / scale)[usual]
    for series in [*state.open]:
        if day - state.open[series].start + 1 >= ESTABLISHED:
            _establish(state, state.open.pop(series), day)


def _last(amounts: Floats, count: int) -> Floats:
    """The last `count` known amounts of each series, others NaN."""
    known = np.isfinite(amounts)
    after = known[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.where(known & (after <= count), amounts, np.nan)


def _monthly(state: _State, day: int) -> Floats:
    """What a single day added on the same day a month before: a monthly charge."""
    before = state.month_before[day]
    if before < 0:
        return np.zeros(len(state.values))
    single = (state.scores[:, before] >= STAY) & (state.scores[:, before + 1] < STAY) & ((before == 0) | (state.scores[:, before - 1] < STAY))
    return np.where(single, state.values[:, before] - np.nan_to_num(state.expected[:, before]), 0.0)


def _begin(state: _State, day: int, residual: Floats, level: Floats, deviation: Floats) -> set[int]:
    """Start a run where this day, or it and the day before, are unusual; on the first of a month only once the next day is too."""
    today, before = state.scores[:, day], state.scores[:, day - 1]
    enough = np.abs(residual) >= state.minimum
    at_once = (np.abs(today) >= THRESHOLD) & ((today < 0) | ~state.first_of_month[day])
    pair = (np.abs(today) >= PAIR) & (np.abs(before) >= PAIR) & (np.sign(today) == np.sign(before))
    gone = np.all(state.values[:, day - 1 : day + 1] <= NOTHING * level[:, np.newaxis], axis=1) & (state.factors[:, day] >= LEAST_FACTOR) & (level > 0)
    gone &= ~state.zeros[:, max(0, day - 1 - MEMORY) : day - 1].any(axis=1)
    begun: set[int] = set()
    for series in np.flatnonzero(enough & (at_once | pair | gone)).tolist():
        if series in state.open:
            continue
        two = bool((pair[series] or gone[series]) and not state.taken[series, day - 1])
        start, sign = day - 1 if two else day, int(np.sign(residual[series]))
        if _went_back(state, series, day, sign) or _usual_for_it(state, series, start, day):
            continue
        score = float(np.abs(state.scores[series, start : day + 1]).max())
        state.open[series] = Run(series, sign, start, day, day, float(level[series]), float(deviation[series]), score)
        state.usual[series, start:day] = np.nan
        begun.add(series)
    return begun


def _usual_for_it(state: _State, series: int, start: int, day: int) -> bool:
    """Whether the memory has days that deviated half as much in the same direction."""
    size = state.scores[series, day]
    memory = state.residuals[series, max(0, start - MEMORY) : start]
    height = (state.values[series, day] - state.expected[series, day]) / 2
    return int(np.nansum(memory >= height if size > 0 else memory <= height)) >= OUTLIERS


def _went_back(state: _State, series: int, day: int, sign: int) -> bool:
    """Whether a series returns to the level before its last step: the step is over, and that level holds again."""
    run = state.former.get(series)
    if run is None or sign == run.sign or day - run.start > MEMORY + ESTABLISHED:
        return False
    factor = state.factors[series, day]
    scale = max(factor, LEAST_FACTOR)
    if abs(state.values[series, day] - factor * run.level) > PAIR * run.deviation * scale:
        return False
    run.last, run.open = day - 1, False
    state.taken[series, run.start : day] = True
    _new_level(state, series, day, before=run.level, ratio=run.level / _level_of(state, series, run.start, day))
    del state.former[series]
    return True


def _level_of(state: _State, series: int, start: int, end: int) -> float:
    scale = np.maximum(state.factors[series, start:end], LEAST_FACTOR)
    return float(np.median(state.values[series, start:end] / scale))


def _go_on(state: _State, series: int, day: int) -> None:
    """A run's next day: still far from the level before it in the same direction, or the run is over."""
    run = state.open[series]
    score = state.scores[series, day] * run.sign
    vanished = run.sign < 0 and state.values[series, day] <= NOTHING * run.level
    if score >= STAY or vanished or (state.factors[series, day] < LEAST_FACTOR):
        run.last, run.score = day, max(run.score, float(score))
        return
    run.open = False
    run.last = max(run.start, day - 1)
    days = slice(run.start, day)
    scale = np.maximum(state.factors[series, days], LEAST_FACTOR)
    state.residuals[series, days] = (state.values[series, days] - state.expected[series, days]) / scale
    state.taken[series, days] = True
    state.found.append(state.open.pop(series))


def _establish(state: _State, run: Run, day: int) -> None:
    """The run is the new level from its start on; residuals are scaled with the level."""
    run.established = day
    level = _level_of(state, run.series, run.start, day + 1)
    _new_level(state, run.series, run.start, before=level, ratio=level / run.level if run.level > 0 else np.nan)
    scale = np.maximum(state.factors[run.series, run.start : day + 1], LEAST_FACTOR)
    state.usual[run.series, run.start : day + 1] = state.values[run.series, run.start : day + 1] / scale
    state.residuals[run.series, run.start : day + 1] = state.usual[run.series, run.start : day + 1] - level
    state.levels[run.series, run.start : day + 1] = level
    state.former[run.series] = run
    state.found.append(run)


def _new_level(state: _State, series: int, start: int, *, before: float, ratio: float) -> None:
    """Forget the level before `start`: the days of memory count as if at the new one, their residuals in proportion."""
    state.usual[series, :start] = np.nan
    state.usual[series, max(0, start - LEVEL_DAYS // 2) : start] = before
    scale = ratio if np.isfinite(ratio) and 0.05 <= ratio <= 20 else np.nan
    for amounts in (state.residuals, state.levels, state.ratios):
        amounts[series, :start] *= scale
    state.zeros[series, :start] = False


def _drifts(state: _State) -> None:
    """Slow changes up to the last day, in series without a run in that time: weekly medians that all go one way, and far."""
    days = state.values.shape[1]
    weeks = DRIFT_WEEKS
    if days < weeks * 7:
        return
    amounts = state.values / np.maximum(state.factors, LEAST_FACTOR)
    medians = np.median(amounts[:, days - weeks * 7 :].reshape(len(amounts), weeks, 7), axis=2)
    level, change = medians[:, 0], medians[:, -1] - medians[:, 0]
    deviation = _deviation(state, state.residuals[:, days - weeks * 7 :], level)
    one_way = np.all(np.diff(medians, axis=1) > 0, axis=1) | np.all(np.diff(medians, axis=1) < 0, axis=1)
    far = (np.abs(change) >= DRIFT * level) & (np.abs(change) >= 2 * deviation) & (np.abs(change) >= state.minimum) & (level > 0)
    busy = {run.series for run in state.found if (run.established or run.last) >= days - weeks * 7} | set(state.open)
    for series in np.flatnonzero(one_way & far).tolist():
        if series not in busy:
            score, sign = float(abs(change[series]) / deviation[series]), int(np.sign(change[series]))
            first, last = days - (weeks - 1) * 7, days - 1
            state.found.append(Run(series, sign, first, last, last, float(level[series]), float(deviation[series]), score, drift=True))
