from __future__ import annotations

from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

DB = "aws:rds/instance:Instance"
SMALL = {"engine": "mysql", "instanceClass": "db.t3.large", "allocatedStorage": 20}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        # Infracost's golden db_instance_test, us-east-1
        ({}, 99.28 + 2.30),
        ({"engine": "mariadb"}, 99.28 + 2.30),
        ({"engine": "postgres"}, 105.85 + 2.30),
        ({"multiAz": True, "allocatedStorage": 30}, 198.56 + 6.90),
        ({"storageType": "io1", "allocatedStorage": 100, "iops": 1200}, 99.28 + 12.50 + 120.00),
        ({"engine": "sqlserver-ee", "instanceClass": "db.m5.xlarge", "licenseModel": "license-included"}, 1705.28 + 2.30),
        ({"engine": "sqlserver-web"}, 169.36 + 2.30),
        ({"engine": "oracle-se2", "licenseModel": "license-included"}, 219.00 + 2.30),
        (
            {"instanceClass": "db.t4g.small", "multiAz": True, "storageType": "gp3", "allocatedStorage": 400, "iops": 14000},
            47.45 + 92.00 + 80.00,
        ),
        # by hand: 730 x 0.24 + 500 x 0.115 + (700 - 500) x 0.08
        ({"instanceClass": "db.r5.large", "storageType": "gp3", "allocatedStorage": 500, "iops": 12000, "storageThroughput": 700}, 175.20 + 57.50 + 16.00),
        # by hand: 99.28 + 100 x 0.10 + 10 million requests of the preset x 0.10
        ({"storageType": "standard", "allocatedStorage": 100}, 99.28 + 10.00 + 1.00),
    ],
)
def test_an_instance_costs_by_engine_deployment_class_and_storage(priced, inputs, expected):
    found = priced((DB, "app", {**SMALL, **inputs}))
    assert found.monthly_cost.expected == pytest.approx(expected, abs=0.006), found


def test_backups_above_the_databases_size_are_usage(priced, usage_of, line):
    found = priced((DB, "app", SMALL), usage=usage_of("aws_db_instance", {"additional_backup_storage_gb": 1000}))
    assert line(found, "backup storage").monthly_cost.expected == pytest.approx(95.00)


def test_storage_autoscaling_is_the_ceiling(priced, line):
    storage = line(priced((DB, "app", {**SMALL, "allocatedStorage": 100, "maxAllocatedStorage": 500})), "gp2 storage")
    assert (storage.quantity.min, storage.quantity.expected, storage.quantity.max) == (100, 100, 500)


def test_an_instance_that_is_stopped_part_of_the_month_keeps_its_storage(priced, usage_of):
    found = priced((DB, "app", SMALL), usage=usage_of("aws_db_instance", {"monthly_hours": 365}))
    assert found.monthly_cost.expected == pytest.approx(49.64 + 2.30, abs=0.005)


def test_a_read_replica_has_its_sources_engine_and_storage(priced):
    source = (DB, "app", {**SMALL, "identifier": "app"})
    found = priced((DB, "copy", {"replicateSourceDb": "app", "instanceClass": "db.t3.large"}), source)
    assert found.monthly_cost.expected == pytest.approx(101.58, abs=0.005)


def test_a_restored_database_of_unknown_storage_lists_it(stack_of):
    inputs = {"engine": "mysql", "instanceClass": "db.t3.large", "snapshotIdentifier": "before"}
    result = estimate(stack_of((DB, "app", inputs)))
    assert [(item.component, "snapshot" in item.reason) for item in result.unknown] == [("storage", True)]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"instanceClass": "db.t3.large", "snapshotIdentifier": "before"}, "engine is not declared"),
        ({"engine": "aurora-mysql", "instanceClass": "db.t3.large"}, "Aurora instance"),
        ({"engine": "mysql", "instanceClass": UNKNOWN}, "instanceClass is known only after deployment"),
    ],
)
def test_an_instance_that_cannot_be_priced_has_its_reason(priced, inputs, reason):
    found = priced((DB, "app", inputs))
    assert found.status is Status.UNKNOWN
    assert reason in found.reason


def test_a_licence_that_you_bring_has_no_shipped_price(stack_of):
    result = estimate(stack_of((DB, "app", {**SMALL, "engine": "oracle-ee", "licenseModel": "bring-your-own-license"})))
    assert [item.component for item in result.unknown] == ["Oracle EE bring-your-own-license Single-AZ db.t3.large"]


