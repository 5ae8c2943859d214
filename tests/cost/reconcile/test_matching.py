from __future__ import annotations

import pytest

from cost.reconcile.billed import BilledUse
from cost.reconcile.matching import Candidate, Matcher
from cost.reconcile.model import Match

BUCKET, QUEUE, GROUP = "aws:s3/bucket:Bucket", "aws:sqs/queue:Queue", "aws:eks/nodeGroup:NodeGroup"


def _use(resource_id, product="AmazonS3", usage_type="USE1-TimedStorage-ByteHrs", tags=None):
    return BilledUse(resource_id, product, product, usage_type, "", None, False, 1.0, 1.0, tags or {})


def _candidate(name, *identifiers, type_=BUCKET, price_type="aws_s3_bucket"):
    return Candidate(f"urn:{type_}::{name}", type_, name, identifiers, frozenset({price_type}))


@pytest.mark.parametrize(
    ("resource_id", "how"),
    [
        ("lake-data-bucket", Match.IDENTIFIER),
        ("arn:aws:s3:::lake-data-bucket", Match.IDENTIFIER),
        ("lake", Match.NAME),
        ("lake-0a1b2c3", Match.NAME),
        ("arn:aws:sagemaker:us-east-1:1:endpoint/lake-0a1b2c3", Match.NAME),
        ("arn:aws:logs:us-east-1:1:log-group:lake:*", Match.NAME),
    ],
)
def test_a_resource_is_found_by_its_id_its_arn_or_its_name(resource_id, how):
    candidate, found = Matcher([_candidate("lake", "lake-data-bucket"), _candidate("other")]).match(_use(resource_id))
    assert (candidate.name, found) == ("lake", how)


@pytest.mark.parametrize("resource_id", ["", "lake-0a1b2c3d", "i-0123456789abcdef0", "laketop", "arn:aws:s3:::another"])
def test_what_is_only_alike_is_no_match(resource_id):
    assert Matcher([_candidate("lake", "lake-data-bucket")]).match(_use(resource_id)) is None


def test_an_instance_is_its_pools_by_the_tag_that_eks_puts_on_it():
    matcher = Matcher([_candidate("gpu", type_=GROUP, price_type="aws_eks_node_group"), _candidate("gpu")])
    instance = _use("i-0123456789abcdef0", "AmazonEC2", "USE1-BoxUsage:g5.xlarge", {"eks:nodegroup-name": "gpu-1234abc"})
    candidate, how = matcher.match(instance)
    assert (candidate.type, how) == (GROUP, Match.TAG)


def test_of_two_resources_with_one_name_the_one_that_costs_so_is_taken():
    matcher = Matcher([_candidate("lake"), _candidate("lake", type_=QUEUE, price_type="aws_sqs_queue")])
    assert matcher.match(_use("lake"))[0].type == BUCKET
    assert matcher.match(_use("lake", usage_type="USE1-Unheard-Of")) is None, "which of the two can't be told"
