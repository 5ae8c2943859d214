"""Messaging meters: SQS queues, SNS topics, EventBridge buses. All are usage: a queue that nobody calls costs nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cost.estimate.meters.base import Context, Item, Meter, Used, used_charge

MILLION = 1_000_000.0
CHUNK_KB = 64.0
"""SQS and SNS bill each 64 KB of payload as one request. Source: their pricing pages."""


def _chunks(context: Context) -> float:
    size = context.usage.get("request_size_kb")
    return max(1.0, math.ceil(size.value / CHUNK_KB)) if size else 1.0


def queue(context: Context) -> Iterable[Item]:
    """Requests of a standard or FIFO queue, 64 KB each."""
    kind = "FIFO" if context.get("fifoQueue", False) else "standard"
    yield from used_charge(context, "aws_sqs_queue", Used("monthly_requests", f"{kind} queue requests", MILLION), factor=_chunks(context))


def topic(context: Context) -> Iterable[Item]:
    """Publish requests, 64 KB each, and deliveries by protocol."""
    fifo = bool(context.get("fifoTopic", False))
    component = "FIFO topic publish requests" if fifo else "standard topic API requests (above 1M free)"
    yield from used_charge(context, "aws_sns_topic", Used("monthly_requests", component, MILLION), factor=_chunks(context))
    yield from used_charge(context, "aws_sns_topic", Used("email_subscriptions", "email notifications (above 1k free)", 100_000))
    yield from used_charge(context, "aws_sns_topic", Used("http_subscriptions", "HTTP/HTTPS notifications (above 100k free)", 100_000))


METERS = {
    "aws:sqs/queue:Queue": Meter("aws_sqs_queue", measure=queue, extra_fields=("monthly_requests", "request_size_kb")),
    "aws:sns/topic:Topic": Meter(
        "aws_sns_topic", measure=topic, extra_fields=("monthly_requests", "request_size_kb", "email_subscriptions", "http_subscriptions")
    ),
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
