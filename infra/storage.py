"""The storage: the data lake, the artifacts, and the bucket that keeps their access logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import ComponentResource, ResourceOptions

from infra.bucket import BucketArgs, SecureBucket
from infra.place import Place
from infra.policy_documents import Statement, allow
from infra.settings.profile import Profile
from infra.settings.storage import StorageSettings
from infra.tags import Tags

LAKE, ARTIFACTS, ACCESS_LOGS = "lake", "artifacts", "access-logs"


@dataclass(frozen=True)
class StorageArgs:
    """What Storage needs. `key_arns` by domain: `lake` and `artifacts`."""

    settings: StorageSettings
    profile: Profile
    place: Place
    tags: Tags
    key_arns: Mapping[str, pulumi.Input[str]]


class Storage(ComponentResource):
    """The lake, artifact and access-log buckets."""

    lake: SecureBucket
    artifacts: SecureBucket
    access_logs: SecureBucket

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Storage", name, None, opts)
        own = ResourceOptions(parent=self)
        self.access_logs = SecureBucket(f"{name}-{ACCESS_LOGS}", _access_log_args(args), own)
        logs = self.access_logs.bucket_name
        self.lake = SecureBucket(f"{name}-{LAKE}", _data_args(args, LAKE, "confidential", logs), own)
        self.artifacts = SecureBucket(f"{name}-{ARTIFACTS}", _data_args(args, ARTIFACTS, "internal", logs), own)
        self.register_outputs({"lake": self.lake.bucket_name, "artifacts": self.artifacts.bucket_name, "access_logs": logs})


def _data_args(args: StorageArgs, kind: str, data_class: str, log_bucket: pulumi.Input[str]) -> BucketArgs:
    return BucketArgs(
        bucket_name=args.place.bucket_name(kind),
        profile=args.profile,
        tags=args.tags,
        data_class=data_class,
        destroy_data=args.settings.destroy_data,
        key_arn=args.key_arns[kind],
        log_bucket=log_bucket,
        tiers=args.settings.lake if kind == LAKE else args.settings.artifacts,
    )


def _access_log_args(args: StorageArgs) -> BucketArgs:
    """SSE-S3 and not a key of ours: S3 can't deliver access logs to a bucket whose default encryption is SSE-KMS.

    Source: Amazon S3 user guide, Enabling server access logging (the destination bucket's default encryption).
    """
    return BucketArgs(
        bucket_name=args.place.bucket_name(ACCESS_LOGS),
        profile=args.profile,
        tags=args.tags,
        data_class="internal",
        destroy_data=args.settings.destroy_data,
        expire_after_days=args.settings.access_log_retention_days,
        statements=[_log_delivery(args.place)],
    )


def _log_delivery(place: Place) -> Statement:
    """Source: Amazon S3 user guide, Permissions for log delivery."""
    sources = [place.bucket_arn(LAKE), place.bucket_arn(ARTIFACTS)]
    condition = {"StringEquals": {"aws:SourceAccount": place.account_id}, "ArnLike": {"aws:SourceArn": sources}}
    return allow("AccessLogDelivery", ("s3:PutObject",), [place.bucket_arn(ACCESS_LOGS, "/*")], condition, {"Service": "logging.s3.amazonaws.com"})
