"""Streams: Kinesis Data Streams and their consumers, Firehose, Video Streams, and Apache Flink applications."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_list, constant, usage_assumption, used_charge
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly
from cost.estimate.model import QuantitySource
from cost.units import MILLION
from plinth.stack import Resource, State

STREAM = "aws_kinesis_stream"
STREAM_RESOURCE = "aws:kinesis/stream:Stream"
CONSUMER_RESOURCE = "aws:kinesis/streamConsumer:StreamConsumer"
FIREHOSE = "aws_kinesis_firehose_delivery_stream"
FLINK = "aws_kinesisanalyticsv2_application"
KPU = "Kinesis Processing Unit (one more per application for orchestration)"
DAY_HOURS, WEEK_HOURS = 24.0, 168.0
"""Retention that a stream includes, and where long-term retention begins. Source: Kinesis Data Streams pricing page."""
STEP_KB = 5.0
"""Firehose bills each record in steps of 5 KB. Source: Data Firehose pricing page."""
KPU_STORAGE_GB = 50.0
"""Running storage that comes with, and is billed for, each KPU. Source: Managed Service for Apache Flink pricing page."""
SNAPSHOT = "aws_kinesisanalyticsv2_application_snapshot"
KPUS, BACKUP = "kinesis_processing_units", "durable_application_backup_gb"
KPU_FIELDS = (KPUS, BACKUP, MONTHLY_HOURS)
CONSUMER_HOURS, EXTENDED_GB = "monthly_provisioned_efo_consumer_hours", "monthly_provisioned_extended_retention_gb"
ON_DEMAND = (
    Used("monthly_on_demand_data_in_gb", "on-demand data ingested"),
    Used("monthly_on_demand_data_out_gb", "on-demand data retrieval"),
    Used("monthly_on_demand_efo_data_out_gb", "on-demand enhanced fan-out data retrieval"),
    Used("monthly_on_demand_extended_retention_gb", "on-demand extended retention (24 h to 7 days)"),
    Used("monthly_on_demand_long_term_retention_gb", "long-term retention (over 7 days)"),
)
PROVISIONED = (
    Used("monthly_provisioned_put_units", "provisioned PUT payload units (25 KB)", MILLION),
    Used("monthly_provisioned_long_term_retention_gb", "long-term retention (over 7 days)"),
    Used("monthly_provisioned_long_term_retrieval_gb", "long-term retention retrieval"),
    Used("monthly_provisioned_efo_data_out_gb", "provisioned enhanced fan-out data retrieval"),
)


def stream(context: Context) -> Iterable[Item]:
    """An on-demand stream by the hour and the GB, a provisioned one by the shard-hour and the put unit."""
    if context.text("streamModeDetails.streamMode", "PROVISIONED") == "ON_DEMAND":
        yield hourly(context, STREAM, "on-demand stream hours")
        for row in ON_DEMAND:
            yield from used_charge(context, STREAM, row)
        return
    shards = constant(context.number("shardCount"))
    yield hourly(context, STREAM, "provisioned shard hours", shards)
    yield from _retention(context)
    for row in PROVISIONED:
        yield from used_charge(context, STREAM, row)
    declared = context.references.referring(context.resource, "streamArn", CONSUMER_RESOURCE)
    if not declared:
        yield from used_charge(context, STREAM, Used(CONSUMER_HOURS, "enhanced fan-out consumer-shard hours"), factor=shards.expected)


def _retention(context: Context) -> Iterable[Item]:
    """Extended retention is billed by the shard-hour, whatever is stored; Infracost's field in GB only says that there is some."""
    retention = context.number("retentionPeriod", DAY_HOURS)
    if retention > DAY_HOURS:
        note = (f"retentionPeriod {retention:g} h",)
        yield hourly(context, STREAM, "provisioned extended retention (24 h to 7 days)", constant(context.number("shardCount")), notes=note)
    elif EXTENDED_GB in context.usage:
        context.warnings.append(f"{context.resource.name}: {EXTENDED_GB} is not counted, for its retentionPeriod is {retention:g} h")


def consumer(context: Context) -> Iterable[Item]:
    """A consumer with enhanced fan-out, by each shard of a provisioned stream; what it reads is the stream's usage."""
    owner = context.references.referred(context.resource, "streamArn", STREAM_RESOURCE)
    if owner is None:
        raise UndecidableError("its stream is not in this stack: the shards it reads are not known")
    mode = owner.input("streamModeDetails.streamMode")
    if mode.known and mode.value == "ON_DEMAND":
        yield Free("an on-demand stream's consumers cost by the GB, which is the stream's usage")
        return
    yield hourly(context, STREAM, "enhanced fan-out consumer-shard hours", constant(_shards(owner)))


def _shards(owner: Resource) -> float:
    declared = owner.input("shardCount")
    if declared.state is State.UNKNOWN or not isinstance(declared.value, (int, float)):
        raise UndecidableError(f"the shards of {owner.name} are not known")
    return float(declared.value)


