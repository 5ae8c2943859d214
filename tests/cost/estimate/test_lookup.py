from __future__ import annotations

import pytest

from cost.estimate.lookup import References

SUBNET = "aws:ec2/subnet:Subnet"
BUCKET = "aws:s3/bucket:Bucket"


def test_a_resources_own_region_stands_over_the_stacks(stack_of):
    stack = stack_of((BUCKET, "dr", {"region": "us-west-2"}), (BUCKET, "lake", {}))
    references = References(stack)
    assert {found.name: references.region(found) for found in stack.resources} == {"dr": "us-west-2", "lake": "us-east-1"}


def test_an_arn_says_the_region(stack_of, resource):
    queue = resource("aws:sqs/queue:Queue", "q", {}, outputs={"arn": "arn:aws:sqs:eu-west-1:123456789012:q"})
    assert References(stack_of(queue)).region(queue) == "eu-west-1"


def test_a_provider_says_the_region(stack_of, resource):
    provider = resource("pulumi:providers:aws", "dr", {"region": "us-west-2"})
    bucket = resource(BUCKET, "b", {}, options={"provider": f"{provider.urn}::id"})
    stack = stack_of(provider, bucket)
    assert References(stack).region(stack.by_urn[bucket.urn]) == "us-west-2"


@pytest.mark.parametrize(("zones", "region"), [(["us-east-1a", "us-east-1b"], "us-east-1"), (["us-east-1a", "us-west-2b"], None), ([], None)])
def test_zones_say_the_region_only_where_they_agree(stack_of, zones, region):
    stack = stack_of(*((SUBNET, f"s{index}", {"availabilityZone": zone}) for index, zone in enumerate(zones)), (BUCKET, "b", {}), region=None)
    assert References(stack).places.stack_region == region


def test_a_configured_region_is_not_inferred(stack_of):
    assert References(stack_of((SUBNET, "s", {"availabilityZone": "us-west-2a"}))).places.inferred_region is None
