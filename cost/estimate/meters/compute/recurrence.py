"""Scheduled actions of an Auto Scaling group: the average size over a year of its recurrences, and the limits that they set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cost.estimate.lookup import References
from cost.estimate.meters.base import Context, UndecidableError, as_number
from plinth.stack import Resource

SCHEDULE = "aws:autoscaling/schedule:Schedule"
GROUP = "aws:autoscaling/group:Group"
HOUR = timedelta(hours=1)
_BY_GROUP: WeakKeyDictionary[References, Mapping[str, Sequence[Resource]]] = WeakKeyDictionary()
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


@dataclass(frozen=True, slots=True)
class _Action:
    """What a scheduled action sets; None where it leaves a size as it is."""

    name: str
    floor: float | None
    desired: float | None
    ceiling: float | None

    def applied(self, now: _Sizes) -> _Sizes:
        """The sizes once it has run; AWS keeps the desired capacity within the limits."""
        floor = now.floor if self.floor is None else self.floor
        ceiling = max(floor, now.ceiling if self.ceiling is None else self.ceiling)
        desired = now.desired if self.desired is None else self.desired
        return _Sizes(floor, min(max(desired, floor), ceiling), ceiling)


def scheduled(context: Context, floor: float, desired: float, ceiling: float) -> Scheduled | None:
    """The average over a year of the recurring actions on the context's group; None where it has none.

    Raises UndecidableError where a recurrence or a size of one is not known or can't be read.
    """
    actions = [action for action in _actions(context).get(context.resource.urn, ()) if _text(action, "recurrence")]
    events = _events(actions, context.as_of.year)
    if not events:
        return None
    sizes = _Sizes(floor, desired, ceiling)
    for _, action in events:
        sizes = action.applied(sizes)
    # The year starts with what the last action of the year before left.
    start, end = _year(context.as_of.year)
    seen, hours, last = {sizes}, 0.0, start
    for moment, action in events:
        hours += sizes.desired * (moment - last) / HOUR
        sizes, last = action.applied(sizes), moment
        seen.add(sizes)
    average = (hours + sizes.desired * (end - last) / HOUR) / ((end - start) / HOUR)
    names = ", ".join(sorted(action.name for action in actions))
    note = f"expected {average:.4g} is the average over {context.as_of.year} of the scheduled actions {names}"
    return Scheduled(min(size.floor for size in seen), average, max(size.ceiling for size in seen), (note,))


def _actions(context: Context) -> Mapping[str, Sequence[Resource]]:
    """The stack's scheduled actions by their group's URN, found once for all groups."""
    found = _BY_GROUP.get(context.references)
    if found is None:
        grouped: defaultdict[str, list[Resource]] = defaultdict(list)
        for action in context.stack.of_type(SCHEDULE):
            group = context.references.referred(action, "autoscalingGroupName", GROUP)
            if group is not None:
                grouped[group.urn].append(action)
        found = _BY_GROUP[context.references] = dict(grouped)
    return found


def _events(actions: Sequence[Resource], year: int) -> list[tuple[datetime, _Action]]:
    """When each action runs in a year, in order."""
    start, end = _year(year)
    events: list[tuple[datetime, _Action]] = []
    for action in actions:
        sizes = _Action(action.name, *(_size(action, key) for key in ("minSize", "desiredCapacity", "maxSize")))
        moments = _moments(_text(action, "recurrence"), _text(action, "timeZone") or "UTC", year)
        events += [(moment, sizes) for moment in moments if start <= moment < end]
    return sorted(events, key=lambda event: (event[0], event[1].name))


def _year(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def _moments(recurrence: str, time_zone: str, year: int) -> tuple[datetime, ...]:
    """When a recurrence falls in a year, in UTC."""
    try:
        zone = ZoneInfo(time_zone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise UndecidableError(f"the time zone {time_zone[:64]!r} is not known") from None
    minutes, hours, days, months, weekdays = parse(recurrence)
    parts = recurrence.split()
    either = not (parts[2].startswith("*") or parts[4].startswith("*"))
    first = datetime(year, 1, 1, tzinfo=zone) - timedelta(days=1)
    found: list[datetime] = []
    for day in (first + timedelta(days=index) for index in range(368)):
        in_month, in_week = day.day in days, bool({day.isoweekday() % 7, day.isoweekday()} & set(weekdays))
        # cron: where both days are restricted, either is enough.
        if day.month in months and (in_month or in_week if either else in_month and in_week):
            found += [day.replace(hour=hour, minute=minute).astimezone(UTC) for hour in hours for minute in minutes]
    return tuple(found)


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


def _size(action: Resource, key: str) -> float | None:
    """A size that an action sets; None for what the provider takes as unchanged."""
    found = action.input(key)
    if not found.known:
        if found.present:
            raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
        return 0.0
    return None if str(found.value).removesuffix(".0") == UNCHANGED else as_number(key, found.value)


def _text(action: Resource, key: str) -> str:
    found = action.input(key)
    if found.present and not found.known:
        raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
    return str(found.value) if found.known else ""
