"""What stands on the data: AppSync APIs, QuickSight users, Timestream tables, IoT rules, and DataZone domains."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Used, constant, used_charge
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly
from cost.estimate.model import ONE
from cost.units import MILLION

QUICKSIGHT = "aws_quicksight_user"
ROLES = {
    "ADMIN": "author",
    "AUTHOR": "author",
    "READER": "reader",
    "ADMIN_PRO": "author pro",
    "AUTHOR_PRO": "author pro",
    "READER_PRO": "reader pro",
}
"""An administrator is billed as an author. Source: QuickSight pricing page."""
CACHE_SIZES = {
    "SMALL": "small",
    "MEDIUM": "medium",
    "LARGE": "large",
    "XLARGE": "xlarge",
    "LARGE_2X": "2xlarge",
    "LARGE_4X": "4xlarge",
    "LARGE_8X": "8xlarge",
    "LARGE_12X": "12xlarge",
}
IOT_ACTIONS = (
    "cloudwatchAlarms",
    "cloudwatchLogs",
    "cloudwatchMetrics",
    "dynamodbs",
    "dynamodbv2s",
    "elasticsearch",
    "firehoses",
    "https",
    "iotAnalytics",
    "iotEvents",
    "kafkas",
    "kineses",
    "lambdas",
    "republishes",
    "s3",
    "sns",
    "sqs",
    "stepFunctions",
    "timestreams",
)


def quicksight_user(context: Context) -> Iterable[Item]:
    """A user by role, at the Enterprise edition's price."""
    role = context.text("userRole", "")
    if role not in ROLES:
        raise UndecidableError(f"no price for user role {role}")
    yield Charge(QUICKSIGHT, f"{ROLES[role]} (Enterprise edition)", ONE)


def api_cache(context: Context) -> Iterable[Item]:
    """A cache instance by its size, while the API has one."""
    size = context.text("type", "")
    if size not in CACHE_SIZES:
        raise UndecidableError(f"no price for a cache of type {size}")
    yield hourly(context, "aws_appsync_api_cache", f"cache.{CACHE_SIZES[size]}")


def topic_rule(context: Context) -> Iterable[Item]:
    """Each message that a rule matches, and each action that it then takes; a rule that is off costs nothing."""
    if context.get("enabled", True) is False:
        yield Charge("aws_iot_topic_rule", "rules triggered", constant(0), assumptions=("the rule is not enabled",))
        return
    yield from used_charge(context, "aws_iot_topic_rule", Used("monthly_rules_triggered", "rules triggered", MILLION))
    actions = sum(len(context.items(kind)) for kind in IOT_ACTIONS)
    yield from used_charge(context, "aws_iot_topic_rule", Used("monthly_rules_triggered", "actions executed", MILLION), factor=float(actions))


def datazone(context: Context) -> Iterable[Item]:
    """A domain is billed by its requests, metadata and compute, for which the book has no prices."""
    raise UndecidableError("the price book has no price for Amazon DataZone; its queries and storage are priced where they run")


def influxdb(context: Context) -> Iterable[Item]:
    """Timestream for InfluxDB is billed by the instance and its storage, for which the book has no prices."""
    raise UndecidableError(f"the price book has no price for Timestream for InfluxDB on {context.text('dbInstanceType', 'this type')}")


METERS = {
    "aws:appsync/graphQLApi:GraphQLApi": Meter(
        "aws_appsync_graphql_api",
        used=(
            Used("monthly_operations", "queries and mutations", MILLION),
            Used("monthly_real_time_updates", "real-time updates", MILLION),
            Used("monthly_connection_minutes", "connection minutes", MILLION),
        ),
    ),
    "aws:appsync/apiCache:ApiCache": Meter("aws_appsync_api_cache", measure=api_cache, extra_fields=(MONTHLY_HOURS,)),
    "aws:quicksight/user:User": Meter(QUICKSIGHT, measure=quicksight_user),
    "aws:timestreamwrite/table:Table": Meter(
        "aws_timestreamwrite_table",
        used=(
            Used("monthly_writes", "writes (1 KB)", MILLION),
            Used("memory_store_gb_hours", "memory store"),
            Used("magnetic_store_gb", "magnetic store"),
        ),
    ),
    "aws:timestreaminfluxdb/dbInstance:DbInstance": Meter("aws_timestreaminfluxdb_db_instance", measure=influxdb),
    "aws:timestreaminfluxdb/dbCluster:DbCluster": Meter("aws_timestreaminfluxdb_db_cluster", measure=influxdb),
    "aws:iot/topicRule:TopicRule": Meter("aws_iot_topic_rule", measure=topic_rule, extra_fields=("monthly_rules_triggered",)),
    "aws:datazone/domain:Domain": Meter("aws_datazone_domain", measure=datazone),
}
