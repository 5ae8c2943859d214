"""Which Region an AWS provider says, and which of several is the stack's."""

from __future__ import annotations

import json

import pytest

from plinth.stack.load import load_stack
from plinth.stack.recorder import record

PREFIX = "urn:pulumi:dev::sample::"
DEFAULT = f"{PREFIX}pulumi:providers:aws::default_7_51_1"
TOKYO = f"{PREFIX}pulumi:providers:aws::tokyo"
OREGON = f"{PREFIX}sample:net:Net$pulumi:providers:aws::oregon"
QUEUE = {"urn": f"{PREFIX}aws:sqs/queue:Queue::q", "type": "aws:sqs/queue:Queue", "custom": True, "inputs": {}}


def _provider(urn, region):
    return {"urn": urn, "type": "pulumi:providers:aws", "custom": True, "inputs": {} if region is None else {"region": region}}


@pytest.fixture
def preview(tmp_path):
    def read(*providers, config=None, op="same"):
        steps = [{"op": op, "urn": state["urn"], "oldState" if op == "delete" else "newState": state} for state in providers]
        steps.append({"op": "create", "urn": QUEUE["urn"], "newState": QUEUE})
        path = tmp_path / "preview.json"
        path.write_text(json.dumps({"config": config or {}, "steps": steps, "changeSummary": {"create": 1}}))
        return load_stack(preview=path)

    return read


@pytest.fixture
def export(tmp_path):
    def read(*providers):
        path = tmp_path / "export.json"
        path.write_text(json.dumps({"version": 3, "deployment": {"resources": [*providers, QUEUE]}}))
        return load_stack(export=path)

    return read


@pytest.mark.parametrize(
    ("config", "providers", "region"),
    [
        ({"aws:region": "us-east-1"}, [(TOKYO, "ap-northeast-1")], "us-east-1"),
        ({"aws:region": "us-east-1"}, [(DEFAULT, "eu-west-1")], "us-east-1"),
        ({}, [(TOKYO, "ap-northeast-1"), (DEFAULT, "eu-west-1")], "eu-west-1"),
        ({}, [(TOKYO, "ap-northeast-1"), (OREGON, "ap-northeast-1")], "ap-northeast-1"),
        ({}, [(TOKYO, "ap-northeast-1"), (OREGON, "us-west-2")], None),
        ({}, [(TOKYO, "ap-northeast-1"), (DEFAULT, None)], None),
        ({"aws:region": "[secret]"}, [], None),
    ],
)
def test_the_configuration_names_the_stacks_region_then_the_default_provider_then_what_all_say(preview, config, providers, region):
    assert preview(*(_provider(*each) for each in providers), config=config).region == region


def test_an_explicit_provider_that_stands_first_in_an_export_is_not_the_stacks_region(export):
    stack = export(_provider(TOKYO, "ap-northeast-1"), _provider(DEFAULT, "eu-west-1"))
    assert stack.region == "eu-west-1"
    assert stack.provider_regions == {TOKYO: "ap-northeast-1", DEFAULT: "eu-west-1"}


def test_a_provider_that_the_preview_deletes_says_nothing(preview):
    assert preview(_provider(TOKYO, "ap-northeast-1"), op="delete").region is None


@pytest.mark.parametrize("inputs", [[], "x", {"region": ["us-east-1"]}, {"region": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}])
def test_a_provider_of_any_shape_is_one_without_a_region(preview, inputs):
    assert preview({**_provider(TOKYO, None), "inputs": inputs}).provider_regions == {TOKYO: None}


PROGRAM = """
import pulumi
import pulumi_aws as aws

tokyo = aws.Provider("tokyo", region="ap-northeast-1")
aws.sqs.Queue("far", opts=pulumi.ResourceOptions(provider=tokyo))
aws.sqs.Queue("near")
"""


def test_a_recorded_resource_is_in_its_providers_region(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: sample\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    stack = record("dev", tmp_path)
    regions = {queue.name: queue.outputs["arn"].split(":")[3] for queue in stack.of_type("aws:sqs/queue:Queue")}
    assert regions == {"far": "ap-northeast-1", "near": "us-east-1"}
    assert stack.provider_regions == {TOKYO: "ap-northeast-1"}
