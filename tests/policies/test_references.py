from plinth.stack import UNKNOWN, Resource, Source, build_stack
from policies.references import identities, referred, referring

BUCKET, BLOCK, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/bucketVersioning:BucketVersioning"


def resource(type_, name, **fields):
    return Resource(urn=f"urn:pulumi:prod::p::{type_}::{name}", type=type_, name=name, **fields)


def stack(*resources):
    return build_stack(list(resources), project="p", name="prod", source=Source.EXPORT)


def test_a_resource_is_known_by_its_id_name_and_arn():
    assert identities(resource(BUCKET, "a", id="a-1", outputs={"arn": "arn:a", "bucket": "a-name"}, inputs={"bucket": UNKNOWN})) == {"a-1", "arn:a", "a-name"}


def test_a_known_value_is_matched_and_its_dependencies_are_not_consulted():
    a, b = resource(BUCKET, "a", id="a-1"), resource(BUCKET, "b", id="b-1")
    block = resource(BLOCK, "block", inputs={"bucket": "a-1"}, property_dependencies={"bucket": (b.urn,)})
    assert [each.name for each in referred(stack(a, b, block), block, "bucket", BUCKET).found] == ["a"]


def test_an_unknown_value_is_traced_by_the_property_that_it_came_from():
    a, b = resource(BUCKET, "a"), resource(BUCKET, "b")
    block = resource(BLOCK, "block", inputs={"bucket": UNKNOWN}, property_dependencies={"bucket": (b.urn,)}, dependencies=(a.urn, b.urn))
    assert [each.name for each in referred(stack(a, b, block), block, "bucket", BUCKET).found] == ["b"]


def test_a_side_car_named_through_another_side_car_is_traced():
    a = resource(BUCKET, "a")
    block = resource(BLOCK, "block", inputs={"bucket": UNKNOWN}, property_dependencies={"bucket": (a.urn,)})
    versioning = resource(VERSIONING, "v", inputs={"bucket": UNKNOWN}, property_dependencies={"bucket": (block.urn,)})
    assert [each.name for each in referring(stack(a, block, versioning), a, "bucket", VERSIONING).found] == ["v"]


def test_what_can_not_be_traced_is_said_to_be_incomplete():
    a, block = resource(BUCKET, "a"), resource(BLOCK, "block", inputs={"bucket": UNKNOWN})
    found = referring(stack(a, block), a, "bucket", BLOCK)
    assert (found.found, found.complete) == ((), False)


def test_a_side_car_of_another_bucket_leaves_nothing_open():
    a, block = resource(BUCKET, "a", id="a-1"), resource(BLOCK, "block", inputs={"bucket": "elsewhere"})
    found = referring(stack(a, block), a, "bucket", BLOCK)
    assert (found.found, found.complete) == ((), True)


def test_of_a_list_the_known_and_the_unknown_are_both_traced():
    subnets = [resource("aws:ec2/subnet:Subnet", name, id=f"{name}-1") for name in "ab"]
    cluster = resource(
        "aws:eks/cluster:Cluster",
        "eks",
        inputs={"vpcConfig": {"subnetIds": ["a-1", UNKNOWN]}},
        property_dependencies={"vpcConfig": tuple(subnet.urn for subnet in subnets)},
    )
    found = referred(stack(*subnets, cluster), cluster, "vpcConfig.subnetIds", "aws:ec2/subnet:Subnet")
    assert ([each.name for each in found.found], found.complete) == (["a", "b"], True)
