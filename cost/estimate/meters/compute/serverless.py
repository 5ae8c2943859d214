"""Lambda and Step Functions: requests, duration in GB-seconds, provisioned concurrency, SnapStart, state transitions.

Durations are rounded as AWS bills them: Lambda's up to a millisecond, an express workflow's up to 100 ms and 64 MB (the services' pricing pages).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, as_number, constant, usage_assumption, used_charge
from cost.estimate.meters.usage_fields import not_stated
from cost.estimate.model import Quantity, QuantitySource
from cost.units import MILLION, MONTH_HOURS
from plinth.stack import Resource, State

FUNCTION = "aws:lambda/function:Function"
LAMBDA = "aws_lambda_function"
CONCURRENCY = "aws_lambda_provisioned_concurrency_config"
MAPPING = "aws_lambda_event_source_mapping"
STATE_MACHINE = "aws_sfn_state_machine"
MB_IN_GB = 1024.0
DEFAULT_MEMORY_MB = 128.0
INCLUDED_STORAGE_MB = 512.0
EXPRESS_MS, EXPRESS_MB = 100.0, 64.0
ARCHITECTURES = {"x86_64": "x86", "x86": "x86", "arm64": "arm64"}
KAFKA_POLLERS_A_UNIT, KAFKA_DEFAULT_POLLERS = 10.0, 1.0
"""Event pollers of a Kafka source that one event poller unit carries. Source: Lambda pricing, Provisioned Mode for ESM, example 3."""
_FUNCTION_FIELDS = ("monthly_requests", "request_duration_ms", "monthly_snapstart_restores", "snapstart_active_hours", "monthly_response_stream_gb")


def function(context: Context) -> Iterable[Item]:
    """Requests and GB-seconds of a function, its ephemeral storage above 512 MB, SnapStart and streamed responses."""
    for path, what in (("capacityProviderConfig", "Lambda Managed Instances"), ("durableConfig", "durable executions")):
        if context.resource.input(path).present:
            yield Unpriced(what, f"the price book has no price for {what}; add one with --prices")
    memory_gb = context.number("memorySize", DEFAULT_MEMORY_MB) / MB_IN_GB
    architecture = _architecture(context.items("architectures"))
    yield from used_charge(context, LAMBDA, Used("monthly_requests", "requests", MILLION))
    requests, duration = context.usage.get("monthly_requests"), context.usage.get("request_duration_ms")
    if requests is not None and duration is not None:
        seconds = requests.value * math.ceil(duration.value) / 1000
        yield _seconds(LAMBDA, f"duration, {architecture}", seconds * memory_gb, requests, duration)
        storage_gb = max(0.0, context.number("ephemeralStorage.size", INCLUDED_STORAGE_MB) - INCLUDED_STORAGE_MB) / MB_IN_GB
        if storage_gb:
            yield _seconds(LAMBDA, "ephemeral storage above 512 MB", seconds * storage_gb, requests, duration)
    elif requests is not None:
        yield not_stated(f"duration, {architecture}", "request_duration_ms")
    yield from used_charge(context, LAMBDA, Used("monthly_response_stream_gb", "response streaming"))
    yield from _snap_start(context, memory_gb)


def _snap_start(context: Context, memory_gb: float) -> Iterable[Item]:
    """A snapshot's cache for each published version (one is assumed), and its restores; nothing for Java. Source: Lambda pricing, SnapStart."""
    if context.get("snapStart.applyOn", "None") != "PublishedVersions" or context.text("runtime", "").startswith("java"):
        return
    stated = context.usage.get("snapstart_active_hours")
    hours = stated.value if stated else float(MONTH_HOURS)
    note = f"one published version, active {hours:g} h a month, {memory_gb:g} GB"
    source = stated.source if stated else QuantitySource.DECLARED
    yield Charge(LAMBDA, "SnapStart cache", constant(hours * 3600 * memory_gb), source=source, assumptions=(note,))
    restores = list(used_charge(context, LAMBDA, Used("monthly_snapstart_restores", "SnapStart restore"), factor=memory_gb))
    yield from restores or [not_stated("SnapStart restore", "monthly_snapstart_restores")]


def provisioned_concurrency(context: Context) -> Iterable[Item]:
    """Concurrency kept warm, and the requests and duration under it; memory and architecture are its function's, or the usage file's."""
    function = context.references.referred(context.resource, "functionName", FUNCTION)
    memory_mb, architecture = _function_shape(context, function)
    hours = context.usage.get("monthly_duration_hrs")
    enabled = hours.value if hours else float(MONTH_HOURS)
    instances = context.number("provisionedConcurrentExecutions")
    gb_seconds = instances * memory_mb / MB_IN_GB * enabled * 3600
    note = f"{instances:g} x {memory_mb:g} MB, {enabled:g} h a month"
    source = hours.source if hours else QuantitySource.DECLARED
    yield Charge(CONCURRENCY, f"provisioned concurrency, {architecture}", constant(gb_seconds), source=source, assumptions=(note,))
    yield from used_charge(context, LAMBDA, Used("monthly_requests", "requests", MILLION))
    requests, duration = context.usage.get("monthly_requests"), context.usage.get("request_duration_ms")
    if requests is not None and duration is not None:
        used = requests.value * math.ceil(duration.value) / 1000 * memory_mb / MB_IN_GB
        yield _seconds(CONCURRENCY, f"duration under provisioned concurrency, {architecture}", used, requests, duration)


