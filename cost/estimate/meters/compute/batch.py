"""AWS Batch compute environments: vCPUs between minimum and maximum, over instance types and families, or on Fargate. Batch itself is free."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, as_number, constant, used_charge
from cost.estimate.meters.base import Used as UsedRow
from cost.estimate.meters.compute.capacity import LOWEST_PRICE, PRICE_CAPACITY, Mix, Pool, price
from cost.estimate.meters.compute.fargate import ECS
from cost.estimate.meters.compute.launch import LAUNCH_TEMPLATE, Launch, extras, volumes
from cost.estimate.meters.storage.volumes import DEFAULT_TYPE, Volume, volume_charges
from cost.estimate.model import QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import State, Unknown

FAMILY_SETS = {
    "optimal": ("c4", "m4", "r4"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
}
"""The families behind Batch's own words for instance types. Source: Batch user guide, Instance type compute table."""
STRATEGIES = {
    "BEST_FIT": LOWEST_PRICE,
    "BEST_FIT_PROGRESSIVE": LOWEST_PRICE,
    "SPOT_CAPACITY_OPTIMIZED": "capacity-optimized",
    "SPOT_PRICE_CAPACITY_OPTIMIZED": PRICE_CAPACITY,
}
ECS_ROOT_GIB = 30.0
"""Root volume of the ECS-optimised image that Batch launches. Source: ECS developer guide, Amazon ECS-optimized AMI storage configuration."""
FARGATE_MEMORY_PER_VCPU = 8.0
"""The most GB that Fargate gives for a vCPU, which makes the ceiling of an environment whose jobs are not known. Source: Fargate pricing."""
RESOURCES = "computeResources"


def compute_environment(context: Context) -> Iterable[Item]:
    """The instances or Fargate tasks of a managed environment; an unmanaged one runs on instances of its owner's."""
    if context.text("type", "MANAGED").upper() == "UNMANAGED":
        yield Free("an unmanaged environment runs on instances that are priced themselves")
        return
    kind = context.text(f"{RESOURCES}.type", "EC2").upper()
    vcpus, source = _vcpus(context)
    if kind.startswith("FARGATE"):
        yield from _fargate(context, vcpus, spot=kind == "FARGATE_SPOT")
        return
    spot = kind == "SPOT"
    types, unpriced = _types(context)
    selected = any(str(word) not in types for word in context.items(f"{RESOURCES}.instanceTypes"))
    strategy = STRATEGIES.get(context.text(f"{RESOURCES}.allocationStrategy", "BEST_FIT"), LOWEST_PRICE)
    pool = Pool(
        types=types,
        capacity=vcpus,
        mix=Mix(percent_above=0.0 if spot else 100.0, on_demand_strategy=LOWEST_PRICE, spot_strategy=strategy),
        source=source,
        notes=_notes(context, len(types), vcpus),
        unit="vCPU-hour",
        selected=selected,
    )
    priced = price(context, pool)
    yield from (*priced.items, *unpriced)
    yield from _disks(context, priced.expected_type, types, priced.nodes)


def _vcpus(context: Context) -> tuple[Range, QuantitySource]:
    """vCPUs at the floor and ceiling; expected is the usage file's average `vcpus`, else what is desired, else the floor."""
    ceiling = context.number(f"{RESOURCES}.maxVcpus")
    floor = context.number(f"{RESOURCES}.minVcpus", 0.0)
    stated = context.usage.get("vcpus")
    if stated is not None:
        expected = min(max(stated.value, floor), ceiling)
        if expected != stated.value:
            limits = f"{expected:g} taken, as {floor:g} to {ceiling:g} are possible"
            context.warnings.append(f"{context.resource.name}: the usage file says {stated.value:g} vCPUs; {limits}")
        return Range(min=floor, expected=expected, max=ceiling), stated.source
    enabled = context.text("state", "ENABLED").upper() == "ENABLED"
    desired = context.number(f"{RESOURCES}.desiredVcpus", floor) if enabled else floor
    return Range(min=floor, expected=min(max(desired, floor), ceiling), max=ceiling), QuantitySource.DECLARED


