"""plinth.stack.preview's two sides: what the engine's steps say of the stack before an update."""

from __future__ import annotations

import json

import pytest

from plinth.stack import Operation
from plinth.stack.preview import Replacement, read_preview, read_preview_change

VOLUME = "aws:ebs/volume:Volume"


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::sample::{VOLUME}::{name}"


def _state(name: str, size: int, **fields):
    return {"urn": _urn(name), "type": VOLUME, "custom": True, "inputs": {"size": size}, **fields}


@pytest.fixture
def change(tmp_path):
    """A preview of steps (op, name, old size or None, new size or None)."""

    def read(*steps, **counts):
        written = []
        for op, name, old, new, *more in steps:
            step = {"op": op, "urn": _urn(name)}
            for key, size in (("oldState", old), ("newState", new)):
                if size is not None:
                    step[key] = _state(name, size, **(more[0] if more and key == "oldState" else {}))
            written.append(step)
        path = tmp_path / "preview.json"
        path.write_text(json.dumps({"config": {"aws:region": "eu-west-1"}, "steps": written, "changeSummary": counts or {"create": 1}}))
        return read_preview_change(path)

    return read


def _sizes(stack):
    return {resource.name: resource.inputs["size"] for resource in stack.resources}


def test_each_operation_has_its_sides(change):
    found = change(
        ("create", "new", None, 1), ("update", "grown", 2, 3), ("delete", "gone", 4, None), ("same", "kept", 5, 5), ("replace", "again", 6, 7),
        ("import", "found", None, 8),
    )  # fmt: skip
    assert _sizes(found.before) == {"grown": 2, "gone": 4, "kept": 5, "again": 6, "found": 8}, "what is imported exists already"
    standing = {resource.name: resource.inputs["size"] for resource in found.after.resources if resource.operation is not Operation.DELETE}
    assert standing == {"new": 1, "grown": 3, "kept": 5, "again": 7, "found": 8}
    assert found.before.region == found.after.region == "eu-west-1"


@pytest.mark.parametrize(
    ("operations", "order"),
    [
        (("create-replacement", "replace", "delete-replaced"), Replacement.CREATE_FIRST),
        (("delete-replaced", "replace", "create-replacement"), Replacement.DELETE_FIRST),
        (("replace",), Replacement.NOT_SHOWN),
    ],
)
def test_the_steps_order_says_which_of_a_replaced_pair_goes_first(change, operations, order):
    found = change(*((op, "again", 6, None if op == "delete-replaced" else 7) for op in operations))
    assert found.replacements == {_urn("again"): order}
    assert (_sizes(found.before), _sizes(found.after)) == ({"again": 6}, {"again": 7})


def test_what_an_earlier_replacement_left_behind_is_not_the_resource_that_stands(change):
    found = change(("same", "kept", 5, 5), ("delete", "kept", 4, None, {"delete": True}))
    assert (_sizes(found.before), _sizes(found.after)) == ({"kept": 5}, {"kept": 5})
    (kept,) = found.after.resources
    assert kept.operation is Operation.SAME
    assert any("awaiting deletion" in note for note in found.after.notes)


def test_a_resource_renamed_by_an_alias_has_its_new_urn_on_both_sides(change, tmp_path):
    path = tmp_path / "aliased.json"
    step = {"op": "update", "urn": _urn("new-name"), "oldState": _state("old-name", 1), "newState": _state("new-name", 2)}
    path.write_text(json.dumps({"steps": [step], "changeSummary": {"update": 1}}))
    found = read_preview_change(path)
    assert [resource.urn for resource in found.before.resources] == [resource.urn for resource in found.after.resources] == [_urn("new-name")]


def test_what_the_preview_does_not_show_is_counted(change):
    assert change(("same", "kept", 5, 5), same=4, update=1).unseen == 3


def test_on_a_real_preview_both_sides_come_of_one_reading(engine_data):
    found = read_preview_change(engine_data / "preview_update.json")
    assert found.after == read_preview(engine_data / "preview_update.json")
    before, after = (next(r for r in stack.resources if r.name == "gpu").inputs["scalingConfig"]["maxSize"] for stack in (found.before, found.after))
    assert (before, after) == (8, 16)
    assert {resource.name for resource in found.before.custom} == {"gpu", "lake-data", "retired"}
    assert found.unseen == 13
