"""EC2 Auto Scaling groups: on-demand and Spot over their types, between minimum and maximum, by their schedules, with their warm pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cost.estimate.meters.base import Context, Free, Item, Meter, UndecidableError, Unpriced, as_list, as_mapping, as_number
from cost.estimate.meters.compute.capacity import LOWEST_PRICE, PRIORITIZED, Mix, Pool, price, sized, weight
from cost.estimate.meters.compute.launch import (
    INSTANCE_FIELDS,
    INSTANCE_TEXTS,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    Launch,
    extras,
    labelled,
    platform_of,
    reservation_of,
    template_of,
    volumes,
    warn_of_reservations,
)
from cost.estimate.meters.compute.recurrence import SCHEDULE, scheduled
from cost.estimate.meters.compute.requirements import types_by_requirements
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import ONE, QuantitySource, Range
from plinth.stack import State, Unknown, lookup

UNIT = "capacity-unit-hour"
POLICY = "mixedInstancesPolicy"


def group(context: Context) -> Iterable[Item]:
    """Instances, their volumes and extras, and the warm pool of an Auto Scaling group."""
    warn_of_reservations(context)
    launch = _launch(context)
    types, requirements, unpriced, notes = pool_types(context, launch, as_list("overrides", context.get(f"{POLICY}.launchTemplate.overrides")))
    pool = Pool(
        types=types,
        capacity=ONE,
        mix=_mix(context, launch, bool(requirements)),
        platform=platform_of(context),
        tenancy=launch.tenancy,
        notes=notes,
        hours=running_hours(context).hours,
        unit=UNIT,
        requirements=requirements,
        selected=bool(requirements),
        reservation=reservation_of(context, launch),
    )
    capacity, source, size_notes = _sizes(context, pool)
    priced = price(context, replace(pool, capacity=capacity, source=source, notes=(*notes, *size_notes)))
    yield from priced.items
    yield from unpriced
    yield from extras(context, launch, (priced.expected_type, *types), priced.nodes, platform=pool.platform, hours=pool.hours)
    yield from volumes(launch, priced.nodes)
    yield from _warm_pool(context, launch, pool, capacity)


def _launch(context: Context) -> Launch:
    """The template or configuration that the group launches from."""
    specification = f"{POLICY}.launchTemplate.launchTemplateSpecification"
    referred = context.references.referred
    if context.resource.input("launchConfiguration").present:
        found = referred(context.resource, "launchConfiguration", LAUNCH_CONFIGURATION)
    elif context.resource.input(POLICY).present:
        found = referred(context.resource, f"{specification}.launchTemplateId", LAUNCH_TEMPLATE) or referred(
            context.resource, f"{specification}.launchTemplateName", LAUNCH_TEMPLATE
        )
    else:
        found = template_of(context, "launchTemplate")
    return Launch((found,) if found else ())


def pool_types(context: Context, launch: Launch, overrides: list[Any]) -> tuple[dict[str, float], Mapping[str, Any], list[Unpriced], tuple[str, ...]]:
    """The types a pool may launch with their weights: overrides before the template's own type or requirements; what is unknown is listed."""
    types: dict[str, float] = {}
    hidden = 0
    for override in overrides:
        entry = {} if isinstance(override, Unknown) else as_mapping("overrides", override)
        requirements = entry.get("instanceRequirements")
        if requirements:
            found, notes = types_by_requirements(context, as_mapping("instanceRequirements", requirements))
            return dict.fromkeys(found, weight(entry.get("weightedCapacity"))), as_mapping("instanceRequirements", requirements), [], notes
        name, units = (lookup(entry, key) for key in ("instanceType", "weightedCapacity"))
        if not name.known or units.state is State.UNKNOWN:
            hidden += 1
        else:
            types[str(name.value)] = weight(units.value)
    if hidden and types:
        reason = f"{hidden} of {len(overrides)} types are known only after deployment; the range is over the others"
        return types, {}, [Unpriced("instance types", reason)], ()
    return (types, {}, [], ()) if types else _launched_type(context, launch, unknown=bool(hidden))


def _launched_type(context: Context, launch: Launch, *, unknown: bool) -> tuple[dict[str, float], Mapping[str, Any], list[Unpriced], tuple[str, ...]]:
    if unknown:
        raise UndecidableError("its instance types are known only after deployment")
    if not launch.sources:
        raise UndecidableError("its launch template is not in this stack: the instance type is not known")
    requirements, instance_type = launch.lookup("requirements"), launch.lookup("type")
    if isinstance(requirements, Mapping):
        found, notes = types_by_requirements(context, as_mapping("instanceRequirements", requirements))
        return dict.fromkeys(found, 1.0), as_mapping("instanceRequirements", requirements), [], notes
    if not isinstance(instance_type, str):
        raise UndecidableError(f"the instance type of {launch.sources[0].name} is known only after deployment")
    return {instance_type: 1.0}, {}, [], ()


