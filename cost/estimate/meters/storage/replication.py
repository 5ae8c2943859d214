"""Copies between Regions: S3 replication with its time control, ECR and EFS replication. A copy's storage is its own bucket's or file system's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_list, as_mapping, settled
from cost.estimate.meters.network.data_transfer import PRICE_TYPE as TRANSFER
from cost.estimate.meters.network.data_transfer import to_another_region
from cost.estimate.meters.storage.object_storage import BUCKET, THOUSAND
from cost.estimate.meters.storage.object_storage import PRICE_TYPE as BUCKET_PRICES
from cost.estimate.meters.usage_fields import used_or_unpriced
from plinth.stack import Resource

REPLICATED = "monthly_replicated_gb"
REPLICATED_OBJECTS = "monthly_replicated_objects"
CLASSES = {
    "STANDARD": "Standard",
    "STANDARD_IA": "Standard-IA",
    "ONEZONE_IA": "One Zone-IA",
    "INTELLIGENT_TIERING": "Intelligent-Tiering",
    "GLACIER_IR": "Glacier Instant Retrieval",
    "GLACIER": "Glacier Flexible Retrieval",
    "DEEP_ARCHIVE": "Glacier Deep Archive",
}
"""A destination's storageClass -> the class in the price book's components."""
BUCKETS = (BUCKET, "aws:s3/bucketV2:BucketV2")
RULES = "aws_s3_bucket_replication_configuration"
UNSEEN = "the destination is not in the stack, or its Region is not known: taken to be in another Region, at this Region's request price"


@dataclass(frozen=True, slots=True)
class _Copy:
    """Where a bucket's objects are copied to; no Region where the bucket is not in the stack."""

    name: str
    region: str | None
    storage_class: str
    timed: bool


def bucket_replication(context: Context) -> Iterable[Item]:
    """To each destination: transfer where it is in another Region, a PUT an object there, a rate a GB under replication time control.

    Source: Amazon S3 pricing, Replication; S3 user guide, Replicating objects within and across Regions. The figures of use are of each destination.
    """
    rules = [as_mapping("rules", rule) for rule in context.items("rules")]
    enabled = [as_mapping("destination", rule.get("destination")) for rule in rules if settled("rules", rule, "status") == "Enabled"]
    if not enabled:
        yield Free("no replication rule is enabled")
        return
    copies = [_copy(context, destination) for destination in enabled]
    for copy in dict.fromkeys(copies):
        yield from _copied(context, copy, several=len({copy.name for copy in copies}) > 1)


def _copied(context: Context, copy: _Copy, *, several: bool) -> Iterable[Item]:
    far = copy.region != context.region
    notes = (UNSEEN,) if copy.region is None else ()
    put = f"{CLASSES[copy.storage_class]} PUT/COPY/POST/LIST requests"
    rows = [(TRANSFER, Used(REPLICATED, to_another_region(context.region, copy.region)), "")] if far else []
    rows.append((BUCKET_PRICES, Used(REPLICATED_OBJECTS, put, THOUSAND), copy.region or ""))
    if copy.timed:
        rows.append((RULES, Used(REPLICATED, "Replication Time Control data"), ""))
    for price_type, row, region in rows:
        label = f"{row.component}, to {copy.name}" if several else None
        for item in used_or_unpriced(context, price_type, row, notes=notes, label=label):
            yield replace(item, region=region) if isinstance(item, Charge) else item


def _copy(context: Context, destination: Mapping[str, Any]) -> _Copy:
    arn, declared = destination.get("bucket"), settled("destination", destination, "storageClass") or "STANDARD"
    if declared not in CLASSES:
        raise UndecidableError(f"destination.storageClass {declared} has no price of replication here")
    bucket = _bucket(context, arn)
    name = bucket.name if bucket is not None else str(arn).rpartition(":")[2] if isinstance(arn, str) else "an unknown bucket"
    return _Copy(name, None if bucket is None else context.references.region(bucket), declared, _timed(destination))


def _timed(destination: Mapping[str, Any]) -> bool:
    return settled("replicationTime", as_mapping("replicationTime", destination.get("replicationTime")), "status") == "Enabled"


def _bucket(context: Context, arn: object) -> Resource | None:
    if not isinstance(arn, str):
        return None
    keys = (("arn", arn), ("bucket", arn.removeprefix("arn:aws:s3:::")))
    said = (bucket for type_ in BUCKETS for key, text in keys for bucket in context.references.named(type_, key, text))
    return next(said, None)


def registry_replication(context: Context) -> Iterable[Item]:
    """Transfer to each other Region; the copies' storage is those registries'."""
    rules = [
        as_mapping("rules", rule) for rule in as_list("rules", as_mapping("replicationConfiguration", context.get("replicationConfiguration")).get("rules"))
    ]
    places = [as_mapping("destinations", place) for rule in rules for place in as_list("destinations", rule.get("destinations"))]
    regions = dict.fromkeys(region for place in places if (region := str(settled("destinations", place, "region"))) != context.region)
    if not regions:
        yield Free("no rule replicates to another Region")
        return
    for region in regions:
        yield from used_or_unpriced(context, TRANSFER, Used(REPLICATED, to_another_region(context.region, region)))
    yield Unpriced("replicated storage", f"the copies in {', '.join(regions)} are stored at those Regions' prices; state them as repositories")


def file_system_replication(context: Context) -> Iterable[Item]:
    """Transfer of what changed to the destination's Region; the copy is a file system of its own."""
    destination = as_mapping("destination", context.get("destination"))
    region = settled("destination", destination, "region")
    if region is not None and region != context.region:
        yield from used_or_unpriced(context, TRANSFER, Used(REPLICATED, to_another_region(context.region, str(region))))
    if destination.get("fileSystemId") is None:
        yield Unpriced("the copy's storage", "AWS creates the copy: what it stores is not declared")
    elif region in (None, context.region):
        yield Free("replication within a Region carries no charge; its destination is priced")


METERS = {
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": Meter(
        "aws_s3_bucket_replication_configuration", measure=bucket_replication, extra_fields=(REPLICATED, REPLICATED_OBJECTS)
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": Meter(
        "aws_ecr_replication_configuration", measure=registry_replication, extra_fields=(REPLICATED,)
    ),
    "aws:efs/replicationConfiguration:ReplicationConfiguration": Meter(
        "aws_efs_replication_configuration", measure=file_system_replication, extra_fields=(REPLICATED,)
    ),
}
