"""The alerts: one encrypted topic that alarms write to and people subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.policy_documents import allow, document
from infra.tags import Tags, tags_for

WORKLOAD = "alerts"


@dataclass(frozen=True)
class AlertsArgs:
    """What Alerts needs."""

    place: Place
    tags: Tags
    key_arn: pulumi.Input[str]
    emails: Sequence[str]


class Alerts(ComponentResource):
    """The topic; `topic_arn` is what an alarm's actions name."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Alerts", name, None, opts)
        own, physical = ResourceOptions(parent=self), f"{args.place.prefix}-alerts"
        only_here = {"StringEquals": {"aws:SourceAccount": args.place.account_id}}
        alarms = allow("AlarmsOfThisAccount", ("sns:Publish",), [args.place.arn("sns", physical)], only_here, {"Service": "cloudwatch.amazonaws.com"})
        topic = aws.sns.Topic(
            f"{name}-topic",
            name=physical,
            kms_master_key_id=args.key_arn,
            policy=document(alarms),
            tags=tags_for(args.tags, workload=WORKLOAD),
            opts=own,
        )
        # Named by address: by position, taking one away would move the others to its name, and each would have to confirm again.
        for email in args.emails:
            aws.sns.TopicSubscription(f"{name}-email-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=own)
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})
