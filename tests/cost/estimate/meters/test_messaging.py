from __future__ import annotations

import pytest


@pytest.mark.parametrize(("fifo", "cost"), [(False, 2.00), (True, 2.50)])
def test_a_queue_costs_by_the_million_requests(priced, usage_of, fifo, cost):
    usage = usage_of("aws_sqs_queue", {"monthly_requests": 5_000_000})
    # 5 M x 0.40 standard, x 0.50 FIFO (SQS pricing, no free tier)
    assert priced(("aws:sqs/queue:Queue", "q", {"fifoQueue": fifo}), usage=usage).monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_message_of_65_kb_is_two_requests(priced, usage_of):
    usage = usage_of("aws_sqs_queue", {"monthly_requests": 5_000_000, "request_size_kb": 65})
    assert priced(("aws:sqs/queue:Queue", "q", {}), usage=usage).monthly_cost.expected == pytest.approx(4.00, abs=0.005)


def test_a_topic_pays_above_its_first_million_requests(priced, usage_of):
    usage = usage_of("aws_sns_topic", {"monthly_requests": 3_000_000, "email_subscriptions": 100_000})
    # 2 M x 0.50 = 1.00; 100,000 e-mails = 2.00 (SNS pricing)
    assert priced(("aws:sns/topic:Topic", "alerts", {}), usage=usage).monthly_cost.expected == pytest.approx(3.00, abs=0.005)


def test_a_bus_costs_a_dollar_a_million_custom_events(priced, usage_of):
    usage = usage_of("aws_cloudwatch_event_bus", {"monthly_custom_events": 2_500_000})
    assert priced(("aws:cloudwatch/eventBus:EventBus", "bus", {}), usage=usage).monthly_cost.expected == pytest.approx(2.50, abs=0.005)
