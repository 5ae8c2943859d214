"""AWS schedule expressions as times of a year: how often a monitoring job runs, how long a scheduled capacity holds.

Syntax: Amazon EventBridge Scheduler user guide, "Schedule types": `cron(minutes hours day-of-month month day-of-week year)`,
`rate(value unit)` and `at(time)`. A time zone shifts the times and not their number, so it is not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache

YEAR = 2026
"""Any year without a leap day; the weekday of its first day moves a month's runs by less than one."""
MINUTES_A_DAY = 24 * 60
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
RATE_MINUTES = {"minute": 1, "hour": 60, "day": MINUTES_A_DAY}
ANY = ("*", "?")
LAST = "L"
CRON_FIELDS = 6
MAX_PARTS = 64


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds from a schedule's times on: a floor and a ceiling, either of which may be left as it was."""

    expression: str
    floor: float | None
    ceiling: float | None


def firing_minutes(expression: str) -> tuple[int, ...]:
    """The minutes of a year, from its start, at which an expression fires; none for a single time. Raises ValueError for another syntax."""
    try:
        return _firing_minutes(expression.strip())
    except ValueError:
        raise ValueError(f"{expression!r} is no schedule expression") from None


@cache
def _firing_minutes(expression: str) -> tuple[int, ...]:
    if re.fullmatch(r"at\(.*\)", expression):
        return ()
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        step = int(rate[1]) * RATE_MINUTES[rate[2]]
        if not step:
            raise ValueError(expression)
        return tuple(range(0, 365 * MINUTES_A_DAY, step))
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    fields = cron[1].upper().split() if cron else []
    if len(fields) != CRON_FIELDS:
        raise ValueError(expression)
    minutes, hours = _values(fields[0], 0, 59), _values(fields[1], 0, 23)
    months = _values(fields[3], 1, 12, MONTHS)
    days = [day for day in _days() if day.month in months and _matches_day(day, fields[2], fields[4])]
    times = [hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)]
    return tuple((day.timetuple().tm_yday - 1) * MINUTES_A_DAY + time for day in days for time in times)


def runs_a_month(expression: str) -> float:
    """How often an expression fires in the mean month. Raises ValueError for a syntax that is not AWS's."""
    return len(firing_minutes(expression)) / 12


@lru_cache(maxsize=4096)
def mean_limits(settings: tuple[Setting, ...], floor: float, ceiling: float, desired: float) -> tuple[float, float, float]:
    """The year's mean floor, wanted count and ceiling under scheduled settings; `desired` is held within the limits of each hour.

    Raises ValueError where an expression can't be read.
    """
    changes = sorted((minute, index) for index, setting in enumerate(settings) for minute in firing_minutes(setting.expression))
    if not changes:
        return floor, min(max(desired, floor), ceiling), ceiling
    for _, index in changes:
        floor, ceiling = _set(settings[index], floor, ceiling)
    year, at, sums = 365 * MINUTES_A_DAY, 0, [0.0, 0.0, 0.0]
    for minute, index in [*changes, (year, None)]:
        for position, figure in enumerate((floor, min(max(desired, floor), ceiling), ceiling)):
            sums[position] += figure * (minute - at)
        at = minute
        if index is not None:
            floor, ceiling = _set(settings[index], floor, ceiling)
    return sums[0] / year, sums[1] / year, sums[2] / year


def _set(setting: Setting, floor: float, ceiling: float) -> tuple[float, float]:
    floor = floor if setting.floor is None else setting.floor
    return floor, max(ceiling if setting.ceiling is None else setting.ceiling, floor)


@cache
def _days() -> tuple[date, ...]:
    return tuple(date(YEAR, 1, 1) + timedelta(days=offset) for offset in range(365))


def _matches_day(day: date, of_month: str, of_week: str) -> bool:
    if of_month == LAST:
        return (day + timedelta(days=1)).day == 1
    in_month = of_month in ANY or day.day in _values(of_month, 1, 31)
    in_week = of_week in ANY or day.isoweekday() % 7 + 1 in _values(of_week, 1, 7, WEEKDAYS)
    return in_month and in_week


@cache
def _values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers of one cron field: `*`, lists, ranges, steps and names. Raises ValueError for anything else."""
    found: set[int] = set()
    parts = field.split(",")
    if len(parts) > MAX_PARTS:
        raise ValueError(field)
    for part in parts:
        span, _, step = part.partition("/")
        first, dash, last = ("", "", "") if span in ANY else span.partition("-")
        start = _number(first, low, high, names) if first else low
        end = _number(last, low, high, names) if dash else (high if step or not first else start)
        stride = int(step) if step else 1
        if stride < 1:
            raise ValueError(field)
        span_end = end if end >= start else end + high - low + 1
        found.update((value - low) % (high - low + 1) + low for value in range(start, span_end + 1, stride))
    return frozenset(found)


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    value = names.index(text) + low if text in names else int(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value
