"""Beside RDS and Aurora databases: snapshots, exports, backup replication, proxies, activity streams."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, constant, usage_assumption
from cost.estimate.meters.databases.aurora import CLUSTER, CLUSTER_INSTANCE, SERVERLESS
from cost.estimate.meters.databases.relational import INSTANCE, vcpus
from cost.estimate.meters.databases.relational import PRICE_TYPE as INSTANCE_PRICES
from cost.estimate.meters.network.data_transfer import PRICE_TYPE as TRANSFER
from cost.estimate.meters.network.data_transfer import to_another_region
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, Hours, running_hours, stated_or_up_to, used_or_unpriced
from cost.estimate.model import Range
from cost.units import MONTH_HOURS
from plinth.stack import Resource

PROXY_TARGET = "aws:rds/proxyTarget:ProxyTarget"
STORED = "storage_gb"
MINIMUM_VCPUS = 2.0
MINIMUM_ACUS = 8.0
"""What a proxy is charged for at least. Source: RDS Proxy pricing, provisioned instances and Aurora Serverless v2."""
VCPUS = "vcpu_count"
SNAPSHOT_RATES = {INSTANCE: "backup storage above the database's size", CLUSTER: "backup storage"}


def instance_snapshot(context: Context) -> Iterable[Item]:
    """A manual snapshot of an instance, at most its allocated storage."""
    source = context.references.referred_or_named(context.resource, "dbInstanceIdentifier", INSTANCE, "identifier")
    declared = None if source is None else source.input("allocatedStorage").value
    size = float(declared) if isinstance(declared, int | float) else None
    found = stated_or_up_to(context, STORED, size, "a snapshot holds what changed since the one before: at most the allocated storage")
    if found is None:
        raise UndecidableError(f"no {STORED} in the usage file, and the instance's allocatedStorage is not known")
    quantity, origin, notes = found
    yield Charge(INSTANCE_PRICES, SNAPSHOT_RATES[INSTANCE], quantity, source=origin, assumptions=notes, label="snapshot storage")


def snapshot_copy(context: Context) -> Iterable[Item]:
    """A copy of an instance's snapshot, by what it holds."""
    yield from used_or_unpriced(context, INSTANCE_PRICES, Used(STORED, SNAPSHOT_RATES[INSTANCE]))


def cluster_snapshot(context: Context) -> Iterable[Item]:
    """A manual snapshot of an Aurora cluster, or a copy of one, by what it holds."""
    yield from used_or_unpriced(context, "aws_rds_cluster", Used(STORED, SNAPSHOT_RATES[CLUSTER]))


def export(context: Context) -> Iterable[Item]:
    """An export to S3 costs once, by the size of the snapshot."""
    yield from used_or_unpriced(context, INSTANCE_PRICES, Used("snapshot_export_size_gb", "snapshot export"))


def replicated_backups(context: Context) -> Iterable[Item]:
    """Automated backups kept in another Region: their storage there, and the transfer."""
    yield from used_or_unpriced(context, INSTANCE_PRICES, Used(STORED, SNAPSHOT_RATES[INSTANCE]))
    yield from used_or_unpriced(context, TRANSFER, Used("monthly_replicated_gb", to_another_region(context.region)))


def activity_stream(context: Context) -> Iterable[Item]:
    """An activity stream writes to a Kinesis stream that AWS creates."""
    raise UndecidableError("an activity stream is charged as the Kinesis stream that AWS creates for it, whose use is not declared")


def proxy(context: Context) -> Iterable[Item]:
    """vCPU-hours of the databases behind a proxy, or ACU-hours of serverless ones, two vCPUs or eight ACUs at least."""
    running = running_hours(context)
    stated = context.usage.get(VCPUS)
    if stated is not None:
        said = (usage_assumption(VCPUS, stated).replace(" a month", ""),)
        yield _proxied(constant(max(stated.value, MINIMUM_VCPUS)), running._replace(source=stated.source, notes=(*said, *running.notes)))
        return
    own = (context.resource.input("name").value, context.resource.output("name").value)
    targets = context.references.belonging(context.resource, PROXY_TARGET, "dbProxyName", *own)
    databases = [database for target in targets for database in _databases(context, target)]
    if not databases:
        raise UndecidableError(f"no proxy target leads to a database of the stack; state {VCPUS} in a usage file")
    for database in databases:
        yield from _behind(context, database, running)


