"""plinth.stack.preview and .export on what the real engine wrote, and on what it never would."""

import json

import pytest

from plinth.errors import InputError, UsageError
from plinth.stack import UNKNOWN, Operation, Secret, Source
from plinth.stack.load import load_stack

LAKE = "urn:pulumi:dev::sample::sample:storage:Storage::lake"
BUCKET = "urn:pulumi:dev::sample::sample:storage:Storage$aws:s3/bucket:Bucket::lake-data"
KEY = "urn:pulumi:dev::sample::sample:storage:Storage$aws:kms/key:Key::lake-key"


@pytest.fixture(scope="module")
def created(engine_data):
    return load_stack(preview=engine_data / "preview_create.json")


@pytest.fixture(scope="module")
def updated(engine_data):
    return load_stack(preview=engine_data / "preview_update.json")


@pytest.fixture(scope="module")
def deployed(engine_data):
    return load_stack(export=engine_data / "stack_export.json")


def test_a_preview_and_the_export_after_it_hold_the_same_resources(created, deployed):
    assert {r.urn for r in created.resources} == {r.urn for r in deployed.resources}
    assert (created.source, deployed.source) == (Source.PREVIEW, Source.EXPORT)
    assert (created.project, created.name) == (deployed.project, deployed.name) == ("sample", "dev")


def test_a_preview_keeps_unknown_values_unknown(created):
    subnet = created.by_urn["urn:pulumi:dev::sample::aws:ec2/subnet:Subnet::priv-0"]
    assert subnet.inputs["vpcId"] is UNKNOWN
    assert subnet.operation is Operation.CREATE


def test_an_export_knows_what_the_preview_did_not(deployed):
    assert deployed.by_urn["urn:pulumi:dev::sample::aws:ec2/subnet:Subnet::priv-0"].inputs["vpcId"] == "vpc-18d5a598"


def test_secrets_are_secret_in_both(created, deployed):
    urn = "urn:pulumi:dev::sample::aws:ssm/parameter:Parameter::token"
    assert created.by_urn[urn].inputs["value"] == Secret(UNKNOWN)
    assert deployed.by_urn[urn].inputs["value"] == Secret(UNKNOWN)
    assert deployed.outputs["token"] == Secret(UNKNOWN)


def test_options_and_parents_are_read(created, deployed):
    for stack in (created, deployed):
        assert stack.by_urn[KEY].options.protect
        assert stack.by_urn[BUCKET].options.retain_on_delete
        assert stack.by_urn[BUCKET].parent == LAKE
        assert stack.ancestors(stack.by_urn[BUCKET])[0].urn == LAKE
        assert stack.by_urn["urn:pulumi:dev::sample::aws:s3/bucket:Bucket::dr"].options.deleted_with == LAKE


def test_an_update_says_what_happens_to_each_resource(updated):
    done = {r.name: r.operation for r in updated.resources}
    assert done["lake-data"] is Operation.UPDATE
    assert done["retired"] is Operation.DELETE
    assert done["scorer"] is Operation.CREATE
    assert updated.by_urn[BUCKET].previous_inputs == {"tags": {"environment": "dev", "team": "ml"}}
    assert updated.by_urn[BUCKET].inputs == {"tags": {"environment": "dev", "team": "ml-platform"}}


def test_a_partial_preview_says_that_it_is_partial(updated, created):
    assert any("--show-sames" in note for note in updated.notes)
    assert created.notes == ()


def test_what_awaits_deletion_or_is_only_read_is_left_out_and_said(engine_data, tmp_path):
    document = json.loads((engine_data / "stack_export.json").read_text())
    by_type = {state["type"]: state for state in document["deployment"]["resources"]}
    by_type["aws:sqs/queue:Queue"]["delete"] = True
    by_type["aws:ec2/vpc:Vpc"]["external"] = True
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    stack = load_stack(export=path)
    assert not stack.of_type("aws:sqs/queue:Queue")
    assert not stack.of_type("aws:ec2/vpc:Vpc")
    assert len(stack.notes) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"[1, 2]", "not a"),
        (b'{"steps": 3}', "not a preview"),
        (b'{"a": 1}', "not a"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"changeSummary": {}, "steps": []}', "names no resources"),
        (b'{"changeSummary": {}, "steps": [{"op": "create", "urn": "x", "newState": {"urn": "x", "type": "y"}}]}', "not a resource"),
        (b'{"changeSummary": {}, "steps": [1]}', "no `op`"),
    ],
)
def test_what_is_not_a_preview_is_refused_with_the_way_out(tmp_path, content, problem):
    path = tmp_path / "preview.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as refused:
        load_stack(preview=path)
    assert str(path) in str(refused.value)
    assert refused.value.fix


@pytest.mark.parametrize(
    "content",
    ['{"version": 3}', '{"version": 9, "deployment": {}}', '{"version": 3, "deployment": {"resources": 4}}', '{"version": 3, "deployment": {}}', "[]"],
)
def test_what_is_not_an_export_is_refused_with_the_way_out(tmp_path, content):
    path = tmp_path / "export.json"
    path.write_text(content)
    with pytest.raises(InputError) as refused:
        load_stack(export=path)
    assert refused.value.fix


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        load_stack(export=tmp_path / "none.json")


def test_exactly_one_source_is_wanted(tmp_path):
    with pytest.raises(UsageError):
        load_stack()
    with pytest.raises(UsageError):
        load_stack("dev", preview=tmp_path)
