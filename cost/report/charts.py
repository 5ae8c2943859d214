"""The page's charts as Vega-Lite specifications, made with Altair; the page's script gives those that follow the filters their data.

Each reads without colour: lines differ by dash and carry their name at the end, bars carry their figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal

import altair as alt

from cost.insight.forecast_model import ForecastDay
from cost.insight.model import Anomaly

INK: Final = "currentColor"
FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'
"""The page's own: Vega measures text, so it can't be left to inherit."""
COLOURS: Final = ("var(--c0)", "var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)")
DASHES: Final = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4])
SLOTS: Final = list(range(len(COLOURS)))
LABEL_ROOM: Final = 150
"""Pixels that a line's name may take at its end."""
BAR: Final = 56
"""Pixels of a bar with its label."""
DAY: Final = "%-d %b"
Grain = Literal["day", "week", "month"]
GRAINS: Final[tuple[Grain, ...]] = ("day", "week", "month")
FORTNIGHT, SEASON = 14, 130
"""Up to so many days have a tick each day, and each week."""


def day_axis(grain: Grain) -> alt.Axis:
    """An axis of days with a tick each day, week or month; where labels are too many every other one is left out."""
    shown = "%b %Y" if grain == "month" else DAY
    every: Any = alt.TimeIntervalStep(interval=grain, step=1)
    return alt.Axis(format=shown, grid=False, labelOverlap="parity", labelSeparation=10, tickCount=every)


def grain_of(days: int) -> Grain:
    """How often so many days have a tick."""
    return "day" if days <= FORTNIGHT else "week" if days <= SEASON else "month"


def daily_lines(currency: str, grain: Grain) -> dict[str, Any]:
    """Lines by day with their names at the end. Data comes by name: `lines` (day, slot, name, value) and `labels` (day, name, value, at)."""
    slot = alt.Color("slot:N", scale=alt.Scale(domain=SLOTS, range=list(COLOURS)), legend=None)
    dash = alt.StrokeDash("slot:N", scale=alt.Scale(domain=SLOTS, range=[list(each) for each in DASHES]), legend=None)
    day = alt.X("day:T", title=None, axis=day_axis(grain))
    value = alt.Y("value:Q", title=currency, axis=alt.Axis(format=",~f", tickCount=5))
    tooltip = [alt.Tooltip("day:T", format="%a %-d %b %Y"), alt.Tooltip("name:N"), alt.Tooltip("value:Q", format=",.2f", title=currency)]
    lines = alt.Chart(alt.NamedData("lines")).encode(x=day, y=value, color=slot, detail="slot:N")
    ends = alt.Chart(alt.NamedData("labels")).encode(x="day:T", y=alt.Y("at:Q"), text="name:N", color=slot)
    layers = alt.layer(
        lines.mark_line(strokeWidth=2, clip=False).encode(strokeDash=dash),
        lines.mark_point(size=90, opacity=0, filled=True).encode(tooltip=tooltip),
        ends.mark_text(align="left", dx=8, baseline="middle", limit=LABEL_ROOM, fontSize=12, fontWeight=600),
    )
    return _finished(layers, 260, description="Lines of daily cost; the table below has the figures.")


def movers_bars(currency: str) -> dict[str, Any]:
    """A bar for each mover, with its change at its end. The page's script gives the data `bars` (label, amount, text, order) and the parameters:
    `high` and `low` are the largest and the smallest change, or 0, `room` the pixels of a figure, `ends` at how many ends of the axis figures stand."""
    share = "max(0.25, 1 - room * ends / max(1, width))"
    grown = f"(high - low) * (1 / {share} - 1) / max(1, ends)"
    scale = alt.Scale(nice=False, domainMax=alt.ExprRef(f"high > 0 ? high + {grown} : 0"), domainMin=alt.ExprRef(f"low < 0 ? low - {grown} : 0"))
    axis = alt.Axis(labelExpr="split(datum.label, '\\n')", ticks=False, labelPadding=8, labelOffset=-10)
    base = alt.Chart(alt.NamedData("bars")).encode(
        y=alt.Y("label:N", sort=alt.EncodingSortField("order", op="min"), title=None, axis=axis),
        x=alt.X("amount:Q", title=f"change in {currency} on equal days", scale=scale, axis=alt.Axis(format="+,~f", tickCount=4, labelBound=True)),
    )
    up = base.transform_filter("datum.amount >= 0")
    down = base.transform_filter("datum.amount < 0")
    layers = [
        up.mark_bar(height=16, color="var(--c0)"),
        up.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(text="text:N"),
        down.mark_bar(height=16, color="transparent", stroke="var(--c0)", strokeWidth=1.5),
        down.mark_text(align="right", dx=-5, color=INK, fontSize=12).encode(text="text:N"),
    ]
    parameters = [alt.param(name=name, value=0) for name in ("high", "low", "room", "ends")]
    return _finished(alt.layer(*layers).add_params(*parameters), BAR, description="Bars of the largest changes; the table below has the figures.")


