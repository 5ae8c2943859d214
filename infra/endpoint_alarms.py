"""The alarms of an endpoint: those that roll a bad deployment back, and one that tells people it is running out of room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.instances import hosting_instances
from infra.settings.endpoint import EndpointSettings

INVOCATIONS: Final = "AWS/SageMaker"
INSTANCES: Final = "/aws/sagemaker/Endpoints"


@dataclass(frozen=True)
class Watch:
    """One alarm: the metric and its statistic (`Average`, `p99`), the threshold in the metric's unit, the period in seconds."""

    metric: str
    namespace: str
    statistic: str
    threshold: float
    period: int
    description: str
    rolls_back: bool = True


def watches(settings: EndpointSettings) -> dict[str, Watch]:
    """The alarms by suffix of their names.

    Averages of the error metrics are shares of the invocations, ModelLatency is in microseconds, and CPUUtilization adds up the cores.
    Source: SageMaker guide, Metrics for monitoring Amazon SageMaker AI with Amazon CloudWatch.
    """
    limits, cores = settings.rollback, hosting_instances()[settings.instance_type].vcpu
    return {
        "server-errors": Watch("Invocation5XXErrors", INVOCATIONS, "Average", limits.server_error_rate, 60, "share of requests answered 5xx"),
        "model-errors": Watch("InvocationModelErrors", INVOCATIONS, "Average", limits.model_error_rate, 60, "share of requests that the container failed"),
        "latency-p99": Watch("ModelLatency", INVOCATIONS, "p99", limits.latency_p99_ms * 1000, 60, "99th percentile of the container's time, microseconds"),
        "over-utilization": Watch(
            "CPUUtilization", INSTANCES, "Average", settings.utilization_alarm_percent * cores, 300, f"CPU of an instance, 100 for each of {cores} cores", False
        ),
    }


def create_alarms(
    parent: pulumi.Resource,
    name: str,
    settings: EndpointSettings,
    dimensions: Mapping[str, str],
    topic_arns: Sequence[pulumi.Input[str]],
    tags: Mapping[str, str],
) -> list[pulumi.Output[str]]:
    """Create the alarms of the endpoint that `dimensions` names; the names of those that undo a deployment.

    Over-utilization is not among these: an old fleet that trips a rollback alarm ends every deployment, even the one that would cure it.
    Source: SageMaker guide, Auto-rollback configuration and monitoring.
    """
    found = {
        suffix: _alarm(parent, f"{name}-{suffix}", f"{dimensions['EndpointName']}-{suffix}", watch, dimensions, topic_arns, tags)
        for suffix, watch in watches(settings).items()
    }
    return [found[suffix].name for suffix, watch in watches(settings).items() if watch.rolls_back]


def _alarm(
    parent: pulumi.Resource,
    name: str,
    alarm_name: str,
    watch: Watch,
    dimensions: Mapping[str, str],
    topic_arns: Sequence[pulumi.Input[str]],
    tags: Mapping[str, str],
) -> aws.cloudwatch.MetricAlarm:
    percentile = watch.statistic.startswith("p")
    return aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name,
        alarm_description=f"{dimensions['EndpointName']}: {watch.description}",
        namespace=watch.namespace,
        metric_name=watch.metric,
        dimensions=dimensions,
        statistic=None if percentile else watch.statistic,
        extended_statistic=watch.statistic if percentile else None,
        comparison_operator="GreaterThanThreshold",
        threshold=watch.threshold,
        period=watch.period,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        # No requests are no errors.
        treat_missing_data="notBreaching",
        alarm_actions=list(topic_arns),
        ok_actions=list(topic_arns),
        tags=tags,
        opts=ResourceOptions(parent=parent),
    )