def _mix(context: Context, launch: Launch, by_requirements: bool) -> Mix:
    """The group's instances distribution, with AWS's defaults. Source: EC2 Auto Scaling API, InstancesDistribution."""
    if not context.resource.input(POLICY).present:
        return Mix(percent_above=0.0 if launch.spot else 100.0)
    at = f"{POLICY}.instancesDistribution"
    bid = context.get(f"{at}.spotMaxPrice")
    return Mix(
        base=context.number(f"{at}.onDemandBaseCapacity", 0.0),
        percent_above=min(100.0, context.number(f"{at}.onDemandPercentageAboveBaseCapacity", 100.0)),
        on_demand_strategy=context.text(f"{at}.onDemandAllocationStrategy", LOWEST_PRICE if by_requirements else PRIORITIZED),
        spot_strategy=context.text(f"{at}.spotAllocationStrategy", LOWEST_PRICE),
        max_spot_price=as_number("spotMaxPrice", bid) if bid else None,
    )


def _sizes(context: Context, pool: Pool) -> tuple[Range, QuantitySource, tuple[str, ...]]:
    """The group's units: its limits and expected size by its schedules' means, expected by usage where it is stated, else as declared."""
    floor, ceiling = context.number("minSize"), context.number("maxSize")
    declared = context.resource.input("desiredCapacity")
    if declared.state is State.UNKNOWN and "instances" not in context.usage:
        lines = price(context, replace(pool, capacity=Range(min=floor, expected=floor, max=ceiling))).items
        low, high = (sum(getattr(item.monthly_cost, name) for item in lines if not isinstance(item, Unpriced | Free)) for name in ("min", "max"))  # pyright: ignore[reportAttributeAccessIssue]
        raise UndecidableError(f"desiredCapacity is known only after deployment; the instances cost {low:,.2f} to {high:,.2f} USD a month")
    desired = as_number("desiredCapacity", declared.value) if declared.known else floor
    by_schedule = scheduled(context, floor, desired, ceiling)
    if by_schedule is not None:
        floor, desired, ceiling = by_schedule[0].floor, by_schedule[0].desired, by_schedule[0].ceiling
    capacity, source = sized(context, floor, ceiling, desired)
    if source is not QuantitySource.DECLARED:
        return capacity, source, ()
    if by_schedule is not None:
        return capacity, source, (by_schedule[1],)
    return capacity, source, ("scales from zero: expected is 0 until a usage file says `instances`",) if capacity.expected == 0 else ()


def _warm_pool(context: Context, launch: Launch, pool: Pool, capacity: Range) -> Iterable[Item]:
    """Warm instances up to the prepared capacity: stopped or hibernated ones cost their volumes, running ones their hours too.

    Source: EC2 Auto Scaling user guide, Warm pools: size is the prepared capacity (the group's maximum by default) less the desired capacity.
    """
    if not context.resource.input("warmPool").present:
        return
    stated = context.number("warmPool.minSize", 0.0)
    most = context.get("warmPool.maxGroupPreparedCapacity")
    prepared = capacity.max if most is None or str(most) == "-1" else as_number("warmPool.maxGroupPreparedCapacity", most)
    warm = Range(min=max(stated, prepared - capacity.max), expected=max(stated, prepared - capacity.expected), max=max(stated, prepared - capacity.min))
    state = context.text("warmPool.poolState", "Stopped")
    priced = price(
        context, replace(pool, capacity=warm, mix=Mix(on_demand_strategy=pool.mix.on_demand_strategy), reservation=None, notes=(f"warm pool, {state}",))
    )
    if state == "Running":
        for item in priced.items:
            yield item if isinstance(item, Unpriced) else item.model_copy(update={"component": "warm pool, running instances"})  # pyright: ignore[reportAttributeAccessIssue]
    yield from labelled(volumes(launch, priced.nodes), f"warm pool, {state.lower()}")


def schedule(context: Context) -> Iterable[Item]:
    """A scheduled action is free; its group's sizes follow it."""
    yield Free("a scheduled action carries no charge; its group's expected size is the average over its schedules")


def launch_configuration(context: Context) -> Iterable[Item]:
    """A launch configuration is free; the instances that it launches are priced with their group."""
    yield Free("a launch configuration carries no charge; its instances and volumes are priced with its group")


METERS = {
    "aws:autoscaling/group:Group": Meter(
        "aws_autoscaling_group", measure=group, extra_fields=("instances", MONTHLY_HOURS, *INSTANCE_FIELDS), texts=INSTANCE_TEXTS
    ),
    SCHEDULE: Meter("aws_autoscaling_schedule", measure=schedule),
    LAUNCH_CONFIGURATION: Meter("aws_launch_configuration", measure=launch_configuration),
}
