"""EC2 Fleet and Spot Fleet: target capacity over launch templates, their overrides and launch specifications, on demand and as Spot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Context, Item, Meter, UndecidableError, Unpriced, as_list, as_mapping, as_number, constant
from cost.estimate.meters.compute.autoscaling import UNIT, pool_types
from cost.estimate.meters.compute.capacity import LOWEST_PRICE, PRICE_CAPACITY, Mix, Pool, price, weight
from cost.estimate.meters.compute.launch import (
    DEFAULT_ROOT_GIB,
    INSTANCE_FIELDS,
    LAUNCH_TEMPLATE,
    ROOT_NOTE,
    Launch,
    extras,
    platform_of,
    reservation_of,
    volumes,
)
from cost.estimate.meters.storage.volumes import DEFAULT_TYPE, Volume, volume_charges, volumes_of
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from plinth.stack import Resource, Unknown

STRATEGIES = {
    "lowestPrice": LOWEST_PRICE,
    "capacityOptimized": "capacity-optimized",
    "capacityOptimizedPrioritized": "capacity-optimized-prioritized",
    "priceCapacityOptimized": PRICE_CAPACITY,
    "lowest-price": LOWEST_PRICE,
}
"""A Spot Fleet's words for the allocation strategies, and Auto Scaling's."""


def fleet(context: Context) -> Iterable[Item]:
    """An EC2 Fleet at its target capacity: the stated on-demand and Spot units, the rest by the default type."""
    target = "targetCapacitySpecification"
    total = context.number(f"{target}.totalTargetCapacity")
    spot = context.get(f"{target}.spotTargetCapacity")
    on_demand = context.get(f"{target}.onDemandTargetCapacity")
    if context.text(f"{target}.defaultTargetCapacityType", "on-demand") == "spot":
        base = as_number("onDemandTargetCapacity", on_demand or 0)
    else:
        base = total - as_number("spotTargetCapacity", spot or 0)
    mix = Mix(
        base=base,
        percent_above=0.0,
        on_demand_strategy=_strategy(context.text("onDemandOptions.allocationStrategy", "lowestPrice")),
        spot_strategy=_strategy(context.text("spotOptions.allocationStrategy", "lowestPrice")),
    )
    yield from _priced(context, total, mix, "launchTemplateSpecification", ("launchTemplateId", "launchTemplateName"))


def spot_fleet(context: Context) -> Iterable[Item]:
    """A Spot Fleet request at its target capacity, of which `onDemandTargetCapacity` is on demand."""
    total = context.number("targetCapacity")
    bid = context.get("spotPrice")
    mix = Mix(
        base=context.number("onDemandTargetCapacity", 0.0),
        percent_above=0.0,
        on_demand_strategy=_strategy(context.text("onDemandAllocationStrategy", "lowestPrice")),
        spot_strategy=_strategy(context.text("allocationStrategy", "lowestPrice")),
        max_spot_price=as_number("spotPrice", bid) if bid else None,
    )
    specifications = context.items("launchSpecifications")
    if specifications:
        yield from _by_specifications(context, total, mix, [as_mapping("launchSpecifications", item) for item in specifications])
    else:
        yield from _priced(context, total, mix, "launchTemplateSpecification", ("id", "name"))


def _priced(context: Context, total: float, mix: Mix, specification: str, keys: tuple[str, ...]) -> Iterable[Item]:
    configs = [as_mapping("launchTemplateConfigs", item) for item in context.items("launchTemplateConfigs")]
    if not configs:
        raise UndecidableError("it declares no launch template")
    launch = Launch(_templates(context, configs, specification, keys))
    overrides = [override for config in configs for override in as_list("overrides", config.get("overrides"))]
    types, requirements, unpriced, notes = pool_types(context, launch, overrides)
    pool = Pool(
        types=types,
        capacity=constant(total),
        mix=mix,
        platform=platform_of(context),
        tenancy=launch.tenancy,
        notes=notes,
        hours=running_hours(context).hours,
        unit=UNIT,
        requirements=requirements,
        selected=bool(requirements),
        reservation=reservation_of(context, launch),
    )
    priced = price(context, pool)
    yield from (*priced.items, *unpriced)
    yield from extras(context, launch, (priced.expected_type, *types), priced.nodes, platform=pool.platform, hours=pool.hours)
    yield from volumes(launch, priced.nodes)


def _templates(context: Context, configs: list[Mapping[str, Any]], specification: str, keys: tuple[str, ...]) -> tuple[Resource, ...]:
    """The first launch template of this stack that the fleet's configurations name."""
    named = {str(as_mapping(specification, config.get(specification)).get(key)) for config in configs for key in keys}
    by_dependency = context.resource.property_dependencies.get("launchTemplateConfigs", ())
    for template in context.stack.of_type(LAUNCH_TEMPLATE):
        known = {template.id, template.output("id").value, template.output("name").value}
        if template.urn in by_dependency or named & {str(name) for name in known if name}:
            return (template,)
    return ()


def _by_specifications(context: Context, total: float, mix: Mix, specifications: list[Mapping[str, Any]]) -> Iterable[Item]:
    """A Spot Fleet of launch specifications: each declares a type, its weight and its volumes."""
    types = {str(item.get("instanceType")): weight(item.get("weightedCapacity")) for item in specifications}
    pool = Pool(types=types, capacity=constant(total), mix=mix, platform=platform_of(context), hours=running_hours(context).hours, unit=UNIT)
    priced = price(context, pool)
    yield from priced.items
    chosen = next((item for item in specifications if item.get("instanceType") == priced.expected_type), specifications[0])
    roots = [_mapping("root", {"volumeSize": DEFAULT_ROOT_GIB}, block) for block in as_list("rootBlockDevices", chosen.get("rootBlockDevices"))]
    blocks = [_mapping("device", {"volumeType": "gp2"}, block) for block in as_list("ebsBlockDevices", chosen.get("ebsBlockDevices"))]
    for volume in volumes_of([*roots, *blocks]):
        yield from (volume,) if isinstance(volume, Unpriced) else volume_charges(volume[0], priced.nodes, volume[1])
    if not roots:
        yield from volume_charges(Volume("root", DEFAULT_TYPE, DEFAULT_ROOT_GIB), priced.nodes, (ROOT_NOTE,))


def _mapping(device: str, defaults: Mapping[str, Any], block: Any) -> Mapping[str, Any]:
    """A launch specification's block as a block device mapping; what is not known of it stays so."""
    if isinstance(block, Unknown):
        return {"ebs": block}
    declared = as_mapping("a block device", block)
    return {"deviceName": declared.get("deviceName", device), "ebs": {**defaults, **declared}}


def _strategy(word: str) -> str:
    return STRATEGIES.get(word, word)


_FIELDS = (MONTHLY_HOURS, *INSTANCE_FIELDS)
_TEXTS = {"operating_system": ("linux", "windows", "rhel", "suse")}

METERS = {
    "aws:ec2/fleet:Fleet": Meter("aws_ec2_fleet", measure=fleet, extra_fields=_FIELDS, texts=_TEXTS),
    "aws:ec2/spotFleetRequest:SpotFleetRequest": Meter("aws_spot_fleet_request", measure=spot_fleet, extra_fields=_FIELDS, texts=_TEXTS),
}
