"""Systems Manager meters: parameters, on-premises activations, Automation steps of associations, AppConfig."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Used, constant, usage_assumption, used_charge
from cost.estimate.model import Range
from cost.units import MONTH_HOURS

STANDARD_THROUGHPUT = "standard"
STANDARD_INSTANCES = 1000
"""Up to so many on-premises instances an account and Region are free at the standard tier. Source: Systems Manager pricing, on-premises instances."""


def parameter(context: Context) -> Iterable[Item]:
    """Storage of advanced parameters by the hour, and API calls of advanced ones and at higher throughput. Source: Systems Manager pricing, Parameter Store."""
    tier = context.text("tier", "Standard")
    throughput = context.texts.get("api_throughput_limit", STANDARD_THROUGHPUT)
    if tier == "Standard" and throughput == STANDARD_THROUGHPUT:
        yield Free("standard parameters carry no charge at standard throughput")
        return
    if tier != "Standard":
        yield from _storage(context, tier)
    calls = tuple(used_charge(context, "aws_ssm_parameter", Used("monthly_api_interactions", "advanced parameter API interactions", 10_000)))
    if tier == "Standard" and not calls:
        raise UndecidableError("at higher throughput every call costs; state monthly_api_interactions in a usage file")
    yield from calls


def _storage(context: Context, tier: str) -> Iterable[Item]:
    found = context.usage.get("parameter_storage_hrs")
    component = "advanced parameter storage"
    if found is not None:
        stated = usage_assumption("parameter_storage_hrs", found)
        yield Charge("aws_ssm_parameter", component, constant(found.value), source=found.source, assumptions=(stated,))
    elif tier == "Advanced":
        yield Charge("aws_ssm_parameter", component, constant(MONTH_HOURS))
    else:
        note = f"tier {tier}: standard, and free, until it needs what only an advanced parameter has"
        yield Charge("aws_ssm_parameter", component, Range(min=0, expected=0, max=MONTH_HOURS), assumptions=(note,))


def activation(context: Context) -> Iterable[Item]:
    """On-premises instances of the advanced tier by the hour, at most `registrationLimit` of them; the standard tier is free."""
    if context.texts.get("instance_tier", "standard") == "standard":
        yield Free(f"on-premises instances of the standard tier carry no charge, up to {STANDARD_INSTANCES:,} an account and Region")
        return
    limit = context.number("registrationLimit", 1)
    found = context.usage.get("instances")
    expected = limit if found is None else context.within(context.resource.name, found.value, 0, limit)
    notes = (f"up to {limit:g} instances may register",) if found is None else (usage_assumption("instances", found),)
    hours = Range(min=0, expected=expected, max=limit).scaled(MONTH_HOURS)
    yield Charge("aws_ssm_activation", "advanced on-premises instance", hours, assumptions=notes)


def association(context: Context) -> Iterable[Item]:
    """State Manager is free; the Automation steps that an association starts are usage."""
    steps = tuple(used_charge(context, "aws_ssm_association", Used("monthly_automation_steps", "Automation basic steps")))
    yield from steps or (Free("State Manager carries no charge; Automation steps that it starts are usage (monthly_automation_steps)"),)


METERS = {
    "aws:ssm/parameter:Parameter": Meter(
        "aws_ssm_parameter",
        measure=parameter,
        extra_fields=("parameter_storage_hrs", "monthly_api_interactions"),
        texts={"api_throughput_limit": ("standard", "advanced", "higher")},
    ),
    "aws:ssm/activation:Activation": Meter(
        "aws_ssm_activation", measure=activation, extra_fields=("instances",), texts={"instance_tier": ("standard", "advanced")}
    ),
    "aws:ssm/association:Association": Meter("aws_ssm_association", measure=association, extra_fields=("monthly_automation_steps",)),
    "aws:appconfig/application:Application": Meter(
        "aws_appconfig_application",
        used=(
            Used("monthly_configuration_requests", "configuration requests", 1_000_000),
            Used("monthly_configurations_received", "configurations received", 1000),
        ),
    ),
}
