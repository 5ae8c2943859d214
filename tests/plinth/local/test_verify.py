from __future__ import annotations

import pytest

from plinth.local import Deployment, Finding, deploy, verify
from plinth.stack import Secret


@pytest.fixture
def bucket(make):
    return make("aws:s3/bucket:Bucket", "lake", {"bucket": "lake", "tags": {"team": "search"}})


def test_a_change_out_of_band_differs_and_only_that(make, aws, bucket):
    versioning = make("aws:s3/bucketVersioning:BucketVersioning", "v", {"bucket": bucket.id, "versioningConfiguration": {"status": "Enabled"}})
    deployment = deploy(make.stack(), aws)
    assert verify(deployment, aws).fine
    aws.client("s3").put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Suspended"})
    report = verify(deployment, aws)
    (difference,) = report.of(Finding.DIFFERS)
    assert (difference.urn, difference.property, difference.declared, difference.found) == (
        versioning.urn,
        "versioningConfiguration.Status",
        "Enabled",
        "Suspended",
    )
    assert not report.fine and report.read == 2


def test_changed_tags_differ(make, aws, bucket):
    deployment = deploy(make.stack(), aws)
    aws.client("s3").put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "team", "Value": "ads"}]})
    (difference,) = verify(deployment, aws).of(Finding.DIFFERS)
    assert (difference.property, difference.declared, difference.found) == ("tags.team", "search", "ads")


def test_a_resource_that_is_gone_is_missing(make, aws, bucket):
    deployment = deploy(make.stack(), aws)
    aws.client("s3").delete_bucket(Bucket="lake")
    report = verify(deployment, aws)
    assert list(report.missing) == [bucket.urn] and report.read == 0 and not report.fine


def test_what_moto_does_not_echo_is_said(make, aws):
    key = make("aws:kms/key:Key", "key", {"enableKeyRotation": True, "rotationPeriodInDays": 180})
    report = verify(deploy(make.stack(), aws), aws)
    assert [(verdict.urn, verdict.property) for verdict in report.of(Finding.NOT_ECHOED)] == [(key.urn, "rotationPeriodInDays")]
    assert report.fine


def test_a_deployment_read_from_a_file_withholds_its_secrets_and_is_verified_for_the_rest(make, aws):
    make("aws:kms/key:Key", "key", {"description": Secret("hush"), "tags": {"a": "b"}})
    again = Deployment.model_validate_json(deploy(make.stack(), aws).model_dump_json())
    report = verify(again, aws)
    assert [verdict.property for verdict in report.of(Finding.WITHHELD)] == ["description"]
    assert [verdict.property for verdict in report.of(Finding.MATCHED)] == ["tags"]


def test_a_secret_that_differs_is_not_shown(make, aws):
    key = make("aws:kms/key:Key", "key", {"description": Secret("hush")})
    deployment = deploy(make.stack(), aws)
    aws.client("kms").update_key_description(KeyId=deployment.by_urn[key.urn].id, Description="loud")
    (difference,) = verify(deployment, aws).of(Finding.DIFFERS)
    assert (difference.declared, difference.found) == ("[secret]", "[secret]")
