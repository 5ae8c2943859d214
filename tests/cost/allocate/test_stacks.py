"""Tests of cost.allocate.stacks: what a stack export knows of the bill's resources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cost.allocate.stacks import read_stacks
from plinth.errors import InputError

EXPORT = Path(__file__).parents[2] / "data" / "engine" / "stack_export.json"
TAGS = {"Team": "vision", "CostCenter": "100"}


def export(tmp_path, *resources, name="a.json", stack="prod"):
    for number, each in enumerate(resources):
        each.setdefault("urn", f"urn:pulumi:{stack}::shop::{each['type']}::r{number}")
    path = tmp_path / name
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": list(resources)}}), encoding="utf-8")
    return path


def test_the_engines_own_export_gives_the_buckets_tags_by_arn_and_name():
    known = read_stacks([EXPORT])
    assert known.stacks == ("stack:sample/dev",)
    for id in ("arn:aws:s3:::lake-data-c24050a", "lake-data-c24050a"):
        assert known.resources[id].tags == {"environment": "dev", "team": "ml"}


def test_an_export_without_tags_on_a_resource_does_not_know_it():
    assert "vpc-18d5a598" not in read_stacks([EXPORT]).resources


def test_tags_with_the_providers_defaults_count_before_the_resources_own(tmp_path):
    path = export(
        tmp_path,
        {
            "type": "aws:ec2/instance:Instance",
            "id": "i-0123456789abcdef0",
            "inputs": {"tags": {"team": "x"}},
            "outputs": {"tags": {"team": "x"}, "tagsAll": TAGS},
        },
    )
    assert read_stacks([path]).resources["i-0123456789abcdef0"].tags == {"team": "vision", "cost_center": "100"}


def test_inputs_tell_the_tags_where_outputs_do_not(tmp_path):
    path = export(tmp_path, {"type": "aws:ec2/eip:Eip", "id": "eipalloc-0123456789abcdef0", "inputs": {"tags": TAGS}})
    assert read_stacks([path]).resources["eipalloc-0123456789abcdef0"].tags["team"] == "vision"


def test_volumes_and_interfaces_that_the_export_names_take_their_makers_tags(tmp_path):
    outputs = {
        "tagsAll": TAGS, "subnetId": "subnet-0123456789abcdef0", "primaryNetworkInterfaceId": "eni-0123456789abcdef1",
        "rootBlockDevice": {"volumeId": "vol-0123456789abcdef2"}, "ebsBlockDevices": [{"volumeId": "vol-0123456789abcdef3"}],
    }  # fmt: skip
    path = export(tmp_path, {"type": "aws:ec2/instance:Instance", "id": "i-0123456789abcdef0", "outputs": outputs})
    assert set(read_stacks([path]).resources) == {"i-0123456789abcdef0", "eni-0123456789abcdef1", "vol-0123456789abcdef2", "vol-0123456789abcdef3"}


@pytest.mark.parametrize(
    ("type_", "id"),
    [
        ("aws:dynamodb/table:Table", "orders-20260101"),
        ("aws:dynamodb/table:Table", "i-20260101"),
        ("aws:ec2/launchTemplate:LaunchTemplate", "orders-20260101"),
        ("aws:ec2/instance:Instance", "i-0123456789"),
        ("aws:ec2/instance:Instance", "i-0123456789abcdef01"),
    ],
)
def test_a_name_that_only_looks_like_an_id_of_awss_is_not_known(type_, id, tmp_path):
    assert read_stacks([export(tmp_path, {"type": type_, "id": id, "outputs": {"tagsAll": TAGS}})]).resources == {}


@pytest.mark.parametrize("id", ["i-0123abcd", "tgw-attach-0123456789abcdef0", "fs-0123456789abcdef0"])
def test_ids_of_8_and_of_17_digits_are_awss(id, tmp_path):
    module = "efs" if id.startswith("fs") else "ec2"
    assert set(read_stacks([export(tmp_path, {"type": f"aws:{module}/x:X", "id": id, "outputs": {"tagsAll": TAGS}})]).resources) == {id}


def test_a_resources_arn_says_its_account_and_region_for_its_id_and_its_children_too(tmp_path):
    outputs = {"arn": "arn:aws:ec2:us-east-1:000000000001:instance/i-0123abcd", "tagsAll": TAGS, "rootBlockDevice": {"volumeId": "vol-0123abcd"}}
    found = read_stacks([export(tmp_path, {"type": "aws:ec2/instance:Instance", "id": "i-0123abcd", "outputs": outputs})]).resources
    assert {(found[id].account, found[id].region) for id in ("i-0123abcd", "vol-0123abcd", outputs["arn"])} == {("000000000001", "us-east-1")}


def test_a_childs_own_resource_counts_before_its_maker(tmp_path):
    instance = {
        "type": "aws:ec2/instance:Instance",
        "id": "i-0123456789abcdef0",
        "outputs": {"tagsAll": TAGS, "ebsBlockDevices": [{"volumeId": "vol-0123456789abcdef3"}]},
    }
    volume = {"type": "aws:ebs/volume:Volume", "id": "vol-0123456789abcdef3", "outputs": {"tagsAll": {"team": "data"}}}
    assert read_stacks([export(tmp_path, instance, volume)]).resources["vol-0123456789abcdef3"].tags == {"team": "data"}


def test_a_plain_name_tells_no_resource_but_a_bucket(tmp_path):
    table = {"type": "aws:dynamodb/table:Table", "id": "data", "outputs": {"arn": "arn:aws:dynamodb:us-east-1:1:table/data", "tagsAll": TAGS}}
    bucket = {"type": "aws:s3/bucketV2:BucketV2", "id": "lake", "outputs": {"arn": "arn:aws:s3:::lake", "bucket": "lake", "tagsAll": TAGS}}
    assert set(read_stacks([export(tmp_path, table, bucket)]).resources) == {"arn:aws:dynamodb:us-east-1:1:table/data", "lake", "arn:aws:s3:::lake"}


def test_the_first_of_two_stacks_counts_and_the_clash_is_told(tmp_path):
    def bucket(team):
        return {"type": "aws:s3/bucket:Bucket", "id": "lake", "outputs": {"tagsAll": {"team": team}}}

    one, two = export(tmp_path, bucket("a")), export(tmp_path, bucket("b"), name="b.json", stack="dev")
    known = read_stacks([one, two])
    assert known.resources["lake"].tags == {"team": "a"}
    assert known.claimed_twice == ("lake",)
    assert known.stacks == ("stack:shop/prod", "stack:shop/dev")


def test_secrets_and_odd_values_in_tags_are_left_out(tmp_path):
    tags = {"team": "a", "owner": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}, "n": 5, "empty": ""}
    path = export(tmp_path, {"type": "aws:s3/bucket:Bucket", "id": "lake", "outputs": {"tagsAll": tags}}, {"type": "t", "id": 5, "outputs": None, "inputs": []})
    assert read_stacks([path]).resources["lake"].tags == {"team": "a"}


@pytest.mark.parametrize("text", ["[]", "{}", '{"deployment": {}}', '{"deployment": {"resources": 5}}', "not json"])
def test_what_is_no_export_is_refused(text, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_stacks([path])
