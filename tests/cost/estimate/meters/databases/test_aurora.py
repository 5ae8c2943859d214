from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.model import QuantitySource, Status

CLUSTER = "aws:rds/cluster:Cluster"
INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
POSTGRES = {"engine": "aurora-postgresql", "clusterIdentifier": "main"}


def member(instance_class, **inputs):
    return (INSTANCE, "main-1", {"clusterIdentifier": "main", "engine": "aurora-postgresql", "instanceClass": instance_class, **inputs})


@pytest.mark.parametrize(
    ("instance_class", "storage", "hourly"),
    [
        ("db.r6g.large", "aurora", 0.26),
        ("db.r6g.large", "aurora-iopt1", 0.338),
        ("db.r8g.2xlarge", "aurora", 1.104),
        ("db.t4g.medium", "aurora", 0.073),
        ("db.r5.24xlarge", "aurora", 13.92),
    ],
)
def test_an_instance_costs_by_class_and_its_clusters_storage(priced, instance_class, storage, hourly):
    found = priced(member(instance_class), (CLUSTER, "main", {**POSTGRES, "storageType": storage}))
    assert found.monthly_cost.expected == pytest.approx(730 * hourly, abs=0.005)


def serverless(low, high, **inputs):
    return (CLUSTER, "main", {**POSTGRES, "serverlessv2ScalingConfiguration": {"minCapacity": low, "maxCapacity": high}, **inputs})


def test_serverless_v2_runs_between_its_clusters_limits(priced, usage_of):
    usage = usage_of("aws_rds_cluster_instance", {"capacity_units_per_hr": 4})
    found = priced(member("db.serverless"), serverless(0.5, 16), usage=usage)
    # 730 x 0.12 = 87.60 an ACU: 0.5, 4 and 16 of them
    assert [round(cost, 2) for _, cost in found.monthly_cost] == [43.80, 350.40, 1401.60]


def test_serverless_v2_of_an_io_optimized_cluster_has_its_own_rate(priced, usage_of):
    usage = usage_of("aws_rds_cluster_instance", {"capacity_units_per_hr": 1})
    found = priced(member("db.serverless"), serverless(0, 1, storageType="aurora-iopt1"), usage=usage)
    assert (found.monthly_cost.min, found.monthly_cost.expected) == (0, pytest.approx(730 * 0.156))


def test_a_preset_capacity_is_held_between_the_limits_and_says_so(priced):
    found = priced(member("db.serverless"), serverless(8, 16)).lines[0]
    assert found.quantity.expected == pytest.approx(8 * 730)
    assert found.quantity_source is QuantitySource.PRESET


def test_serverless_v2_of_a_cluster_elsewhere_is_unknown(priced):
    found = priced(member("db.serverless"))
    assert (found.status, "capacity_units_per_hr" in found.reason) == (Status.UNKNOWN, True)


def test_a_clusters_storage_requests_and_backups_cost_infracosts_golden(priced, usage_of):
    fields = {
        "storage_gb": 100,
        "write_requests_per_sec": 10,
        "read_requests_per_sec": 10,
        "additional_backup_storage_gb": 400,
        "average_statements_per_hr": 10_000_000,
        "change_records_per_statement": 0.38,
        "backtrack_window_hrs": 24,
        "snapshot_export_size_gb": 200,
    }
    inputs = {"engine": "aurora-mysql", "backupRetentionPeriod": 5, "backtrackWindow": 86400}
    found = priced((CLUSTER, "main", inputs), usage=usage_of("aws_rds_cluster", fields))
    # 100 x 0.10; 20 x 2,628,000 s = 52.56 million x 0.20; 400 x 0.021, the golden's four days of 100 GB;
    # 10 million x 730 x 0.38 x 24 = 66,576 million x 0.012; 200 x 0.01
    assert found.monthly_cost.expected == pytest.approx(10.00 + 10.51 + 8.40 + 798.91 + 2.00, abs=0.005)


