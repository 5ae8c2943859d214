"""Which days are compared: the last billing period with the one before, or, in a bill of one period, the last 7 days with the 7 before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import ibis

from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.report.analysis.daily import taggable
from cost.report.model import Window

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Windows:
    """The current window, the previous one where there is one, and how much longer current is: what previous figures are multiplied by."""

    current: Window
    previous: Window | None
    first_usage: date
    last_usage: date
    last_whole_day: date

    @property
    def scale(self) -> float:
        """Current days / previous days."""
        return self.current.days / self.previous.days if self.previous else 1.0

    def mark(self, table: Frame) -> Frame:
        """The daily table with `window`: current, previous or null."""
        conditions = [(_within(table, self.current), "current")]
        if self.previous:
            conditions.append((_within(table, self.previous), "previous"))
        return table.mutate(window=ibis.cases(*conditions, else_=None))


def _within(table: Frame, window: Window) -> Any:
    if window.period is not None:
        return table["period"] == ibis.literal(window.period)
    return table["day"].between(ibis.literal(window.first), ibis.literal(window.last))


def find_windows(engine: Engine, charges: Frame) -> Windows:
    """The windows of a bill, from when its usage (else its charges) starts and ends."""
    usage = taggable(charges)
    start, end = charges["ChargePeriodStart"], charges["ChargePeriodEnd"]
    periods = charges.group_by(period=charges["BillingPeriodStart"].date()).aggregate(
        first=ibis.coalesce(start.min(where=usage), start.min()),
        end=ibis.coalesce(end.max(where=usage), end.max()),
    )
    return windows_of(engine.rows(periods.order_by("period")))


def windows_of(rows: Sequence[Mapping[str, Any]]) -> Windows:
    """The windows from rows of period, first and end (exclusive), in order of period."""
    first, end = min(row["first"] for row in rows), max(row["end"] for row in rows)
    last, whole = _last_day(end), end.date() - DAY
    bounds = (first.date(), last, max(whole, first.date()))
    if len(rows) > 1:
        return Windows(_month(rows[-1]), _month(rows[-2]), *bounds)
    current = _days(bounds[2] - WEEK + DAY, bounds[2])
    previous = _days(current.first - WEEK, current.first - DAY)
    if previous.first >= bounds[0]:
        return Windows(current, previous, *bounds)
    return Windows(_month(rows[-1]), None, *bounds)


def _month(row: Mapping[str, Any]) -> Window:
    first, last = row["first"].date(), _last_day(row["end"])
    return Window(label=f"{row['period']:%B %Y}", first=first, last=last, days=max(1, (last - first).days + 1), period=row["period"])


def _days(first: date, last: date) -> Window:
    return Window(label=f"{first.day} {first:%b} to {last.day} {last:%b %Y}", first=first, last=last, days=(last - first).days + 1)


def _last_day(end: datetime) -> date:
    return (end - timedelta(microseconds=1)).date()
