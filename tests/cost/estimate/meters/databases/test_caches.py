from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

CLUSTER = "aws:elasticache/cluster:Cluster"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
MEMORY = "aws:memorydb/cluster:Cluster"
TARGET = "aws:appautoscaling/target:Target"


@pytest.mark.parametrize(
    ("inputs", "hourly"),
    [
        ({"engine": "memcached", "nodeType": "cache.m4.large", "numCacheNodes": 2}, 2 * 0.156),
        ({"engine": "redis", "nodeType": "cache.m6g.12xlarge", "numCacheNodes": 1}, 3.557),
        ({"engine": "redis", "nodeType": "cache.r7g.xlarge"}, 0.437),
        ({"engine": "valkey", "nodeType": "cache.r7g.xlarge"}, 0.3496),
    ],
)
def test_a_cluster_is_its_nodes(priced, inputs, hourly):
    assert priced((CLUSTER, "cache", inputs)).monthly_cost.expected == pytest.approx(730 * hourly)


def group(**inputs):
    return (GROUP, "sessions", {"replicationGroupId": "sessions", "description": "sessions", "nodeType": "cache.r6g.large", **inputs})


@pytest.mark.parametrize(
    ("inputs", "nodes"),
    [({}, 1), ({"numCacheClusters": 3}, 3), ({"numNodeGroups": 4, "replicasPerNodeGroup": 3}, 16), ({"numNodeGroups": 2}, 2)],
)
def test_a_replication_group_is_a_node_a_shard_and_replica(priced, inputs, nodes):
    assert priced(group(**inputs)).monthly_cost.expected == pytest.approx(nodes * 730 * 0.206)


def test_autoscaled_shards_are_a_range(priced):
    limits = {"minCapacity": 2, "maxCapacity": 6, "resourceId": "replication-group/sessions", "serviceNamespace": "elasticache"}
    target = (TARGET, "shards", {**limits, "scalableDimension": "elasticache:replication-group:NodeGroups"})
    found = priced(group(numNodeGroups=3, replicasPerNodeGroup=1), target)
    assert [round(figure / 730, 6) for _, figure in found.lines[0].quantity] == [4, 6, 12]


def test_scaling_limits_that_are_unknown_leave_the_group_unknown(priced):
    limits = {"minCapacity": 2, "maxCapacity": UNKNOWN, "resourceId": "replication-group/sessions", "serviceNamespace": "elasticache"}
    target = (TARGET, "shards", {**limits, "scalableDimension": "elasticache:replication-group:NodeGroups"})
    assert "known only after deployment" in priced(group(numNodeGroups=3), target).reason


def test_snapshots_after_the_first_cost_storage(priced, usage_of, line):
    usage = usage_of("aws_elasticache_replication_group", {"snapshot_storage_size_gb": 100})
    found = line(priced(group(snapshotRetentionLimit=5), usage=usage), "backup storage")
    assert found.monthly_cost.expected == pytest.approx(100 * 4 * 0.085)
    assert len(priced(group(snapshotRetentionLimit=1), usage=usage).lines) == 1


def test_a_member_of_a_group_is_one_more_of_its_nodes(priced, resource):
    owner = resource(*group(), id="sessions")
    found = priced((CLUSTER, "extra", {"clusterId": "extra", "replicationGroupId": "sessions"}), owner)
    assert found.monthly_cost.expected == pytest.approx(730 * 0.206)


@pytest.mark.parametrize(
    "declared",
    [(CLUSTER, "extra", {"replicationGroupId": "elsewhere"}), (GROUP, "second", {"globalReplicationGroupId": "world", "description": "second"})],
)
def test_a_node_type_that_is_declared_elsewhere_is_unknown(priced, declared):
    assert priced(declared).status is Status.UNKNOWN


def test_a_node_type_that_the_book_lacks_is_listed(priced):
    assert "cache.x1.large node" in priced((CLUSTER, "cache", {"engine": "redis", "nodeType": "cache.x1.large"})).reason


