"""AWS Backup: what vaults hold, restore and copy, audits, restore tests. Plans and selections are free."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Item, Meter, UndecidableError, Used
from cost.estimate.meters.network.data_transfer import PRICE_TYPE as TRANSFER
from cost.estimate.meters.network.data_transfer import to_another_region
from cost.estimate.meters.usage_fields import used_if_stated, used_or_unpriced

VAULT = "aws_backup_vault"
VAULT_ROWS = (
    Used("monthly_efs_warm_backup_gb", "EFS backup storage, warm"),
    Used("monthly_efs_cold_backup_gb", "EFS backup storage, cold"),
    Used("monthly_efs_warm_restore_gb", "EFS restore, warm"),
    Used("monthly_efs_cold_restore_gb", "EFS restore, cold"),
    Used("monthly_efs_item_restore_requests", "EFS item-level restore"),
    Used("monthly_ebs_snapshot_gb", "EBS snapshot storage"),
    Used("monthly_rds_snapshot_gb", "RDS snapshot storage"),
    Used("monthly_aurora_snapshot_gb", "Aurora snapshot storage"),
    Used("monthly_dynamodb_backup_gb", "DynamoDB backup storage, warm"),
    Used("monthly_dynamodb_cold_backup_gb", "DynamoDB backup storage, cold"),
    Used("monthly_dynamodb_restore_gb", "DynamoDB restore"),
    Used("monthly_fsx_windows_backup_gb", "FSx for Windows backup storage"),
    Used("monthly_fsx_lustre_backup_gb", "FSx for Lustre backup storage"),
    Used("monthly_s3_backup_gb", "S3 backup storage, warm"),
    Used("monthly_s3_restore_gb", "S3 restore"),
)
COPIED = "monthly_cross_region_copy_gb"


def vault(context: Context) -> Iterable[Item]:
    """What the vault holds, restores and copies to another Region, by the service that it protects."""
    yield from used_or_unpriced(context, VAULT, *VAULT_ROWS)
    yield from used_if_stated(context, TRANSFER, Used(COPIED, to_another_region(context.region)))


def framework(context: Context) -> Iterable[Item]:
    """Backup Audit Manager costs by the evaluation of a control against a resource."""
    yield from used_or_unpriced(context, "aws_backup_framework", Used("monthly_control_evaluations", "Backup Audit Manager evaluations", 1000))


def restore_testing(context: Context) -> Iterable[Item]:
    """Restore testing costs by the recovery point, beside the restored resources themselves."""
    row = Used("monthly_recovery_points_tested", "restore testing evaluations")
    yield from used_or_unpriced(context, "aws_backup_restore_testing_plan", row)


def air_gapped_vault(context: Context) -> Iterable[Item]:
    """A logically air-gapped vault has rates of its own."""
    raise UndecidableError("the price book has no price of logically air-gapped vaults, whose rates differ from those of ordinary vaults")


METERS = {
    "aws:backup/vault:Vault": Meter(VAULT, measure=vault, extra_fields=(*(row.field for row in VAULT_ROWS), COPIED)),
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": Meter("aws_backup_logically_air_gapped_vault", measure=air_gapped_vault),
    "aws:backup/framework:Framework": Meter("aws_backup_framework", measure=framework, extra_fields=("monthly_control_evaluations",)),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": Meter(
        "aws_backup_restore_testing_plan", measure=restore_testing, extra_fields=("monthly_recovery_points_tested",)
    ),
}
