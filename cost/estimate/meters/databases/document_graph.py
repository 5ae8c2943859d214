"""DocumentDB and Neptune: instances and serverless capacity, cluster storage and I/O, backups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Used, constant, usage_assumption
from cost.estimate.meters.databases.relational import CREDITS, vcpus
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly, running_hours, used_if_by_hand, used_if_stated, used_or_unpriced, within_limits
from cost.units import MILLION
from plinth.stack import Resource, State

SERVERLESS = "db.serverless"
OPTIMIZED = "iopt1"
CAPACITY = "capacity_units_per_hr"
STORAGE, IO, BACKUP = "storage_gb", "monthly_io_requests", "backup_storage_gb"


@dataclass(frozen=True, slots=True)
class Service:
    """A service of clusters whose instances share storage: its types, its price types, its serverless unit."""

    cluster: str
    cluster_prices: str
    instance_prices: str
    serverless: str
    scaling: str
    credits_are_vcpu_hours: bool
    """Infracost's format states DocumentDB's `monthly_cpu_credit_hrs` in vCPU-hours, and Neptune's in hours of the instance."""


DOCUMENTS = Service(
    "aws:docdb/cluster:Cluster", "aws_docdb_cluster", "aws_docdb_cluster_instance", "DocumentDB Serverless", "serverlessV2ScalingConfiguration", True
)
GRAPHS = Service(
    "aws:neptune/cluster:Cluster", "aws_neptune_cluster", "aws_neptune_cluster_instance", "Neptune Serverless", "serverlessV2ScalingConfiguration", False
)


def _optimized(cluster: Resource | None) -> str:
    kind = None if cluster is None else cluster.input("storageType")
    if kind is not None and kind.state is State.UNKNOWN:
        raise UndecidableError("the cluster's storageType is known only after deployment")
    return ", I/O-Optimized" if kind is not None and kind.value == OPTIMIZED else ""


def _cluster_of(context: Context, service: Service) -> Resource | None:
    return context.references.referred_or_named(context.resource, "clusterIdentifier", service.cluster, "clusterIdentifier")


def _instance(context: Context, service: Service) -> Iterable[Item]:
    cluster, instance_class = _cluster_of(context, service), context.text("instanceClass", "")
    hours, source, notes = running_hours(context)
    optimized = _optimized(cluster)
    if instance_class == SERVERLESS:
        low, high = (None if cluster is None else cluster.input(f"{service.scaling}.{key}").value for key in ("minCapacity", "maxCapacity"))
        if not isinstance(low, int | float) or not isinstance(high, int | float):
            raise UndecidableError(f"the cluster's {service.scaling} is not known")
        stated = context.usage.get(CAPACITY)
        units = within_limits(stated, float(low), float(high)).scaled(hours)
        said = () if stated is None else (usage_assumption(CAPACITY, stated).replace(" a month", " an hour"),)
        limits = (f"between {low:g} and {high:g} capacity units", *said, *notes)
        origin = source if stated is None else stated.source
        yield Charge(service.instance_prices, f"{service.serverless}{optimized}", units, source=origin, assumptions=limits)
        return
    yield Charge(service.instance_prices, f"{instance_class}{optimized}", constant(hours), source=source, assumptions=notes, instance_type=instance_class)
    if CREDITS in context.usage and instance_class.startswith(("db.t3", "db.t4g")):
        per_hour = 1.0 if service.credits_are_vcpu_hours else vcpus(context, instance_class) or 2.0
        yield from used_if_stated(context, service.instance_prices, Used(CREDITS, "T3/T4g CPU credits", 1 / per_hour))


