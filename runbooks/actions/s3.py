"""Actions on versioned S3 buckets: check, delete as an accident would, find what was deleted, bring it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from runbooks.actions import Action, ActionError, Client, Inputs, Outputs

BATCH = 1000
"""Keys in one DeleteObjects call. Source: Amazon S3 API Reference, DeleteObjects."""


class VersionedObject(Outputs):
    """One version of one object."""

    key: str
    version_id: str


class BucketInputs(Inputs):
    """A bucket."""

    bucket: str


class BucketState(Outputs):
    """What must hold before versions can bring anything back. `noncurrent_days` is None where old versions never expire."""

    versioning: str
    noncurrent_days: int | None
    kms_key: str | None


def check_bucket(client: Client, inputs: BucketInputs) -> BucketState:
    """Read the bucket's versioning, the days that old versions live, and its default KMS key."""
    s3 = client("s3")
    status = s3.get_bucket_versioning(Bucket=inputs.bucket).get("Status", "Off")
    return BucketState(versioning=status, noncurrent_days=_noncurrent_days(s3, inputs.bucket), kms_key=_default_key(s3, inputs.bucket))


def _noncurrent_days(s3: Any, bucket: str) -> int | None:
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return None
        raise
    days = [rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules if rule.get("NoncurrentVersionExpiration") and rule["Status"] == "Enabled"]
    return min(days, default=None)


def _default_key(s3: Any, bucket: str) -> str | None:
    try:
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ServerSideEncryptionConfigurationNotFoundError":
            return None
        raise
    return next((rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID") for rule in rules if "ApplyServerSideEncryptionByDefault" in rule), None)


class PrefixInputs(BucketInputs):
    """The objects of a bucket under a prefix."""

    prefix: str


class Deleted(Outputs):
    """How many objects were deleted, and when the first call was sent (UTC)."""

    deleted: int
    at: datetime


def delete_prefix(client: Client, inputs: PrefixInputs) -> Deleted:
    """Delete every current object under a drill's own prefix, as `aws s3 rm --recursive` would: on a versioned bucket this adds delete markers."""
    _own(inputs.prefix)
    s3 = client("s3")
    started = datetime.now(UTC)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=inputs.bucket, Prefix=inputs.prefix)
    keys = [{"Key": item["Key"]} for page in pages for item in page.get("Contents", ())]
    _delete(s3, inputs.bucket, keys)
    return Deleted(deleted=len(keys), at=started)


class Counted(Outputs):
    """How many objects are current under the prefix."""

    objects: int


def count_objects(client: Client, inputs: PrefixInputs) -> Counted:
    """Count the current objects under a prefix."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=inputs.bucket, Prefix=inputs.prefix)
    return Counted(objects=sum(page["KeyCount"] for page in pages))


class FindInputs(PrefixInputs):
    """Delete markers under a prefix that are current and not older than `since`."""

    since: datetime


class Found(Outputs):
    """The delete markers found; `objects` is their number, `older` how many current markers were left alone as older than `since`."""

    markers: tuple[VersionedObject, ...]
    objects: int
    older: int


def find_deleted(client: Client, inputs: FindInputs) -> Found:
    """Find the objects that were deleted since a time. S3 keeps whole seconds, so `since` is rounded down to one."""
    since = inputs.since.replace(microsecond=0)
    current = [marker for marker in _entries(client("s3"), inputs, "DeleteMarkers") if marker["IsLatest"]]
    recent = [marker for marker in current if marker["LastModified"] >= since]
    markers = tuple(VersionedObject(key=marker["Key"], version_id=marker["VersionId"]) for marker in recent)
    return Found(markers=markers, objects=len(markers), older=len(current) - len(recent))


class RestoreInputs(BucketInputs):
    """The delete markers to take away."""

    markers: tuple[VersionedObject, ...]


class Restored(Outputs):
    """How many objects have their last version back."""

    restored: int


def remove_delete_markers(client: Client, inputs: RestoreInputs) -> Restored:
    """Remove delete markers, so that the version before each becomes current again. Removing one twice does no harm."""
    _delete(client("s3"), inputs.bucket, [{"Key": marker.key, "VersionId": marker.version_id} for marker in inputs.markers])
    return Restored(restored=len(inputs.markers))


class Removed(Outputs):
    """How many versions and markers were removed for good, and how many are left (0 means no residue)."""

    removed: int
    left: int


def remove_all_versions(client: Client, inputs: PrefixInputs) -> Removed:
    """Remove every version and marker under a drill's own prefix for good. Refuses a prefix that does not begin with `drill/`."""
    _own(inputs.prefix)
    s3 = client("s3")
    entries = [{"Key": e["Key"], "VersionId": e["VersionId"]} for kind in ("Versions", "DeleteMarkers") for e in _entries(s3, inputs, kind)]
    _delete(s3, inputs.bucket, entries)
    return Removed(removed=len(entries), left=sum(1 for kind in ("Versions", "DeleteMarkers") for _ in _entries(s3, inputs, kind)))


def _own(prefix: str) -> None:
    """A drill deletes only what it wrote itself, on a real account too."""
    if not prefix.startswith("drill/"):
        raise ActionError(f"refuses to delete outside drill/: {prefix!r}")


def _entries(s3: Any, inputs: PrefixInputs, kind: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=inputs.bucket, Prefix=inputs.prefix):
        yield from page.get(kind, ())


def _delete(s3: Any, bucket: str, entries: list[dict[str, str]]) -> None:
    for start in range(0, len(entries), BATCH):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries[start : start + BATCH], "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise ActionError(f"{len(answer['Errors'])} objects were not deleted; the first: {first['Key']}: {first['Code']} {first.get('Message', '')}")


ACTIONS = {
    "s3.check_bucket": Action(check_bucket, BucketInputs, BucketState, writes=False),
    "s3.count_objects": Action(count_objects, PrefixInputs, Counted, writes=False),
    "s3.delete_prefix": Action(delete_prefix, PrefixInputs, Deleted, writes=True),
    "s3.find_deleted": Action(find_deleted, FindInputs, Found, writes=False),
    "s3.remove_delete_markers": Action(remove_delete_markers, RestoreInputs, Restored, writes=True),
    "s3.remove_all_versions": Action(remove_all_versions, PrefixInputs, Removed, writes=True),
}
