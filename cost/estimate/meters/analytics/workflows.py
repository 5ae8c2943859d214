"""Orchestration: Managed Airflow, and EventBridge's schedules, pipes, API destinations and schema discovery."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, Used, constant, usage_assumption, used_charge
from cost.estimate.meters.schedules import aws_schedule
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly, running_hours
from cost.estimate.model import Range
from cost.units import MILLION

MWAA = "aws_mwaa_environment"
SCHEDULE = "aws_scheduler_schedule"
INCLUDED_WORKERS, INCLUDED_WEB_SERVERS = 1.0, 2.0
"""Workers and web servers in an environment's own price: one worker that always runs, and the two web servers of its default.
Source: Amazon MWAA user guide, environment class; pricing page."""
DEFAULT_MAX_WORKERS, DEFAULT_SCHEDULERS = 10.0, 2.0
"""Source: Amazon MWAA API, CreateEnvironment MaxWorkers and Schedulers (two for Airflow 2 and later, one on mw1.micro)."""


def environment(context: Context) -> Iterable[Item]:
    """The environment by its class, and workers, schedulers and web servers beyond what its price includes."""
    class_ = context.text("environmentClass", "mw1.small")
    yield hourly(context, MWAA, f"{class_} environment")
    yield from _workers(context, class_)
    included = 1.0 if class_ == "mw1.micro" else DEFAULT_SCHEDULERS
    stated = context.usage.get("additional_schedulers")
    more = stated.value if stated is not None else max(0.0, context.number("schedulers", included) - included)
    if more:
        yield hourly(context, MWAA, f"{class_} additional scheduler", constant(more), notes=(f"{included:g} in the environment's price",))
    if context.number("maxWebservers", INCLUDED_WEB_SERVERS) > INCLUDED_WEB_SERVERS:
        low = max(0.0, context.number("minWebservers", INCLUDED_WEB_SERVERS) - INCLUDED_WEB_SERVERS)
        servers = Range(min=low, expected=low, max=context.number("maxWebservers") - INCLUDED_WEB_SERVERS)
        yield hourly(context, MWAA, f"{class_} additional web server", servers)
    stored = tuple(used_charge(context, MWAA, Used("meta_database_gb", "metadata database storage")))
    yield from stored or (Unpriced("metadata database storage", "how much is stored is not stated: meta_database_gb"),)


def _workers(context: Context, class_: str) -> Iterable[Item]:
    """Workers above the one that always runs: from minWorkers to maxWorkers, expected by usage or at the least."""
    low = max(0.0, context.number("minWorkers", INCLUDED_WORKERS) - INCLUDED_WORKERS)
    high = max(low, context.number("maxWorkers", DEFAULT_MAX_WORKERS) - INCLUDED_WORKERS)
    stated = context.usage.get("additional_workers")
    if high == 0:
        return
    expected = low if stated is None else context.within(context.resource.name, stated.value, low, high)
    hours, source, words = running_hours(context)
    notes = (usage_assumption("additional_workers", stated),) if stated is not None else ("expected at minWorkers",)
    source = stated.source if stated is not None else source
    workers = Range(min=low, expected=expected, max=high)
    yield Charge(MWAA, f"{class_} additional worker", constant(hours), workers, source=source, assumptions=(*notes, *words))


def schedule(context: Context) -> Iterable[Item]:
    """Invocations by usage, else as often as the schedule's expression fires."""
    component, expression = "scheduler invocations", context.text("scheduleExpression", "")
    if "monthly_invocations" in context.usage:
        yield from used_charge(context, SCHEDULE, Used("monthly_invocations", component, MILLION))
    elif context.text("state", "ENABLED") == "DISABLED":
        yield Charge(SCHEDULE, component, constant(0), assumptions=("the schedule is disabled",))
    else:
        yield _fired(component, expression)


def _fired(component: str, expression: str) -> Item:
    try:
        count = aws_schedule(expression).a_month
    except ValueError:
        return Unpriced(component, f"how often {expression or 'the schedule'} fires cannot be read: monthly_invocations")
    return Charge(SCHEDULE, component, constant(count / MILLION), assumptions=(f"{expression}: {count:,.6g} invocations a month",))


METERS = {
    "aws:mwaa/environment:Environment": Meter(
        MWAA, measure=environment, extra_fields=("additional_workers", "additional_schedulers", "meta_database_gb", MONTHLY_HOURS)
    ),
    "aws:scheduler/schedule:Schedule": Meter(SCHEDULE, measure=schedule, extra_fields=("monthly_invocations",)),
    "aws:pipes/pipe:Pipe": Meter("aws_pipes_pipe", used=(Used("monthly_requests", "pipe requests after filtering", MILLION),)),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": Meter(
        "aws_cloudwatch_event_api_destination", used=(Used("monthly_invocations", "API destination invocations", MILLION),)
    ),
    "aws:schemas/discoverer:Discoverer": Meter(
        "aws_schemas_discoverer", used=(Used("monthly_schema_discovery_events", "schema discovery", MILLION),), price_type="aws_cloudwatch_event_bus"
    ),
}