def test_an_io_optimized_cluster_pays_more_for_storage_and_nothing_for_requests(priced, usage_of):
    usage = usage_of("aws_rds_cluster", {"storage_gb": 1000, "write_requests_per_sec": 1000})
    found = priced((CLUSTER, "main", {**POSTGRES, "storageType": "aurora-iopt1"}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(225.00)


def test_backups_whose_billed_size_nobody_states_cost_anything_up_to_whole_snapshots(priced, usage_of, line):
    found = line(
        priced((CLUSTER, "main", {**POSTGRES, "backupRetentionPeriod": 5}), usage=usage_of("aws_rds_cluster", {"backup_snapshot_size_gb": 100})), "backup"
    )
    assert [round(cost, 2) for _, cost in found.monthly_cost] == [0, 0, 8.40]  # 100 x 4 x 0.021 at most
    assert "state additional_backup_storage_gb" in found.assumptions[1]


def test_a_day_of_backups_is_free(priced, usage_of):
    usage = usage_of("aws_rds_cluster", {"storage_gb": 0, "write_requests_per_sec": 0, "read_requests_per_sec": 0, "backup_snapshot_size_gb": 500})
    assert priced((CLUSTER, "main", {**POSTGRES, "backupRetentionPeriod": 1}), usage=usage).monthly_cost.expected == 0


def test_the_backtrack_window_is_the_declared_one_where_no_usage_says(priced, usage_of, line):
    usage = usage_of("aws_rds_cluster", {"average_statements_per_hr": 10_000, "change_records_per_statement": 0.38})
    found = line(priced((CLUSTER, "main", {"engine": "aurora-mysql", "backtrackWindow": 43200}), usage=usage), "backtrack")
    assert found.quantity.expected == pytest.approx(33.288)  # half of 66.576 million


def test_serverless_v1_pauses_at_the_floor(priced, usage_of, line):
    inputs = {"engine": "aurora-mysql", "engineMode": "serverless", "scalingConfiguration": {"minCapacity": 2, "maxCapacity": 8}}
    found = line(priced((CLUSTER, "main", inputs), usage=usage_of("aws_rds_cluster", {"capacity_units_per_hr": 4})), "Aurora Serverless v1")
    assert [round(cost, 2) for _, cost in found.monthly_cost] == [0, 175.20, 350.40]  # 730 x 0.06 = 43.80 an ACU
    assert found.quantity_source is QuantitySource.USAGE_FILE


def test_extended_support_of_an_aurora_version(priced, line):
    found = line(priced(member("db.r5.large", engineVersion="11.21"), (CLUSTER, "main", POSTGRES), as_of=date(2025, 6, 1)), "extended support")
    assert found.monthly_cost.expected == pytest.approx(146.00)


def test_credits_of_a_burstable_instance_cost_infracosts_golden(priced, usage_of, line):
    found = priced(member("db.t3.medium"), (CLUSTER, "main", POSTGRES), usage=usage_of("aws_rds_cluster_instance", {"monthly_cpu_credit_hrs": 24}))
    # 730 x 0.082 = 59.86; 24 h x 2 vCPUs x 0.09 = 4.32
    assert found.monthly_cost.expected == pytest.approx(64.18, abs=0.005)


def test_advanced_insights_of_the_cluster_cost_by_the_instances_vcpus(priced, line):
    found = line(priced(member("db.r6g.large"), (CLUSTER, "main", {**POSTGRES, "databaseInsightsMode": "advanced"})), "Database Insights")
    assert found.monthly_cost.expected == pytest.approx(18.25)  # 2 x 730 x 0.0125


def test_advanced_insights_of_serverless_v2_cost_by_the_capacity_unit(priced, usage_of, line):
    usage = usage_of("aws_rds_cluster_instance", {"capacity_units_per_hr": 4})
    found = line(priced(member("db.serverless"), serverless(1, 8, databaseInsightsMode="advanced"), usage=usage), "Database Insights")
    assert found.monthly_cost.expected == pytest.approx(4 * 730 * 0.003125)


def test_a_multi_az_cluster_is_three_instances_whose_price_no_table_has(stack_of):
    inputs = {"engine": "mysql", "dbClusterInstanceClass": "db.r6gd.xlarge", "allocatedStorage": 100, "storageType": "io1", "iops": 1000}
    result = estimate(stack_of((CLUSTER, "trio", inputs)))
    assert "MySQL Multi-AZ cluster db.r6gd.xlarge" in result.unknown[0].reason


def test_a_global_database_pays_for_replicated_writes_and_another_engines_is_free(priced, usage_of):
    world = "aws:rds/globalCluster:GlobalCluster"
    usage = usage_of("aws_rds_global_cluster", {"monthly_replicated_write_ios": 100_000_000})
    assert priced((world, "all", {"globalClusterIdentifier": "all", "engine": "aurora-postgresql"}), usage=usage).monthly_cost.expected == pytest.approx(20.00)
    assert priced((world, "all", {"globalClusterIdentifier": "all", "engine": "postgres"})).status is Status.FREE


def test_a_shard_group_has_no_shipped_price(priced):
    inputs = {"dbClusterIdentifier": "main", "dbShardGroupIdentifier": "shards", "maxAcu": 64}
    assert "Aurora Limitless capacity" in priced(("aws:rds/shardGroup:ShardGroup", "shards", inputs)).reason


def test_a_publicly_accessible_member_holds_an_address_and_its_monitoring_is_listed(stack_of):
    open_member = (INSTANCE, "one", {"clusterIdentifier": "main", "instanceClass": "db.r5.large", "publiclyAccessible": True, "monitoringInterval": 15})
    result = estimate(stack_of(open_member, (CLUSTER, "main", POSTGRES)))
    lines = {line.component: line.monthly_cost.expected for resource in result.resources for line in resource.lines}
    assert lines["public IPv4 addresses"] == pytest.approx(3.65)
    assert "Enhanced Monitoring, logs data ingested" in {item.component for item in result.unknown}
