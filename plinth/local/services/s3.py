"""S3: buckets and their settings, each its own resource in pulumi-aws 7. Operations: S3 API reference."""

from __future__ import annotations

from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Listing, Read, Step

BUCKET = {"Bucket": "bucket"}
MAX_KEYS = 1000
LOGGING = "BucketLoggingStatus.LoggingEnabled"


def empty_bucket(client: Any, facts: Facts) -> None:
    """Delete every object version and delete marker, where the bucket says `forceDestroy` or the destroy is forced."""
    if not (facts.get("forceDestroy") or facts.get("force")):
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=facts["bucket"], PaginationConfig={"PageSize": MAX_KEYS}):
        versions = [{"Key": item["Key"], "VersionId": item["VersionId"]} for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, ())]
        if versions:
            client.delete_objects(Bucket=facts["bucket"], Delete={"Objects": versions, "Quiet": True}, BypassGovernanceRetention=True)


def _location(facts: Facts) -> dict[str, str] | None:
    """us-east-1 is the one region that CreateBucket wants unnamed."""
    return None if facts["region"] == "us-east-1" else {"LocationConstraint": facts["region"]}


def _with_filter(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A rule without a filter is for the whole bucket; the API wants that said by an empty one."""
    return [rule if "filter" in rule or "prefix" in rule else {**rule, "filter": {"prefix": ""}} for rule in rules]


def _notifications(configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The provider's flat `filterPrefix` and `filterSuffix` as the API's key filter."""
    result = []
    for configuration in configurations:
        plain = {key: value for key, value in configuration.items() if key not in ("filterPrefix", "filterSuffix")}
        rules = [
            {"Name": name, "Value": configuration[key]} for name, key in (("prefix", "filterPrefix"), ("suffix", "filterSuffix")) if configuration.get(key)
        ]
        result.append({**plain, "filter": {"key": {"filterRules": rules}}} if rules else plain)
    return result


def _under(argument: str, *properties: str) -> dict[str, str]:
    """Properties that the API keeps together inside one argument, under their own names."""
    return {name: f"{argument}.{name[0].upper()}{name[1:]}" for name in properties}


ENTRIES = (
    Entry(
        "aws:s3/bucket:Bucket",
        "s3",
        create=Step("create_bucket", {"CreateBucketConfiguration": _location}, {"objectLockEnabled": "ObjectLockEnabledForBucket"}),
        steps=(Step("put_bucket_tagging", BUCKET, {"tags": "Tagging.TagSet"}),),
        naming="bucket",
        id="bucket",
        outputs={
            "bucket": "bucket",
            "arn": lambda facts: f"arn:aws:s3:::{facts['bucket']}",
            "bucketDomainName": lambda facts: f"{facts['bucket']}.s3.amazonaws.com",
            "bucketRegionalDomainName": lambda facts: f"{facts['bucket']}.s3.{facts['region']}.amazonaws.com",
        },
        reads=(
            Read("head_bucket", BUCKET),
            Read("get_bucket_tagging", BUCKET, when="tags"),
            Read("get_object_lock_configuration", BUCKET, "ObjectLockConfiguration", when="objectLockEnabled"),
        ),
        echoes={"objectLockEnabled": lambda item: item.get("ObjectLockEnabled") == "Enabled"},
        not_sent={"forceDestroy": "it says whether destroy empties the bucket", "bucketPrefix": "the name is made from it"},
        deletes=(empty_bucket, Call("delete_bucket", BUCKET)),
        listing=Listing("list_buckets", "Buckets", "Name"),
    ),
    Entry(
        "aws:s3/bucketVersioning:BucketVersioning",
        "s3",
        create=Step("put_bucket_versioning", {}, {"mfa": "MFA"}),
        id="bucket",
        reads=(Read("get_bucket_versioning", BUCKET),),
        echoes={"versioningConfiguration": ""},
        deletes=(Call("put_bucket_versioning", {**BUCKET, "VersioningConfiguration": lambda _: {"Status": "Suspended"}}),),
    ),
    Entry(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "s3",
        create=Step("put_bucket_encryption", {}, {"rules": "ServerSideEncryptionConfiguration.Rules"}),
        id="bucket",
        reads=(Read("get_bucket_encryption", BUCKET),),
        deletes=(Call("delete_bucket_encryption", BUCKET),),
    ),
    Entry(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "s3",
        create=Step(
            "put_public_access_block",
            {},
            _under("PublicAccessBlockConfiguration", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
        ),
        id="bucket",
        reads=(Read("get_public_access_block", BUCKET),),
        not_sent={"skipDestroy": "it says whether destroy leaves the block"},
        deletes=(Call("delete_public_access_block", BUCKET),),
    ),
    Entry(
        "aws:s3/bucketPolicy:BucketPolicy",
        "s3",
        create=Step("put_bucket_policy"),
        id="bucket",
        reads=(Read("get_bucket_policy", BUCKET),),
        deletes=(Call("delete_bucket_policy", BUCKET),),
    ),
    Entry(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "s3",
        create=Step("put_bucket_lifecycle_configuration", {}, {"rules": Argument("LifecycleConfiguration.Rules", _with_filter)}),
        id="bucket",
        reads=(Read("get_bucket_lifecycle_configuration", BUCKET),),
        not_sent={"timeouts": "the provider's own waiting time"},
        deletes=(Call("delete_bucket_lifecycle", BUCKET),),
    ),
    Entry(
        "aws:s3/bucketLogging:BucketLogging",
        "s3",
        create=Step("put_bucket_logging", {}, _under(LOGGING, "targetBucket", "targetPrefix", "targetGrants", "targetObjectKeyFormat")),
        id="bucket",
        reads=(Read("get_bucket_logging", BUCKET),),
        deletes=(Call("put_bucket_logging", {**BUCKET, "BucketLoggingStatus": lambda _: {}}),),
    ),
    Entry(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "s3",
        create=Step("put_bucket_ownership_controls", {}, {"rule": Argument("OwnershipControls.Rules", lambda rule: [rule])}),
        id="bucket",
        reads=(Read("get_bucket_ownership_controls", BUCKET),),
        deletes=(Call("delete_bucket_ownership_controls", BUCKET),),
    ),
    Entry(
        "aws:s3/bucketNotification:BucketNotification",
        "s3",
        create=Step(
            "put_bucket_notification_configuration",
            {},
            {
                "queues": Argument("NotificationConfiguration.QueueConfigurations", _notifications),
                "topics": Argument("NotificationConfiguration.TopicConfigurations", _notifications),
                "lambdaFunctions": Argument("NotificationConfiguration.LambdaFunctionConfigurations", _notifications),
                "eventbridge": Argument("NotificationConfiguration.EventBridgeConfiguration", lambda on: {} if on else None),
            },
        ),
        id="bucket",
        reads=(Read("get_bucket_notification_configuration", BUCKET),),
        deletes=(Call("put_bucket_notification_configuration", {**BUCKET, "NotificationConfiguration": lambda _: {}}),),
    ),
)
