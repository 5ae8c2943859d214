"""What did not cost what it usually does: spikes, steps, drops, new and vanished series, slow drifts; each with what is behind it.

A series is a group's service, one amount a day. The engine adds the bill up by day; `cost.insight.detection` judges the small array of
series by days; the resources and usage types behind what it finds are asked from the engine again. Usage only: charges longer than a
day, tax, fees and credits are no series. Method and measured error rates: docs/anomalies.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any, Final

import ibis
import numpy as np

from cost.bill.charge_table import Frame
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.insight.contributions import Pair, contributions
from cost.insight.daily import daily, grouping
from cost.insight.detection import ESTABLISHED, LEARN, MEMORY, NOTHING, PAIR, THRESHOLD, Detection, Run, detect
from cost.insight.model import Anomalies, Anomaly, AnomalyKind, Contribution, SeriesPoint
from cost.insight.windows import Windows, find_windows
from plinth.errors import UsageError

MATERIAL: Final = 0.01
"""The least deviation that counts, as a share of the bill's usual day."""
MINIMUM_DAYS: Final = 14
LISTED: Final = 5
ALL: Final = 50
DECIMALS: Final = 6
"""Of a score: the last digits of a mean of floats depend on the order of rows, and a report must be the same twice."""
MOST: Final = 1000.0
"""A score above this says nothing more: the series never moved before."""
BEHIND: Final = 0.02
"""A resource or usage type with less than this share of the excess is not behind it."""
TABLE: Final = "anomalies_daily"


@dataclass(frozen=True)
class _Series:
    """The array that is judged: `names` are its rows, `days` its columns."""

    names: tuple[Pair, ...]
    days: tuple[date, ...]
    values: Any
    minimum: float


def find_anomalies(bill: Bill, *, by: str = "team", cost: str = "amortized", since: date | None = None, minimum: float | None = None) -> Anomalies:
    """The anomalies of a bill's series, a series being one value of `by` (account, service, region, usage_type, resource or a tag) in one service.

    `since` leaves out what was no news on or after that day, `minimum` is the least deviation a day in the bill's currency (MATERIAL of
    the bill's usual day by default). Raises UsageError for another cost kind or a least deviation that is no amount, InputError for a tag
    that the bill does not have.
    """
    check_request(cost, minimum)
    key, engine = grouping(bill, by), bill.engine
    windows = find_windows(engine, bill.charges)
    expression = daily(bill.charges, key, windows.last_usage)
    table = engine.store(TABLE, expression.schema(), expression)
    try:
        series = _series(engine, _steady(table, windows), cost, minimum)
        found, note = _anomalies(
            engine, _steady(table, windows), cost, series, lambda run: since is None or series.days[min(run.last, run.established or run.last)] >= since, ALL
        )
    finally:
        engine.drop(TABLE)
    return Anomalies(
        synthetic=bill.synthetic,
        files=tuple(str(path) for path in bill.files),
        currency=bill.currency,
        cost=cost,
        by=key,
        since=since,
        first_day=windows.first_usage,
        last_day=windows.last_whole_day,
        series=len(series.names),
        minimum_per_day=series.minimum,
        looked=len(series.days) >= MINIMUM_DAYS,
        anomalies=found,
        note=note,
        warnings=bill.warnings,
    )


def check_request(cost: str, minimum: float | None) -> None:
    """Raise UsageError for what can be refused before a bill is read."""
    check_cost_kind(cost)
    if minimum is not None and not (isfinite(minimum) and minimum >= 0):
        raise UsageError("the least difference is no amount", where="--min-amount", value=minimum, fix="give an amount a day, 0 or more")


