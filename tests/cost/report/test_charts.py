from __future__ import annotations

from typing import Any

import altair as alt
import pytest

from cost.report import Report, charts


def specifications(report: Report) -> dict[str, dict[str, Any]]:
    return {
        "daily": charts.daily_lines("USD", "week"),
        "movers": charts.movers_bars("USD"),
        "spike": charts.spike_lines(report.anomalies[0], "USD"),
    }


@pytest.mark.parametrize("name", ["daily", "movers", "spike"])
def test_a_chart_is_valid_vega_lite_as_wide_as_its_place(name: str, report: Report):
    spec = specifications(report)[name]
    alt.LayerChart.from_dict(spec, validate=True)
    assert spec["width"] == "container"
    assert spec["autosize"] == {"type": "fit-x", "contains": "padding"}


def test_lines_differ_by_dash_and_carry_their_name():
    lines, _, names = charts.daily_lines("USD", "week")["layer"]
    dashes = lines["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(each) for each in dashes}) == len(dashes) == 6
    assert names["mark"]["type"] == "text"
    assert names["encoding"]["text"]["field"] == "name"


def test_the_spike_chart_shades_its_days_from_noon_to_noon(report: Report):
    shade = charts.spike_lines(report.anomalies[0], "USD")["layer"][0]
    assert shade["mark"]["type"] == "rect"
    assert shade["data"]["values"] == [{"from": "2026-10-12T12:00:00", "to": "2026-10-15T12:00:00"}]


@pytest.mark.parametrize(("days", "grain"), [(10, "day"), (61, "week"), (1096, "month")])
def test_days_have_regular_ticks(days: int, grain: charts.Grain):
    assert charts.grain_of(days) == grain
    axis = charts.day_axis(grain).to_dict()
    assert axis["tickCount"] == {"interval": grain, "step": 1}
    assert axis["labelOverlap"] == "parity"
