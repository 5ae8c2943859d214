"""Messaging meters: SQS queues, SNS topics, EventBridge buses. All are usage: a queue that nobody calls costs nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.model import EstimateLine, Quantity
from cost.units import MILLION

CHUNK_KB = 64.0
"""SQS and SNS bill each 64 KB of payload as one request. Source: their pricing pages."""
KB_A_GB = 1024.0**2
TOPIC = "aws_sns_topic"
SUBSCRIPTION_RESOURCE = "aws:sns/topicSubscription:TopicSubscription"
DELIVERIES = {
    "http_subscriptions": (("http", "https"), "HTTP/HTTPS notifications", 100_000.0),
    "email_subscriptions": (("email", "email-json"), "email notifications", 100_000.0),
    "kinesis_subscriptions": (("firehose",), "Firehose notifications", MILLION),
    "mobile_push_subscriptions": (("application",), "mobile push notifications", MILLION),
}
"""Usage field -> (protocols of the subscriptions that it counts, component, deliveries to the price's unit).
Deliveries to SQS and Lambda are free. Source: SNS pricing page."""
SMS, SMS_PRICE, MACOS = "sms_subscriptions", "sms_notification_price", "macos_subscriptions"


def _chunks(context: Context) -> float:
    size = context.usage.get("request_size_kb")
    return max(1.0, math.ceil(size.value / CHUNK_KB)) if size else 1.0


def queue(context: Context) -> Iterable[Item]:
    """Requests of a standard or FIFO queue, 64 KB each."""
    kind = "FIFO" if context.get("fifoQueue", False) else "standard"
    yield from used_charge(context, "aws_sqs_queue", Used("monthly_requests", f"{kind} queue requests", MILLION), factor=_chunks(context))


def topic(context: Context) -> Iterable[Item]:
    """Publish requests, 64 KB each (a FIFO topic's payload too), and deliveries: requests times the subscriptions of each protocol."""
    fifo = bool(context.get("fifoTopic", False))
    component = "FIFO topic publish requests" if fifo else "standard topic API requests"
    yield from used_charge(context, TOPIC, Used("monthly_requests", component, MILLION), factor=_chunks(context))
    requests = context.usage.get("monthly_requests")
    if requests is None:
        return
    size = context.usage.get("request_size_kb")
    if fifo:
        payload = requests.value * (size.value if size is not None else 1.0) / KB_A_GB
        words = (usage_assumption("monthly_requests", requests), f"{size.value if size else 1:g} KB each")
        yield Charge(TOPIC, "FIFO topic publish payload", constant(payload), source=requests.source, assumptions=words)
    declared = _declared(context)
    for field, (protocols, delivery, per) in DELIVERIES.items():
        count = context.usage.get(field)
        subscriptions = count.value if count is not None else float(sum(declared[protocol] for protocol in protocols))
        if subscriptions:
            quantity = constant(requests.value * _chunks(context) * subscriptions / per)
            words = (usage_assumption("monthly_requests", requests), f"{subscriptions:g} subscriptions")
            yield Charge(TOPIC, delivery, quantity, source=requests.source, assumptions=words)
    yield from _text_messages(context, requests, declared["sms"])


def _declared(context: Context) -> Counter[str]:
    """The stack's subscriptions to this topic by protocol."""
    found = context.references.referring(context.resource, "topic", SUBSCRIPTION_RESOURCE)
    return Counter(str(item.input("protocol").value) for item in found)


def _text_messages(context: Context, requests: Quantity, declared: int) -> Iterable[Item]:
    """Text messages at the price that a usage file states: AWS's depends on country and carrier. macOS push has no price in the book."""
    stated, price = context.usage.get(SMS), context.usage.get(SMS_PRICE)
    count = stated.value if stated is not None else float(declared)
    macos = context.usage.get(MACOS)
    if macos is not None and macos.value:
        yield Unpriced("macOS notifications", "the price book has no price for push to macOS; add one with --prices")
    if not count:
        return
    if price is None:
        yield Unpriced("SMS notifications", f"their price depends on country and carrier: state {SMS_PRICE}")
        return
    quantity = constant(requests.value * count)
    yield EstimateLine(
        component="SMS notifications",
        service="Amazon SNS",
        unit="message",
        quantity=quantity,
        unit_price=price.value,
        price_source=f"{SMS_PRICE} ({price.source.value})",
        price_date=context.as_of,
        confidence="own price",
        monthly_cost=quantity.scaled(price.value),
        assumptions=(usage_assumption("monthly_requests", requests), f"{count:g} subscriptions"),
        quantity_source=requests.source,
    )


METERS = {
    "aws:sqs/queue:Queue": Meter("aws_sqs_queue", measure=queue, extra_fields=("monthly_requests", "request_size_kb")),
    "aws:sns/topic:Topic": Meter(TOPIC, measure=topic, extra_fields=("monthly_requests", "request_size_kb", *DELIVERIES, SMS, SMS_PRICE, MACOS)),
    "aws:cloudwatch/eventBus:EventBus": Meter(
        "aws_cloudwatch_event_bus",
        used=(
            Used("monthly_custom_events", "custom events published", MILLION),
            Used("monthly_third_party_events", "third-party events published", MILLION),
            Used("monthly_archive_processing_gb", "archive processing"),
            Used("archive_storage_gb", "archive storage"),
            Used("monthly_schema_discovery_events", "schema discovery", MILLION),
        ),
    ),
}
