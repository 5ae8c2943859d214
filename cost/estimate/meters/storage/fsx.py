"""FSx file systems: Lustre by deployment and throughput, Windows, ONTAP and OpenZFS by capacity, throughput and IOPS; backups and caches."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, as_number, constant, settled
from cost.estimate.meters.usage_fields import stated_or_up_to, used_if_by_hand, used_or_unpriced

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
WINDOWS = "aws:fsx/windowsFileSystem:WindowsFileSystem"
ONTAP = "aws:fsx/ontapFileSystem:OntapFileSystem"
OPENZFS = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
INCLUDED_IOPS_PER_GIB = 3.0
"""FSx user guides, SSD IOPS: 3 IOPS a GiB of SSD storage are included (Windows, ONTAP, OpenZFS)."""

BACKUP_FIELD = "backup_storage_gb"
POOL = "capacity_pool_storage_gb"
POOL_REQUESTS = (
    Used("monthly_capacity_pool_read_requests", "ONTAP capacity pool read requests", 1000.0),
    Used("monthly_capacity_pool_write_requests", "ONTAP capacity pool write requests", 1000.0),
)
ONTAP_BACKUP_DAYS = 0
"""What the provider sends where nothing is declared, though AWS's own default is 30: terraform-provider-aws, internal/service/fsx/ontap_file_system.go."""
OPENZFS_KINDS = {"SINGLE_AZ_1": "Single-AZ 1", "SINGLE_AZ_2": "Single-AZ 2", "SINGLE_AZ_HA_1": "Single-AZ HA 1", "SINGLE_AZ_HA_2": "Single-AZ HA 2"}
BACKUPS = {
    LUSTRE: ("aws_fsx_backup", "Lustre backup storage"),
    WINDOWS: ("aws_fsx_windows_file_system", "Windows Single-AZ backup storage"),
    ONTAP: ("aws_fsx_ontap_file_system", "ONTAP backup storage"),
    OPENZFS: ("aws_fsx_openzfs_file_system", "OpenZFS backup storage"),
}


def lustre(context: Context) -> Iterable[Item]:
    """Storage at the rate of its deployment type, medium and throughput a TiB; backups."""
    deployment, medium = context.text("deploymentType", "SCRATCH_1"), context.text("storageType", "SSD")
    if medium == "INTELLIGENT_TIERING":
        raise UndecidableError("the price book has no price of FSx for Lustre Intelligent-Tiering: throughput, storage and requests")
    component = f"Lustre {deployment} {medium} storage"
    if deployment.startswith("PERSISTENT"):
        component += f", {context.number('perUnitStorageThroughput'):g} MB/s/TiB"
    yield Charge("aws_fsx_lustre_file_system", component, constant(_capacity(context)))
    if context.text("driveCacheType", "NONE") == "READ":
        yield Unpriced("Lustre SSD read cache", "the price book has no price of the SSD cache of HDD storage")
    metadata = as_mapping("metadataConfiguration", context.get("metadataConfiguration"))
    if settled("metadataConfiguration", metadata, "mode") == "USER_PROVISIONED":
        yield Charge("aws_fsx_lustre_file_system", "Lustre metadata IOPS", constant(as_number("metadataConfiguration.iops", metadata.get("iops"))))
    yield from _backups(context, *BACKUPS[LUSTRE], kept=deployment.startswith("PERSISTENT") and context.number("automaticBackupRetentionDays", 0) > 0)


def windows(context: Context) -> Iterable[Item]:
    """Storage, throughput and provisioned IOPS in one zone or in two; backups."""
    zones, medium = "Multi-AZ" if context.text("deploymentType", "SINGLE_AZ_1") == "MULTI_AZ_1" else "Single-AZ", context.text("storageType", "SSD")
    price_type, capacity = "aws_fsx_windows_file_system", _capacity(context)
    yield Charge(price_type, f"Windows {zones} {medium} storage", constant(capacity))
    yield Charge(price_type, f"Windows {zones} throughput capacity", constant(context.number("throughputCapacity")))
    yield from _iops(context, price_type, f"Windows {zones} provisioned SSD IOPS (above 3 per GB)", capacity)
    yield from _backups(context, price_type, f"Windows {zones} backup storage", kept=context.number("automaticBackupRetentionDays", 7) > 0)


