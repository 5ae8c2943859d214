"""Schedule expressions as the times of a year: AWS's own (`cron(…)` of six fields, `rate(…)`, `at(…)`) and Unix cron's five fields.

Sources: Amazon EventBridge Scheduler user guide, "Schedule types"; EC2 Auto Scaling user guide, "Scheduled scaling" (recurring schedules).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

YEAR = 2026
"""The year that a mean month is taken from: any without a leap day; the weekday of its first day moves a month's runs by less than one."""
DAY_MINUTES = 24 * 60
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
RATE_MINUTES = {"minute": 1, "hour": 60, "day": DAY_MINUTES}
ANY = ("*", "?")
MAX_PARTS = 64
DayRule = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Minutes of the day on the days that fit, or every so many minutes; neither for what runs once."""

    times: tuple[int, ...] = ()
    fits: DayRule = lambda _day: True
    every: int = 0

    @property
    def a_month(self) -> float:
        """How often it fires in a mean month; what runs once runs in one."""
        if self.every:
            return 365 * DAY_MINUTES / 12 / self.every
        return len(self.times) * len(self._days(YEAR)) / 12 if self.times else 1.0

    def minutes(self, year: int, time_zone: str = "UTC") -> tuple[int, ...]:
        """When it fires in a year, in minutes from the year's start in UTC; never for what runs once. Raises ValueError for an unknown time zone."""
        length = (date(year + 1, 1, 1) - date(year, 1, 1)).days * DAY_MINUTES
        if self.every:
            return tuple(range(0, length, self.every))
        zone, start = _zone(time_zone), datetime(year, 1, 1, tzinfo=UTC)
        moments = (datetime(day.year, day.month, day.day, time // 60, time % 60, tzinfo=zone) for day in self._days(year, 1) for time in self.times)
        found = (int((moment - start) / timedelta(minutes=1)) for moment in moments)
        return tuple(minute for minute in found if 0 <= minute < length)

    def _days(self, year: int, beside: int = 0) -> list[date]:
        """The year's days that fit, with those `beside` it, which another time zone can move into it."""
        first, last = date(year, 1, 1) - timedelta(days=beside), date(year, 12, 31) + timedelta(days=beside)
        return [day for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1)) if self.fits(day)]


@lru_cache(maxsize=1024)
def aws_schedule(expression: str) -> Schedule:
    """A `cron(…)`, `rate(…)` or `at(…)`. Raises ValueError for another syntax, and for a cron that names years, which no mean month has."""
    try:
        return _aws(expression.strip())
    except ValueError:
        raise ValueError(f"{expression[:100]!r} is no schedule expression that repeats every year") from None


@lru_cache(maxsize=1024)
def unix_schedule(recurrence: str) -> Schedule:
    """Five fields: minute, hour, day of the month, month, day of the week. Raises ValueError for another syntax."""
    try:
        minutes, hours, of_month, months, of_week = recurrence.upper().split()
        in_month, in_week = _values(of_month, 1, 31), {day % 7 for day in _values(of_week, 0, 7, WEEKDAYS)}
        times, in_year = _times(minutes, hours), _values(months, 1, 12, MONTHS)
    except ValueError:
        raise ValueError(f"the recurrence {recurrence[:100]!r} is not five fields of cron") from None
    # cron: where both days are restricted, either is enough.
    either = not (of_month.startswith("*") or of_week.startswith("*"))

    def fits(day: date) -> bool:
        by_month, by_week = day.day in in_month, day.isoweekday() % 7 in in_week
        return day.month in in_year and (by_month or by_week if either else by_month and by_week)

    return Schedule(times, fits)


def _aws(expression: str) -> Schedule:
    if re.fullmatch(r"at\(.*\)", expression):
        return Schedule()
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        every = int(rate[1]) * RATE_MINUTES[rate[2]]
        if not every:
            raise ValueError(expression)
        return Schedule(every=every)
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    minutes, hours, of_month, months, of_week, years = (cron[1] if cron else "").upper().split()
    if years not in ANY:
        raise ValueError(expression)
    in_year, by_month, by_week = _values(months, 1, 12, MONTHS), _of_month(of_month), _of_week(of_week)
    return Schedule(_times(minutes, hours), lambda day: day.month in in_year and by_month(day) and by_week(day))


def _times(minutes: str, hours: str) -> tuple[int, ...]:
    return tuple(hour * 60 + minute for hour in sorted(_values(hours, 0, 23)) for minute in sorted(_values(minutes, 0, 59)))


def _of_month(field: str) -> DayRule:
    """AWS's day of the month: days, `L` for the last, `LW` for the last weekday, `15W` for the weekday nearest to the 15th."""
    if field == "L":
        return lambda day: day.day == _last(day)
    if field == "LW":
        return lambda day: day.day == _nearest_weekday(day, _last(day))
    if field.endswith("W"):
        wanted = _number(field[:-1], 1, 31)
        return lambda day: wanted <= _last(day) and day.day == _nearest_weekday(day, wanted)
    days = _values(field, 1, 31)
    return lambda day: day.day in days


def _of_week(field: str) -> DayRule:
    """AWS's day of the week: days from SUN (1) to SAT (7), `6L` for the month's last Friday, `2#1` for its first Monday."""
    if field != "L" and field.endswith("L"):
        last_one = _number(field[:-1], 1, 7, WEEKDAYS)
        return lambda day: _weekday(day) == last_one and day.day > _last(day) - 7
    name, nth, index = field.partition("#")
    if nth:
        which, wanted = _number(index, 1, 5), _number(name, 1, 7, WEEKDAYS)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == which
    days = _values("7" if field == "L" else field, 1, 7, WEEKDAYS)
    return lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def _nearest_weekday(day: date, wanted: int) -> int:
    """The weekday of the day's month that is nearest to a date, without leaving the month."""
    at = day.replace(day=wanted).isoweekday()
    if at == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if at == 7:
        return wanted + 1 if wanted < _last(day) else wanted - 2
    return wanted


@cache
def _values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers of one cron field: `*`, `?`, lists, ranges, steps and names. Raises ValueError for anything else."""
    found: set[int] = set()
    parts = field.split(",")
    if len(parts) > MAX_PARTS:
        raise ValueError(field)
    for part in parts:
        span, _, step = part.partition("/")
        first, dash, last = ("", "", "") if span in ANY else span.partition("-")
        start = low if span in ANY else _number(first, low, high, names)
        end = _number(last, low, high, names) if dash else (high if step or span in ANY else start)
        stride = int(step) if step else 1
        if stride < 1:
            raise ValueError(field)
        size = high - low + 1
        found.update((value - low) % size + low for value in range(start, (end if end >= start else end + size) + 1, stride))
    return frozenset(found)


def _number(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> int:
    value = names.index(text) + low if text in names else int(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"the time zone {name[:64]!r} is not known") from None
