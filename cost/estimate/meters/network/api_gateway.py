"""API Gateway meters: REST, HTTP and WebSocket APIs, and the cache of a REST stage (Amazon API Gateway pricing)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, Unpriced, Used, constant
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.units import MONTH_HOURS

HTTP_INCREMENT_KB = 512
"""An HTTP request is metered in steps of 512 KB."""
MESSAGE_INCREMENT_KB = 32
"""A WebSocket message is metered in steps of 32 KB."""
_V2 = "aws_apigatewayv2_api"
_SMALLEST_CACHE = "0.5"


def api(context: Context) -> Iterable[Item]:
    """An HTTP API's requests, or a WebSocket API's messages and connection minutes, in their metering steps."""
    if context.text("protocolType", "HTTP") == "HTTP":
        yield from _in_steps(context, "monthly_requests", "HTTP API requests", "request_size_kb", HTTP_INCREMENT_KB)
        return
    yield from _in_steps(context, "monthly_messages", "WebSocket messages", "message_size_kb", MESSAGE_INCREMENT_KB)
    yield from used_or_unpriced(context, _V2, Used("monthly_connection_mins", "WebSocket connection duration", per=1e6))


def _in_steps(context: Context, field: str, component: str, size_field: str, step_kb: int) -> Iterable[Charge | Unpriced]:
    size = context.usage.get(size_field)
    steps = max(1, math.ceil(size.value / step_kb)) if size is not None else 1
    note = f"{size.value:,.12g} KB each: metered as {steps} of {step_kb} KB" if size is not None else f"each no larger than {step_kb} KB"
    yield from used_or_unpriced(context, _V2, Used(field, component, per=1e6), factor=steps, notes=(note,))


def stage(context: Context) -> Iterable[Item]:
    """The cache of a REST stage, by its size and the hour; a stage without one is free."""
    if not context.get("cacheClusterEnabled", False):
        yield Free("a stage without a cache carries no charge; its API's requests do")
        return
    size = str(context.get("cacheClusterSize", _SMALLEST_CACHE))
    yield Charge("aws_api_gateway_stage", f"cache memory {size} GB", constant(MONTH_HOURS))


METERS = {
    "aws:apigateway/restApi:RestApi": Meter("aws_api_gateway_rest_api", used=(Used("monthly_requests", "REST API requests", per=1e6),)),
    "aws:apigateway/stage:Stage": Meter("aws_api_gateway_stage", measure=stage),
    "aws:apigatewayv2/api:Api": Meter(
        _V2,
        measure=api,
        extra_fields=("monthly_requests", "request_size_kb", "monthly_messages", "message_size_kb", "monthly_connection_mins"),
    ),
}
