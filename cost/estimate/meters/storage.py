"""Storage meters: S3 buckets by storage class, EBS volumes, container registries. What a bucket holds is usage; its side-cars are free."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Item, Meter, Used
from cost.estimate.meters.volumes import Volume, volume_charges
from cost.estimate.model import ONE

THOUSAND = 1000.0


def _requests(prefix: str, name: str, *, transitions: bool = True) -> tuple[Used, ...]:
    rows = (
        Used(f"{prefix}.monthly_tier_1_requests", f"{name} PUT/COPY/POST/LIST requests", THOUSAND),
        Used(f"{prefix}.monthly_tier_2_requests", f"{name} GET/SELECT and other requests", THOUSAND),
    )
    lifecycle = (Used(f"{prefix}.monthly_lifecycle_transition_requests", f"{name} lifecycle transition requests", THOUSAND),)
    return rows + lifecycle if transitions else rows


BUCKET_ROWS = (
    Used("standard.storage_gb", "Standard storage"),
    *_requests("standard", "Standard", transitions=False),
    Used("intelligent_tiering.frequent_access_storage_gb", "Intelligent-Tiering storage, frequent access"),
    Used("intelligent_tiering.infrequent_access_storage_gb", "Intelligent-Tiering storage, infrequent access"),
    Used("intelligent_tiering.archive_access_storage_gb", "Intelligent-Tiering storage, archive access"),
    Used("intelligent_tiering.deep_archive_access_storage_gb", "Intelligent-Tiering storage, deep archive access"),
    Used("intelligent_tiering.monitored_objects", "Intelligent-Tiering monitoring and automation", THOUSAND),
    *_requests("intelligent_tiering", "Intelligent-Tiering"),
    Used("standard_infrequent_access.storage_gb", "Standard-IA storage"),
    *_requests("standard_infrequent_access", "Standard-IA"),
    Used("standard_infrequent_access.monthly_data_retrieval_gb", "Standard-IA retrieval"),
    Used("one_zone_infrequent_access.storage_gb", "One Zone-IA storage"),
    *_requests("one_zone_infrequent_access", "One Zone-IA"),
    Used("one_zone_infrequent_access.monthly_data_retrieval_gb", "One Zone-IA retrieval"),
    Used("glacier_instant_retrieval.storage_gb", "Glacier Instant Retrieval storage"),
    *_requests("glacier_instant_retrieval", "Glacier Instant Retrieval", transitions=False),
    Used("glacier_instant_retrieval.monthly_data_retrieval_gb", "Glacier Instant Retrieval retrieval"),
    Used("glacier_flexible_retrieval.storage_gb", "Glacier Flexible Retrieval storage"),
    *_requests("glacier_flexible_retrieval", "Glacier Flexible Retrieval"),
    Used("glacier_flexible_retrieval.monthly_standard_data_retrieval_gb", "Glacier Flexible Retrieval retrieval (standard)"),
    Used("glacier_deep_archive.storage_gb", "Glacier Deep Archive storage"),
    *_requests("glacier_deep_archive", "Glacier Deep Archive"),
    Used("glacier_deep_archive.monthly_standard_data_retrieval_gb", "Glacier Deep Archive retrieval (standard)"),
)


def ebs_volume(context: Context) -> Iterable[Item]:
    """A volume of its own: capacity, and the IOPS and throughput above what its type includes."""
    iops, throughput = (None if context.get(key) is None else context.number(key) for key in ("iops", "throughput"))
    volume = Volume("volume", context.text("type", "gp2"), context.number("size"), iops, throughput)
    yield from volume_charges(volume, ONE, ())


BUCKET = Meter("aws_s3_bucket", used=BUCKET_ROWS)

METERS = {
    "aws:s3/bucket:Bucket": BUCKET,
    "aws:s3/bucketV2:BucketV2": BUCKET,
    "aws:ebs/volume:Volume": Meter("aws_ebs_volume", measure=ebs_volume),
    "aws:ecr/repository:Repository": Meter("aws_ecr_repository", used=(Used("storage_gb", "storage"),)),
}
