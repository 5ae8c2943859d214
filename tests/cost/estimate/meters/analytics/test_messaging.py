from __future__ import annotations

import pytest

TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@pytest.mark.parametrize(("fifo", "cost"), [(False, 2.00), (True, 2.50)])
def test_a_queue_costs_by_the_million_requests(priced, usage_of, fifo, cost):
    usage = usage_of("aws_sqs_queue", {"monthly_requests": 5_000_000})
    # 5 M x 0.40 standard, x 0.50 FIFO (SQS pricing, no free tier)
    assert priced(("aws:sqs/queue:Queue", "q", {"fifoQueue": fifo}), usage=usage).monthly_cost.expected == pytest.approx(cost, abs=0.005)


@pytest.mark.parametrize(("size", "cost"), [(64, 2.00), (65, 4.00)])
def test_a_message_above_64_kb_is_two_requests(priced, usage_of, size, cost):
    usage = usage_of("aws_sqs_queue", {"monthly_requests": 5_000_000, "request_size_kb": size})
    assert priced(("aws:sqs/queue:Queue", "q", {}), usage=usage).monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_topic_pays_for_each_request_and_each_delivery(priced, usage_of, line):
    usage = usage_of("aws_sns_topic", {"monthly_requests": 3_000_000, "http_subscriptions": 2})
    found = priced((TOPIC, "alerts", {}), usage=usage)
    # 3 M x 0.50; 6 M deliveries x 0.06 a 100,000 (SNS pricing)
    assert line(found, "standard topic API requests").monthly_cost.expected == pytest.approx(1.50)
    assert line(found, "HTTP/HTTPS").monthly_cost.expected == pytest.approx(3.60)


def test_the_free_tier_takes_the_first_million_requests_and_the_first_deliveries(priced, usage_of):
    usage = usage_of("aws_sns_topic", {"monthly_requests": 3_000_000, "http_subscriptions": 2})
    # 2 M x 0.50; 5.9 M deliveries x 0.06 a 100,000
    assert priced((TOPIC, "alerts", {}), usage=usage, free_tier=True).monthly_cost.expected == pytest.approx(4.54)


def test_the_stacks_own_subscriptions_are_counted_where_usage_states_none(priced, resource, usage_of, line):
    topic = resource(TOPIC, "alerts", {}, id="arn:aws:sns:us-east-1:111122223333:alerts")
    subscriptions = [(SUBSCRIPTION, name, {"topic": topic.id, "protocol": protocol, "endpoint": "x"}) for name, protocol in (("a", "email"), ("b", "sqs"))]
    found = priced(topic, *subscriptions, usage=usage_of("aws_sns_topic", {"monthly_requests": 101_000}))
    # one subscription by e-mail: 101,000 deliveries x 2.00 a 100,000; SQS deliveries are free
    assert [charge.component for charge in found.lines] == ["standard topic API requests", "email notifications"]
    assert line(found, "email").monthly_cost.expected == pytest.approx(2.02)


def test_a_fifo_topic_pays_for_its_payload_too(priced, usage_of, line):
    usage = usage_of("aws_sns_topic", {"monthly_requests": 1024 * 1024, "request_size_kb": 10})
    # 1 Mi messages of 10 KB are 10 GB, x 0.017
    assert line(priced((TOPIC, "orders.fifo", {"fifoTopic": True}), usage=usage), "FIFO topic publish payload").monthly_cost.expected == pytest.approx(0.17)


def test_text_messages_have_a_price_only_where_usage_states_one(priced, usage_of, stack_of, line):
    from cost.estimate import estimate

    silent = usage_of("aws_sns_topic", {"monthly_requests": 1000, "sms_subscriptions": 5})
    assert any("sms_notification_price" in item.reason for item in estimate(stack_of((TOPIC, "alerts", {})), (silent,)).unknown)
    stated = usage_of("aws_sns_topic", {"monthly_requests": 1000, "sms_subscriptions": 5, "sms_notification_price": 0.008})
    assert line(priced((TOPIC, "alerts", {}), usage=stated), "SMS").monthly_cost.expected == pytest.approx(40.0)


def test_push_to_macos_has_no_price_in_the_book(usage_of, stack_of):
    from cost.estimate import estimate

    usage = usage_of("aws_sns_topic", {"monthly_requests": 2_000_000, "macos_subscriptions": 5})
    assert [item.component for item in estimate(stack_of((TOPIC, "alerts", {})), (usage,)).unknown] == ["macOS notifications"]


def test_a_bus_costs_a_dollar_a_million_custom_events(priced, usage_of):
    usage = usage_of("aws_cloudwatch_event_bus", {"monthly_custom_events": 2_500_000})
    assert priced(("aws:cloudwatch/eventBus:EventBus", "bus", {}), usage=usage).monthly_cost.expected == pytest.approx(2.50, abs=0.005)