def _cluster(context: Context, service: Service) -> Iterable[Item]:
    optimized = _optimized(context.resource)
    yield from used_or_unpriced(context, service.cluster_prices, Used(STORAGE, f"storage{optimized}"))
    if not optimized:
        yield from used_or_unpriced(context, service.cluster_prices, Used(IO, "I/O requests", MILLION))
    if context.number("backupRetentionPeriod", 1) > 1:
        yield from used_or_unpriced(context, service.cluster_prices, Used(BACKUP, "backup storage"))
    else:
        yield from used_if_by_hand(context, service.cluster_prices, Used(BACKUP, "backup storage"))


def document_cluster(context: Context) -> Iterable[Item]:
    """A DocumentDB cluster's storage, I/O and backups."""
    yield from _cluster(context, DOCUMENTS)


def document_instance(context: Context) -> Iterable[Item]:
    """A DocumentDB instance; Infracost's usage format states the cluster's storage and I/O with it."""
    yield from _instance(context, DOCUMENTS)
    rows = (Used("data_storage_gb", f"storage{_optimized(_cluster_of(context, DOCUMENTS))}"), Used(IO, "I/O requests", MILLION))
    yield from used_if_stated(context, DOCUMENTS.cluster_prices, *rows)


def document_snapshot(context: Context) -> Iterable[Item]:
    """A manual snapshot of a DocumentDB cluster, by what it holds."""
    yield from used_or_unpriced(context, DOCUMENTS.cluster_prices, Used(BACKUP, "backup storage"))


def elastic_cluster(context: Context) -> Iterable[Item]:
    """An elastic cluster is its shards' vCPUs, each shard on two instances unless it says otherwise."""
    cpus = context.number("shardCapacity") * context.number("shardCount") * context.number("shardInstanceCount", 2)
    note = f"{cpus:g} vCPUs over all shards and their instances"
    yield hourly(context, "aws_docdbelastic_cluster", "elastic cluster vCPUs", constant(cpus), notes=(note,))
    yield from used_or_unpriced(context, "aws_docdbelastic_cluster", Used(STORAGE, "elastic cluster storage"))


def graph_cluster(context: Context) -> Iterable[Item]:
    """A Neptune cluster's storage, I/O and backups."""
    yield from _cluster(context, GRAPHS)


def graph_instance(context: Context) -> Iterable[Item]:
    """A Neptune instance, or serverless capacity between its cluster's limits."""
    yield from _instance(context, GRAPHS)


def graph_snapshot(context: Context) -> Iterable[Item]:
    """A manual snapshot of a Neptune cluster, by what it holds."""
    yield from used_or_unpriced(context, GRAPHS.cluster_prices, Used(BACKUP, "backup storage"))


CLUSTER_FIELDS = (STORAGE, IO, BACKUP)
INSTANCE_FIELDS = (CREDITS, CAPACITY, MONTHLY_HOURS)

METERS = {
    DOCUMENTS.cluster: Meter(DOCUMENTS.cluster_prices, measure=document_cluster, extra_fields=CLUSTER_FIELDS),
    "aws:docdb/clusterInstance:ClusterInstance": Meter(
        DOCUMENTS.instance_prices, measure=document_instance, extra_fields=(*INSTANCE_FIELDS, "data_storage_gb", IO)
    ),
    "aws:docdb/clusterSnapshot:ClusterSnapshot": Meter("aws_docdb_cluster_snapshot", measure=document_snapshot, extra_fields=(BACKUP,)),
    "aws:docdb/elasticCluster:ElasticCluster": Meter("aws_docdbelastic_cluster", measure=elastic_cluster, extra_fields=(STORAGE, MONTHLY_HOURS)),
    GRAPHS.cluster: Meter(GRAPHS.cluster_prices, measure=graph_cluster, extra_fields=CLUSTER_FIELDS),
    "aws:neptune/clusterInstance:ClusterInstance": Meter(GRAPHS.instance_prices, measure=graph_instance, extra_fields=INSTANCE_FIELDS),
    "aws:neptune/clusterSnapshot:ClusterSnapshot": Meter("aws_neptune_cluster_snapshot", measure=graph_snapshot, extra_fields=(BACKUP,)),
}
