"""plinth.changes: what leads from an earlier stack to the present one, and what can't be told."""

import pytest

from plinth.changes import changes_between
from plinth.errors import InputError
from plinth.stack import UNKNOWN, Operation, Options, Resource, Source, build_stack


def bucket(name: str = "b", **fields) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::p::aws:s3/bucket:Bucket::{name}", type="aws:s3/bucket:Bucket", name=name, **fields)


def changes(before: list[Resource], after: list[Resource]):
    def stack(resources):
        return build_stack(resources, project="p", name="dev", source=Source.PROGRAM)

    return changes_between(stack(before), stack(after))


def test_the_same_stack_has_no_changes():
    assert changes([bucket(inputs={"tags": {"a": "b"}})], [bucket(inputs={"tags": {"a": "b"}})]) == ()


def test_creates_updates_and_deletes_are_told_apart():
    before = [bucket("kept", inputs={"forceDestroy": False}), bucket("gone")]
    after = [bucket("kept", inputs={"forceDestroy": True}), bucket("new")]
    found = {change.name: change for change in changes(before, after)}
    assert found["kept"].operation is Operation.UPDATE
    assert found["kept"].properties == ("forceDestroy",)
    assert found["new"].operation is Operation.CREATE
    assert found["gone"].operation is Operation.DELETE


def test_numbers_booleans_and_nulls_written_otherwise_are_no_change():
    before = bucket(inputs={"size": "20", "on": "true", "extra": None, "nested": [{"n": 1, "m": None}], "__defaults": ["x"]})
    after = bucket(inputs={"size": 20, "on": True, "nested": [{"n": 1.0 and 1}]})
    assert changes([before], [after]) == ()


def test_an_unknown_is_undecided_never_unchanged():
    before = bucket(inputs={"key": "k", "tags": {"a": "1"}})
    after = bucket(inputs={"key": UNKNOWN, "tags": {"a": "2"}})
    (change,) = changes([before], [after])
    assert change.properties == ("tags",)
    assert change.undecided == ("key",)


def test_a_made_up_id_of_another_resource_is_undecided():
    links = {"vpcId": ("urn:pulumi:dev::p::v::v",)}
    before = bucket(inputs={"vpcId": "vpc-1", "n": 1}, property_dependencies=links)
    after = bucket(inputs={"vpcId": "vpc-made-up", "n": 2}, property_dependencies=links)
    (change,) = changes([before], [after])
    assert (change.properties, change.undecided) == (("n",), ("vpcId",))


def test_what_an_earlier_preview_was_deleting_is_not_deleted_again():
    assert changes([bucket("gone", operation=Operation.DELETE)], []) == ()


def test_a_resource_with_nothing_but_an_unknown_is_still_shown():
    (change,) = changes([bucket(inputs={"key": "k"})], [bucket(inputs={"key": UNKNOWN})])
    assert (change.operation, change.undecided) == (None, ("key",))


def test_a_resource_whose_link_alone_differs_is_still_shown():
    links = {"roleArn": ("urn:pulumi:dev::p::r::r",)}
    (change,) = changes([bucket(inputs={"roleArn": "old"}, property_dependencies=links)], [bucket(inputs={"roleArn": "admin"}, property_dependencies=links)])
    assert (change.operation, change.undecided) == (None, ("roleArn",))


def test_losing_its_protection_is_a_change():
    (change,) = changes([bucket(options=Options(protect=True))], [bucket()])
    assert (change.operation, change.options) == (Operation.UPDATE, ("protect",))


def test_another_stack_is_refused():
    here = build_stack([bucket()], project="p", name="dev", source=Source.PROGRAM)
    with pytest.raises(InputError, match="another stack") as refused:
        changes_between(here.model_copy(update={"project": "q"}), here)
    assert "p/dev" in str(refused.value)
