from __future__ import annotations

import pytest

from cost.estimate.model import Status

VAULT = "aws:backup/vault:Vault"


@pytest.mark.parametrize(
    ("field", "rate"),
    [
        ("monthly_efs_warm_backup_gb", 0.05),
        ("monthly_efs_cold_backup_gb", 0.01),
        ("monthly_efs_warm_restore_gb", 0.02),
        ("monthly_efs_cold_restore_gb", 0.03),
        ("monthly_efs_item_restore_requests", 0.5),
        ("monthly_ebs_snapshot_gb", 0.05),
        ("monthly_rds_snapshot_gb", 0.095),
        ("monthly_aurora_snapshot_gb", 0.021),
        ("monthly_dynamodb_backup_gb", 0.1),
        ("monthly_dynamodb_cold_backup_gb", 0.03),
        ("monthly_dynamodb_restore_gb", 0.15),
        ("monthly_fsx_windows_backup_gb", 0.05),
        ("monthly_fsx_lustre_backup_gb", 0.05),
        ("monthly_s3_backup_gb", 0.05),
        ("monthly_s3_restore_gb", 0.02),
        ("monthly_cross_region_copy_gb", 0.02),
    ],
)
def test_a_vault_pays_each_services_rate(priced, usage_of, field, rate):
    quiet = {"monthly_ebs_snapshot_gb": 0, "monthly_rds_snapshot_gb": 0}
    found = priced((VAULT, "kept", {"name": "kept"}), usage=usage_of("aws_backup_vault", {**quiet, field: 1000}))
    assert found.monthly_cost.expected == pytest.approx(1000 * rate)


def test_a_vault_that_nobody_describes_rests_on_a_preset(priced):
    found = priced((VAULT, "kept", {"name": "kept"}))
    assert found.monthly_cost.expected > 0
    assert all("preset small" in line.assumptions[0] for line in found.lines)


def test_an_air_gapped_vault_and_restore_tests_have_no_shipped_price(priced, usage_of):
    vault = ("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault", "gap", {"name": "gap", "minRetentionDays": 7, "maxRetentionDays": 30})
    assert "air-gapped" in priced(vault).reason
    plan = ("aws:backup/restoreTestingPlan:RestoreTestingPlan", "tests", {"name": "tests", "scheduleExpression": "cron(0 12 ? * * *)"})
    assert "monthly_recovery_points_tested" in priced(plan).reason
    stated = priced(plan, usage=usage_of("aws_backup_restore_testing_plan", {"monthly_recovery_points_tested": 4}))
    assert (stated.status, "price book has no price" in stated.reason) == (Status.UNKNOWN, True)


def test_an_audit_framework_costs_by_the_evaluation(priced, usage_of):
    framework = ("aws:backup/framework:Framework", "audit", {"name": "audit", "controls": [{"name": "BACKUP_RECOVERY_POINT_ENCRYPTED"}]})
    found = priced(framework, usage=usage_of("aws_backup_framework", {"monthly_control_evaluations": 20_000}))
    assert found.monthly_cost.expected == pytest.approx(25.00)  # 20 x 1.25
