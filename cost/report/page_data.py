"""The data that the page's script works on: compact, and safe to stand inside a script element."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Costs
from cost.insight.model import OTHER
from cost.report import charts
from cost.report.model import Report
from cost.report.text import KIND_NAMES, group_name, short

DECIMALS: Final = 9
"""Of a figure in the page: a thousand million of them lose less than a unit of money."""
WINDOW_NUMBERS: Final = {"current": 0, "previous": 1, None: -1}
_ESCAPES: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def page_data(report: Report) -> str:
    """The page's data as JSON in which no character can end a script element or start a comment."""
    return json.dumps(_data(report), ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_ESCAPES)


def _data(report: Report) -> dict[str, Any]:
    groups, services = [each.name for each in report.by_group], [each.name for each in report.by_service]
    days = sorted({cell.day for cell in report.daily})
    group_at, service_at, day_at = _positions(groups), _positions(services), _positions(days)
    headline = report.headline
    return {
        "currency": report.currency,
        "cost": report.cost,
        "tag": report.tag,
        "synthetic": report.synthetic,
        "kinds": [{"id": kind, "label": KIND_NAMES[kind]} for kind in COST_KINDS],
        "current": headline.current.label,
        "previous": headline.previous.label if headline.previous else None,
        "hasPrevious": headline.previous is not None,
        "groups": groups,
        "services": services,
        "labels": {"group": [group_name(name) for name in groups], "service": [group_name(name) for name in services]},
        "days": [f"{day:%Y-%m-%d}" for day in days],
        "cells": [
            [day_at[cell.day], WINDOW_NUMBERS[cell.window], group_at[cell.group], service_at[cell.service], _figures(cell.costs)]
            + ([_figures(cell.on_equal_days)] if cell.on_equal_days else [])
            for cell in report.daily
        ],
        "resources": [
            [
                group_at[each.group],
                service_at[each.service],
                each.resource,
                _label(each.resource, each.detail, each.resources),
                int(each.resource == OTHER),
                _figures(each.total),
                _figures(each.current),
                _figures(each.previous) if each.previous else None,
            ]
            for each in report.resources
        ],
        "charts": {
            "daily": charts.daily_lines(report.currency),
            "movers": charts.movers_bars(report.movers, report.currency) if report.movers else None,
            "spikes": [charts.spike_lines(found, report.currency) for found in report.anomalies],
        },
    }


def _positions(values: Sequence[Any]) -> dict[Any, int]:
    return {value: number for number, value in enumerate(values)}


def _figures(costs: Costs) -> list[float]:
    return [round(getattr(costs, kind), DECIMALS) for kind in COST_KINDS]


def _label(resource: str, detail: str, count: int) -> str:
    if resource == OTHER:
        return f"{count:,} more resources"
    if not resource:
        return f"no resource id ({detail})" if detail else "no resource id"
    return f"{short(resource)} ({detail})" if detail else short(resource)
