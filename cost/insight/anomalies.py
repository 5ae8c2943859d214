"""Days that cost too much: per group and service, daily usage cost against the median of its weekday, in robust deviations.

A day is flagged where its excess is at least THRESHOLD deviations, a deviation being the largest of 1.4826 x the median absolute
residual, 1.2533 x the mean absolute residual (both estimate a normal distribution's standard deviation; the second keeps a series that
runs on some days only from being flagged on each of them) and FLOOR of the series' usual day; and at least MATERIAL of the bill's day.
What lasts long becomes usual: in two months a run of up to a week is found, in one month of up to three days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

import ibis

from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.insight.contributions import Pair, among, contributions
from cost.insight.model import Anomaly, Contribution, SeriesPoint
from cost.insight.windows import Windows

THRESHOLD: Final = 6.0
FLOOR: Final = 0.05
MATERIAL: Final = 0.01
MINIMUM_DAYS: Final = 14
WEEKDAY_DAYS: Final = 28
"""Below this many days each weekday has too few for a median: all days share one."""
LISTED: Final = 5
DECIMALS: Final = 6
"""Of a score: the last digits of a mean of floats depend on the order of rows, and a report must be the same twice."""
BEHIND: Final = 0.02
"""A resource or usage type with less than this share of the excess is not behind it."""


def anomalies(engine: Engine, table: Frame, cost: str, windows: Windows) -> tuple[tuple[Anomaly, ...], str]:
    """The anomalies, the largest excess first, at most LISTED; and a sentence that says how they were looked for, and what was not."""
    steady = table.filter(table["steady"] & table["one_day"] & (table["day"] <= ibis.literal(windows.last_whole_day)))
    days = engine.rows(steady.aggregate(days=steady["day"].nunique()))[0]["days"]
    if days < MINIMUM_DAYS:
        return (), f"Not looked for: the bill has {days} whole days of daily or hourly usage, and it takes {MINIMUM_DAYS}."
    scored = _scored(steady, cost, weekdays=days >= WEEKDAY_DAYS)
    flagged = engine.rows(_flagged(scored, steady, cost).order_by("group", "service", "day"))
    runs = sorted(_runs(flagged), key=lambda run: -sum(row["residual"] for row in run))
    found = tuple(_anomaly(engine, steady, scored, cost, run) for run in runs[:LISTED])
    basis = "its weekday" if days >= WEEKDAY_DAYS else "all days"
    note = (
        f"Looked for in each group's services over {days} days: a day counts where its cost is {THRESHOLD:g} robust deviations above the median of {basis}, "
        f"at least {THRESHOLD * FLOOR:.0%} above its usual day and {MATERIAL:.0%} of the bill's."
    )
    return found, note + (f" {len(runs) - LISTED} smaller ones are not listed." if len(runs) > LISTED else "")


def _scored(steady: Frame, cost: str, *, weekdays: bool) -> Frame:
    """Every series on every day with its expected cost, residual and score; a day without a row cost nothing."""
    amounts = steady.group_by("group", "service", "day").aggregate(actual=steady[cost].sum().cast("float64"))
    grid = amounts.select("group", "service").distinct().cross_join(amounts.select("day").distinct())
    grid = grid.left_join(amounts, ["group", "service", "day"]).select("group", "service", "day", actual=ibis.coalesce(ibis._["actual"], 0.0))
    grid = grid.mutate(season=grid["day"].day_of_week.index() if weekdays else ibis.literal(0))
    usual = grid.group_by("group", "service", "season").aggregate(expected=grid["actual"].median())
    joined = grid.inner_join(usual, ["group", "service", "season"]).select("group", "service", "season", "day", "actual", "expected")
    joined = joined.mutate(residual=joined["actual"] - joined["expected"])
    spread = joined.group_by("group", "service").aggregate(
        typical=joined["residual"].abs().median() * 1.4826, average=joined["residual"].abs().mean() * 1.2533, level=joined["actual"].median()
    )
    scored = joined.inner_join(spread, ["group", "service"])
    deviation: Any = ibis.greatest(scored["typical"], scored["average"], scored["level"] * FLOOR)
    return scored.mutate(score=scored["residual"] / deviation.nullif(ibis.literal(0.0)))


def _flagged(scored: Frame, steady: Frame, cost: str) -> Frame:
    by_day = steady.group_by("day").aggregate(amount=steady[cost].sum().cast("float64"))
    material = by_day.aggregate(usual=by_day["amount"].median())
    joined = scored.cross_join(material)
    return joined.filter((joined["score"] >= THRESHOLD) & (joined["residual"] >= joined["usual"] * MATERIAL) & (joined["residual"] > 0))


def _runs(rows: Sequence[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """Flagged days of one series that follow one another; rows are in order."""
    for _, series in groupby(enumerate(rows), key=lambda item: (item[1]["group"], item[1]["service"], item[1]["day"] - timedelta(days=item[0]))):
        yield [row for _, row in series]


def _anomaly(engine: Engine, steady: Frame, scored: Frame, cost: str, run: Sequence[Mapping[str, Any]]) -> Anomaly:
    pair: Pair = (run[0]["group"], run[0]["service"])
    first, last = run[0]["day"], run[-1]["day"]
    own = among(scored, [pair]).select("day", "season", "actual", "expected")
    series = engine.rows(own.order_by("day"))
    seasons = {row["season"] for row in series if first <= row["day"] <= last}
    others = [row["day"] for row in series if row["season"] in seasons and not first <= row["day"] <= last]
    marked = steady.mutate(inside=steady["day"].between(ibis.literal(first), ibis.literal(last)), other=steady["day"].isin(others))
    excess_of_run = sum(row["residual"] for row in run)

    def excess(part: Frame) -> Any:
        """Cost in the run less what as many other days of the same weekdays cost on average."""
        return _spent(part, cost, "inside") - _spent(part, cost, "other") * (len(run) / max(1, len(others)))

    def behind(name: str) -> tuple[Contribution, ...]:
        return tuple(item for item in contributions(engine, marked, [pair], name, excess)[pair] if item.amount >= BEHIND * excess_of_run)

    return Anomaly(
        group=pair[0],
        service=pair[1],
        first_day=first,
        last_day=last,
        actual=sum(row["actual"] for row in run),
        expected=sum(row["expected"] for row in run),
        excess=excess_of_run,
        score=round(max(row["score"] for row in run), DECIMALS),
        usage_types=behind("usage_type"),
        resources=behind("resource"),
        series=tuple(SeriesPoint(day=row["day"], actual=row["actual"], expected=row["expected"]) for row in series),
    )


def _spent(part: Frame, cost: str, where: str) -> Any:
    return part[cost].sum(where=part[where]).cast("float64").fill_null(0.0)
