"""infra.alerts: one encrypted topic that only this account's alarms publish to, and a subscription an address."""

from __future__ import annotations

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


def test_the_topic_is_encrypted_and_takes_alarms_of_this_account_only(stack, named, statements):
    topic = named(stack, "alerts-topic")
    assert topic.inputs["kmsMasterKeyId"] == named(stack, "keys-endpoint").outputs["arn"]
    (publish,) = statements(topic)
    assert (publish["Principal"], publish["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, ["sns:Publish"])
    assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_taking_one_address_away_leaves_the_others_as_they_are(altered):
    """Each confirms by mail: one that moved to another's name would be replaced, and silent until somebody confirms again."""

    def subscriptions(*emails: str) -> dict[str, str]:
        stack = altered("dev", {"plinth:environment": {"alarm_emails": list(emails)}})
        return {found.urn: found.inputs["endpoint"] for found in stack.of_type(SUBSCRIPTION)}

    both, second = subscriptions("first@example.com", "second@example.com"), subscriptions("second@example.com")
    assert len(both) == 2 and second.items() < both.items()
