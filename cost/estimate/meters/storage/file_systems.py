"""EFS file systems: storage by class, throughput by mode, automatic backups."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, Used, as_mapping, constant, settled, usage_assumption
from cost.estimate.meters.usage_fields import used_if_stated, used_or_unpriced

PRICE_TYPE = "aws_efs_file_system"
GIB_PER_MIBPS = 20.0
"""EFS user guide, Amazon EFS performance, Provisioned throughput: 1 MiB/s for each 20 GiB in Standard is included."""

ELASTIC_ROWS = (Used("monthly_elastic_read_gb", "elastic throughput data read"), Used("monthly_elastic_write_gb", "elastic throughput data written"))
TIER_ROWS = (
    Used("monthly_infrequent_access_read_gb", "IA reads"),
    Used("monthly_infrequent_access_write_gb", "IA tiering (writes)"),
    Used("monthly_archive_read_gb", "Archive reads"),
    Used("monthly_archive_write_gb", "Archive tiering (writes)"),
)
BACKUP = Used("backup_storage_gb", "EFS backup storage, warm")


def file_system(context: Context) -> Iterable[Item]:
    """Storage by class; throughput that is provisioned above what storage includes, or elastic by the GB."""
    mode = context.text("throughputMode", "bursting")
    zone = "One Zone" if context.get("availabilityZoneName") is not None else "Standard"
    elastic = mode == "elastic"
    yield from used_or_unpriced(context, PRICE_TYPE, Used("storage_gb", f"{zone} storage"))
    yield from used_if_stated(context, PRICE_TYPE, Used("infrequent_access_storage_gb", _infrequent(zone, elastic=elastic)))
    yield from used_if_stated(context, PRICE_TYPE, Used("archive_storage_gb", "Archive storage (elastic throughput)"), *TIER_ROWS)
    if elastic:
        for row in ELASTIC_ROWS:
            yield from used_or_unpriced(context, PRICE_TYPE, row)
    elif mode == "provisioned":
        yield from _provisioned(context)


def _infrequent(zone: str, *, elastic: bool) -> str:
    if zone == "One Zone":
        return "One Zone-IA storage (elastic throughput)" if elastic else "One Zone-IA storage"
    return f"Standard-IA storage ({'elastic' if elastic else 'provisioned/bursting'} throughput)"


def _provisioned(context: Context) -> Iterable[Charge]:
    stored = context.usage.get("storage_gb")
    declared = context.number("provisionedThroughputInMibps")
    included = 0.0 if stored is None else stored.value / GIB_PER_MIBPS
    notes = () if stored is None else (f"{included:,.6g} MiB/s included with the storage: {usage_assumption('storage_gb', stored)}",)
    yield Charge(PRICE_TYPE, "provisioned throughput", constant(max(0.0, declared - included)), assumptions=notes)


def backup_policy(context: Context) -> Iterable[Item]:
    """Automatic backups go to AWS Backup's own vault, which no program declares, and are charged as EFS backup storage."""
    if settled("backupPolicy", as_mapping("backupPolicy", context.get("backupPolicy")), "status") == "DISABLED":
        yield Free("automatic backups are off")
        return
    yield from used_or_unpriced(context, "aws_backup_vault", BACKUP)


FIELDS = ("storage_gb", "infrequent_access_storage_gb", "archive_storage_gb", *(row.field for row in (*TIER_ROWS, *ELASTIC_ROWS)))

METERS = {
    "aws:efs/fileSystem:FileSystem": Meter("aws_efs_file_system", measure=file_system, extra_fields=FIELDS),
    "aws:efs/backupPolicy:BackupPolicy": Meter("aws_efs_backup_policy", measure=backup_policy, extra_fields=(BACKUP.field,)),
}
