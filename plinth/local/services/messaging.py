"""SQS, SNS and EventBridge: queues, topics, rules. Operations: their API references."""

from __future__ import annotations

from typing import Any

from plinth.local.entry import Argument, Call, Constant, Entry, Facts, Listing, Read, Step, one_of

QUEUE = {"QueueUrl": "id"}
QUEUE_ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "policy": "Policy",
}
TOPIC_ATTRIBUTES = {
    "kmsMasterKeyId": "KmsMasterKeyId",
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
SUBSCRIPTION_ATTRIBUTES = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
    "deliveryPolicy": "DeliveryPolicy",
}
TARGET_PROPERTIES = ("arn", "targetId", "input", "inputPath", "roleArn", "inputTransformer", "retryPolicy", "deadLetterConfig", "sqsTarget")
CAMEL = {"arn": "Arn", "targetId": "Id", "input": "Input", "inputPath": "InputPath", "roleArn": "RoleArn"}


def _in_attributes(attributes: dict[str, str]) -> dict[str, str]:
    return {name: f"Attributes.{attribute}" for name, attribute in attributes.items()}


def _target(facts: Facts) -> list[dict[str, Any]]:
    """The one target of a target resource, in PutTargets' form."""
    names = {"sqsTarget": "SqsParameters", **{name: name for name in ("inputTransformer", "retryPolicy", "deadLetterConfig")}, **CAMEL}
    return [{names[name]: facts[name] for name in TARGET_PROPERTIES if facts.get(name) is not None}]


def _bus(facts: Facts) -> str:
    return facts.get("eventBusName") or "default"


def _queue_name(item: Any) -> str:
    return item["QueueArn"].rsplit(":", 1)[1]


def _topic_name(item: Any) -> str:
    return item["TopicArn"].rsplit(":", 1)[1]


ENTRIES = (
    Entry(
        "aws:sqs/queue:Queue",
        "sqs",
        create=Step("create_queue", {}, {"name": "QueueName", **_in_attributes(QUEUE_ATTRIBUTES)}),
        naming="name",
        id="QueueUrl",
        outputs={"name": "name", "url": "QueueUrl", "arn": "QueueArn"},
        reads=(
            Read("get_queue_attributes", {**QUEUE, "AttributeNames": Constant(["All"])}, "Attributes"),
            Read("list_queue_tags", QUEUE),
        ),
        echoes={"name": _queue_name},
        not_sent={"namePrefix": "the name is made from it"},
        deletes=(Call("delete_queue", QUEUE),),
        listing=Listing("list_queues", "QueueUrls"),
    ),
    Entry(
        "aws:sqs/queuePolicy:QueuePolicy",
        "sqs",
        create=Step("set_queue_attributes", {}, {"policy": "Attributes.Policy"}),
        id="queueUrl",
        reads=(Read("get_queue_attributes", {"QueueUrl": "queueUrl", "AttributeNames": Constant(["Policy"])}, "Attributes"),),
        deletes=(Call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes": Constant({"Policy": ""})}),),
    ),
    Entry(
        "aws:sns/topic:Topic",
        "sns",
        create=Step("create_topic", {}, {"name": "Name", **_in_attributes(TOPIC_ATTRIBUTES)}),
        naming="name",
        id="TopicArn",
        outputs={"name": "name", "arn": "TopicArn"},
        reads=(Read("get_topic_attributes", {"TopicArn": "id"}, "Attributes"), Read("list_tags_for_resource", {"ResourceArn": "id"})),
        echoes={"name": _topic_name},
        not_sent={"namePrefix": "the name is made from it"},
        deletes=(Call("delete_topic", {"TopicArn": "id"}),),
        listing=Listing("list_topics", "Topics", "TopicArn"),
    ),
    Entry(
        "aws:sns/topicPolicy:TopicPolicy",
        "sns",
        create=Step("set_topic_attributes", {"AttributeName": Constant("Policy")}, {"arn": "TopicArn", "policy": "AttributeValue"}),
        id="arn",
        reads=(Read("get_topic_attributes", {"TopicArn": "arn"}, "Attributes"),),
        echoes={"policy": "Policy"},
        deletes=(),
        goes_with="its topic",
    ),
    Entry(
        "aws:sns/topicSubscription:TopicSubscription",
        "sns",
        create=Step("subscribe", {"ReturnSubscriptionArn": Constant(True)}, {"topic": "TopicArn", **_in_attributes(SUBSCRIPTION_ATTRIBUTES)}),
        id="SubscriptionArn",
        outputs={"arn": "SubscriptionArn"},
        reads=(Read("get_subscription_attributes", {"SubscriptionArn": "id"}, "Attributes"),),
        not_sent=dict.fromkeys(("confirmationTimeoutInMinutes", "endpointAutoConfirms"), "the provider waits by it for a confirmation"),
        deletes=(Call("unsubscribe", {"SubscriptionArn": "id"}),),
        listing=Listing("list_subscriptions", "Subscriptions", "SubscriptionArn"),
    ),
    Entry(
        "aws:cloudwatch/eventRule:EventRule",
        "events",
        create=Step("put_rule"),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "RuleArn"},
        reads=(
            Read("describe_rule", {"Name": "name", "EventBusName": "eventBusName"}),
            Read("list_tags_for_resource", {"ResourceARN": "Arn"}),
        ),
        not_sent={"namePrefix": "the name is made from it", "forceDestroy": "it concerns rules that AWS manages"},
        deletes=(Call("delete_rule", {"Name": "name", "EventBusName": "eventBusName"}),),
        listing=Listing("list_rules", "Rules", "Name"),
    ),
    Entry(
        "aws:cloudwatch/eventTarget:EventTarget",
        "events",
        create=Step("put_targets", {"Targets": _target}, {"eventBusName": "EventBusName", **{name: Argument("") for name in TARGET_PROPERTIES}}),
        naming="targetId",
        id=lambda facts: f"{_bus(facts)}/{facts['rule']}/{facts['targetId']}",
        outputs={"targetId": "targetId"},
        reads=(Read("list_targets_by_rule", {"Rule": "rule", "EventBusName": "eventBusName"}, one_of("Targets", "Id", "targetId")),),
        echoes={"targetId": "Id", "sqsTarget": "SqsParameters"},
        not_sent={"forceDestroy": "it concerns rules that AWS manages"},
        deletes=(Call("remove_targets", {"Rule": "rule", "EventBusName": "eventBusName", "Ids": ["targetId"]}),),
    ),
)