def _proxied(units: Range, running: Hours, per: str = "vCPU") -> Charge:
    return Charge("aws_db_proxy", f"proxy, per {per} of the database", units.scaled(running.hours), source=running.source, assumptions=running.notes)


def _behind(context: Context, database: Resource, running: Hours) -> Iterable[Item]:
    instance_class = str(database.input("instanceClass").value)
    if instance_class == SERVERLESS:
        cluster = context.references.referred_or_named(database, "clusterIdentifier", CLUSTER, "clusterIdentifier")
        limits = [None if cluster is None else cluster.input(f"serverlessv2ScalingConfiguration.{key}").value for key in ("minCapacity", "maxCapacity")]
        low, high = limits
        if not isinstance(low, int | float) or not isinstance(high, int | float):
            yield Unpriced("proxy", f"the capacity limits of {database.name} are not known")
            return
        units = Range(min=max(low, MINIMUM_ACUS), expected=max(low, MINIMUM_ACUS), max=max(high, MINIMUM_ACUS))
        yield _proxied(units, running._replace(notes=(database.name, *running.notes)), "ACU")
        return
    cpus = vcpus(context, instance_class)
    if cpus is None:
        yield Unpriced("proxy", f"the vCPUs of {database.name} ({instance_class}) are not known")
        return
    yield _proxied(constant(max(cpus, MINIMUM_VCPUS)), running._replace(notes=(f"{database.name}: {cpus:g} vCPUs", *running.notes)))


def _databases(context: Context, target: Resource) -> Iterable[Resource]:
    instance = context.references.referred_or_named(target, "dbInstanceIdentifier", INSTANCE, "identifier")
    if instance is not None:
        yield instance
    cluster = context.references.referred_or_named(target, "dbClusterIdentifier", CLUSTER, "clusterIdentifier")
    if cluster is not None:
        names = (cluster.id, cluster.input("clusterIdentifier").value)
        yield from context.references.belonging(cluster, CLUSTER_INSTANCE, "clusterIdentifier", *names)


def proxy_endpoint(context: Context) -> Iterable[Item]:
    """An endpoint beside a proxy's default one is an interface endpoint in each of its subnets' zones. Source: RDS Proxy pricing."""
    zones = len(context.items("vpcSubnetIds"))
    note = f"{zones} Availability Zones, one a subnet"
    yield Charge("aws_vpc_endpoint", "interface endpoint hours (per AZ)", constant(float(MONTH_HOURS)), constant(zones), assumptions=(note,))


METERS = {
    "aws:rds/snapshot:Snapshot": Meter("aws_db_snapshot", measure=instance_snapshot, extra_fields=(STORED,)),
    "aws:rds/snapshotCopy:SnapshotCopy": Meter("aws_db_snapshot_copy", measure=snapshot_copy, extra_fields=(STORED,)),
    "aws:rds/clusterSnapshot:ClusterSnapshot": Meter("aws_db_cluster_snapshot", measure=cluster_snapshot, extra_fields=(STORED,)),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": Meter("aws_rds_cluster_snapshot_copy", measure=cluster_snapshot, extra_fields=(STORED,)),
    "aws:rds/exportTask:ExportTask": Meter("aws_rds_export_task", measure=export, extra_fields=("snapshot_export_size_gb",)),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": Meter(
        "aws_db_instance_automated_backups_replication", measure=replicated_backups, extra_fields=(STORED, "monthly_replicated_gb")
    ),
    "aws:rds/clusterActivityStream:ClusterActivityStream": Meter("aws_rds_cluster_activity_stream", measure=activity_stream),
    "aws:rds/proxyEndpoint:ProxyEndpoint": Meter("aws_db_proxy_endpoint", measure=proxy_endpoint),
    "aws:rds/proxy:Proxy": Meter("aws_db_proxy", measure=proxy, extra_fields=(VCPUS, MONTHLY_HOURS)),
}
