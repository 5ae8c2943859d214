"""plinth.stack.model: order, kinship and refusals of a Stack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.errors import InputError
from plinth.stack import UNKNOWN, Resource, Secret, Source, build_stack


def resource(name: str, **fields) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::p::aws:s3/bucket:Bucket::{name}", type="aws:s3/bucket:Bucket", name=name, **fields)


def stack(*resources: Resource):
    return build_stack(list(resources), project="p", name="dev", source=Source.PROGRAM)


@given(st.permutations(range(6)))
def test_the_order_does_not_depend_on_the_order_of_registration(order):
    made = [resource(f"r{i}", dependencies=(resource(f"r{i - 1}").urn,) if i % 2 else ()) for i in range(6)]
    assert [r.name for r in stack(*(made[i] for i in order)).resources] == ["r0", "r2", "r4", "r1", "r3", "r5"]


def test_every_resource_comes_after_what_it_needs():
    key = resource("key")
    bucket = resource("bucket", property_dependencies={"kmsKey": (key.urn,)})
    child = resource("a-child", parent=bucket.urn)
    assert [r.name for r in stack(child, bucket, key).resources] == ["key", "bucket", "a-child"]


def test_a_duplicate_urn_is_refused_and_named():
    with pytest.raises(InputError, match="same URN") as refused:
        stack(resource("a"), resource("a"))
    assert resource("a").urn in str(refused.value)


def test_a_circle_is_refused_and_shown():
    a, b = resource("a", dependencies=(resource("b").urn,)), resource("b", dependencies=(resource("a").urn,))
    with pytest.raises(InputError, match="circle"):
        stack(a, b)


def test_ancestors_are_read_from_the_parent_nearest_first():
    top = resource("top", custom=False)
    middle = resource("middle", custom=False, parent=top.urn)
    leaf = resource("leaf", parent=middle.urn)
    made = stack(leaf, middle, top)
    assert made.ancestors(leaf) == (middle, top)
    assert made.children(top) == (middle,)
    assert made.custom == (leaf,)


def test_side_cars_are_found_through_what_depends_on_a_resource():
    bucket = resource("bucket")
    sidecar = Resource(urn="urn:pulumi:dev::p::t:i:V::v", type="t:i:V", name="v", property_dependencies={"bucket": (bucket.urn,)})
    assert stack(bucket, sidecar).dependents(bucket, "t:i:V") == (sidecar,)
    assert stack(bucket, sidecar).dependents(bucket, "t:i:W") == ()


def test_tags_are_a_mapping_or_unknown_or_none():
    assert resource("a", inputs={"tags": {"team": "ml"}}).tags == {"team": "ml"}
    assert resource("a", inputs={"tags": UNKNOWN}).tags is UNKNOWN
    assert resource("a").tags is None


def test_a_secret_input_is_withheld_from_json_and_repr():
    made = stack(resource("a", inputs={"password": Secret("hunter2-hunter2")}))
    assert "hunter2" not in made.model_dump_json()
    assert "hunter2" not in repr(made)


def test_a_changed_copy_forgets_the_look_ups_of_the_original():
    made = stack(resource("a"), resource("b"))
    assert set(made.by_type) == {"aws:s3/bucket:Bucket"}
    assert made.dependents(resource("a")) == ()
    emptied = made.model_copy(update={"resources": ()})
    assert (emptied.by_urn, emptied.by_type) == ({}, {})
