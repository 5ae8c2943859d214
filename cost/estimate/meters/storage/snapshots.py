"""EBS snapshots: storage by tier, direct API requests, fast snapshot restore, and what a lifecycle policy makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, Unpriced, Used, as_list, as_mapping, as_number, constant
from cost.estimate.meters.storage.block_storage import SNAPSHOT, VOLUME
from cost.estimate.meters.usage_fields import stated_or_up_to, used_if_stated, used_or_unpriced
from cost.units import MONTH_HOURS, THOUSAND
from plinth.stack import Resource

PRICE_TYPE = "aws_ebs_snapshot"
STORAGE_FIELD = "storage_gb"
STORAGE = {"standard": "snapshot storage (standard tier)", "archive": "snapshot storage (archive tier)"}
FAST_RESTORE = "fast snapshot restore"
INCREMENTAL = "a snapshot holds the written blocks that changed since the one before: at most the volume's size"
ARCHIVED = "an archived snapshot is a full one, and is charged for 90 days at least (EBS user guide, Archive Amazon EBS snapshots)"

REQUESTS = (
    Used("monthly_list_block_requests", "ListChangedBlocks and ListSnapshotBlocks requests", THOUSAND),
    Used("monthly_get_block_requests", "GetSnapshotBlock requests", THOUSAND),
    Used("monthly_put_block_requests", "PutSnapshotBlock requests", THOUSAND),
    Used("fast_snapshot_restore_hours", FAST_RESTORE),
    Used("monthly_archive_retrieval_gb", "snapshot archive retrieval"),
)


def snapshot(context: Context) -> Iterable[Item]:
    """A snapshot of a volume: what a usage file says that it holds, else at most the volume's size."""
    volume = context.references.referred(context.resource, "volumeId", VOLUME)
    yield from _stored(context, volume)


def snapshot_copy(context: Context) -> Iterable[Item]:
    """A copy is stored and charged like the snapshot that it is a copy of; a copy from another Region pays for the transfer there."""
    source = context.references.referred(context.resource, "sourceSnapshotId", SNAPSHOT)
    yield from _stored(context, None if source is None else context.references.referred(source, "volumeId", VOLUME))


def snapshot_import(context: Context) -> Iterable[Item]:
    """An imported disk is stored as a snapshot; its size is not declared."""
    yield from _stored(context, None)


def _stored(context: Context, volume: Resource | None) -> Iterable[Item]:
    tier = context.text("storageTier", "standard")
    declared = context.resource.output("volumeSize")
    size = declared.value if declared.known else None if volume is None else volume.input("size").value
    known = as_number("size", size) if isinstance(size, int | float) else None
    found = stated_or_up_to(context, STORAGE_FIELD, known, INCREMENTAL)
    if found is None:
        yield Unpriced("snapshot storage", f"no {STORAGE_FIELD} in the usage file, and the volume's size is not known")
    else:
        quantity, source, notes = found
        component = STORAGE.get(tier, f"snapshot storage ({tier} tier)")
        yield Charge(PRICE_TYPE, component, quantity, source=source, assumptions=(*notes, ARCHIVED) if tier == "archive" else notes)
    yield from used_if_stated(context, PRICE_TYPE, *REQUESTS)


def lifecycle_policy(context: Context) -> Iterable[Item]:
    """Data Lifecycle Manager is free; the snapshots that it keeps are storage, and fast restore costs by snapshot, zone and hour."""
    if context.text("state", "ENABLED") == "DISABLED":
        yield Free("a disabled policy makes no snapshots")
        return
    yield from used_or_unpriced(context, PRICE_TYPE, Used(STORAGE_FIELD, STORAGE["standard"]))
    for schedule in context.items("policyDetails.schedules"):
        yield from _scheduled(as_mapping("policyDetails.schedules", schedule))


def _scheduled(schedule: Mapping[str, Any]) -> Iterable[Item]:
    if schedule.get("crossRegionCopyRules"):
        yield Unpriced("snapshot copies", "the policy copies snapshots to another Region: their storage and transfer are not priced here")
    if schedule.get("fastRestoreRule"):
        rule = as_mapping("fastRestoreRule", schedule["fastRestoreRule"])
        if rule.get("count") is None:
            yield Unpriced(FAST_RESTORE, "the rule keeps fast restore by age: the number of snapshots is not known")
        else:
            zones, count = len(as_list("availabilityZones", rule.get("availabilityZones"))), as_number("count", rule["count"])
            note = f"{count:g} snapshots in {zones} Availability Zones"
            yield Charge(PRICE_TYPE, FAST_RESTORE, constant(MONTH_HOURS), constant(zones * count), assumptions=(note,))


FIELDS = (STORAGE_FIELD, *(row.field for row in REQUESTS))

METERS = {
    SNAPSHOT: Meter("aws_ebs_snapshot", measure=snapshot, extra_fields=FIELDS),
    "aws:ebs/snapshotCopy:SnapshotCopy": Meter("aws_ebs_snapshot_copy", measure=snapshot_copy, extra_fields=FIELDS),
    "aws:ebs/snapshotImport:SnapshotImport": Meter("aws_ebs_snapshot_import", measure=snapshot_import, extra_fields=FIELDS),
    "aws:ebs/fastSnapshotRestore:FastSnapshotRestore": Meter("aws_ebs_fast_snapshot_restore", fixed=(Fixed(FAST_RESTORE, MONTH_HOURS),), price_type=PRICE_TYPE),
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": Meter("aws_dlm_lifecycle_policy", measure=lifecycle_policy, extra_fields=(STORAGE_FIELD,)),
}
