"""Aurora: instances and Serverless capacity, standard and I/O-Optimized; cluster storage, I/O, backups, backtrack; global databases."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, as_number, constant, usage_assumption
from cost.estimate.meters.databases.relational import CREDITS, INSIGHTS_REQUESTS, advanced_insights, engine_label, extended_support, vcpus
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, not_stated, running_hours, used_if_stated, used_or_unpriced, within_limits
from cost.estimate.model import Quantity, QuantitySource
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
MULTI_AZ_INSTANCES = 3
"""A writer and two readable standbys. Source: RDS user guide, Multi-AZ DB cluster deployments."""

EXPORT = Used("snapshot_export_size_gb", "snapshot export")


def cluster_of(context: Context) -> Resource | None:
    """The cluster that an instance belongs to, by reference or by its identifier; None where it is not in the stack."""
    return context.references.referred_or_named(context.resource, "clusterIdentifier", CLUSTER, "clusterIdentifier")


def cluster_instance(context: Context) -> Iterable[Item]:
    """An instance by class and by its cluster's storage configuration; Serverless v2 between its cluster's capacity limits."""
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
    said = () if stated is None else (usage_assumption(CAPACITY, stated).replace(" a month", " an hour"),)
    source = QuantitySource.DECLARED if stated is None else stated.source
    used, notes = units.scaled(hours), (limits, *said, *notes)
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
    units = within_limits(context.usage.get(CAPACITY), 0.0 if paused else low, high)
    note = f"{low:g} to {high:g} ACUs{', paused when idle' if paused else ''}"
    yield Charge(CLUSTER_PRICES, "Aurora Serverless v1", units.scaled(MONTH_HOURS), assumptions=(note,))


def _requests(context: Context) -> Iterable[Item]:
    rates = {name: found for name in ("write_requests_per_sec", "read_requests_per_sec") if (found := context.usage.get(name)) is not None}
    if not rates:
        yield not_stated("I/O requests", "write_requests_per_sec", "read_requests_per_sec")
        return
    total = sum(found.value for found in rates.values()) * SECONDS_A_MONTH / MILLION
    notes = tuple(usage_assumption(name, found).replace(" a month", "") for name, found in rates.items())
    yield Charge(CLUSTER_PRICES, "I/O requests", constant(total), source=next(iter(rates.values())).source, assumptions=notes)


def _backups(context: Context) -> Iterable[Item]:
    """Infracost's rule: a snapshot a day of the retention period, the first of them free."""
    found = context.usage.get("backup_snapshot_size_gb")
    days = context.number("backupRetentionPeriod", 1)
    if days <= 1:
        return
    if found is None:
        yield not_stated("backup storage", "backup_snapshot_size_gb")
        return
    notes = (usage_assumption("backup_snapshot_size_gb", found), f"{days:g} days of backups, the first free")
    yield Charge(CLUSTER_PRICES, "backup storage", constant(found.value * (days - 1)), source=found.source, assumptions=notes)


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


def global_cluster(context: Context) -> Iterable[Item]:
    """A global database adds replicated writes; its clusters are priced where they are declared."""
    if context.text("engine", "aurora").startswith("aurora"):
        yield from used_or_unpriced(context, "aws_rds_global_cluster", Used("monthly_replicated_write_ios", "global database replicated write I/Os", MILLION))
    else:
        yield Free("its clusters are priced where they are declared")


def shard_group(context: Context) -> Iterable[Item]:
    """Aurora Limitless capacity, from its floor to its ceiling."""
    high = context.number("maxAcu")
    units = within_limits(context.usage.get(CAPACITY), context.number("minAcu", 16), high)
    yield Charge("aws_rds_shard_group", "Aurora Limitless capacity", units.scaled(MONTH_HOURS), constant(1 + context.number("computeRedundancy", 0)))


CLUSTER_FIELDS = (
    CAPACITY,
    "storage_gb",
    "write_requests_per_sec",
    "read_requests_per_sec",
    "backup_snapshot_size_gb",
    "average_statements_per_hr",
    "change_records_per_statement",
    "backtrack_window_hrs",
    EXPORT.field,
)
INSTANCE_FIELDS = (CREDITS, INSIGHTS_REQUESTS.field, CAPACITY, MONTHLY_HOURS)

METERS = {
    CLUSTER: Meter(CLUSTER_PRICES, measure=cluster, extra_fields=CLUSTER_FIELDS),
    CLUSTER_INSTANCE: Meter(INSTANCE_PRICES, measure=cluster_instance, extra_fields=INSTANCE_FIELDS),
    "aws:rds/globalCluster:GlobalCluster": Meter("aws_rds_global_cluster", measure=global_cluster, extra_fields=("monthly_replicated_write_ios",)),
    "aws:rds/shardGroup:ShardGroup": Meter("aws_rds_shard_group", measure=shard_group, extra_fields=(CAPACITY,)),
}