def anomalies(engine: Engine, table: Frame, cost: str, windows: Windows) -> tuple[tuple[Anomaly, ...], str]:
    """The anomalies of the compared windows, what cost too much first, at most LISTED; and sentences that say how and where they were looked for."""
    steady = _steady(table, windows)
    series = _series(engine, steady, cost, None)
    found, note = _anomalies(engine, steady, cost, series, lambda run: of_windows(series.days[run.start], series.days[run.last], run.open, windows), LISTED)
    if len(series.days) < MINIMUM_DAYS or windows.current.period is None:
        return found, note
    before = f", and what began in {windows.previous.label} and goes on" if windows.previous else ""
    return found, f"{note} Listed is what was unusual in {windows.current.label}{before}; plinth cost anomalies lists earlier ones too."


def of_windows(first: date, last: date, ongoing: bool, windows: Windows) -> bool:
    """Whether days touch the current window, or began in the one before and go on: what began earlier is no cause of the change between the two.

    All do where the bill is one month, whose weeks are compared: what happened in it belongs to its report.
    """
    if windows.current.period is None:
        return True
    began = windows.previous is not None and first >= windows.previous.first
    return last >= windows.current.first or (began and ongoing)


def _steady(table: Frame, windows: Windows) -> Frame:
    return table.filter(table["steady"] & table["one_day"] & (table["day"] <= ibis.literal(windows.last_whole_day)))


def _series(engine: Engine, steady: Frame, cost: str, minimum: float | None) -> _Series:
    """The series that ever reach the least amount, with 0 on days without a row; days on which nothing at all was billed are left out."""
    by_day = engine.rows(steady.group_by("day").aggregate(amount=steady[cost].sum().cast("float64")).order_by("day"))
    days = tuple(row["day"] for row in by_day)
    least = max(0.0, MATERIAL * float(np.median([row["amount"] for row in by_day])) if by_day else 0.0) if minimum is None else minimum
    amounts = steady.group_by("group", "service", "day").aggregate(amount=steady[cost].sum().cast("float64"))
    sized = amounts.group_by("group", "service").aggregate(top=amounts["amount"].abs().max())
    large = sized.filter((sized["top"] >= least) & (sized["top"] > 0)).select("group", "service")
    rows = engine.rows(amounts.inner_join(large, ["group", "service"]).select("group", "service", "day", "amount"))
    names = tuple(sorted({(row["group"], row["service"]) for row in rows}))
    of_name, of_day = {name: number for number, name in enumerate(names)}, {day: number for number, day in enumerate(days)}
    values = np.zeros((len(names), len(days)))
    for row in rows:
        values[of_name[row["group"], row["service"]], of_day[row["day"]]] = row["amount"]
    return _Series(names, days, values, least)


def _anomalies(engine: Engine, steady: Frame, cost: str, series: _Series, wanted: Callable[[Run], bool], limit: int) -> tuple[tuple[Anomaly, ...], str]:
    count = len(series.days)
    if count < MINIMUM_DAYS:
        return (), f"Not looked for: the bill has {count} whole days of daily or hourly usage, and it takes {MINIMUM_DAYS}."
    detection = detected(series.days, series.values, series.minimum)
    # A fall on the last day may be a service whose lines are late: it counts on its second day.
    runs = [run for run in detection.runs if run.sign > 0 or run.start < count - 1]
    runs = [run for run in runs if wanted(run)]
    runs.sort(key=lambda run: (run.sign < 0, -abs(_excess(series, detection, run)), run.series, run.start))
    found = tuple(_anomaly(engine, steady, cost, series, detection, run) for run in runs[:limit])
    note = (
        f"Looked for in {len(series.names)} series (each group's services) over {count} days: a day counts where its cost is {THRESHOLD:g} robust deviations "
        f"from the usual level of its weekday, or {PAIR:g} on two days running, and the difference is {MATERIAL:.0%} of the bill's usual day or more; "
        f"in the first {LEARN} days only single days are found. What lasts {ESTABLISHED} days is the new level."
    )
    return found, note + (f" {len(runs) - limit} smaller ones are not listed." if len(runs) > limit else "")


