"""Block storage and registries: EBS volumes of their own, ECR repositories, image scanning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, constant
from cost.estimate.meters.storage.volumes import PRICE_TYPE, Volume, too_large, volume_charges
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours, used_or_unpriced
from cost.units import MILLION, MONTH_HOURS

VOLUME = "aws:ebs/volume:Volume"
SNAPSHOT = "aws:ebs/snapshot:Snapshot"

STANDARD_IO = Used("monthly_standard_io_requests", "standard (magnetic) I/O requests", MILLION)


def volume_size(context: Context, size_of: str) -> float:
    """A volume's GiB: declared, else its snapshot's or source volume's. Raises UndecidableError where none of them says."""
    if context.get("size") is not None:
        return context.number("size")
    source = context.references.referred(context.resource, size_of, SNAPSHOT) or context.references.referred(context.resource, size_of, VOLUME)
    volume = source if source is None or source.type == VOLUME else context.references.referred(source, "volumeId", VOLUME)
    found = None if volume is None else volume.input("size")
    if found is None or not found.known or not isinstance(found.value, int | float):
        raise UndecidableError(f"size is not declared, and {size_of} does not lead to a volume that declares it")
    return float(found.value)


def ebs_volume(context: Context) -> Iterable[Item]:
    """A volume of its own: capacity, and the IOPS and throughput above what its type includes."""
    yield from _volume(context, context.text("type", "gp2"), volume_size(context, "snapshotId"))


def ebs_volume_copy(context: Context) -> Iterable[Item]:
    """A copy of a volume costs what any volume of its type and size costs."""
    yield from _volume(context, context.text("volumeType", "gp2"), volume_size(context, "sourceVolumeId"))


def _volume(context: Context, volume_type: str, size: float) -> Iterable[Item]:
    iops, throughput = (None if context.get(key) is None else context.number(key) for key in ("iops", "throughput"))
    if (reason := too_large(volume_type, size)) is not None:
        raise UndecidableError(reason)
    hours, source, notes = running_hours(context)
    for item in volume_charges(Volume("volume", volume_type, size, iops, throughput), constant(hours / MONTH_HOURS), notes):
        yield replace(item, source=source) if isinstance(item, Charge) else item
    if context.get("volumeInitializationRate") is not None:
        yield Unpriced("volume initialization", "a provisioned rate of initialization is charged once, by the GB of the snapshot; the price book has no price")
    if volume_type == "standard":
        yield from used_or_unpriced(context, PRICE_TYPE, STANDARD_IO)


SCANS = (
    Used("monthly_initial_scans", "ECR image first scan"),
    Used("monthly_rescans", "ECR image rescan"),
)


def registry_scanning(context: Context) -> Iterable[Item]:
    """Basic scanning is free; enhanced scanning is Amazon Inspector's, by the image."""
    if context.text("scanType", "BASIC") == "BASIC":
        yield Free("basic scanning carries no charge")
        return
    yield from used_or_unpriced(context, "aws_inspector2_enabler", *SCANS)


VOLUME_FIELDS = (STANDARD_IO.field, MONTHLY_HOURS)

METERS = {
    VOLUME: Meter("aws_ebs_volume", measure=ebs_volume, extra_fields=VOLUME_FIELDS),
    "aws:ebs/volumeCopy:VolumeCopy": Meter("aws_ebs_volume_copy", measure=ebs_volume_copy, extra_fields=VOLUME_FIELDS),
    "aws:ecr/repository:Repository": Meter("aws_ecr_repository", used=(Used("storage_gb", "storage"),)),
    "aws:ecrpublic/repository:Repository": Meter("aws_ecrpublic_repository", used=(Used("storage_gb", "storage"),)),
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": Meter(
        "aws_ecr_registry_scanning_configuration", measure=registry_scanning, extra_fields=tuple(row.field for row in SCANS)
    ),
}
