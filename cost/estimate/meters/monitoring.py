"""Monitoring meters: CloudWatch log groups, alarms, dashboards and metric filters, CloudTrail trails, budgets."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Used, as_mapping, as_number, constant, used_charge

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
HIGH_RESOLUTION_BELOW_SECONDS = 60
"""Alarms with a period of 10, 20 or 30 seconds are high-resolution. Source: CloudWatch user guide, alarm evaluation."""
ANOMALY_METRICS = 3
"""An anomaly-detection alarm counts the metric and its band's two bounds. Source: CloudWatch pricing page."""

_INGESTED = {
    "STANDARD": "logs data ingested (standard class)",
    "INFREQUENT_ACCESS": "logs data ingested (infrequent access class)",
}


def log_group(context: Context) -> Iterable[Item]:
    """Ingestion by log class, storage and queries; what a flow log delivers is on the flow log."""
    log_class = context.text("logGroupClass", "STANDARD")
    if log_class not in _INGESTED:
        raise UndecidableError(f"no price for a log group of class {log_class}")
    delivered = any(flow_log.type == FLOW_LOG for flow_log in context.stack.dependents(context.resource, FLOW_LOG))
    if not delivered:
        yield from used_charge(context, "aws_cloudwatch_log_group", Used("monthly_data_ingested_gb", _INGESTED[log_class]))
    yield from used_charge(context, "aws_cloudwatch_log_group", Used("storage_gb", "logs storage (compressed)"))
    yield from used_charge(context, "aws_cloudwatch_log_group", Used("monthly_data_scanned_gb", "Logs Insights data scanned"))


def metric_alarm(context: Context) -> Iterable[Item]:
    """One charge a metric that the alarm watches: one, or each metric of its metric-math queries; three with anomaly detection."""
    queries = [as_mapping("metricQueries", query) for query in context.items("metricQueries")]
    watched = [as_mapping("metricQueries.metric", query["metric"]) for query in queries if query.get("metric")]
    periods = [as_number("period", metric.get("period", 300)) for metric in watched] or [context.number("period", 300)]
    anomaly = context.get("thresholdMetricId") is not None
    if any("SELECT " in str(query.get("expression", "")).upper() for query in queries):
        raise UndecidableError("a Metrics Insights alarm costs by the metrics that its query matches")
    resolution = "high" if any(0 < period < HIGH_RESOLUTION_BELOW_SECONDS for period in periods) else "standard"
    count = max(1, len(watched)) * (ANOMALY_METRICS if anomaly else 1)
    notes = (f"{count} metrics: one watched, with the two bounds of its anomaly band",) if anomaly else (f"{count} metrics of a metric-math alarm",)
    yield Charge("aws_cloudwatch_metric_alarm", f"{resolution} resolution alarm metric", constant(count), assumptions=notes if count > 1 else ())


def trail(context: Context) -> Iterable[Item]:
    """A first trail's management events are free; data events and Insights cost by the event."""
    charges = [
        *used_charge(context, "aws_cloudtrail", Used("monthly_additional_management_events", "management events (second and later copies)", 100_000)),
        *used_charge(context, "aws_cloudtrail", Used("monthly_data_events", "data events", 100_000)),
        *used_charge(context, "aws_cloudtrail", Used("monthly_insight_events", "insight events analysed", 100_000)),
    ]
    yield from charges or [Free("the first copy of management events is free; data events are usage (monthly_data_events)")]


def budget(context: Context) -> Iterable[Item]:
    """A budget that only alerts is free; its actions are resources of their own."""
    yield Free("budgets that only alert carry no charge")


LOG_GROUP_FIELDS = ("monthly_data_ingested_gb", "storage_gb", "monthly_data_scanned_gb")

METERS = {
    "aws:cloudwatch/logGroup:LogGroup": Meter("aws_cloudwatch_log_group", measure=log_group, extra_fields=LOG_GROUP_FIELDS),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Meter("aws_cloudwatch_metric_alarm", measure=metric_alarm),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Meter("aws_cloudwatch_composite_alarm", fixed=(Fixed("composite alarm", 1),)),
    "aws:cloudwatch/dashboard:Dashboard": Meter("aws_cloudwatch_dashboard", fixed=(Fixed("dashboard (above 3 free)", 1),)),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Meter("aws_cloudwatch_log_metric_filter", fixed=(Fixed("custom metrics", 1),)),
    "aws:cloudtrail/trail:Trail": Meter(
        "aws_cloudtrail", measure=trail, extra_fields=("monthly_additional_management_events", "monthly_data_events", "monthly_insight_events")
    ),
    "aws:budgets/budget:Budget": Meter("aws_budgets_budget", measure=budget),
}
