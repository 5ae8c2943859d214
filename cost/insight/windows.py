"""Which days are compared: the last billing period with the one before, or, in a bill of one period, the last 7 days with the 7 before.

A longer month is no change. What is counted in hours costs more in it, so the previous month's is multiplied by the days. A month's GB
costs the same in every whole month, so it is multiplied by the shares of the months that are in the windows only: 1 for whole months.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import ibis

from cost.bill.charge_table import MONEY, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.groups import taggable
from cost.insight.daily import Growth
from cost.insight.model import Window

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Windows:
    """The current window and the previous one where there is one; the bill's days of usage."""

    current: Window
    previous: Window | None
    first_usage: date
    last_usage: date
    last_whole_day: date

    @property
    def scale(self) -> float:
        """Current days / previous days: what the previous cost of hours is multiplied by."""
        return self.current.days / self.previous.days if self.previous else 1.0

    @property
    def month_scale(self) -> float:
        """The share of its month that the current window has / the previous one's: what all other previous costs are multiplied by."""
        if self.previous is None or self.current.period is None or self.previous.period is None:
            return 1.0
        return _share_of_month(self.current) / _share_of_month(self.previous)

    def mark(self, engine: Engine, table: Frame) -> Frame:
        """The daily table with `window` (current, previous or null) and `scale`: what the row's cost is multiplied by to be on equal days."""
        conditions = [(_within(table, self.current), "current")]
        if self.previous:
            conditions.append((_within(table, self.previous), "previous"))
        marked = table.mutate(window=ibis.cases(*conditions, else_=None))
        known = [(marked["growth"] == Growth.DAYS.value, self.scale), (marked["growth"] == Growth.MONTH.value, self.month_scale)]
        taxed = [(marked["service"] == service, scale) for service, scale in self._scales_of_taxes(engine, marked).items()]
        return marked.mutate(scale=ibis.cases(*known, *taxed, else_=self.month_scale).cast("float64"))

    def _scales_of_taxes(self, engine: Engine, marked: Frame) -> dict[str, float]:
        """Per service the scale of its tax: what scaling its other charges of the previous window does to their sum."""
        if self.scale == self.month_scale:
            return {}
        before = marked.filter(marked["window"] == "previous")
        amount = before["unblended"]
        sums = before.group_by("service").aggregate(
            days=amount.sum(where=before["growth"] == Growth.DAYS.value).fill_null(ZERO),
            month=amount.sum(where=before["growth"] == Growth.MONTH.value).fill_null(ZERO),
        )
        low, high = sorted((self.scale, self.month_scale))
        return {
            row["service"]: min(max((float(row["days"]) * self.scale + float(row["month"]) * self.month_scale) / float(row["days"] + row["month"]), low), high)
            for row in engine.rows(sums.order_by("service"))
            if row["days"] + row["month"]
        }


def on_equal_days(table: Frame, column: str, kind: Any = MONEY) -> Any:
    """A column's amounts multiplied by the rows' `scale`, as exact decimals."""
    scaled = (table[column].cast("float64") * table["scale"]).cast(kind)
    return (table["scale"] == 1.0).ifelse(table[column].cast(kind), scaled)


def _share_of_month(window: Window) -> float:
    month = window.period or window.first
    return window.days / monthrange(month.year, month.month)[1]


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
