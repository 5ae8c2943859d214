"""The interruption queue: events as AWS sends them are matched by a rule, and only the rules may send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from plinth.stack import Resource, Stack
from plinth.stack.recorder import record

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
QUEUE = "aws:sqs/queue:Queue"

PROGRAM = """
from infra.interruption import InterruptionQueue, InterruptionQueueArgs
from infra.keys import Keys, KeysArgs
from infra.place import Place
from infra.settings.keys import KeysSettings
from infra.settings.profile import PROFILES, ProfileName
from infra.tags import Tags

tags = Tags("x", "owner", "cost")
place = Place("plinth-x", "aws", "us-east-1", "123456789012")
keys = Keys("plinth-x-keys", KeysArgs(KeysSettings(multi_region=False), PROFILES[ProfileName.DEV], place, tags))
InterruptionQueue("plinth-x-interruption", InterruptionQueueArgs(tags, "plinth-x", keys.arns["cluster"]))
"""

SENT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning", {"instance-id": "i-1", "instance-action": "terminate"}),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation", {"instance-id": "i-1"}),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": "stopping"}),
    "health": ("aws.health", "AWS Health Event", {"service": "EC2", "eventTypeCategory": "scheduledChange"}),
    "capacity-reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning", {"instance-id": "i-1"}),
}
IGNORED = {
    "a node that starts": ("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": "running"}),
    "another service's health": ("aws.health", "AWS Health Event", {"service": "RDS"}),
}


@pytest.fixture(scope="module")
def queue_stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    folder = tmp_path_factory.mktemp("interruption")
    (folder / "program").mkdir()
    (folder / "program" / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: plinth\nruntime: python\nmain: program\n")
    (folder / "Pulumi.x.yaml").write_text(yaml.safe_dump({"config": {"aws:region": "us-east-1"}}))
    return record("x", folder)


@pytest.fixture
def delivered(queue_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The rules and the queue on moto; call it with an event to learn what arrived."""
    for key, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(key, value)
    with mock_aws():
        events, sqs = boto3.client("events"), boto3.client("sqs")
        (queue,) = queue_stack.of_type(QUEUE)
        url = sqs.create_queue(QueueName=queue.inputs["name"])["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for rule in queue_stack.of_type(RULE):
            events.put_rule(Name=rule.outputs["name"], EventPattern=rule.inputs["eventPattern"])
        for target in queue_stack.of_type(TARGET):
            events.put_targets(Rule=target.inputs["rule"], Targets=[{"Id": target.inputs["targetId"], "Arn": arn}])

        def send(source: str, detail_type: str, detail: Mapping[str, Any]) -> list[dict[str, Any]]:
            events.put_events(Entries=[{"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}])
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(message["Body"]) for message in messages]

        yield send


def cluster_key(stack: Stack) -> Resource:
    (key,) = [key for key in stack.of_type("aws:kms/key:Key") if key.name.endswith("-cluster")]
    return key


@pytest.mark.parametrize("event", SENT)
def test_an_event_as_aws_sends_it_arrives_once(delivered, event: str):
    source, detail_type, detail = SENT[event]
    (message,) = delivered(source, detail_type, detail)
    assert (message["source"], message["detail-type"], message["detail"]) == (source, detail_type, detail)


@pytest.mark.parametrize("event", IGNORED)
def test_an_event_that_takes_no_node_away_stays_out(delivered, event: str):
    assert delivered(*IGNORED[event]) == []


def test_every_rule_has_the_queue_as_its_target(queue_stack: Stack):
    (queue,) = queue_stack.of_type(QUEUE)
    assert {target.inputs["rule"] for target in queue_stack.of_type(TARGET)} == {rule.outputs["name"] for rule in queue_stack.of_type(RULE)}
    assert {target.inputs["arn"] for target in queue_stack.of_type(TARGET)} == {queue.outputs["arn"]}
    assert len(queue_stack.of_type(RULE)) == len(SENT)


def test_the_queue_is_encrypted_and_forgets_after_five_minutes(queue_stack: Stack):
    (queue,) = queue_stack.of_type(QUEUE)
    assert queue.inputs["kmsMasterKeyId"] == cluster_key(queue_stack).outputs["arn"]
    assert queue.inputs["messageRetentionSeconds"] == 300


def test_only_the_rules_may_send_and_only_over_tls(queue_stack: Stack):
    (policy,), (queue,) = queue_stack.of_type("aws:sqs/queuePolicy:QueuePolicy"), queue_stack.of_type(QUEUE)
    send, plaintext = json.loads(policy.inputs["policy"])["Statement"]
    assert (send["Effect"], send["Action"], send["Principal"]) == ("Allow", ["sqs:SendMessage"], {"Service": "events.amazonaws.com"})
    assert set(send["Condition"]["ArnEquals"]["aws:SourceArn"]) == {rule.outputs["arn"] for rule in queue_stack.of_type(RULE)}
    assert (plaintext["Effect"], plaintext["Principal"]) == ("Deny", "*")
    assert plaintext["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert send["Resource"] == plaintext["Resource"] == [queue.outputs["arn"]]


def test_every_resource_hangs_under_the_component_and_has_its_name(queue_stack: Stack):
    (component,) = queue_stack.of_type("plinth:infra:InterruptionQueue")
    own = [resource for resource in queue_stack.custom if not resource.type.startswith("aws:kms/")]
    assert all(resource.parent == component.urn and resource.name.startswith(component.name) for resource in own)
    assert component.outputs == {"queue_name": "plinth-x", "queue_arn": "arn:aws:sqs:us-east-1:123456789012:plinth-x"}
