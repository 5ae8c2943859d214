"""Observability meters: canaries by their schedule, real-user monitoring, traces, managed Prometheus and Grafana."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Used, as_mapping, constant, usage_assumption, used_charge
from cost.estimate.model import Range
from cost.units import MONTH_HOURS

_RATE = re.compile(r"rate\((\d+) (minute|hour)s?\)")
_PER_HOUR = {"minute": 60, "hour": 1}
EDITORS = Used("editors_administrator_licenses", "active editor or administrator")
VIEWERS = Used("viewer_licenses", "active viewer")


def canary(context: Context) -> Iterable[Item]:
    """Runs of a canary at its rate. Source: CloudWatch Synthetics API, CanaryScheduleInput: `rate(0 minute)` runs once, other rates until it is stopped."""
    found = context.usage.get("monthly_runs")
    if found is not None:
        stated = usage_assumption("monthly_runs", found)
        yield Charge("aws_synthetics_canary", "canary run", constant(found.value), source=found.source, assumptions=(stated,))
        return
    expression = context.text("schedule.expression", "rate(0 minute)")
    runs = _monthly_runs(expression)
    if context.get("startCanary", False):
        yield Charge("aws_synthetics_canary", "canary run", constant(runs), assumptions=(f"{expression} all month",))
    else:
        note = f"startCanary is off; {expression} all month at most"
        yield Charge("aws_synthetics_canary", "canary run", Range(min=0, expected=0, max=runs), assumptions=(note,))


def _monthly_runs(expression: str) -> float:
    matched = _RATE.fullmatch(expression)
    if matched is None:
        raise UndecidableError(f"the runs of {expression} are not counted here; state monthly_runs in a usage file")
    every = int(matched[1])
    return MONTH_HOURS * _PER_HOUR[matched[2]] / every if every else 1.0


def trace_group(context: Context) -> Iterable[Item]:
    """A group costs only with X-Ray Insights on: by the traces that Insights reads. Source: AWS X-Ray pricing, example 1."""
    insights = as_mapping("insightsConfiguration", context.get("insightsConfiguration"))
    if insights.get("insightsEnabled"):
        yield from used_charge(context, "aws_xray_group", Used("monthly_insights_traces", "Insights traces processed", 1_000_000))
    else:
        yield Free("a group without X-Ray Insights carries no charge")


METERS = {
    "aws:synthetics/canary:Canary": Meter("aws_synthetics_canary", measure=canary, extra_fields=("monthly_runs",)),
    "aws:rum/appMonitor:AppMonitor": Meter("aws_rum_app_monitor", used=(Used("monthly_events", "RUM events", 100_000),)),
    "aws:xray/samplingRule:SamplingRule": Meter(
        "aws_xray_sampling_rule",
        used=(
            Used("monthly_traces_recorded", "traces recorded", 1_000_000),
            Used("monthly_traces_retrieved", "traces retrieved or scanned", 1_000_000),
        ),
    ),
    "aws:xray/group:Group": Meter("aws_xray_group", measure=trace_group, extra_fields=("monthly_insights_traces",)),
    "aws:amp/workspace:Workspace": Meter(
        "aws_prometheus_workspace",
        used=(
            Used("monthly_samples_ingested", "metric samples ingested", 10_000_000),
            Used("storage_gb", "metrics storage"),
            Used("monthly_samples_queried", "query samples processed", 1_000_000_000),
        ),
    ),
    "aws:grafana/workspace:Workspace": Meter("aws_grafana_workspace", used=(EDITORS, VIEWERS)),
}