def detected(days: Sequence[date], values: Any, minimum: float) -> Detection:
    """What is unusual in daily amounts, shape (series, days): weekdays are the season, the same day of a month before may be a monthly charge."""
    numbers = {day: number for number, day in enumerate(days)}
    before = np.array([numbers.get(_month_before(day), -1) for day in days])
    return detect(values, np.array([day.weekday() for day in days]), before, np.array([day.day == 1 for day in days]), minimum)


def _month_before(day: date) -> date:
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=day.day) if day.day <= last.day else date.min


def _expected(detection: Detection, run: Run) -> Any:
    """What the run's days cost at the level before it."""
    return detection.factors[run.series, run.start : run.last + 1] * run.level


def _excess(series: _Series, detection: Detection, run: Run) -> float:
    return float((series.values[run.series, run.start : run.last + 1] - _expected(detection, run)).sum())


def _kind(series: _Series, run: Run) -> AnomalyKind:
    inside = float(np.median(series.values[run.series, run.start : run.last + 1]))
    if run.drift:
        return "drift"
    if run.sign < 0:
        return "vanished" if inside <= NOTHING * run.level else "drop"
    if run.level <= NOTHING * inside and run.open:
        return "new"
    return "step" if run.established is not None else "spike"


def _anomaly(engine: Engine, steady: Frame, cost: str, series: _Series, detection: Detection, run: Run) -> Anomaly:
    pair, days, inside = series.names[run.series], series.days, slice(run.start, run.last + 1)
    expected, actual = _expected(detection, run), series.values[run.series, inside]
    excess = float((actual - expected).sum())
    shown = np.where(np.isfinite(detection.expected[run.series]), detection.expected[run.series], 0.0)
    shown[inside] = expected
    others = _reference(days, detection, run)
    marked = steady.mutate(
        inside=steady["day"].between(ibis.literal(days[run.start]), ibis.literal(days[run.last])), other=steady["day"].isin([days[number] for number in others])
    )

    def amount(part: Frame) -> Any:
        """Cost in the run less what as many days before it cost on average."""
        return _spent(part, cost, "inside") - _spent(part, cost, "other") * (len(actual) / max(1, len(others)))

    def behind(name: str) -> tuple[Contribution, ...]:
        return tuple(item for item in contributions(engine, marked, [pair], name, amount)[pair] if item.amount * run.sign >= BEHIND * abs(excess))

    return Anomaly(
        group=pair[0],
        service=pair[1],
        first_day=days[run.start],
        last_day=days[run.last],
        actual=float(actual.sum()),
        expected=float(expected.sum()),
        excess=excess,
        score=round(min(run.score, MOST), DECIMALS),
        usage_types=behind("usage_type"),
        resources=behind("resource"),
        series=tuple(
            SeriesPoint(day=day, actual=float(value), expected=float(usual)) for day, value, usual in zip(days, series.values[run.series], shown, strict=True)
        ),
        kind=_kind(series, run),
        ongoing=run.open,
        per_day=excess / len(actual),
        established_day=None if run.established is None else days[run.established],
        days_to_detect=run.detected - run.start,
    )


def _reference(days: Sequence[date], detection: Detection, run: Run) -> list[int]:
    """Days to compare a run with: of its weekdays where the series has a week, before it where there are any, in no run of the series."""
    taken = {number for each in detection.runs if each.series == run.series and not each.drift for number in range(each.start, each.last + 1)}
    taken |= set(range(run.start, run.last + 1))
    weekly = np.ptp(detection.factors[run.series]) > 0
    weekdays = {days[number].weekday() for number in range(run.start, run.last + 1)}
    free = [number for number in range(len(days)) if number not in taken and (not weekly or days[number].weekday() in weekdays)]
    return [number for number in free if run.start - MEMORY <= number < run.start] or free


def _spent(part: Frame, cost: str, where: str) -> Any:
    return part[cost].sum(where=part[where]).cast("float64").fill_null(0.0)
