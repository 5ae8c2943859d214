from __future__ import annotations

import json
import os

import boto3
import pytest

from plinth.local import LocalAws, Status, deploy, verify
from plinth.stack import UNKNOWN, Secret


def tls_only(arn):
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_made_up_ids_become_real_ones_in_later_resources_and_in_the_stack_outputs(make, aws):
    key = make("aws:kms/key:Key", "key", {"description": "data"})
    make("aws:kms/alias:Alias", "alias", {"name": "alias/data", "targetKeyId": key.id})
    bucket = make("aws:s3/bucket:Bucket", "lake", {"tags": {"team": "search"}})
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.outputs["arn"]}
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    make(encryption, "sse", {"bucket": bucket.id, "rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]})
    deployment = deploy(make.stack({"key": key.outputs["arn"], "note": f"see {key.id}"}), aws)
    assert {resource.status for resource in deployment.resources} == {Status.CREATED}
    real_key = deployment.by_urn[key.urn].id
    assert real_key != key.id and deployment.outputs["key"].endswith(real_key) and deployment.outputs["note"] == f"see {real_key}"
    assert deployment.real({"arn": key.outputs["arn"]})["arn"] == deployment.outputs["key"]
    rule = aws.client("s3").get_bucket_encryption(Bucket=bucket.outputs["bucket"])["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == deployment.outputs["key"]
    assert verify(deployment, aws).fine


def test_a_failing_create_leaves_a_report_and_the_rest_goes_on(make, aws):
    bad = make("aws:s3/bucket:Bucket", "bad", {"bucket": "NOT_A_BUCKET_NAME!"})
    policy = make("aws:s3/bucketPolicy:BucketPolicy", "policy", {"bucket": "NOT_A_BUCKET_NAME!", "policy": tls_only("arn:aws:s3:::x")})
    good = make("aws:s3/bucket:Bucket", "good")
    seen = []
    deployment = deploy(make.stack(), aws, lambda resource, done, total: seen.append((done, total)))
    assert deployment.by_urn[bad.urn].status is Status.FAILED and "ParamValidationError" in (deployment.by_urn[bad.urn].reason or "")
    assert deployment.by_urn[policy.urn].status is Status.FAILED
    assert deployment.by_urn[good.urn].status is Status.CREATED
    assert sorted(seen) == [(1, 3), (2, 3), (3, 3)]


def test_what_depends_on_a_failed_resource_says_so(make, aws):
    key = make("aws:kms/key:Key", "key", {"description": "x", "keyUsage": "NO_SUCH_USAGE"})
    alias = make("aws:kms/alias:Alias", "alias", {"name": "alias/data", "targetKeyId": key.id})
    found = deploy(make.stack(), aws).by_urn[alias.urn]
    assert found.status is Status.FAILED and key.urn in (found.reason or "")


def test_types_that_are_not_held_are_said_with_the_reason(make, aws):
    namespace = make("kubernetes:core/v1:Namespace", "team", {"metadata": {"name": "team"}})
    exotic = make("aws:nosuch/thing:Thing", "thing")
    bucket = make("aws:s3/bucket:Bucket", "needs", {"bucket": "plain", "tags": {"thing": exotic.id}})
    found = deploy(make.stack(), aws).by_urn
    assert found[namespace.urn].status is found[exotic.urn].status is Status.NOT_HELD
    assert "no Kubernetes API server" in (found[namespace.urn].reason or "") and "table" in (found[exotic.urn].reason or "")
    assert found[bucket.urn].status is Status.NOT_HELD and exotic.urn in (found[bucket.urn].reason or "")


def test_a_property_that_the_table_does_not_send_fails_rather_than_being_dropped(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "lake", {"inventedProperty": True})
    found = deploy(make.stack(), aws).by_urn[bucket.urn]
    assert found.status is Status.FAILED and "inventedProperty has no argument" in (found.reason or "")


def test_an_unknown_input_is_not_guessed(make, aws):
    key = make("aws:kms/key:Key", "key", {"description": UNKNOWN})
    found = deploy(make.stack(), aws).by_urn[key.urn]
    assert found.status is Status.FAILED and "not known" in (found.reason or "")


def test_secrets_are_sent_and_never_shown(make, aws):
    word = "correct-horse-battery"
    key = make("aws:kms/key:Key", "key", {"description": Secret(word)})
    bad = make("aws:kms/key:Key", "bad", {"description": "x", "keyUsage": Secret(f"{word}-2")})
    deployment = deploy(make.stack(), aws)
    assert aws.client("kms").describe_key(KeyId=deployment.by_urn[key.urn].id)["KeyMetadata"]["Description"] == word
    assert deployment.by_urn[bad.urn].status is Status.FAILED
    report = verify(deployment, aws)
    assert report.fine
    assert word not in deployment.model_dump_json() + report.model_dump_json() + repr(deployment)


def test_a_step_that_fails_half_way_keeps_the_id_so_that_destroy_finds_it(make, aws):
    role = make(
        "aws:iam/role:Role", "role", {"assumeRolePolicy": '{"Version":"2012-10-17","Statement":[]}', "managedPolicyArns": ["arn:aws:iam::aws:policy/NoSuch"]}
    )
    found = deploy(make.stack(), aws).by_urn[role.urn]
    assert found.status is Status.FAILED and found.id == role.outputs["name"]


def test_a_resource_goes_to_its_own_region(make, aws):
    bucket = make("aws:s3/bucket:Bucket", "far", {"bucket": "far-away", "region": "eu-west-1"})
    deployment = deploy(make.stack(), aws)
    assert deployment.by_urn[bucket.urn].region == "eu-west-1"
    assert aws.client("s3").get_bucket_location(Bucket="far-away")["LocationConstraint"] == "eu-west-1"


def test_the_environment_is_as_before_and_a_real_account_is_out_of_reach(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    before = dict(os.environ)
    with LocalAws("eu-west-1") as aws:
        assert "AWS_PROFILE" not in os.environ and "AWS_ENDPOINT_URL" not in os.environ
        assert boto3.client("sts").get_caller_identity()["Account"] == aws.account
        assert aws.client("s3") is aws.client("s3")
    assert dict(os.environ) == before
    with pytest.raises(RuntimeError, match="not open"):
        aws.client("s3")


def test_one_local_aws_starts_empty_after_another():
    with LocalAws() as aws:
        aws.client("s3").create_bucket(Bucket="first")
    with LocalAws() as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []
