from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

BUCKET = "aws:s3/bucket:Bucket"
S3 = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
ECR = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
EFS = "aws:efs/replicationConfiguration:ReplicationConfiguration"
USED = {"monthly_replicated_gb": 1000, "monthly_replicated_objects": 1_000_000}


def rule(bucket="arn:aws:s3:::copy", status="Enabled", **destination):
    return {"status": status, "destination": {"bucket": bucket, **destination}}


def copies(*rules):
    return {"bucket": "lake", "role": "arn:aws:iam::111111111111:role/copy", "rules": list(rules)}


@pytest.fixture
def replicating(priced, usage_of):
    def make(inputs, *others):
        return priced((S3, "copies", inputs), *others, usage=usage_of("aws_s3_bucket_replication_configuration", USED))

    return make


def test_replication_to_another_region_pays_transfer_and_a_put_an_object(replicating):
    # 1,000 GB x 0.02 + 1,000 x 0.005
    assert replicating(copies(rule())).monthly_cost.expected == pytest.approx(25.00, abs=0.005)


def test_replication_time_control_adds_a_rate_a_gb(replicating):
    timed = rule(replicationTime={"status": "Enabled", "time": {"minutes": 15}}, metrics={"status": "Enabled"})
    assert replicating(copies(timed)).monthly_cost.expected == pytest.approx(40.00, abs=0.005)  # and 1,000 GB x 0.015


def test_replication_within_the_region_pays_no_transfer(replicating, resource):
    near = resource(BUCKET, "copy", {"bucket": "copy"}, outputs={"arn": "arn:aws:s3:::copy", "region": "us-east-1"})
    assert replicating(copies(rule()), near).monthly_cost.expected == pytest.approx(5.00, abs=0.005)


def test_virginia_to_ohio_has_a_lower_rate_and_ohios_requests(stack_of, usage_of, resource):
    ohio = resource(BUCKET, "copy", {"bucket": "copy"}, outputs={"arn": "arn:aws:s3:::copy", "region": "us-east-2"})
    result = estimate(stack_of((S3, "copies", copies(rule())), ohio), (usage_of("aws_s3_bucket_replication_configuration", USED),))
    assert next(found for found in result.resources if found.name == "copies").monthly_cost.expected == pytest.approx(10.00)  # 1,000 x 0.01
    assert "no price in us-east-2" in next(item.reason for item in result.unknown if item.component == "Standard PUT/COPY/POST/LIST requests")


@pytest.mark.parametrize(
    ("source", "destination", "rate"),
    [("eu-west-1", "us-east-1", 0.02), ("us-west-2", "us-east-1", 0.02), ("us-east-2", "us-east-1", 0.01), ("us-east-2", "us-west-2", 0.02)],
)
def test_a_copy_out_of_another_region_than_virginia_has_its_price(priced, usage_of, line, source, destination, rate):
    inputs = {"sourceFileSystemId": "fs-1", "destination": {"region": destination, "fileSystemId": "fs-2"}}
    usage = usage_of("aws_efs_replication_configuration", {"monthly_replicated_gb": 50})
    assert line(priced((EFS, "copy", inputs), usage=usage, region=source), "inter-region out").monthly_cost.expected == pytest.approx(50 * rate)


def test_each_destination_pays_its_own_transfer_and_requests(replicating):
    twice = copies(rule("arn:aws:s3:::first"), rule("arn:aws:s3:::second"), rule("arn:aws:s3:::second"))
    found = replicating(twice)
    assert found.monthly_cost.expected == pytest.approx(2 * 25.00)
    assert {line.component.rpartition(", to ")[2] for line in found.lines} == {"first", "second"}


def test_a_put_costs_what_it_does_in_the_destinations_class(replicating):
    # 1,000 GB x 0.02 + 1,000 x 0.01 of Standard-IA
    assert replicating(copies(rule(storageClass="STANDARD_IA"))).monthly_cost.expected == pytest.approx(30.00)


def test_a_destination_that_is_not_in_the_stack_is_said_to_be_taken_for_another_region(replicating, resource):
    near = resource(BUCKET, "copy", {"bucket": "copy"}, outputs={"arn": "arn:aws:s3:::copy", "region": "us-east-1"})
    said = [note for line in replicating(copies(rule())).lines for note in line.assumptions]
    assert any("not in the stack" in note for note in said)
    assert not any("not in the stack" in note for line in replicating(copies(rule()), near).lines for note in line.assumptions)


def test_a_disabled_rule_costs_nothing(replicating):
    assert replicating(copies(rule(status="Disabled"))).status is Status.FREE


def test_a_registry_pays_transfer_to_each_other_region(priced, usage_of, line):
    places = [{"region": region, "registryId": "111111111111"} for region in ("us-east-1", "us-west-2", "us-east-2")]
    inputs = {"replicationConfiguration": {"rules": [{"destinations": places}]}}
    found = priced((ECR, "everywhere", inputs), usage=usage_of("aws_ecr_replication_configuration", {"monthly_replicated_gb": 100}))
    assert found.monthly_cost.expected == pytest.approx(100 * 0.02 + 100 * 0.01)


def test_a_registry_that_replicates_nowhere_else_is_free(priced):
    inputs = {"replicationConfiguration": {"rules": [{"destinations": [{"region": "us-east-1", "registryId": "222222222222"}]}]}}
    assert priced((ECR, "here", inputs)).status is Status.FREE


def test_a_file_systems_copy_that_aws_creates_is_listed(stack_of, usage_of):
    usage = usage_of("aws_efs_replication_configuration", {"monthly_replicated_gb": 50})
    result = estimate(stack_of((EFS, "copy", {"sourceFileSystemId": "fs-1", "destination": {"region": "us-west-2"}})), (usage,))
    assert result.total.expected == pytest.approx(1.00)
    assert [item.component for item in result.unknown] == ["the copy's storage"]


def test_replication_to_a_declared_file_system_of_the_region_is_free(priced):
    inputs = {"sourceFileSystemId": "fs-1", "destination": {"region": "us-east-1", "fileSystemId": "fs-2"}}
    assert priced((EFS, "copy", inputs)).status is Status.FREE


def test_a_rule_whose_status_is_unknown_is_not_taken_for_a_disabled_one(replicating):
    assert replicating(copies(rule(status=UNKNOWN))).reason == "rules.status is known only after deployment"
