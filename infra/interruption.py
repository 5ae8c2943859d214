"""The interruption queue: what EC2 says before it takes a node away, where Karpenter reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.policy_documents import allow, deny, document
from infra.tags import Tags, tags_for

WORKLOAD: Final = "gpu-capacity"
RETENTION_SECONDS: Final = 300
"""A notice is two minutes long; an older message is about a node that is gone. Source: Karpenter's CloudFormation reference."""
EVENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "spot-interruption": {"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]},
    "rebalance": {"source": ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"]},
    "state-change": {
        "source": ["aws.ec2"],
        "detail-type": ["EC2 Instance State-change Notification"],
        "detail": {"state": ["stopping", "stopped", "shutting-down", "terminated"]},
    },
    "health": {"source": ["aws.health"], "detail-type": ["AWS Health Event"], "detail": {"service": ["EC2"]}},
    "capacity-reservation": {"source": ["aws.ec2"], "detail-type": ["EC2 Capacity Reservation Instance Interruption Warning"]},
}
"""What is sent to the queue. Source: Karpenter's CloudFormation reference; the last from terraform-aws-modules/terraform-aws-eks 21."""


@dataclass(frozen=True)
class InterruptionQueueArgs:
    """What an InterruptionQueue needs. Karpenter is given the physical `queue_name` as settings.interruptionQueue, by custom the cluster's
    name; the policy of the key at `key_arn` must let EventBridge use it, or no message ever arrives.
    """

    tags: Tags
    queue_name: str
    key_arn: pulumi.Input[str]


class InterruptionQueue(ComponentResource):
    """An SQS queue, the rules that fill it, and a policy that lets only those rules in, over TLS."""

    queue_name: pulumi.Output[str]
    queue_arn: pulumi.Output[str]

    def __init__(self, name: str, args: InterruptionQueueArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:InterruptionQueue", name, None, opts)
        self._name, self._tags = name, tags_for(args.tags, workload=WORKLOAD)
        queue = aws.sqs.Queue(
            f"{name}-queue",
            name=args.queue_name,
            message_retention_seconds=RETENTION_SECONDS,
            kms_master_key_id=args.key_arn,
            tags=self._tags,
            opts=ResourceOptions(parent=self),
        )
        rules = [self._rule(event, pattern, queue) for event, pattern in EVENTS.items()]
        self._policy(queue, rules)
        self.queue_name, self.queue_arn = queue.name, queue.arn
        self.register_outputs({"queue_name": self.queue_name, "queue_arn": self.queue_arn})

    def _rule(self, event: str, pattern: Mapping[str, Any], queue: aws.sqs.Queue) -> aws.cloudwatch.EventRule:
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-{event}",
            description=f"To Karpenter: {', '.join(pattern['detail-type'])}",
            event_pattern=json.dumps(pattern),
            tags=self._tags,
            opts=ResourceOptions(parent=self),
        )
        aws.cloudwatch.EventTarget(f"{self._name}-{event}-target", rule=rule.name, arn=queue.arn, target_id="karpenter", opts=ResourceOptions(parent=self))
        return rule

    def _policy(self, queue: aws.sqs.Queue, rules: list[aws.cloudwatch.EventRule]) -> None:
        from_rules = {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}}
        statements = [
            allow("RulesSend", ("sqs:SendMessage",), [queue.arn], from_rules, {"Service": "events.amazonaws.com"}),
            deny("DenyPlaintextTransport", ("sqs:*",), [queue.arn], {"Bool": {"aws:SecureTransport": "false"}}, "*"),
        ]
        aws.sqs.QueuePolicy(f"{self._name}-policy", queue_url=queue.url, policy=document(*statements), opts=ResourceOptions(parent=self))
