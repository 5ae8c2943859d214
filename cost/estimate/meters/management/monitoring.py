"""Monitoring meters: CloudWatch log groups, metrics, alarms and dashboards."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import (
    Charge,
    Context,
    Fixed,
    Free,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_mapping,
    as_number,
    constant,
    usage_assumption,
    used_charge,
)
from cost.estimate.model import Range
from cost.units import MONTH_HOURS

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
HIGH_RESOLUTION_BELOW_SECONDS = 60
"""Alarms with a period of 10, 20 or 30 seconds are high-resolution. Source: CloudWatch user guide, alarm evaluation."""
ANOMALY_METRICS = 3
"""An anomaly-detection alarm counts the metric and its band's two bounds. Source: CloudWatch pricing page."""

LOGS = "aws_cloudwatch_log_group"
DELIVERY = "DELIVERY"
"""Logs of this class are only passed on, to S3 or Firehose; they are not kept or queried. Source: CloudWatch Logs user guide, log classes."""
_DELIVERED = {"s3": ("aws_flow_log", "vended logs delivered to S3"), "logs": (LOGS, "vended logs delivered to CloudWatch Logs")}
_DELIVERED_BY_TYPE = {"S3": "s3", "CWL": "logs"}
INCLUDED_CITY_NETWORKS = 100
PER_CITY_NETWORKS = 10_000
"""Internet Monitor: the first hundred city-networks of a monitor are included; more cost by ten thousand an hour. Source: CloudWatch pricing."""
_INGESTED = {
    "STANDARD": "logs data ingested (standard class)",
    "INFREQUENT_ACCESS": "logs data ingested (infrequent access class)",
}


def log_group(context: Context) -> Iterable[Item]:
    """Ingestion by log class, storage and queries; what a flow log delivers is on the flow log."""
    log_class = context.text("logGroupClass", "STANDARD")
    if log_class == DELIVERY:
        raise UndecidableError("the price book has no price for logs of the delivery class; add one with --prices")
    if log_class not in _INGESTED:
        raise UndecidableError(f"no price for a log group of class {log_class}")
    delivered = any(flow_log.type == FLOW_LOG for flow_log in context.stack.dependents(context.resource, FLOW_LOG))
    if not delivered:
        yield from used_charge(context, LOGS, Used("monthly_data_ingested_gb", _INGESTED[log_class]))
    yield from used_charge(context, LOGS, Used("storage_gb", "logs storage (compressed)"))
    yield from used_charge(context, LOGS, Used("monthly_data_scanned_gb", "Logs Insights data scanned"))
    yield from used_charge(context, LOGS, Used("monthly_live_tail_minutes", "Live Tail"))


def metric_alarm(context: Context) -> Iterable[Item]:
    """One charge a metric that the alarm watches: one, or each metric of its metric-math queries; three with anomaly detection."""
    queries = [as_mapping("metricQueries", query) for query in context.items("metricQueries")]
    watched = [as_mapping("metricQueries.metric", query["metric"]) for query in queries if query.get("metric")]
    periods = [as_number("period", metric.get("period", 300)) for metric in watched] or [context.number("period", 300)]
    anomaly = context.get("thresholdMetricId") is not None
    if any("SELECT " in str(query.get("expression", "")).upper() for query in queries):
        yield from _metrics_insights(context)
        return
    resolution = "high" if any(0 < period < HIGH_RESOLUTION_BELOW_SECONDS for period in periods) else "standard"
    count = max(1, len(watched)) * (ANOMALY_METRICS if anomaly else 1)
    notes = (f"{count} metrics: one watched, with the two bounds of its anomaly band",) if anomaly else (f"{count} metrics of a metric-math alarm",)
    yield Charge("aws_cloudwatch_metric_alarm", f"{resolution} resolution alarm metric", constant(count), assumptions=notes if count > 1 else ())


def _metrics_insights(context: Context) -> Iterable[Item]:
    """An alarm on a Metrics Insights query costs by each metric that the query analyses. Source: CloudWatch pricing, alarms."""
    found = context.usage.get("metrics_insights_metrics")
    if found is None:
        raise UndecidableError("a Metrics Insights alarm costs by the metrics that its query matches; state metrics_insights_metrics in a usage file")
    notes = (usage_assumption("metrics_insights_metrics", found),)
    yield Charge("aws_cloudwatch_metric_alarm", "standard resolution alarm metric", constant(found.value), source=found.source, assumptions=notes)


