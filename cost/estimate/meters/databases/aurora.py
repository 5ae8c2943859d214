"""Aurora: instances and Serverless capacity, standard and I/O-Optimized; cluster storage, I/O, backups, backtrack; global databases."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, as_number, constant, usage_assumption
from cost.estimate.meters.databases.relational import (
    CREDITS,
    INSIGHTS_REQUESTS,
    MONITORED,
    advanced_insights,
    engine_label,
    enhanced_monitoring,
    extended_support,
    vcpus,
)
from cost.estimate.meters.network.addresses import publicly_accessible
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, not_stated, running_hours, used_if_stated, used_or_unpriced, within_limits
from cost.estimate.model import ONE, Quantity, QuantitySource, Range
from cost.units import MILLION, MONTH_HOURS
from plinth.stack import Resource, State

CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
CLUSTER_PRICES = "aws_rds_cluster"
INSTANCE_PRICES = "aws_rds_cluster_instance"
SERVERLESS = "db.serverless"
IO_OPTIMIZED = "aurora-iopt1"
SECONDS_A_MONTH = MONTH_HOURS * 3600
CAPACITY = "capacity_units_per_hr"
SNAPSHOT, BILLED_BACKUP = "backup_snapshot_size_gb", "additional_backup_storage_gb"
MULTI_AZ_INSTANCES = 3
"""A writer and two readable standbys. Source: RDS user guide, Multi-AZ DB cluster deployments."""

EXPORT = Used("snapshot_export_size_gb", "snapshot export")


def cluster_of(context: Context) -> Resource | None:
    """The cluster that an instance belongs to, by reference or by its identifier; None where it is not in the stack."""
    return context.references.referred_or_named(context.resource, "clusterIdentifier", CLUSTER, "clusterIdentifier")


def cluster_instance(context: Context) -> Iterable[Item]:
    """An instance by class and by its cluster's storage configuration; Serverless v2 between its cluster's capacity limits."""
    yield from enhanced_monitoring(context)
    yield from publicly_accessible(context, ONE)
    cluster, instance_class = cluster_of(context), context.text("instanceClass", "")
    optimized = ", I/O-Optimized" if _optimized(context, cluster) else ""
    if instance_class == SERVERLESS:
        yield from _serverless(context, cluster, optimized)
        return
    hours, source, notes = running_hours(context)
    yield Charge(INSTANCE_PRICES, f"{instance_class}{optimized}", constant(hours), source=source, assumptions=notes, instance_type=instance_class)
    yield from extended_support(context, context.text("engine", ""), instance_class)
    if cluster is not None and _advanced(cluster):
        yield from advanced_insights(context, instance_class)
    yield from _credits(context, instance_class)
    yield from used_if_stated(context, "aws_db_instance", INSIGHTS_REQUESTS)


def _advanced(cluster: Resource) -> bool:
    return cluster.input("databaseInsightsMode").value == "advanced"


def _optimized(context: Context, cluster: Resource | None) -> bool:
    kind = None if cluster is None else cluster.input("storageType")
    if kind is not None and kind.state is State.UNKNOWN:
        raise UndecidableError("the cluster's storageType is known only after deployment")
    return kind is not None and kind.value == IO_OPTIMIZED


def _serverless(context: Context, cluster: Resource | None, optimized: str) -> Iterable[Item]:
    stated = context.usage.get(CAPACITY)
    low, high = (None, None) if cluster is None else (cluster.input(f"serverlessv2ScalingConfiguration.{key}").value for key in ("minCapacity", "maxCapacity"))
    hours, _, notes = running_hours(context)
    if isinstance(low, int | float) and isinstance(high, int | float):
        units = within_limits(stated, float(low), float(high))
        limits = f"between the cluster's {low:g} and {high:g} ACUs"
    elif stated is not None and stated.source is not QuantitySource.PRESET:
        units, limits = constant(stated.value), "the cluster's limits are not known"
    else:
        raise UndecidableError(f"the cluster's serverlessv2ScalingConfiguration is not known, and no usage file states {CAPACITY}")
    source, used, notes = _source(stated), units.scaled(hours), (limits, *_an_hour(stated), *notes)
    yield Charge(INSTANCE_PRICES, f"Aurora Serverless v2{optimized}", used, source=source, assumptions=notes, instance_type=SERVERLESS)
    if cluster is not None and _advanced(cluster):
        yield Charge(CLUSTER_PRICES, "Database Insights, Advanced, Serverless v2", used, source=source, assumptions=notes)


def _credits(context: Context, instance_class: str) -> Iterable[Item]:
    found = context.usage.get(CREDITS)
    if found is None or not instance_class.startswith(("db.t3", "db.t4g")):
        return
    cpus = vcpus(context, instance_class)
    if cpus is None:
        yield Unpriced("CPU credits", f"the vCPUs of {instance_class} are not known")
        return
    note = f"{found.value:,.12g} hours above the baseline, {cpus:g} vCPUs"
    yield Charge(INSTANCE_PRICES, "T3 unlimited CPU credits", constant(found.value * cpus), source=found.source, assumptions=(note,))


def cluster(context: Context) -> Iterable[Item]:
    """Storage, I/O and backups of an Aurora cluster; the instances of a Multi-AZ DB cluster, which declares them itself."""
    if context.get("dbClusterInstanceClass") is not None:
        yield from _multi_az(context)
        return
    optimized = context.text("storageType", "aurora") == IO_OPTIMIZED
    if context.text("engineMode", "provisioned") == "serverless":
        yield from _serverless_v1(context)
    yield from used_or_unpriced(context, CLUSTER_PRICES, Used("storage_gb", "storage, I/O-Optimized" if optimized else "storage"))
    if not optimized:
        yield from _requests(context)
    yield from _backups(context)
    if context.number("backtrackWindow", 0) > 0:
        yield from _backtrack(context)
    yield from used_if_stated(context, CLUSTER_PRICES, EXPORT)


def _serverless_v1(context: Context) -> Iterable[Item]:
    limits = as_mapping("scalingConfiguration", context.get("scalingConfiguration"))
    paused = limits.get("autoPause", True)
    low, high = as_number("minCapacity", limits.get("minCapacity", 1)), as_number("maxCapacity", limits.get("maxCapacity", 16))
    stated = context.usage.get(CAPACITY)
    units = within_limits(stated, 0.0 if paused else low, high)
    notes = (f"{low:g} to {high:g} ACUs{', paused when idle' if paused else ''}", *_an_hour(stated))
    yield Charge(CLUSTER_PRICES, "Aurora Serverless v1", units.scaled(MONTH_HOURS), source=_source(stated), assumptions=notes)


def _an_hour(stated: Quantity | None) -> tuple[str, ...]:
    return () if stated is None else (usage_assumption(CAPACITY, stated).replace(" a month", " an hour"),)


def _source(stated: Quantity | None) -> QuantitySource:
    return QuantitySource.DECLARED if stated is None else stated.source


def _requests(context: Context) -> Iterable[Item]:
    rates = {name: found for name in ("write_requests_per_sec", "read_requests_per_sec") if (found := context.usage.get(name)) is not None}
    if not rates:
        yield not_stated("I/O requests", "write_requests_per_sec", "read_requests_per_sec")
        return
    total = sum(found.value for found in rates.values()) * SECONDS_A_MONTH / MILLION
    notes = tuple(usage_assumption(name, found).replace(" a month", "") for name, found in rates.items())
    yield Charge(CLUSTER_PRICES, "I/O requests", constant(total), source=next(iter(rates.values())).source, assumptions=notes)


def _backups(context: Context) -> Iterable[Item]:
    """Backups are incremental, and free up to the cluster's size: what is billed is for somebody to state.

    At most a whole snapshot a day of the retention period, the first free, which is Infracost's rule. Source: Aurora user guide,
    Understanding Amazon Aurora backup storage usage.
    """
    billed, snapshot = context.usage.get(BILLED_BACKUP), context.usage.get(SNAPSHOT)
    days = context.number("backupRetentionPeriod", 1)
    if billed is not None:
        yield from used_if_stated(context, CLUSTER_PRICES, Used(BILLED_BACKUP, "backup storage"))
    elif days > 1 and snapshot is None:
        yield not_stated("backup storage", BILLED_BACKUP, SNAPSHOT)
    elif days > 1 and snapshot is not None:
        ceiling = f"at most {days:g} whole snapshots, the first free; backups are incremental, and none is expected above the free size of the cluster"
        notes = (usage_assumption(SNAPSHOT, snapshot), f"{ceiling}: state {BILLED_BACKUP}")
        most = Range(min=0.0, expected=0.0, max=snapshot.value * (days - 1))
        yield Charge(CLUSTER_PRICES, "backup storage", most, source=snapshot.source, assumptions=notes)


def _backtrack(context: Context) -> Iterable[Item]:
    statements, records = (context.usage.get(name) for name in ("average_statements_per_hr", "change_records_per_statement"))
    if statements is None or records is None:
        yield not_stated("backtrack", "average_statements_per_hr", "change_records_per_statement")
        return
    stated = context.usage.get("backtrack_window_hrs")
    window = Quantity(context.number("backtrackWindow") / 3600, QuantitySource.DECLARED) if stated is None else stated
    kept = statements.value * MONTH_HOURS * records.value * window.value / MILLION
    notes = (f"{statements.value:,.12g} statements an hour, {records.value:g} change records each, kept {window.value:g} hours",)
    yield Charge(CLUSTER_PRICES, "backtrack", constant(kept), source=statements.source, assumptions=notes)


def _multi_az(context: Context) -> Iterable[Item]:
    instance_class = context.text("dbClusterInstanceClass", "")
    label = f"{engine_label(context.text('engine', ''), 'license-included')} Multi-AZ cluster {instance_class}"
    yield Charge("aws_db_instance", label, constant(float(MONTH_HOURS)), constant(MULTI_AZ_INSTANCES), instance_type=instance_class)
    kind = context.text("storageType", "io1")
    yield Charge("aws_db_instance", f"{kind} storage, Multi-AZ cluster", constant(context.number("allocatedStorage")))
    if context.get("iops") is not None:
        yield Charge("aws_db_instance", f"{kind} provisioned IOPS, Multi-AZ cluster", constant(context.number("iops")))
    yield from extended_support(context, context.text("engine", ""), instance_class, constant(MULTI_AZ_INSTANCES))
    yield from enhanced_monitoring(context)
    yield from publicly_accessible(context, constant(MULTI_AZ_INSTANCES), "one an instance")


def global_cluster(context: Context) -> Iterable[Item]:
    """A global database adds replicated writes; its clusters are priced where they are declared."""
    if context.text("engine", "aurora").startswith("aurora"):
        yield from used_or_unpriced(context, "aws_rds_global_cluster", Used("monthly_replicated_write_ios", "global database replicated write I/Os", MILLION))
    else:
        yield Free("its clusters are priced where they are declared")


def shard_group(context: Context) -> Iterable[Item]:
    """Aurora Limitless capacity, from its floor to its ceiling."""
    high = context.number("maxAcu")
    stated = context.usage.get(CAPACITY)
    units = within_limits(stated, context.number("minAcu", 16), high).scaled(MONTH_HOURS)
    copies = constant(1 + context.number("computeRedundancy", 0))
    yield Charge("aws_rds_shard_group", "Aurora Limitless capacity", units, copies, source=_source(stated), assumptions=_an_hour(stated))


CLUSTER_FIELDS = (
    CAPACITY,
    "storage_gb",
    "write_requests_per_sec",
    "read_requests_per_sec",
    SNAPSHOT,
    BILLED_BACKUP,
    MONITORED.field,
    "average_statements_per_hr",
    "change_records_per_statement",
    "backtrack_window_hrs",
    EXPORT.field,
)
INSTANCE_FIELDS = (CREDITS, INSIGHTS_REQUESTS.field, MONITORED.field, CAPACITY, MONTHLY_HOURS)

METERS = {
    CLUSTER: Meter(CLUSTER_PRICES, measure=cluster, extra_fields=CLUSTER_FIELDS),
    CLUSTER_INSTANCE: Meter(INSTANCE_PRICES, measure=cluster_instance, extra_fields=INSTANCE_FIELDS),
    "aws:rds/globalCluster:GlobalCluster": Meter("aws_rds_global_cluster", measure=global_cluster, extra_fields=("monthly_replicated_write_ios",)),
    "aws:rds/shardGroup:ShardGroup": Meter("aws_rds_shard_group", measure=shard_group, extra_fields=(CAPACITY,)),
}
