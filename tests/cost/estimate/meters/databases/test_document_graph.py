from __future__ import annotations

import pytest

from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

DOCUMENTS = "aws:docdb/cluster:Cluster"
DOCUMENT = "aws:docdb/clusterInstance:ClusterInstance"
GRAPHS = "aws:neptune/cluster:Cluster"
GRAPH = "aws:neptune/clusterInstance:ClusterInstance"


@pytest.mark.parametrize(
    ("instance_class", "fields", "expected"),
    [
        # Infracost's golden docdb_cluster_instance_test
        ("db.t3.medium", {}, 56.94),
        ("db.r5.4xlarge", {"data_storage_gb": 1000, "monthly_io_requests": 10_000_000}, 1719.68),
        ("db.t3.medium", {"data_storage_gb": 1000, "monthly_io_requests": 10_000_000, "monthly_cpu_credit_hrs": 10}, 159.84),
    ],
)
def test_a_docdb_instance_costs_the_published_golden(priced, usage_of, instance_class, fields, expected):
    usage = usage_of("aws_docdb_cluster_instance", fields) if fields else None
    found = priced((DOCUMENT, "one", {"clusterIdentifier": "docs", "instanceClass": instance_class}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("type_", "terraform_type"), [(DOCUMENTS, "aws_docdb_cluster"), (GRAPHS, "aws_neptune_cluster")])
def test_a_cluster_pays_storage_requests_and_backups(priced, usage_of, type_, terraform_type):
    usage = usage_of(terraform_type, {"storage_gb": 100, "monthly_io_requests": 10_000_000, "backup_storage_gb": 1000})
    found = priced((type_, "main", {"clusterIdentifier": "main", "backupRetentionPeriod": 7}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(10.00 + 2.00 + 21.00)


def test_a_preset_states_no_backups_of_a_cluster_that_keeps_a_day(priced):
    assert not [line for line in priced((DOCUMENTS, "docs", {"clusterIdentifier": "docs"})).lines if "backup" in line.component]


def test_an_io_optimized_cluster_and_its_instances_have_rates_that_no_table_has(priced):
    cluster = (DOCUMENTS, "docs", {"clusterIdentifier": "docs", "storageType": "iopt1"})
    found = priced((DOCUMENT, "one", {"clusterIdentifier": "docs", "instanceClass": "db.r5.large"}), cluster)
    assert "db.r5.large, I/O-Optimized" in found.reason
    assert "storage, I/O-Optimized" in priced(cluster).reason


@pytest.mark.parametrize(("instance_class", "expected"), [("db.t3.medium", 71.54), ("db.r5.large", 254.04)])
def test_a_neptune_instance_costs_by_class(priced, instance_class, expected):
    found = priced((GRAPH, "one", {"clusterIdentifier": "graph", "instanceClass": instance_class}))
    assert found.monthly_cost.expected == pytest.approx(expected, abs=0.005)  # 730 x 0.098 and 0.348


def test_neptune_serverless_runs_between_its_limits(priced, usage_of):
    cluster = (GRAPHS, "graph", {"clusterIdentifier": "graph", "serverlessV2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 8}})
    usage = usage_of("aws_neptune_cluster_instance", {"capacity_units_per_hr": 2})
    found = priced((GRAPH, "one", {"clusterIdentifier": "graph", "instanceClass": "db.serverless"}), cluster, usage=usage)
    # 730 x 0.1608 = 117.384 a unit
    assert [round(cost, 3) for _, cost in found.monthly_cost] == [117.384, 234.768, 939.072]
    assert {line.quantity_source for line in found.lines} == {QuantitySource.USAGE_FILE}


def test_serverless_without_its_cluster_is_unknown(priced):
    assert "serverlessV2ScalingConfiguration is not known" in priced((GRAPH, "one", {"clusterIdentifier": "graph", "instanceClass": "db.serverless"})).reason


@pytest.mark.parametrize(
    ("type_", "terraform_type"),
    [
        ("aws:docdb/clusterSnapshot:ClusterSnapshot", "aws_docdb_cluster_snapshot"),
        ("aws:neptune/clusterSnapshot:ClusterSnapshot", "aws_neptune_cluster_snapshot"),
    ],
)
def test_a_manual_snapshot_costs_by_what_it_holds(priced, usage_of, type_, terraform_type):
    snapshot = (type_, "kept", {"dbClusterIdentifier": "main", "dbClusterSnapshotIdentifier": "kept"})
    assert priced(snapshot).status is Status.UNKNOWN
    assert priced(snapshot, usage=usage_of(terraform_type, {"backup_storage_gb": 1000})).monthly_cost.expected == pytest.approx(21.00)


def test_an_elastic_clusters_vcpus_have_no_shipped_price(priced):
    inputs = {"adminUserName": "admin", "authType": "SECRET_ARN", "shardCapacity": 4, "shardCount": 2}
    assert "elastic cluster vCPUs" in priced(("aws:docdb/elasticCluster:ElasticCluster", "wide", inputs)).reason


def test_a_storage_type_that_is_unknown_leaves_the_cluster_unknown(priced):
    found = priced((DOCUMENTS, "docs", {"clusterIdentifier": "docs", "storageType": UNKNOWN}))
    assert found.reason == "the cluster's storageType is known only after deployment"
