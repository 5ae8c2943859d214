"""How often an EventBridge schedule fires in a month of 730 hours, from its rate, cron or one-time expression."""

from __future__ import annotations

import re

from cost.units import MONTH_HOURS

MONTH_DAYS = MONTH_HOURS / 24
_RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_CRON = re.compile(r"^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$")
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_ANY = ("*", "?")
_DAYS = {name: str(number) for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_MONTHS = {name: str(number) for number, name in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1)}


def firings(expression: str) -> float | None:
    """Firings in an average month, or None where the expression cannot be read or names years.

    The fields are minutes, hours, day of month, month, day of week and year (EventBridge Scheduler user guide, schedule types).
    """
    if expression.startswith("at("):
        return 1.0
    rate = _RATE.match(expression)
    if rate is not None:
        return MONTH_HOURS / (int(rate[1]) * _HOURS[rate[2]]) if int(rate[1]) else None
    cron = _CRON.match(expression)
    if cron is None or cron[6] not in _ANY:
        return None
    try:
        months = _count(_numbered(cron[4], _MONTHS), 1, 12) / 12
        return _count(cron[1], 0, 59) * _count(cron[2], 0, 23) * _days(cron[3], _numbered(cron[5], _DAYS)) * months
    except ValueError:
        return None


def _days(of_month: str, of_week: str) -> float:
    """Days of an average month: those of the week where it names any, else those of the month; `L`, `W` and `#` are one day each."""
    if of_week not in _ANY:
        return sum(1.0 if "#" in part or "L" in part else _count(part, 1, 7) / 7 * MONTH_DAYS for part in of_week.split(","))
    if of_month in _ANY:
        return MONTH_DAYS
    return sum(1.0 if "L" in part or "W" in part else float(_count(part, 1, 31)) for part in of_month.split(","))


def _count(field: str, low: int, high: int) -> int:
    """How many values a field names between its bounds. Raises ValueError where it cannot be read."""
    return len({value for part in field.split(",") for value in _values(part, low, high)})


def _values(part: str, low: int, high: int) -> range:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    start = low if first in _ANY else int(first)
    end = high if first in _ANY or (step and not last) else int(last or first)
    if not low <= start <= end <= high or (step and int(step) < 1):
        raise ValueError(part)
    return range(start, end + 1, int(step or 1))


def _numbered(field: str, names: dict[str, str]) -> str:
    for name, number in names.items():
        field = field.upper().replace(name, number)
    return field
