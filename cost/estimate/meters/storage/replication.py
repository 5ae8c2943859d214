"""Copies between Regions: S3 replication with its time control, ECR and EFS replication. A copy's storage is its own bucket's or file system's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Context, Free, Item, Meter, Unpriced, Used, as_list, as_mapping, settled
from cost.estimate.meters.storage.object_storage import BUCKET, THOUSAND
from cost.estimate.meters.storage.object_storage import PRICE_TYPE as BUCKET_PRICES
from cost.estimate.meters.usage_fields import used_or_unpriced

REPLICATED = "monthly_replicated_gb"
REPLICATED_OBJECTS = "monthly_replicated_objects"
TRANSFER = "aws_data_transfer"
NEAR = {("us-east-1", "us-east-2"): "inter-region out (us-east-1 to us-east-2)"}
FAR = {"us-east-1": "inter-region out (us-east-1 to another region, save us-east-2)"}


def transfer_between(source: str, destination: str | None) -> str:
    """The price book's component for data that leaves one Region for another; an unknown destination is any other Region."""
    return NEAR.get((source, destination or "")) or FAR.get(source, f"inter-region out ({source} to another region)")


def bucket_replication(context: Context) -> Iterable[Item]:
    """Transfer where a destination is in another Region, a PUT an object, and a rate a GB where a rule has replication time control."""
    rules = [as_mapping("rules", rule) for rule in context.items("rules")]
    enabled = [as_mapping("destination", rule.get("destination")) for rule in rules if settled("rules", rule, "status") == "Enabled"]
    if not enabled:
        yield Free("no replication rule is enabled")
        return
    regions = [_bucket_region(context, destination) for destination in enabled]
    elsewhere = [region for region in regions if region != context.region]
    if elsewhere:
        yield from used_or_unpriced(context, TRANSFER, Used(REPLICATED, transfer_between(context.region, elsewhere[0])))
    yield from used_or_unpriced(context, BUCKET_PRICES, Used(REPLICATED_OBJECTS, "Standard PUT/COPY/POST/LIST requests", THOUSAND))
    if any(_timed(destination) for destination in enabled):
        yield from used_or_unpriced(context, "aws_s3_bucket_replication_configuration", Used(REPLICATED, "Replication Time Control data"))


def _timed(destination: Mapping[str, Any]) -> bool:
    return settled("replicationTime", as_mapping("replicationTime", destination.get("replicationTime")), "status") == "Enabled"


def _bucket_region(context: Context, destination: Mapping[str, Any]) -> str | None:
    arn = destination.get("bucket")
    if not isinstance(arn, str):
        return None
    said = (*context.references.named(BUCKET, "arn", arn), *context.references.named(BUCKET, "bucket", arn.removeprefix("arn:aws:s3:::")))
    bucket = next(iter(said), None)
    return None if bucket is None else context.references.region(bucket)


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
        yield from used_or_unpriced(context, TRANSFER, Used(REPLICATED, transfer_between(context.region, region)))
    yield Unpriced("replicated storage", f"the copies in {', '.join(regions)} are stored at those Regions' prices; state them as repositories")


def file_system_replication(context: Context) -> Iterable[Item]:
    """Transfer of what changed to the destination's Region; the copy is a file system of its own."""
    destination = as_mapping("destination", context.get("destination"))
    region = settled("destination", destination, "region")
    if region is not None and region != context.region:
        yield from used_or_unpriced(context, TRANSFER, Used(REPLICATED, transfer_between(context.region, str(region))))
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
