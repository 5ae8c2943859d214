"""Hourly use over a month: days and weeks have a shape, capacity that always runs has none. All figures are the generator's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cost.synthetic.meters import Meter

Floats = NDArray[np.float64]
NIGHT, DAY_PEAK_HOUR, WEEKEND_FACTOR, NOISE = 0.55, 14.0, 0.6, 0.05
MAX_IDS_PER_METER: Final = 50


def month_hours(month: date) -> int:
    """Hours in a calendar month, UTC."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month.replace(day=1)).days * 24


def hour_starts(month: date) -> list[datetime]:
    """The start of every hour of the month, UTC."""
    start = datetime(month.year, month.month, 1)
    return [start + timedelta(hours=hour) for hour in range(month_hours(month))]


def weights(month: date, rng: np.random.Generator) -> Floats:
    """A busy line's hourly weights, mean 1: higher by day and on working days, with a little noise."""
    hours = np.arange(month_hours(month))
    daily = 1 + (1 - NIGHT) * np.cos((hours % 24 - DAY_PEAK_HOUR) / 24 * 2 * np.pi)
    weekday = (hours // 24 + month.replace(day=1).weekday()) % 7
    raw = daily * np.where(weekday >= 5, WEEKEND_FACTOR, 1.0) * rng.normal(1.0, NOISE, len(hours)).clip(0.5, 1.5)
    return raw / raw.mean()


def usage(meter: Meter, month: date, rng: np.random.Generator) -> Floats:
    """Usage by resource and hour, shape (resources, hours): instances fill up one after another, so an hour of one is at most its share."""
    hours = month_hours(month)
    total = meter.quantity(hours)
    busy = meter.accelerated or meter.spot or not meter.hourly
    shape = weights(month, rng) if busy else np.ones(hours)
    demand = total / hours * shape
    if not meter.instances:
        return demand[np.newaxis, :]
    each = max(1.0, np.ceil(demand.max() / MAX_IDS_PER_METER))
    numbers = np.arange(int(np.ceil(demand.max() / each)))[:, np.newaxis]
    return np.clip(demand - numbers * each, 0.0, each)