def delivery_stream(context: Context) -> Iterable[Item]:
    """Data ingested in steps of 5 KB a record, and by the same GB what the stream's options add."""
    if context.resource.input("mskSourceConfiguration").present:
        raise UndecidableError("the price book has no price for Amazon MSK as the source of a delivery stream")
    factor = _rounding(context)
    ingested = Used("monthly_data_ingested_gb", "data ingested (Direct PUT and Kinesis source, 5 KB steps)")
    if ingested.field not in context.usage:
        yield Unpriced(ingested.component, f"how much is ingested is not stated: {ingested.field}")
        return
    yield from used_charge(context, FIREHOSE, ingested, factor=factor)
    if _enabled(context, "extendedS3Configuration.dataFormatConversionConfiguration", default=True):
        yield from used_charge(context, FIREHOSE, Used(ingested.field, "format conversion"), factor=factor)
    if _enabled(context, "extendedS3Configuration.dynamicPartitioningConfiguration", default=False):
        yield from used_charge(context, FIREHOSE, Used(ingested.field, "dynamic partitioning data"))
        yield from used_charge(context, FIREHOSE, Used("monthly_objects_delivered", "dynamic partitioning objects delivered", 1000))
    subnets = _subnets(context)
    if subnets is not None:
        notes = ("one subnet a zone",)
        yield from used_charge(context, FIREHOSE, Used(ingested.field, "VPC delivery data"), factor=factor)
        yield hourly(context, FIREHOSE, "VPC delivery, per Availability Zone", constant(float(len(subnets))), notes=notes)


def _rounding(context: Context) -> float:
    size = context.usage.get("average_record_kb")
    return math.ceil(size.value / STEP_KB) * STEP_KB / size.value if size is not None and size.value else 1.0


def _enabled(context: Context, path: str, *, default: bool) -> bool:
    return context.get(path) is not None and context.get(f"{path}.enabled", default) is not False


def _subnets(context: Context) -> list[Any] | None:
    for destination in ("opensearchConfiguration", "opensearchserverlessConfiguration", "elasticsearchConfiguration"):
        found = context.get(f"{destination}.vpcConfig.subnetIds")
        if found is not None:
            return as_list("vpcConfig.subnetIds", found)
    return None


def flink(context: Context) -> Iterable[Item]:
    """KPUs, one more for orchestration (two more for a Studio notebook), their running storage, and durable backups.

    Parallelism over parallelism a KPU gives the KPUs (Managed Service for Apache Flink developer guide, application scaling).
    """
    runtime = context.text("runtimeEnvironment", "")
    kpus, source, notes = _kpus(context)
    overhead = 0.0 if runtime.startswith("SQL") else 2.0 if runtime.startswith("ZEPPELIN") else 1.0
    words = (*notes, f"{kpus:g} KPUs and {overhead:g} for orchestration")
    yield replace(hourly(context, FLINK, KPU, constant(kpus + overhead), notes=words), source=source)
    if overhead:
        yield Charge(FLINK, "running application storage", constant(kpus * KPU_STORAGE_GB), source=source, assumptions=notes)
    yield from used_charge(context, SNAPSHOT, Used(BACKUP, "durable application backups"))


def _kpus(context: Context) -> tuple[float, QuantitySource, tuple[str, ...]]:
    """KPUs by usage, else by the declared parallelism, else one."""
    stated = context.usage.get(KPUS)
    if stated is not None and stated.source is not QuantitySource.PRESET:
        return stated.value, stated.source, (usage_assumption(KPUS, stated),)
    path = "applicationConfiguration.flinkApplicationConfiguration.parallelismConfiguration"
    scales = ("auto scaling may add KPUs up to the account's limit",) if context.get(f"{path}.autoScalingEnabled", False) is True else ()
    if context.get(f"{path}.parallelism") is None:
        return 1.0, QuantitySource.DECLARED, ("no parallelism declared: 1 KPU", *scales)
    parallelism, each = context.number(f"{path}.parallelism"), context.number(f"{path}.parallelismPerKpu", 1)
    return float(math.ceil(parallelism / max(each, 1))), QuantitySource.DECLARED, (f"parallelism {parallelism:g}, {each:g} a KPU", *scales)


def sql_application(context: Context) -> Iterable[Item]:
    """A Kinesis Data Analytics for SQL application: KPUs without orchestration, and durable backups."""
    stated = context.usage.get(KPUS)
    kpus = stated.value if stated is not None else 1.0
    notes = (usage_assumption(KPUS, stated),) if stated is not None else ("1 KPU, the least",)
    yield hourly(context, FLINK, KPU, constant(kpus), label="Kinesis Processing Unit", notes=notes)
    yield from used_charge(context, SNAPSHOT, Used(BACKUP, "durable application backups"))


STREAM_FIELDS = (*(row.field for row in (*ON_DEMAND, *PROVISIONED)), CONSUMER_HOURS, EXTENDED_GB, MONTHLY_HOURS)

METERS = {
    STREAM_RESOURCE: Meter(STREAM, measure=stream, extra_fields=STREAM_FIELDS),
    CONSUMER_RESOURCE: Meter("aws_kinesis_stream_consumer", measure=consumer, extra_fields=(MONTHLY_HOURS,)),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": Meter(
        FIREHOSE,
        measure=delivery_stream,
        extra_fields=("monthly_data_ingested_gb", "average_record_kb", "monthly_objects_delivered", MONTHLY_HOURS),
    ),
    "aws:kinesis/videoStream:VideoStream": Meter(
        "aws_kinesis_video_stream",
        used=(
            Used("monthly_data_ingested_gb", "data ingested"),
            Used("monthly_data_consumed_gb", "data consumed"),
            Used("storage_gb", "storage"),
        ),
    ),
    "aws:kinesisanalyticsv2/application:Application": Meter(FLINK, measure=flink, extra_fields=KPU_FIELDS),
    "aws:kinesisanalyticsv2/applicationSnapshot:ApplicationSnapshot": Meter(SNAPSHOT, used=(Used(BACKUP, "durable application backups"),)),
    "aws:kinesis/analyticsApplication:AnalyticsApplication": Meter("aws_kinesis_analytics_application", measure=sql_application, extra_fields=KPU_FIELDS),
}
