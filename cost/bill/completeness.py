"""Whether a bill covers its months: open periods, and days without usage per account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import ibis

from cost.bill.charge_table import ChargeCategory, Frame
from cost.bill.engine import Engine
from cost.bill.model import AccountCompleteness, Completeness, DayRange, PeriodCompleteness

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def completeness(engine: Engine, charges: Frame) -> Completeness:
    """The bill's periods and, per account and period, the days that have usage. Taxes, fees, credits and monthly charges count for no day,
    unless a whole account's month has nothing else.

    A charge without length counts for the day it is on.
    """
    usage = charges.filter(charges["ChargeCategory"] == ChargeCategory.USAGE.value)
    long = usage["ChargePeriodEnd"] - ibis.interval(days=1) > usage["ChargePeriodStart"]
    spans: Any = usage.mutate(long=long, first=usage["ChargePeriodStart"].date(), last=(usage["ChargePeriodEnd"] - ibis.interval(microseconds=1)).date())
    spans = spans.mutate(last=ibis.greatest(spans["first"], spans["last"]))
    days = engine.rows(spans.select("SubAccountId", "BillingPeriodStart", "BillingPeriodEnd", "long", "first", "last").distinct())
    end, is_usage = charges["ChargePeriodEnd"], charges["ChargeCategory"] == ChargeCategory.USAGE.value
    is_short = end - ibis.interval(days=1) <= charges["ChargePeriodStart"]
    periods = charges.group_by("BillingPeriodStart", "BillingPeriodEnd").aggregate(
        invoiced=(charges["InvoiceId"].fill_null("") != "").any(), last_end=ibis.coalesce(end.max(where=is_usage & is_short), end.max(where=is_usage))
    )
    return Completeness(
        periods=tuple(_period(row) for row in engine.rows(periods.order_by("BillingPeriodStart"))),
        accounts=tuple(_account(*key, rows) for key, rows in sorted(_grouped(days).items())),
    )


def label(start: datetime) -> str:
    """A billing period's name: `2023-11`."""
    return f"{start:%Y-%m}"


def _period(row: dict[str, Any]) -> PeriodCompleteness:
    end, last = row["BillingPeriodEnd"], row["last_end"]
    return PeriodCompleteness(
        period=label(row["BillingPeriodStart"]),
        open=not row["invoiced"] or (last is not None and last < end),
        invoiced=row["invoiced"],
        last_usage=None if last is None else (last - INSTANT).date(),
    )


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, datetime, datetime], list[dict[str, Any]]]:
    groups: dict[tuple[str, datetime, datetime], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["SubAccountId"], row["BillingPeriodStart"], row["BillingPeriodEnd"]].append(row)
    return {key: [row for row in found if not row["long"]] or found for key, found in groups.items()}


def _account(account: str, start: datetime, end: datetime, rows: list[dict[str, Any]]) -> AccountCompleteness:
    in_period = range((end - start).days)
    days = {row["first"] + DAY * offset for row in rows for offset in range((row["last"] - row["first"]).days + 1)}
    absent = [day for day in (start.date() + DAY * offset for offset in in_period) if day not in days]
    return AccountCompleteness(
        account=account,
        period=label(start),
        first_day=min(days),
        last_day=max(days),
        days=len(in_period) - len(absent),
        days_in_period=len(in_period),
        missing=_ranges(absent),
    )


def _ranges(days: list[date]) -> tuple[DayRange, ...]:
    ranges: list[DayRange] = []
    for day in days:
        if ranges and day - ranges[-1].last == DAY:
            ranges[-1] = DayRange(first=ranges[-1].first, last=day)
        else:
            ranges.append(DayRange(first=day, last=day))
    return tuple(ranges)