def _function_shape(context: Context, function: Resource | None) -> tuple[float, str]:
    stated, named = context.usage.get("memory_mb"), context.texts.get("architecture")
    if function is None and stated is None:
        raise UndecidableError("its function is not in this stack: state memory_mb (and architecture) in a usage file")
    declared = function.input("memorySize") if function else None
    if stated is None and declared is not None and declared.state is State.UNKNOWN:
        raise UndecidableError("its function's memorySize is known only after deployment")
    memory = stated.value if stated else as_number("memorySize", declared.value) if declared and declared.known else DEFAULT_MEMORY_MB
    architectures = function.input("architectures") if function else None
    return memory, ARCHITECTURES[named] if named else _architecture(architectures.value if architectures and architectures.known else None)


def _architecture(declared: object) -> str:
    first = declared[0] if isinstance(declared, list) and declared else "x86_64"
    known = ARCHITECTURES.get(str(first))
    if known is None:
        raise UndecidableError(f"no price for the architecture {first}")
    return known


def _seconds(price_type: str, component: str, gb_seconds: float, requests: Quantity, duration: Quantity) -> Charge:
    notes = (usage_assumption("monthly_requests", requests), usage_assumption("request_duration_ms", duration).replace(" a month", ""))
    return Charge(price_type, component, constant(gb_seconds), source=requests.source, assumptions=notes)


def event_source_mapping(context: Context) -> Iterable[Item]:
    """Polling is free, but for the event poller units of provisioned mode: the declared minimum at least, more by usage."""
    if not context.resource.input("provisionedPollerConfig").present:
        yield Free("polling carries no charge; the function's requests do")
        return
    kafka = any(context.resource.input(path).present for path in ("selfManagedEventSource", "amazonManagedKafkaEventSourceConfig", "topics"))
    kind = "Kafka" if kafka else "SQS"
    least = context.number("provisionedPollerConfig.minimumPollers", KAFKA_DEFAULT_POLLERS if kafka else 2.0)
    floor = math.ceil(least / KAFKA_POLLERS_A_UNIT) if kafka else least
    stated = context.usage.get("monthly_poller_unit_hours")
    notes = (f"{least:g} event pollers at least", *((usage_assumption("monthly_poller_unit_hours", stated),) if stated else ()))
    quantity = stated.value if stated else floor * MONTH_HOURS
    yield Charge(MAPPING, f"event poller units, {kind}", constant(quantity), source=stated.source if stated else QuantitySource.DECLARED, assumptions=notes)


def state_machine(context: Context) -> Iterable[Item]:
    """Standard workflows by state transitions; express workflows by requests and GB-hours."""
    if context.text("type", "STANDARD").upper() == "STANDARD":
        yield from used_charge(context, STATE_MACHINE, Used("monthly_transitions", "standard workflow state transitions", 1000.0))
        return
    yield from used_charge(context, STATE_MACHINE, Used("monthly_requests", "express workflow requests", MILLION))
    figures = {name: context.usage.get(name) for name in ("monthly_requests", "workflow_duration_ms", "memory_mb")}
    requests, duration, memory = figures.values()
    if requests is None or duration is None or memory is None:
        yield not_stated("express workflow duration", *(name for name, figure in figures.items() if figure is None))
        return
    seconds = requests.value * math.ceil(duration.value / EXPRESS_MS) * EXPRESS_MS / 1000
    chunks_gb = max(1.0, math.ceil(memory.value / EXPRESS_MB)) * EXPRESS_MB / MB_IN_GB
    notes = tuple(usage_assumption(name, figure) for name, figure in figures.items() if figure)
    yield Charge(STATE_MACHINE, "express workflow duration", constant(seconds * chunks_gb / 3600), source=requests.source, assumptions=notes)


METERS = {
    FUNCTION: Meter(LAMBDA, measure=function, extra_fields=_FUNCTION_FIELDS),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": Meter(
        CONCURRENCY,
        measure=provisioned_concurrency,
        extra_fields=("monthly_duration_hrs", "request_duration_ms", "monthly_requests", "memory_mb"),
        texts={"architecture": tuple(ARCHITECTURES)},
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Meter(MAPPING, measure=event_source_mapping, extra_fields=("monthly_poller_unit_hours",)),
    "aws:sfn/stateMachine:StateMachine": Meter(
        STATE_MACHINE, measure=state_machine, extra_fields=("monthly_transitions", "monthly_requests", "workflow_duration_ms", "memory_mb")
    ),
}
