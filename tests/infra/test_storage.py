"""infra.storage and infra.bucket: no bucket without its side-cars, none public, none without our key but the one that cannot have it."""

from __future__ import annotations

import pytest

BUCKET = "aws:s3/bucket:Bucket"
SIDE_CARS = (
    "bucketVersioning:BucketVersioning",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketPolicy:BucketPolicy",
)


def side_car(stack, bucket, kind):
    found = stack.dependents(bucket, f"aws:s3/{kind}")
    assert len(found) == 1, f"{bucket.name} has {len(found)} {kind}"
    return found[0]


def rules(stack, bucket):
    return {rule["id"]: rule for rule in side_car(stack, bucket, "bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]}


def test_there_are_a_lake_an_artifact_and_an_access_log_bucket(stack):
    kinds = {f"plinth-{stack.name}-{kind}-123456789012-us-east-1" for kind in ("lake", "artifacts", "access-logs")}
    assert {bucket.inputs["bucket"] for bucket in stack.of_type(BUCKET)} == kinds


@pytest.mark.parametrize("kind", SIDE_CARS)
def test_every_bucket_has_its_side_car(stack, kind):
    for bucket in stack.of_type(BUCKET):
        side_car(stack, bucket, kind)


def test_no_bucket_can_be_made_public(stack):
    for bucket in stack.of_type(BUCKET):
        block = side_car(stack, bucket, "bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
        assert [block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")] == [True] * 4
        assert side_car(stack, bucket, "bucketOwnershipControls:BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_every_bucket_keeps_versions(stack):
    for bucket in stack.of_type(BUCKET):
        assert side_car(stack, bucket, "bucketVersioning:BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}


@pytest.mark.parametrize("kind", ["lake", "artifacts"])
def test_data_is_encrypted_with_its_domains_key_through_a_bucket_key(stack, named, kind):
    (rule,) = side_car(stack, named(stack, f"storage-{kind}-bucket"), SIDE_CARS[1]).inputs["rules"]
    assert rule["bucketKeyEnabled"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": named(stack, f"keys-{kind}").outputs["arn"]}


def test_access_logs_are_encrypted_by_s3_because_delivery_cannot_use_a_key(stack, named):
    (rule,) = side_car(stack, named(stack, "storage-access-logs-bucket"), SIDE_CARS[1]).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_every_bucket_refuses_plain_text_and_old_tls(stack, statements):
    for bucket in stack.of_type(BUCKET):
        by_sid = {statement["Sid"]: statement for statement in statements(side_car(stack, bucket, "bucketPolicy:BucketPolicy"))}
        for sid, condition in [
            ("DenyPlaintextTransport", {"Bool": {"aws:SecureTransport": "false"}}),
            ("DenyOldTls", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        ]:
            assert (by_sid[sid]["Effect"], by_sid[sid]["Principal"], by_sid[sid]["Condition"]) == ("Deny", "*", condition)
            assert by_sid[sid]["Resource"] == [bucket.outputs["arn"], f"{bucket.outputs['arn']}/*"]


@pytest.mark.parametrize("kind", ["lake", "artifacts"])
def test_data_buckets_refuse_uploads_with_another_encryption_or_key_but_not_those_that_name_none(stack, named, statements, kind):
    by_sid = {statement["Sid"]: statement for statement in statements(named(stack, f"storage-{kind}-policy"))}
    header = "s3:x-amz-server-side-encryption"
    assert by_sid["DenyOtherEncryption"]["Condition"] == {"Null": {header: "false"}, "StringNotEquals": {header: "aws:kms"}}
    assert by_sid["DenyOtherKeys"]["Condition"]["ArnNotEquals"] == {f"{header}-aws-kms-key-id": named(stack, f"keys-{kind}").outputs["arn"]}


def test_no_bucket_policy_allows_anyone_but_log_delivery_from_our_own_buckets(stack, statements):
    allowed = [s for policy in stack.of_type("aws:s3/bucketPolicy:BucketPolicy") for s in statements(policy) if s["Effect"] == "Allow"]
    (delivery,) = allowed
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert delivery["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert len(delivery["Condition"]["ArnLike"]["aws:SourceArn"]) == 2


@pytest.mark.parametrize("kind", ["lake", "artifacts"])
def test_access_to_data_is_logged(stack, named, kind):
    bucket = named(stack, f"storage-{kind}-bucket")
    logging = side_car(stack, bucket, "bucketLogging:BucketLogging").inputs
    assert logging["targetBucket"] == named(stack, "storage-access-logs-bucket").inputs["bucket"]
    assert logging["targetPrefix"] == f"{bucket.inputs['bucket']}/"


@pytest.mark.parametrize(("environment", "days"), [("dev", 7), ("staging", 35), ("prod", 90)])
def test_old_versions_are_kept_as_long_as_the_profile_says(recorded, environment, days):
    stack = recorded(environment)
    for bucket in stack.of_type(BUCKET):
        rule = rules(stack, bucket)["tiers-and-old-versions"]
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": days}
        assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_data_moves_to_cheaper_tiers_and_never_expires(stack, named):
    for kind in ("lake", "artifacts"):
        rule = rules(stack, named(stack, f"storage-{kind}-bucket"))["tiers-and-old-versions"]
        assert [transition["storageClass"] for transition in rule["transitions"]] == ["STANDARD_IA", "GLACIER_IR"]
        assert "expiration" not in rule


def test_access_logs_expire(recorded, named):
    assert rules(recorded("prod"), named(recorded("prod"), "storage-access-logs-bucket"))["tiers-and-old-versions"]["expiration"] == {"days": 730}


def buckets_and_side_cars(stack):
    found = [r for r in stack.custom if any(a.type == "plinth:infra:SecureBucket" for a in stack.ancestors(r))]
    assert len(found) == 3 * (1 + len(SIDE_CARS)) + 2, "and the two that are logged"
    return found


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("staging", True), ("prod", True)])
def test_the_profile_protects_the_buckets_and_no_destroy_empties_one(recorded, environment, protected):
    assert {resource.options.protect for resource in buckets_and_side_cars(recorded(environment))} == {protected}
    assert not any(bucket.inputs["forceDestroy"] for bucket in recorded(environment).of_type(BUCKET))


def test_a_bucket_that_outlives_the_stack_keeps_its_guards(stack):
    left = [resource.name for resource in buckets_and_side_cars(stack) if not resource.options.retain_on_delete]
    assert not left


@pytest.mark.parametrize(("environment", "kept"), [("dev", False), ("staging", True)])
def test_two_opt_ins_let_destroy_take_the_buckets_and_protection_still_stands(altered, environment, kept):
    exemption = {"control": "data_destruction", "reason": "a throw-away environment", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    stack = altered(environment, {"plinth:storage": {"destroy_data": True}, "plinth:exemptions": [exemption]})
    assert all(bucket.inputs["forceDestroy"] for bucket in stack.of_type(BUCKET))
    assert {(r.options.protect, r.options.retain_on_delete) for r in buckets_and_side_cars(stack)} == {(kept, kept)}


def test_versioning_comes_before_the_rules_about_versions_and_the_block_before_the_policy(stack):
    for bucket in stack.of_type(BUCKET):
        assert side_car(stack, bucket, SIDE_CARS[0]).urn in side_car(stack, bucket, SIDE_CARS[4]).dependencies
        assert side_car(stack, bucket, SIDE_CARS[2]).urn in side_car(stack, bucket, SIDE_CARS[5]).dependencies