def spike_lines(found: Anomaly, currency: str) -> dict[str, Any]:
    """A series that spiked: what it cost, what its days usually cost, and the days in question shaded."""
    rows = [
        {"day": local(point.day), "value": value, "name": name}
        for point in found.series
        for name, value in (("actual", point.actual), ("usual", point.expected))
    ]
    day = alt.X("day:T", title=None, axis=day_axis(grain_of(len(found.series))))
    value = alt.Y("value:Q", title=f"{currency} a day", axis=alt.Axis(format=",~f", tickCount=4))
    first, last = (datetime.combine(each, time()) for each in (found.first_day, found.last_day))
    half = timedelta(hours=12)
    shade = alt.Chart(alt.Data(values=[{"from": (first - half).isoformat(), "to": (last + half).isoformat()}]))
    base = alt.Chart(alt.Data(values=rows)).encode(x=day, y=value)
    inside = [point for point in found.series if found.first_day <= point.day <= found.last_day]
    highest = max(inside, key=lambda point: point.actual)
    marked = alt.Chart(alt.Data(values=[{"day": local(point.day), "value": point.actual} for point in inside])).encode(x=day, y=value)
    peak = alt.Chart(alt.Data(values=[{"day": local(highest.day), "value": highest.actual}])).encode(x=day, y=value)
    ends = [row for row in rows if row["day"] == rows[-1]["day"]]
    text = alt.Chart(alt.Data(values=_apart(ends, max(point.actual for point in found.series)))).encode(x="day:T", y="at:Q", text="name:N")
    layers = alt.layer(
        shade.mark_rect(color=INK, opacity=0.1).encode(x="from:T", x2="to:T"),
        base.transform_filter("datum.name == 'usual'").mark_line(color="var(--c1)", strokeDash=[4, 4], strokeWidth=1.5),
        base.transform_filter("datum.name == 'actual'").mark_line(color="var(--c0)", strokeWidth=2),
        marked.mark_point(color="var(--c0)", filled=True, size=60),
        peak.mark_text(color=INK, dy=-12, fontSize=12, fontWeight=600).encode(text=alt.Text("value:Q", format=",.0f")),
        text.mark_text(align="left", dx=8, color=INK, fontSize=12),
    )
    return _finished(layers, 200, description="A line of daily cost with the unusual days shaded; the table below has the figures.")


def forecast_lines(days: Sequence[ForecastDay], currency: str) -> dict[str, Any]:
    """Usage by day: what was, solid; what is expected, dashed, within its 80% interval, shaded."""
    rows = [
        {
            "day": local(each.day), "actual": each.actual, "expected": each.expected, "low": each.interval.low_80 if each.interval else None,
            "high": each.interval.high_80 if each.interval else None,
        }
        for each in days
    ]  # fmt: skip
    day = alt.X("day:T", title=None, axis=day_axis(grain_of(len(days))))
    axis = alt.Axis(format=",~f", tickCount=4)
    base = alt.Chart(alt.Data(values=rows)).encode(x=day)
    to_come = [row for row in rows if row["expected"] is not None]
    peak = max(to_come[:7], key=lambda row: row["expected"])
    widest = max(to_come[-7:], key=lambda row: row["high"] or 0)
    name = alt.Chart(alt.Data(values=[peak | {"name": "expected"}])).encode(x="day:T", y="expected:Q", text="name:N")
    band = alt.Chart(alt.Data(values=[widest | {"name": "80 of 100 cases"}])).encode(x="day:T", y="high:Q", text="name:N")
    layers = [
        base.transform_filter("datum.actual != null")
        .mark_line(color="var(--c0)", strokeWidth=2)
        .encode(y=alt.Y("actual:Q", title=f"{currency} a day", axis=axis)),
        base.transform_filter("datum.expected != null").mark_line(color="var(--c1)", strokeDash=[4, 4], strokeWidth=2).encode(y="expected:Q"),
        name.mark_text(align="left", dy=-14, color=INK, fontSize=12),
    ]
    if widest["high"] is not None:
        shade = base.transform_filter("datum.high != null").mark_area(color=INK, opacity=0.12).encode(y="low:Q", y2="high:Q")
        layers = [shade, *layers, band.mark_text(align="right", dy=-6, color=INK, fontSize=12)]
    return _finished(alt.layer(*layers), 200, description="Lines of daily usage, actual and expected; the table below has the figures.")


def local(day: date) -> str:
    """Midnight without a zone: Vega reads a bare date as UTC and would show the day before west of it."""
    return f"{day:%Y-%m-%d}T00:00:00"


def _apart(ends: Sequence[dict[str, Any]], top: float) -> list[dict[str, Any]]:
    """Two labels' heights, kept at least a twelfth of the chart apart."""
    high, low = sorted(ends, key=lambda row: -row["value"])
    gap = max(0.0, top / 12 - (high["value"] - low["value"]))
    return [high | {"at": high["value"] + gap / 2}, low | {"at": low["value"] - gap / 2}]


def _finished(chart: Any, height: int, *, description: str) -> dict[str, Any]:
    """The specification: as wide as its place on the page, in the page's own type and ink."""
    sized = chart.properties(width="container", height=height, padding={"left": 4, "top": 14, "right": 8, "bottom": 4}, description=description)
    axis: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8}
    lines: dict[str, Any] = {"domain": False, "tickColor": "var(--line)", "gridColor": "var(--line)"}
    config = {"font": FONT, "background": "transparent", "view": {"stroke": None}, "axis": axis | lines}
    return sized.to_dict(validate=True) | {"config": config, "autosize": {"type": "fit-x", "contains": "padding"}}