@pytest.mark.parametrize(
    ("engine", "expected"),
    # 10 GB x 730 x rate + 1,000 million ECPUs x rate
    [("redis", 912.50 + 3.40), ("memcached", 912.50 + 3.40), ("valkey", 613.20 + 2.30)],
)
def test_a_serverless_cache_pays_what_it_stores_and_does(priced, usage_of, engine, expected):
    usage = usage_of("aws_elasticache_serverless_cache", {"data_storage_gb": 10, "monthly_ecpus": 1_000_000_000})
    assert priced((SERVERLESS, "cache", {"engine": engine, "name": "cache"}), usage=usage).monthly_cost.expected == pytest.approx(expected)


@pytest.mark.parametrize(("engine", "least"), [("redis", 91.25), ("valkey", 0.1 * 730 * 0.084)])
def test_an_empty_serverless_cache_pays_the_least_that_aws_charges(priced, usage_of, engine, least):
    usage = usage_of("aws_elasticache_serverless_cache", {"data_storage_gb": 0, "monthly_ecpus": 0})
    assert priced((SERVERLESS, "cache", {"engine": engine, "name": "cache"}), usage=usage).monthly_cost.expected == pytest.approx(least)


def test_a_serverless_caches_limits_are_its_floor_and_ceiling(priced, usage_of):
    limits = {"dataStorage": {"minimum": 2, "maximum": 10, "unit": "GB"}, "ecpuPerSeconds": [{"minimum": 1000, "maximum": 5000}]}
    usage = usage_of("aws_elasticache_serverless_cache", {"data_storage_gb": 50, "monthly_ecpus": 0})
    stored, units = priced((SERVERLESS, "cache", {"engine": "redis", "name": "cache", "cacheUsageLimits": limits}), usage=usage).lines
    assert [figure / 730 for _, figure in stored.quantity] == [2, 10, 10], "usage is held under the limit"
    # 1,000 and 5,000 a second over 2,628,000 seconds, in millions
    assert [round(figure, 6) for _, figure in units.quantity] == [2628, 2628, 13140]


def test_memorydb_pays_nodes_data_written_and_snapshots(priced, usage_of):
    inputs = {"aclName": "open", "name": "store", "nodeType": "db.r6g.large", "numShards": 2, "numReplicasPerShard": 2, "snapshotRetentionLimit": 7}
    usage = usage_of("aws_memorydb_cluster", {"monthly_data_written_gb": 1000, "snapshot_storage_size_gb": 100})
    # 6 nodes x 730 x 0.309; 1,000 x 0.20; 100 x 0.021
    assert priced((MEMORY, "store", inputs), usage=usage).monthly_cost.expected == pytest.approx(1353.42 + 200.00 + 2.10)


def test_memorydb_of_valkey_includes_ten_terabytes_written(stack_of, usage_of):
    inputs = {"aclName": "open", "name": "store", "nodeType": "db.r6g.large", "engine": "valkey", "numShards": 1, "numReplicasPerShard": 0}
    result = estimate(stack_of((MEMORY, "store", inputs)), (usage_of("aws_memorydb_cluster", {"monthly_data_written_gb": 15_000}),))
    assert result.total.expected == pytest.approx((15_000 - 10_240) * 0.04)
    assert [item.component for item in result.unknown] == ["db.r6g.large Valkey node"]


def test_a_snapshot_of_memorydb_costs_by_what_it_holds(priced, usage_of):
    usage = usage_of("aws_memorydb_snapshot", {"snapshot_storage_size_gb": 50})
    assert priced(("aws:memorydb/snapshot:Snapshot", "kept", {"clusterName": "store"}), usage=usage).monthly_cost.expected == pytest.approx(1.05)


def test_a_member_of_a_group_whose_node_type_is_unknown_is_unknown(priced, resource):
    owner = resource(GROUP, "sessions", {"description": "sessions", "nodeType": UNKNOWN}, id="sessions")
    found = priced((CLUSTER, "extra", {"clusterId": "extra", "replicationGroupId": "sessions"}), owner)
    assert found.reason == "the replication group's nodeType is not known"


@pytest.mark.parametrize(("version", "day", "listed"), [("5.0.6", date(2026, 1, 31), 0), ("5.0.6", date(2026, 2, 1), 1), ("7.1", date(2026, 2, 1), 0)])
def test_extended_support_of_an_old_redis_is_listed(stack_of, version, day, listed):
    inputs = {"engine": "redis", "nodeType": "cache.r6g.large", "engineVersion": version}
    assert len(estimate(stack_of((CLUSTER, "cache", inputs)), as_of=day).unknown) == listed
