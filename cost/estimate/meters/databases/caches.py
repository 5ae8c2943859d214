"""Caches: ElastiCache nodes over shards and replicas, serverless caches between their limits, MemoryDB clusters; snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, as_list, as_mapping, as_number, constant, usage_assumption
from cost.estimate.meters.databases.engine_support import support_component
from cost.estimate.meters.tokens import SCALING_TARGET
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, not_stated, running_hours, used_or_unpriced
from cost.estimate.model import QuantitySource, Range
from cost.units import MILLION, MONTH_HOURS
from plinth.stack import State

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
NODES = "aws_elasticache_cluster"
SNAPSHOTS = "snapshot_storage_size_gb"
ENGINE_NAMES = {"redis": "Redis OSS", "valkey": "Valkey", "memcached": "Memcached"}
LEAST_GB = {"valkey": 0.1}
"""GB that a serverless cache is charged for at least: 100 MB for Valkey, 1 GB for the others. Source: ElastiCache pricing, Serverless."""
STORED, UNITS = "data_storage_gb", "monthly_ecpus"


def cluster(context: Context) -> Iterable[Item]:
    """Nodes of a cluster of its own; a member of a replication group is one more of the group's nodes."""
    group = context.references.referred(context.resource, "replicationGroupId", GROUP)
    if context.resource.input("replicationGroupId").present:
        if group is None:
            raise UndecidableError("replicationGroupId does not lead to a replication group of the stack, so the node type is not known")
        node_type = group.input("nodeType")
        if not node_type.known:
            raise UndecidableError("the replication group's nodeType is not known")
        yield from _nodes(context, str(node_type.value), str(group.input("engine").value or "redis"), constant(1))
        return
    engine = context.text("engine", "redis")
    yield from _nodes(context, context.text("nodeType", ""), engine, constant(context.number("numCacheNodes", 1)))
    if engine != "memcached":
        yield from _snapshots(context)


def replication_group(context: Context) -> Iterable[Item]:
    """A node a shard and replica, over the range that autoscaling allows; snapshots after the first."""
    if context.get("nodeType") is None:
        raise UndecidableError("nodeType is not declared: a member of a global datastore has the primary's")
    yield from _nodes(context, context.text("nodeType", ""), context.text("engine", "redis"), _members(context))
    yield from _snapshots(context)


def _members(context: Context) -> Range:
    if context.get("numNodeGroups") is None:
        return constant(context.number("numCacheClusters", 1))
    shards = _autoscaled(context, "NodeGroups", context.number("numNodeGroups"))
    replicas = _autoscaled(context, "Replicas", context.number("replicasPerNodeGroup", 0))
    return shards.times(Range(min=1 + replicas.min, expected=1 + replicas.expected, max=1 + replicas.max))


def _autoscaled(context: Context, what: str, declared: float) -> Range:
    names = (context.resource.input("replicationGroupId").value, context.resource.id)
    texts = [f"replication-group/{name}" for name in names if isinstance(name, str)]
    targets = context.references.belonging(context.resource, SCALING_TARGET, "resourceId", *texts)
    dimension = f"elasticache:replication-group:{what}"
    target = next((found for found in targets if found.input("scalableDimension").value == dimension), None)
    if target is None:
        return constant(declared)
    limits = [target.input(key) for key in ("minCapacity", "maxCapacity")]
    if any(limit.state is State.UNKNOWN for limit in limits):
        raise UndecidableError("the scaling target's limits are known only after deployment")
    low, high = (as_number("capacity", limit.value) for limit in limits)
    return Range(min=low, expected=min(max(declared, low), high), max=high)


def _nodes(context: Context, node_type: str, engine: str, count: Range) -> Iterable[Item]:
    hours, source, notes = running_hours(context)
    component = f"{node_type} {'Valkey ' if engine == 'valkey' else ''}node"
    yield Charge(NODES, component, constant(hours), count, source=source, assumptions=notes, instance_type=node_type)
    version = str(context.resource.input("engineVersion").value or "")
    if support_component(engine, version, context.as_of) is not None:
        yield Unpriced("extended support", f"{ENGINE_NAMES[engine]} {version} is out of standard support: the price book has no price of its extended support")


def _snapshots(context: Context) -> Iterable[Item]:
    """Infracost's rule: a snapshot a day of the retention period, the first of them free."""
    days = context.number("snapshotRetentionLimit", 0)
    if days <= 1:
        return
    found = context.usage.get(SNAPSHOTS)
    if found is None:
        yield not_stated("backup storage", SNAPSHOTS)
        return
    notes = (usage_assumption(SNAPSHOTS, found), f"{days:g} daily snapshots, the first free")
    yield Charge(NODES, "backup storage", constant(found.value * (days - 1)), source=found.source, assumptions=notes)


