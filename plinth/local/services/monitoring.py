"""CloudWatch: log groups, alarms, dashboards. Operations: CloudWatch and CloudWatch Logs API references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Listing, Read, Step, one_of

GROUP = {"logGroupName": "name"}


def _allow_deletion(client: Any, facts: Facts) -> None:
    """A forced destroy switches deletion protection off first; without force the service refuses, as on AWS."""
    if facts.get("deletionProtectionEnabled") and facts.get("force"):
        client.put_log_group_deletion_protection(logGroupIdentifier=facts["name"], deletionProtectionEnabled=False)


def _metric_queries(queries: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The provider's flat `metric` as the API's MetricStat."""
    return [_metric_query(query) for query in queries]


def _metric_query(query: Mapping[str, Any]) -> dict[str, Any]:
    metric = query.get("metric")
    rest = {name: value for name, value in query.items() if name != "metric"}
    if metric is None:
        return rest
    named = {name: metric[name] for name in ("metricName", "namespace", "dimensions") if metric.get(name) is not None}
    return {**rest, "metricStat": {"metric": named, **{name: metric[name] for name in ("period", "stat", "unit") if metric.get(name) is not None}}}


ENTRIES = (
    Entry(
        "aws:cloudwatch/logGroup:LogGroup",
        "logs",
        create=Step("create_log_group", {}, {"name": "logGroupName"}),
        steps=(Step("put_retention_policy", GROUP, {"retentionInDays": "retentionInDays"}, when=lambda facts: facts.get("retentionInDays") != 0),),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "logGroupArn"},
        reads=(
            Read("describe_log_groups", {"logGroupNamePrefix": "name"}, one_of("logGroups", "logGroupName", "name")),
            Read("list_tags_for_resource", {"resourceArn": "logGroupArn"}),
        ),
        not_sent={"namePrefix": "the name is made from it", "skipDestroy": "it says whether destroy leaves the group"},
        deletes=(_allow_deletion, Call("delete_log_group", GROUP)),
        listing=Listing("describe_log_groups", "logGroups", "logGroupName"),
    ),
    Entry(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "cloudwatch",
        create=Step(
            "put_metric_alarm",
            {},
            {
                "name": "AlarmName",
                "okActions": "OKActions",
                "metricQueries": Argument("Metrics", _metric_queries),
                "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
            },
        ),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "AlarmArn"},
        reads=(
            Read("describe_alarms", {"AlarmNames": ["name"]}, "MetricAlarms.0"),
            Read("list_tags_for_resource", {"ResourceARN": "AlarmArn"}),
        ),
        deletes=(Call("delete_alarms", {"AlarmNames": ["name"]}),),
        listing=Listing("describe_alarms", "MetricAlarms", "AlarmName"),
    ),
    Entry(
        "aws:cloudwatch/dashboard:Dashboard",
        "cloudwatch",
        create=Step("put_dashboard"),
        id="dashboardName",
        outputs={"dashboardArn": "DashboardArn"},
        reads=(Read("get_dashboard", {"DashboardName": "dashboardName"}),),
        deletes=(Call("delete_dashboards", {"DashboardNames": ["dashboardName"]}),),
        listing=Listing("list_dashboards", "DashboardEntries", "DashboardName"),
    ),
)