def internet_monitor(context: Context) -> Iterable[Item]:
    """Each monitored resource by the hour, and city-networks above the first hundred. Source: CloudWatch pricing, Internet Monitor."""
    if context.get("status") == "INACTIVE":
        yield Free("an inactive monitor measures nothing")
        return
    resources = constant(len(context.items("resources")) * MONTH_HOURS)
    yield Charge("aws_internetmonitor_monitor", "monitored resource", resources)
    ceiling = context.number("maxCityNetworksToMonitor", 0)
    found = context.usage.get("city_networks")
    networks = ceiling if found is None else min(found.value, ceiling) if ceiling else found.value
    if networks == 0:
        yield Unpriced("city-networks", "trafficPercentageToMonitor sets no ceiling; state city_networks in a usage file")
        return
    hours = [max(0.0, count - INCLUDED_CITY_NETWORKS) * MONTH_HOURS / PER_CITY_NETWORKS for count in (networks, max(networks, ceiling))]
    notes = (f"at most {ceiling:g} city-networks",) if found is None else (usage_assumption("city_networks", found),)
    quantity = Range(min=0, expected=hours[0], max=hours[1])
    yield Charge("aws_internetmonitor_monitor", "city-networks (above 100 included)", quantity, assumptions=notes)


def log_delivery(context: Context) -> Iterable[Item]:
    """What AWS services deliver on: priced by where it goes, with the account's flow logs. Source: CloudWatch pricing, vended logs."""
    destination = context.references.referred(context.resource, "deliveryDestinationArn", DESTINATION)
    if destination is None:
        raise UndecidableError("its destination is not in this stack, and the price goes by where logs are delivered")
    found = {path: destination.input(path) for path in ("deliveryDestinationType", "deliveryDestinationConfiguration.destinationResourceArn")}
    kind, arn = (str(value.value or "") for value in found.values())
    service = _DELIVERED_BY_TYPE.get(kind) or next((name for name in _DELIVERED if f":{name}:" in arn), None)
    if service is None:
        raise UndecidableError(f"the price book has no price for logs delivered to {kind or arn or 'a destination that is known only after deployment'}")
    price_type, component = _DELIVERED[service]
    yield from used_charge(context, price_type, Used("monthly_data_delivered_gb", component))


LOG_GROUP_FIELDS = ("monthly_data_ingested_gb", "storage_gb", "monthly_data_scanned_gb", "monthly_live_tail_minutes")

METERS = {
    "aws:cloudwatch/logGroup:LogGroup": Meter(LOGS, measure=log_group, extra_fields=LOG_GROUP_FIELDS),
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": Meter(
        "aws_cloudwatch_log_data_protection_policy", used=(Used("monthly_data_masked_gb", "data protection, data scanned"),), price_type=LOGS
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Meter("aws_cloudwatch_log_delivery", measure=log_delivery, extra_fields=("monthly_data_delivered_gb",)),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Meter("aws_cloudwatch_metric_alarm", measure=metric_alarm, extra_fields=("metrics_insights_metrics",)),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Meter("aws_cloudwatch_composite_alarm", fixed=(Fixed("composite alarm", 1),)),
    "aws:cloudwatch/dashboard:Dashboard": Meter("aws_cloudwatch_dashboard", fixed=(Fixed("dashboard", 1),)),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Meter("aws_cloudwatch_log_metric_filter", fixed=(Fixed("custom metrics", 1),)),
    "aws:cloudwatch/metricStream:MetricStream": Meter("aws_cloudwatch_metric_stream", used=(Used("monthly_metric_updates", "metric stream updates", 1000),)),
    "aws:cloudwatch/contributorInsightRule:ContributorInsightRule": Meter(
        "aws_cloudwatch_contributor_insight_rule",
        fixed=(Fixed("Contributor Insights rule", 1),),
        used=(Used("monthly_matched_log_events", "matched log events", 1_000_000),),
    ),
    "aws:cloudwatch/internetMonitor:InternetMonitor": Meter("aws_internetmonitor_monitor", measure=internet_monitor, extra_fields=("city_networks",)),
}