def serverless(context: Context) -> Iterable[Item]:
    """Data stored and processing units, between the cache's own limits and what AWS charges at least."""
    engine = context.text("engine", "redis")
    limits = as_mapping("cacheUsageLimits", context.get("cacheUsageLimits"))
    per_second = as_list("ecpuPerSeconds", limits.get("ecpuPerSeconds"))
    storage = as_mapping("dataStorage", limits.get("dataStorage"))
    units = as_mapping("ecpuPerSeconds", per_second[0] if per_second else None)
    name = ENGINE_NAMES.get(engine, engine)
    least = LEAST_GB.get(engine, 1.0)
    yield from _limited(context, f"{name} serverless data stored", STORED, storage, MONTH_HOURS, least, "GB")
    yield from _limited(context, f"{name} serverless ElastiCache Processing Units", UNITS, units, MONTH_HOURS * 3600 / MILLION, 0.0, "a second")
    if context.number("snapshotRetentionLimit", 0) > 0:
        yield from used_or_unpriced(context, NODES, Used(SNAPSHOTS, "backup storage"))


def _limited(context: Context, component: str, field: str, declared: Mapping[str, Any], factor: float, least: float, unit: str) -> Iterable[Item]:
    """A quantity a month: from a limit in GB or units a second times the month, or from usage; `factor` takes the limit to the price's unit."""
    low = max(least, as_number("minimum", declared.get("minimum", 0)))
    stated = context.usage.get(field)
    usage = None if stated is None else stated.value * (MONTH_HOURS if field == STORED else 1 / MILLION)
    floor = low * factor
    if declared.get("maximum") is None and usage is None:
        yield not_stated(component, field, beside=", and no maximum is declared")
        return
    ceiling = max(floor, usage or 0.0) if declared.get("maximum") is None else max(floor, as_number("maximum", declared["maximum"]) * factor)
    expected = floor if usage is None else min(max(usage, floor), ceiling)
    notes = [] if stated is None else [usage_assumption(field, stated)]
    if declared:
        notes.append(f"limits: {low:g} to {declared.get('maximum', 'no maximum')} {unit}")
    source = QuantitySource.DECLARED if stated is None else stated.source
    yield Charge("aws_elasticache_serverless_cache", component, Range(min=floor, expected=expected, max=ceiling), source=source, assumptions=tuple(notes))


def memory_cluster(context: Context) -> Iterable[Item]:
    """MemoryDB: a node a shard and replica, data written, snapshots."""
    valkey = context.text("engine", "redis") == "valkey"
    node_type = context.text("nodeType", "")
    count = context.number("numShards", 1) * (1 + context.number("numReplicasPerShard", 1))
    hours, source, notes = running_hours(context)
    component = f"{node_type} {'Valkey ' if valkey else ''}node"
    yield Charge("aws_memorydb_cluster", component, constant(hours), constant(count), source=source, assumptions=notes, instance_type=node_type)
    written = "Valkey data written (10 TB a month included)" if valkey else "data written"
    yield from used_or_unpriced(context, "aws_memorydb_cluster", Used("monthly_data_written_gb", written))
    if context.number("snapshotRetentionLimit", 0) > 1:
        yield from used_or_unpriced(context, "aws_memorydb_cluster", Used(SNAPSHOTS, "snapshot storage"))


def memory_snapshot(context: Context) -> Iterable[Item]:
    """A manual snapshot of a MemoryDB cluster, by what it holds."""
    yield from used_or_unpriced(context, "aws_memorydb_cluster", Used(SNAPSHOTS, "snapshot storage"))


METERS = {
    "aws:elasticache/cluster:Cluster": Meter(NODES, measure=cluster, extra_fields=(SNAPSHOTS, MONTHLY_HOURS)),
    GROUP: Meter("aws_elasticache_replication_group", measure=replication_group, extra_fields=(SNAPSHOTS, MONTHLY_HOURS)),
    "aws:elasticache/serverlessCache:ServerlessCache": Meter("aws_elasticache_serverless_cache", measure=serverless, extra_fields=(STORED, UNITS, SNAPSHOTS)),
    "aws:memorydb/cluster:Cluster": Meter("aws_memorydb_cluster", measure=memory_cluster, extra_fields=("monthly_data_written_gb", SNAPSHOTS, MONTHLY_HOURS)),
    "aws:memorydb/snapshot:Snapshot": Meter("aws_memorydb_snapshot", measure=memory_snapshot, extra_fields=(SNAPSHOTS,)),
}