def _notes(context: Context, types: int, vcpus: Range) -> tuple[str, ...]:
    idle = ("jobs start instances: expected is 0 until a usage file says `vcpus`, their average number",) if vcpus.expected == 0 else ()
    several = (f"{types} types fit",) if types > 1 else ()
    if context.resource.input(f"{RESOURCES}.bidPercentage").present:
        several = (*several, "Batch pays the Spot price at most at its bid percentage")
    return (*several, *idle)


def _types(context: Context) -> tuple[dict[str, float], list[Unpriced]]:
    """The types behind the environment's types and families, with their vCPUs as weights; bare metal only where it is named."""
    declared = context.items(f"{RESOURCES}.instanceTypes")
    hidden = sum(isinstance(item, Unknown) for item in declared)
    found: dict[str, float] = {}
    for word in (str(item) for item in declared if not isinstance(item, Unknown)):
        families = FAMILY_SETS.get(word, (word,))
        for name, spec in context.prices.specs.items():
            if name == word or (name.split(".", 1)[0] in families and ".metal" not in name):
                found[name] = spec.vcpu
    if not found:
        raise UndecidableError(
            "its instance types are known only after deployment" if hidden else f"no instance type is known by {', '.join(map(str, declared))}"
        )
    reason = f"{hidden} of {len(declared)} types are known only after deployment; the range is over the others"
    return found, [Unpriced("instance types", reason)] if hidden else []


def _disks(context: Context, expected: str, types: dict[str, float], nodes: Range) -> Iterable[Item]:
    at = f"{RESOURCES}.launchTemplate"
    if not context.resource.input(at).present:
        notes = (f"no launch template declared: {ECS_ROOT_GIB:g} GiB root of the ECS-optimised image",)
        yield from volume_charges(Volume("root", DEFAULT_TYPE, ECS_ROOT_GIB), nodes, notes)
        return
    template = _template(context, at)
    launch = Launch((template,) if template is not None else ())
    yield from extras(context, launch, (expected, *types), nodes)
    yield from volumes(launch, nodes)


def _template(context: Context, at: str) -> Any:
    by_dependency = context.resource.property_dependencies.get(RESOURCES, ())
    named = {str(found.value) for key in ("launchTemplateId", "launchTemplateName") if (found := context.resource.input(f"{at}.{key}")).known}
    for template in context.stack.of_type(LAUNCH_TEMPLATE):
        if template.urn in by_dependency or {template.id, template.output("id").value, template.output("name").value} & named:
            return template
    return None


def _fargate(context: Context, vcpus: Range, *, spot: bool) -> Iterable[Item]:
    """Fargate jobs: hours of vCPU and memory by usage; without it, nothing is expected and the ceiling is every vCPU at its most memory."""
    if context.resource.input(f"{RESOURCES}.maxVcpus").state is State.UNKNOWN:
        raise UndecidableError("maxVcpus is known only after deployment")
    prefix = "Spot Linux/x86" if spot else "Linux/x86"
    used = [
        charge
        for field, component in (("monthly_vcpu_hours", "vCPU"), ("monthly_memory_gb_hours", "memory"))
        for charge in used_charge(context, ECS, UsedRow(field, f"{prefix} {component}"))
    ]
    if used:
        yield from used
        return
    note = "jobs start tasks: state monthly_vcpu_hours and monthly_memory_gb_hours in a usage file"
    most = as_number("maxVcpus", vcpus.max)
    for component, a_vcpu in (("vCPU", 1.0), ("memory", FARGATE_MEMORY_PER_VCPU)):
        ceiling = (f"the ceiling is {most:g} vCPU with {FARGATE_MEMORY_PER_VCPU:g} GB each",)
        count = Range(min=0.0, expected=0.0, max=most * a_vcpu)
        yield Charge(ECS, f"{prefix} {component}", constant(MONTH_HOURS), count, assumptions=(note, *ceiling), label=f"Fargate {component}")


METERS = {
    "aws:batch/computeEnvironment:ComputeEnvironment": Meter(
        "aws_batch_compute_environment", measure=compute_environment, extra_fields=("vcpus", "monthly_vcpu_hours", "monthly_memory_gb_hours")
    ),
}
