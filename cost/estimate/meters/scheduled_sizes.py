"""The sizes of what scheduled actions resize, as means over a year: a group of instances, an endpoint's variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cost.estimate.meters.schedules import DAY_MINUTES, Schedule


@dataclass(frozen=True, slots=True)
class Sizes:
    """A floor, what is wanted, and a ceiling."""

    floor: float
    desired: float
    ceiling: float

    @property
    def held(self) -> Sizes:
        """With what is wanted held within the limits, as AWS does."""
        return Sizes(self.floor, min(max(self.desired, self.floor), self.ceiling), self.ceiling)


@dataclass(frozen=True, slots=True)
class Action:
    """What a scheduled action sets at its times; None where it leaves a size as it is."""

    name: str
    schedule: Schedule
    floor: float | None = None
    desired: float | None = None
    ceiling: float | None = None
    time_zone: str = "UTC"

    def applied(self, now: Sizes) -> Sizes:
        """The sizes once it has run."""
        floor = now.floor if self.floor is None else self.floor
        ceiling = max(floor, now.ceiling if self.ceiling is None else self.ceiling)
        return Sizes(floor, now.desired if self.desired is None else self.desired, ceiling)


@lru_cache(maxsize=4096)
def year_means(actions: tuple[Action, ...], sizes: Sizes, year: int, *, demand: bool = False) -> Sizes:
    """The mean floor, wanted size and ceiling of a year; the sizes themselves, held, where no action repeats.

    What an action forced stays until another changes it; with `demand`, load decides, and the wanted size comes back within the new limits.
    Raises ValueError where a time zone is not known.
    """
    events = sorted(
        ((minute, action) for action in actions for minute in action.schedule.minutes(year, action.time_zone)), key=lambda event: (event[0], event[1].name)
    )
    if not events:
        return sizes.held
    for _, action in events:
        sizes = _next(action, sizes, demand=demand)
    # The year starts with what the last action of the year before left.
    return _mean(events, sizes, (date(year + 1, 1, 1) - date(year, 1, 1)).days * DAY_MINUTES, demand=demand)


def _mean(events: Sequence[tuple[int, Action]], sizes: Sizes, year: int, *, demand: bool) -> Sizes:
    floor = desired = ceiling = 0.0
    at = 0
    for minute, action in [*events, (year, None)]:
        held, span = sizes.held, minute - at
        floor, desired, ceiling, at = floor + held.floor * span, desired + held.desired * span, ceiling + held.ceiling * span, minute
        if action is not None:
            sizes = _next(action, sizes, demand=demand)
    # Fractions may come out of order by a rounding error.
    return Sizes(floor / year, max(desired, floor) / year, max(ceiling, desired, floor) / year)


def _next(action: Action, sizes: Sizes, *, demand: bool) -> Sizes:
    after = action.applied(sizes)
    return after if demand else after.held