@pytest.mark.parametrize(("zones", "vcpu_hours"), [(False, 1460), (True, 2920)])
def test_extended_support_is_charged_a_vcpu_of_every_copy(priced, line, zones, vcpu_hours):
    found = priced((DB, "old", {**SMALL, "engine": "postgres", "engineVersion": "11.22", "multiAz": zones}), as_of=date(2025, 6, 1))
    # Infracost's golden: 2 vCPUs x 730 x 0.10 = 146.00 of one copy
    assert line(found, "extended support, years 1 and 2").monthly_cost.expected == pytest.approx(vcpu_hours * 0.10)


def test_a_third_year_costs_twice_and_an_opted_out_database_nothing(priced, line):
    old = {**SMALL, "engineVersion": "5.7.44"}
    assert line(priced((DB, "old", old), as_of=date(2026, 6, 1)), "extended support, year 3").monthly_cost.expected == pytest.approx(292.00)
    out = priced((DB, "old", {**old, "engineLifecycleSupport": "open-source-rds-extended-support-disabled"}), as_of=date(2026, 6, 1))
    assert not [found for found in out.lines if "extended support" in found.component]


def test_advanced_database_insights_cost_by_the_vcpu(priced, line):
    found = line(priced((DB, "app", {**SMALL, "databaseInsightsMode": "advanced"})), "Database Insights")
    assert found.monthly_cost.expected == pytest.approx(2 * 730 * 0.0125)


@pytest.mark.parametrize(("days", "listed"), [(7, 0), (731, 1)])
def test_performance_insights_are_free_for_seven_days_and_listed_beyond(stack_of, days, listed):
    inputs = {**SMALL, "performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": days}
    assert len(estimate(stack_of((DB, "app", inputs))).unknown) == listed


def test_credits_above_a_burstable_baseline_are_vcpu_hours(priced, usage_of, line):
    found = line(priced((DB, "app", SMALL), usage=usage_of("aws_db_instance", {"monthly_cpu_credit_hrs": 100})), "T3/T4g")
    assert found.monthly_cost.expected == pytest.approx(15.00)  # 100 h x 2 vCPUs x 0.075


@pytest.mark.parametrize(
    ("inputs", "component"),
    [
        ({"engine": "sqlserver-se", "storageType": "gp3", "iops": 9000, "licenseModel": "license-included"}, "gp3 provisioned IOPS above baseline"),
        ({"dedicatedLogVolume": True}, "dedicated log volume"),
        ({"engineVersion": UNKNOWN}, "extended support"),
    ],
)
def test_what_has_no_known_price_is_listed(stack_of, inputs, component):
    assert component in {item.component for item in estimate(stack_of((DB, "app", {**SMALL, **inputs}))).unknown}


@pytest.mark.parametrize(
    ("inputs", "costs"),
    [
        ({"publiclyAccessible": True}, [3.65, 3.65, 3.65]),  # 730 x 0.005
        ({"publiclyAccessible": True, "multiAz": True}, [3.65, 3.65, 7.30]),
    ],
)
def test_a_publicly_accessible_instance_holds_a_public_address(priced, line, inputs, costs):
    found = line(priced((DB, "app", {**SMALL, **inputs})), "public IPv4 addresses")
    assert [round(cost, 2) for _, cost in found.monthly_cost] == costs


@pytest.mark.parametrize("inputs", [{}, {"publiclyAccessible": False}])
def test_a_private_instance_holds_no_public_address(priced, inputs):
    assert not [line for line in priced((DB, "app", {**SMALL, **inputs})).lines if "IPv4" in line.component]


def test_whether_an_instance_is_public_may_be_unknown(stack_of):
    result = estimate(stack_of((DB, "app", {**SMALL, "publiclyAccessible": UNKNOWN})))
    assert [(item.component, item.reason) for item in result.unknown] == [("public IPv4 addresses", "publiclyAccessible is known only after deployment")]


@pytest.mark.parametrize(("interval", "listed"), [(60, 1), (UNKNOWN, 1), (0, 0)])
def test_enhanced_monitoring_that_nobody_states_is_listed(stack_of, interval, listed):
    result = estimate(stack_of((DB, "app", {**SMALL, "monitoringInterval": interval})))
    assert len([item for item in result.unknown if item.component == "Enhanced Monitoring, logs data ingested"]) == listed


def test_enhanced_monitoring_pays_for_the_logs_that_it_writes(priced, usage_of, line):
    usage = usage_of("aws_db_instance", {"monthly_enhanced_monitoring_gb": 4})
    found = line(priced((DB, "app", {**SMALL, "monitoringInterval": 60}), usage=usage), "Enhanced Monitoring")
    assert found.monthly_cost.expected == pytest.approx(4 * 0.50)
