"""S3 beyond moto: access logging as AWS takes it where the target bucket has no ACLs, and delete markers that can be deleted."""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker

from plinth.local.extras import bucket_policies

DISABLED_ACLS = "BucketOwnerEnforced"
_moto_judges_acl = FakeBucket._log_permissions_enabled_acl


def acls_disabled(bucket: Any) -> bool:
    """Whether a bucket's ACLs are off: new buckets' default since April 2023 (S3 user guide, Controlling ownership of objects)."""
    ownership = bucket.ownership_rule
    return ownership is None or DISABLED_ACLS in str(ownership)


def may_deliver_logs(target_bucket: FakeBucket, target_prefix: str | None = None) -> bool:
    """Whether logging to this bucket may be switched on.

    moto wants the delivery policy to be there first, and fails on a policy whose principal is `*` or whose resources are a list. AWS
    takes policy and logging in either order where ACLs are off, as CDK's serverAccessLogsUseBucketPolicy relies on.
    """
    return acls_disabled(target_bucket) or _moto_judges_acl(target_bucket)


def dispose(marker: FakeDeleteMarker, garbage: bool = False) -> None:
    """A delete marker holds no data to dispose of; moto asks it to, as it asks objects, where a version is deleted under it."""


def install() -> None:
    """Let FakeBucket.set_logging judge by these, and give delete markers what DeleteObjects calls."""
    FakeDeleteMarker.dispose = dispose  # type: ignore[attr-defined]
    FakeBucket._log_permissions_enabled_policy = staticmethod(may_deliver_logs)
    FakeBucket._log_permissions_enabled_acl = staticmethod(may_deliver_logs)
    bucket_policies.install()