def ontap(context: Context) -> Iterable[Item]:
    """SSD storage, IOPS and throughput over all high-availability pairs; the capacity pool with its requests and backups by use."""
    deployment = context.text("deploymentType", "")
    zones = "Multi-AZ" if deployment.startswith("MULTI") else "Single-AZ"
    price_type, capacity, pairs = "aws_fsx_ontap_file_system", _capacity(context), context.number("haPairs", 1)
    yield Charge(price_type, f"ONTAP {zones} SSD storage", constant(capacity))
    per_pair = context.get("throughputCapacityPerHaPair")
    throughput = context.number("throughputCapacity") if per_pair is None else context.number("throughputCapacityPerHaPair") * pairs
    generation = ", second generation" if deployment.endswith("_2") else ""
    yield Charge(price_type, f"ONTAP {zones} throughput capacity{generation}", constant(throughput))
    yield from _iops(context, price_type, f"ONTAP {zones} provisioned SSD IOPS (above 3 per GB)", capacity)
    yield from used_or_unpriced(context, price_type, Used(POOL, f"ONTAP {zones} capacity pool storage"))
    for row in POOL_REQUESTS:
        yield from used_or_unpriced(context, price_type, row)
    yield from _backups(context, *BACKUPS[ONTAP], kept=context.number("automaticBackupRetentionDays", ONTAP_BACKUP_DAYS) > 0)


def openzfs(context: Context) -> Iterable[Item]:
    """SSD storage, throughput and provisioned IOPS by deployment type; backups."""
    if context.text("storageType", "SSD") != "SSD":
        raise UndecidableError("the price book has no price of FSx for OpenZFS Intelligent-Tiering")
    deployment = context.text("deploymentType", "SINGLE_AZ_1")
    kind = OPENZFS_KINDS.get(deployment, "Multi-AZ")
    price_type, capacity = "aws_fsx_openzfs_file_system", _capacity(context)
    yield Charge(price_type, f"OpenZFS {kind} SSD storage", constant(capacity))
    yield Charge(price_type, f"OpenZFS {kind} throughput capacity", constant(context.number("throughputCapacity")))
    first = "" if deployment == "SINGLE_AZ_1" else f"{kind} "
    yield from _iops(context, price_type, f"OpenZFS {first}provisioned SSD IOPS (above 3 per GB)", capacity)
    yield from _backups(context, *BACKUPS[OPENZFS], kept=context.number("automaticBackupRetentionDays", 0) > 0)


def _capacity(context: Context) -> float:
    if context.get("storageCapacity") is None:
        raise UndecidableError("storageCapacity is not declared: a file system made from a backup has the backup's")
    return context.number("storageCapacity")


def _iops(context: Context, price_type: str, component: str, capacity: float) -> Iterable[Charge]:
    disks = as_mapping("diskIopsConfiguration", context.get("diskIopsConfiguration"))
    if settled("diskIopsConfiguration", disks, "mode") == "USER_PROVISIONED":
        included = INCLUDED_IOPS_PER_GIB * capacity
        above = as_number("diskIopsConfiguration.iops", disks.get("iops")) - included
        if above > 0:
            yield Charge(price_type, component, constant(above), assumptions=(f"{included:,.12g} IOPS are included with the storage",))


def _backups(context: Context, price_type: str, component: str, *, kept: bool) -> Iterable[Item]:
    row = Used(BACKUP_FIELD, component)
    yield from used_or_unpriced(context, price_type, row) if kept else used_if_by_hand(context, price_type, row)


def backup(context: Context) -> Iterable[Item]:
    """A backup of a file system: what a usage file says that it holds, else at most the file system's capacity."""
    for type_, (price_type, component) in BACKUPS.items():
        source = context.references.referred(context.resource, "fileSystemId", type_)
        if source is not None:
            declared = source.input("storageCapacity").value
            size = float(declared) if isinstance(declared, int | float) else None
            found = stated_or_up_to(context, BACKUP_FIELD, size, "a backup holds what changed since the one before: at most the file system's capacity")
            if found is None:
                raise UndecidableError(f"no {BACKUP_FIELD} in the usage file, and the file system's capacity is not known")
            quantity, origin, notes = found
            yield Charge(price_type, component, quantity, source=origin, assumptions=notes)
            return
    raise UndecidableError("fileSystemId does not lead to a file system of the stack, so the backup's rate is not known")


def file_cache(context: Context) -> Iterable[Item]:
    """A cache costs by its capacity."""
    yield Charge("aws_fsx_file_cache", "File Cache storage", constant(_capacity(context)))


METERS = {
    LUSTRE: Meter("aws_fsx_lustre_file_system", measure=lustre, extra_fields=(BACKUP_FIELD,)),
    WINDOWS: Meter("aws_fsx_windows_file_system", measure=windows, extra_fields=(BACKUP_FIELD,)),
    ONTAP: Meter("aws_fsx_ontap_file_system", measure=ontap, extra_fields=(BACKUP_FIELD, POOL, *(row.field for row in POOL_REQUESTS))),
    OPENZFS: Meter("aws_fsx_openzfs_file_system", measure=openzfs, extra_fields=(BACKUP_FIELD,)),
    "aws:fsx/backup:Backup": Meter("aws_fsx_backup", measure=backup, extra_fields=(BACKUP_FIELD,)),
    "aws:fsx/fileCache:FileCache": Meter("aws_fsx_file_cache", measure=file_cache),
}
