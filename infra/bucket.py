"""One bucket as the platform wants every bucket: private, versioned, encrypted, TLS-only, logged, tiered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.policy_documents import Statement, deny, document
from infra.settings.profile import Profile
from infra.settings.storage import Tiers
from infra.tags import Tags, tags_for

WORKLOAD = "storage"
OLDEST_TLS = "1.2"


@dataclass(frozen=True)
class BucketArgs:
    """What a SecureBucket needs.

    `key_arn` None means SSE-S3, for the access-log bucket only; `log_bucket` None means that nothing logs it; objects expire after
    `expire_after_days`, or never.
    """

    bucket_name: pulumi.Input[str]
    profile: Profile
    tags: Tags
    data_class: str
    destroy_data: bool
    key_arn: pulumi.Input[str] | None = None
    log_bucket: pulumi.Input[str] | None = None
    tiers: Tiers | None = None
    expire_after_days: int | None = None
    statements: Sequence[Statement] = ()


class SecureBucket(ComponentResource):
    """A bucket with its side-cars. `bucket_name` and `arn` are those of the bucket."""

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:SecureBucket", name, None, opts)
        self._name, self._args = name, args
        bucket = self._bucket()
        self.bucket_name, self.arn = bucket.bucket, bucket.arn
        self._access(bucket)
        self._encryption(bucket)
        self._lifecycle(bucket)
        if args.log_bucket is not None:
            aws.s3.BucketLogging(
                f"{name}-logging", bucket=bucket.id, target_bucket=args.log_bucket, target_prefix=pulumi.Output.concat(bucket.bucket, "/"), opts=self._options()
            )
        self.register_outputs({"bucket_name": self.bucket_name, "arn": self.arn})

    def _options(self, *depends_on: pulumi.Resource) -> ResourceOptions:
        """The bucket's and its side-cars' alike: a bucket that outlives the stack without them is open, plain, unversioned and unlogged."""
        protected = self._args.profile.deletion_protection
        kept = protected or not self._args.destroy_data
        return ResourceOptions(parent=self, protect=protected, retain_on_delete=kept, depends_on=depends_on)

    def _bucket(self) -> aws.s3.Bucket:
        args = self._args
        return aws.s3.Bucket(
            f"{self._name}-bucket",
            bucket=args.bucket_name,
            force_destroy=args.destroy_data,
            tags=tags_for(args.tags, workload=WORKLOAD, data_class=args.data_class),
            opts=self._options(),
        )

    def _access(self, bucket: aws.s3.Bucket) -> None:
        block = aws.s3.BucketPublicAccessBlock(
            f"{self._name}-public-access-block",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(),
        )
        aws.s3.BucketOwnershipControls(f"{self._name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._options())
        statements = [*_tls_only(bucket), *self._only_our_key(bucket), *self._args.statements]
        # S3 answers 409 to a policy and a public access block that are put at the same time.
        aws.s3.BucketPolicy(f"{self._name}-policy", bucket=bucket.id, policy=document(*statements), opts=self._options(block))

    def _only_our_key(self, bucket: aws.s3.Bucket) -> list[Statement]:
        """Refuse an upload that names another encryption or another key; one that names none gets the bucket's default.

        A negated operator is true where its key is absent, hence the Null test beside it (IAM guide, Null condition operator).
        """
        if self._args.key_arn is None:
            return []
        algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
        objects = [pulumi.Output.concat(bucket.arn, "/*")]
        other = {"Null": {algorithm: "false"}, "StringNotEquals": {algorithm: "aws:kms"}}
        other_key = {"Null": {key: "false"}, "ArnNotEquals": {key: self._args.key_arn}}
        return [
            deny("DenyOtherEncryption", ("s3:PutObject",), objects, other, "*"),
            deny("DenyOtherKeys", ("s3:PutObject",), objects, other_key, "*"),
        ]

    def _encryption(self, bucket: aws.s3.Bucket) -> None:
        key_arn = self._args.key_arn
        default = {"sse_algorithm": "AES256"} if key_arn is None else {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
        # The bucket key asks KMS once for many objects: at lake sizes the difference is most of the KMS bill.
        rule = {"apply_server_side_encryption_by_default": default, "bucket_key_enabled": key_arn is not None}
        aws.s3.BucketServerSideEncryptionConfiguration(f"{self._name}-encryption", bucket=bucket.id, rules=[rule], opts=self._options())

    def _lifecycle(self, bucket: aws.s3.Bucket) -> None:
        versioning = aws.s3.BucketVersioning(f"{self._name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=self._options())
        everything = {"prefix": ""}
        rule: dict[str, object] = {
            "id": "tiers-and-old-versions",
            "status": "Enabled",
            "filter": everything,
            "noncurrent_version_expiration": {"noncurrent_days": self._args.profile.backup_retention_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
        if self._args.tiers is not None:
            rule["transitions"] = [
                {"days": self._args.tiers.infrequent_access_after_days, "storage_class": "STANDARD_IA"},
                {"days": self._args.tiers.archive_after_days, "storage_class": "GLACIER_IR"},
            ]
        if self._args.expire_after_days is not None:
            rule["expiration"] = {"days": self._args.expire_after_days}
        # S3 takes days or the marker in one expiration, not both; with days it removes lone delete markers by itself.
        markers = {"id": "lone-delete-markers", "status": "Enabled", "filter": everything, "expiration": {"expired_object_delete_marker": True}}
        rules = [rule] if self._args.expire_after_days is not None else [rule, markers]
        # Old versions exist only once versioning is on.
        aws.s3.BucketLifecycleConfiguration(f"{self._name}-lifecycle", bucket=bucket.id, rules=rules, opts=self._options(versioning))


def _tls_only(bucket: aws.s3.Bucket) -> list[Statement]:
    everything = [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")]
    return [
        deny("DenyPlaintextTransport", ("s3:*",), everything, {"Bool": {"aws:SecureTransport": "false"}}, "*"),
        deny("DenyOldTls", ("s3:*",), everything, {"NumericLessThan": {"s3:TlsVersion": OLDEST_TLS}}, "*"),
    ]
