"""Scheduled actions of an Auto Scaling group: the average size over a year of its recurrences, and the limits that they set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cost.estimate.meters.base import Context, UndecidableError, as_number
from plinth.stack import Resource

SCHEDULE = "aws:autoscaling/schedule:Schedule"
GROUP = "aws:autoscaling/group:Group"
UNCHANGED = "-1"
"""What the provider takes for "leave it as it is"; a size that is not declared is 0. Source: aws_autoscaling_schedule, Argument Reference."""
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMES = {**{name: index for index, name in enumerate(WEEKDAYS)}, **{name: index for index, name in enumerate(MONTHS, start=1)}}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A group's size over a year of its schedules."""

    floor: float
    average: float
    ceiling: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sizes:
    floor: float
    desired: float
    ceiling: float

    def after(self, action: Resource) -> _Sizes:
        """The sizes once an action has run; AWS keeps the desired capacity within the limits."""
        floor, desired, ceiling = (
            _changed(action, key, now) for key, now in (("minSize", self.floor), ("desiredCapacity", self.desired), ("maxSize", self.ceiling))
        )
        return _Sizes(floor, min(max(desired, floor), max(floor, ceiling)), max(floor, ceiling))


def scheduled(context: Context, floor: float, desired: float, ceiling: float) -> Scheduled | None:
    """The average over a year of the recurring actions on the context's group; None where it has none.

    Raises UndecidableError where a recurrence or a size of one is not known or can't be read.
    """
    actions = [action for action in context.references.referring(context.resource, "autoscalingGroupName", SCHEDULE) if _text(action, "recurrence")]
    if not actions:
        return None
    year = context.as_of.year
    events = sorted(((moment, action) for action in actions for moment in _moments(action, year)), key=lambda event: (event[0], event[1].name))
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    events = [event for event in events if start <= event[0] < end]
    if not events:
        return None
    sizes = _Sizes(floor, desired, ceiling)
    for _, action in events:
        sizes = sizes.after(action)
    # The year starts with what the last action of the year before left.
    seen, hours, last = [sizes], 0.0, start
    for moment, action in events:
        hours += sizes.desired * (moment - last) / timedelta(hours=1)
        sizes, last = sizes.after(action), moment
        seen.append(sizes)
    hours += sizes.desired * (end - last) / timedelta(hours=1)
    average = hours / ((end - start) / timedelta(hours=1))
    names = ", ".join(sorted(action.name for action in actions))
    note = f"expected {average:.4g} is the average over {year} of the scheduled actions {names}"
    return Scheduled(min(size.floor for size in seen), average, max(size.ceiling for size in seen), (note,))


def _moments(action: Resource, year: int) -> Iterable[datetime]:
    """When an action runs in a year, in UTC."""
    recurrence = _text(action, "recurrence")
    zone = ZoneInfo(_text(action, "timeZone") or "UTC")
    minutes, hours, days, months, weekdays = parse(recurrence)
    day_stars = [part.startswith("*") for part in recurrence.split()]
    day = datetime(year, 1, 1, tzinfo=zone) - timedelta(days=1)
    for _ in range(368):
        in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays or (day.isoweekday() == 7 and 7 in weekdays)
        # cron: where both days are restricted, either is enough.
        matches = in_month and in_week if day_stars[2] or day_stars[4] else in_month or in_week
        if day.month in months and matches:
            yield from (day.replace(hour=hour, minute=minute).astimezone(UTC) for hour in hours for minute in minutes)
        day += timedelta(days=1)


def parse(recurrence: str) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """A five-field cron recurrence as its minutes, hours, days, months and weekdays. Raises UndecidableError where it is none."""
    parts = recurrence.lower().split()
    if len(parts) != len(FIELDS):
        raise UndecidableError(f"the recurrence {recurrence!r} is not five fields")
    minute, hour, day, month, weekday = (sorted(set(_values(recurrence, part, low, high))) for part, (_, low, high) in zip(parts, FIELDS, strict=True))
    return minute, hour, day, month, weekday


def _values(recurrence: str, part: str, low: int, high: int) -> Iterable[int]:
    for item in part.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        try:
            begin = low if first == "*" else _number(first)
            end = high if first == "*" or (step and not last) else _number(last) if last else begin
            stride = int(step) if step else 1
        except ValueError:
            raise UndecidableError(f"the recurrence {recurrence!r} has a field that can't be read: {part}") from None
        if not (low <= begin <= high and low <= end <= high and stride > 0):
            raise UndecidableError(f"the recurrence {recurrence!r} has a field out of range: {part}")
        yield from range(begin, end + 1, stride)


def _number(text: str) -> int:
    return NAMES[text] if text in NAMES else int(text)


def _changed(action: Resource, key: str, now: float) -> float:
    found = action.input(key)
    if not found.known:
        if found.present:
            raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
        return 0.0
    return now if str(found.value).removesuffix(".0") == UNCHANGED else as_number(key, found.value)


def _text(action: Resource, key: str) -> str:
    found = action.input(key)
    if found.present and not found.known:
        raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
    return str(found.value) if found.known else ""
