from __future__ import annotations

import pytest

from cost.estimate.model import QuantitySource, Status

DB = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
PROXY = "aws:rds/proxy:Proxy"
TARGET = "aws:rds/proxyTarget:ProxyTarget"
POOL = {"engineFamily": "POSTGRESQL", "name": "pool", "roleArn": "arn", "vpcSubnetIds": ["subnet-1", "subnet-2"]}


def test_an_instances_snapshot_holds_at_most_its_storage(priced, line):
    database = (DB, "app", {"identifier": "app", "engine": "mysql", "instanceClass": "db.t3.large", "allocatedStorage": 100})
    found = priced(("aws:rds/snapshot:Snapshot", "kept", {"dbInstanceIdentifier": "app", "dbSnapshotIdentifier": "kept"}), database)
    stored = line(found, "snapshot storage")
    assert (stored.quantity.min, stored.monthly_cost.max) == (0, pytest.approx(9.50))


def test_a_snapshot_of_an_instance_elsewhere_is_unknown_until_a_usage_file_says(priced, usage_of):
    snapshot = ("aws:rds/snapshot:Snapshot", "kept", {"dbInstanceIdentifier": "other", "dbSnapshotIdentifier": "kept"})
    assert priced(snapshot).status is Status.UNKNOWN
    assert priced(snapshot, usage=usage_of("aws_db_snapshot", {"storage_gb": 10})).monthly_cost.expected == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("type_", "terraform_type", "inputs", "fields", "expected"),
    [
        ("aws:rds/snapshotCopy:SnapshotCopy", "aws_db_snapshot_copy", {"sourceDbSnapshotIdentifier": "arn"}, {"storage_gb": 100}, 9.50),
        ("aws:rds/clusterSnapshot:ClusterSnapshot", "aws_db_cluster_snapshot", {"dbClusterIdentifier": "main"}, {"storage_gb": 100}, 2.10),
        (
            "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
            "aws_rds_cluster_snapshot_copy",
            {"sourceDbClusterSnapshotIdentifier": "arn"},
            {"storage_gb": 200},
            4.20,
        ),
        ("aws:rds/exportTask:ExportTask", "aws_rds_export_task", {"sourceArn": "arn", "s3BucketName": "lake"}, {"snapshot_export_size_gb": 500}, 5.00),
        (
            "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
            "aws_db_instance_automated_backups_replication",
            {"sourceDbInstanceArn": "arn", "retentionPeriod": 14},
            {"storage_gb": 100, "monthly_replicated_gb": 50},
            10.50,
        ),
    ],
)
def test_copies_and_exports_cost_by_what_they_hold(priced, usage_of, type_, terraform_type, inputs, fields, expected):
    assert priced((type_, "copy", inputs)).status is Status.UNKNOWN, "nobody states a quantity"
    assert priced((type_, "copy", inputs), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(expected)


def behind(**target):
    return (TARGET, "target", {"dbProxyName": "pool", "targetGroupName": "default", **target})


def test_a_proxy_costs_by_the_vcpus_behind_it(priced, resource):
    database = resource(DB, "app", {"engine": "postgres", "instanceClass": "db.r6g.xlarge", "allocatedStorage": 100}, id="app")
    found = priced((PROXY, "pool", POOL), behind(dbInstanceIdentifier="app"), database)
    assert found.monthly_cost.expected == pytest.approx(4 * 730 * 0.015)


def test_a_proxy_of_a_cluster_counts_every_member_and_two_vcpus_at_least(priced, resource):
    cluster = resource(CLUSTER, "main", {"engine": "aurora-postgresql"}, id="main")
    members = [(MEMBER, f"main-{n}", {"clusterIdentifier": "main", "instanceClass": "db.r6g.large", "engine": "aurora-postgresql"}) for n in (1, 2)]
    found = priced((PROXY, "pool", POOL), behind(dbClusterIdentifier="main"), cluster, *members)
    assert found.monthly_cost.expected == pytest.approx(2 * 2 * 730 * 0.015)


def test_a_proxys_vcpus_can_be_stated_with_two_at_least(priced, usage_of):
    found = priced((PROXY, "pool", POOL), usage=usage_of("aws_db_proxy", {"vcpu_count": 1}))
    assert found.monthly_cost.expected == pytest.approx(2 * 730 * 0.015)
    assert {line.quantity_source for line in found.lines} == {QuantitySource.USAGE_FILE}


def test_a_proxy_without_a_known_target_is_unknown(priced):
    assert "no proxy target leads to a database" in priced((PROXY, "pool", POOL)).reason


def test_a_serverless_database_behind_a_proxy_counts_in_capacity_units_without_a_shipped_price(priced, resource):
    limits = {"engine": "aurora-postgresql", "serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 16}}
    cluster = resource(CLUSTER, "main", limits, id="main")
    member = (MEMBER, "main-1", {"clusterIdentifier": "main", "instanceClass": "db.serverless", "engine": "aurora-postgresql"})
    found = priced((PROXY, "pool", POOL), behind(dbClusterIdentifier="main"), cluster, member)
    assert "proxy, per ACU of the database" in found.reason


def test_an_endpoint_of_a_proxy_is_an_interface_endpoint_in_each_zone(priced):
    found = priced(("aws:rds/proxyEndpoint:ProxyEndpoint", "reader", {"dbProxyName": "pool", "dbProxyEndpointName": "reader", "vpcSubnetIds": ["a", "b"]}))
    assert found.monthly_cost.expected == pytest.approx(14.60)  # 2 x 730 x 0.01


def test_an_activity_stream_is_charged_as_a_stream_that_nobody_declares(priced):
    assert "Kinesis" in priced(("aws:rds/clusterActivityStream:ClusterActivityStream", "watch", {"resourceArn": "arn", "mode": "async"})).reason
