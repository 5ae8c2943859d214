"""How many instances, or warm serverless units, an endpoint's variant has: floor, expected and ceiling.

Sources: Application Auto Scaling user guide, "Amazon SageMaker AI and Application Auto Scaling" (scalable dimensions and resource ids);
SageMaker API reference, ProductionVariantManagedInstanceScaling; SageMaker developer guide, "Auto scaling: inference components".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Context, UndecidableError, as_list, usage_assumption
from cost.estimate.meters.machine_learning.ml_instances import Stated, known, known_numbers
from cost.estimate.meters.scheduled_sizes import Action, Sizes, year_means
from cost.estimate.meters.schedules import aws_schedule
from cost.estimate.meters.tokens import SCALING_TARGET
from cost.estimate.model import Range
from plinth.stack import Resource, State, lookup

SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
WARM_UNITS = "sagemaker:variant:DesiredProvisionedConcurrency"
COPY_COUNT = "sagemaker:inference-component:DesiredCopyCount"
COPIES_PER_INSTANCE = "copies_per_instance"


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of an endpoint's configuration."""

    configuration: Resource
    properties: Mapping[str, Any]
    name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The floor and ceiling of a count, and the mean of what is wanted between them; `note` says where they are from."""

    floor: float
    wanted: float
    ceiling: float
    note: str


def instance_range(context: Context, variant: Variant) -> Stated:
    """Instances of a variant: expected is the usage file's `instances`, else the initial count or a schedule's mean, within the limits."""
    limits = _managed(context, variant) or _scaled(context, variant, INSTANCE_COUNT, "initialInstanceCount")
    stated = context.usage.get("instances")
    if stated is not None and (variants := _variants(variant.configuration)) > 1:
        context.warnings.append(f"{context.resource.name}: instances is of one variant, and it has {variants}: their declared counts are taken")
        stated = None
    if stated is None:
        return Stated(Range(min=limits.floor, expected=limits.wanted, max=limits.ceiling), notes=(limits.note,))
    taken = context.within(f"{context.resource.name}, {variant.name}", stated.value, limits.floor, limits.ceiling)
    return Stated(Range(min=limits.floor, expected=taken, max=limits.ceiling), stated.source, (limits.note, usage_assumption("instances", stated)))


def _variants(configuration: Resource) -> int:
    return sum(len(as_list(key, configuration.input(key).value)) for key in ("productionVariants", "shadowProductionVariants"))


def warm_units(context: Context, variant: Variant) -> Stated:
    """Provisioned concurrency of a serverless variant, between its scaling target's limits where it has one."""
    serverless = Variant(variant.configuration, known(variant.properties, "serverlessConfig"), variant.name)
    limits = _scaled(context, serverless, WARM_UNITS, "provisionedConcurrency")
    return Stated(Range(min=limits.floor, expected=limits.wanted, max=limits.ceiling), notes=(limits.note,))


def _managed(context: Context, variant: Variant) -> Limits | None:
    scaling = known(variant.properties, "managedInstanceScaling", {})
    if known(scaling, "status", "DISABLED") != "ENABLED":
        return None
    floor, ceiling = known_numbers((key, known(scaling, key)) for key in ("minInstanceCount", "maxInstanceCount"))
    note = f"managed instance scaling from {floor:g} to {ceiling:g}"
    copies, targets = _copies(context)
    per_instance = context.usage.get(COPIES_PER_INSTANCE)
    if copies is not None and per_instance is not None and per_instance.value > 0:
        floor = min(max(floor, math.ceil(copies.min / per_instance.value)), ceiling)
        ceiling = max(min(ceiling, math.ceil(copies.max / per_instance.value)), floor)
        note += f"; {copies.min:g} to {copies.max:g} copies of inference components ({targets}) at {per_instance.value:g} an instance"
    elif copies is not None:
        note += f"; it follows {copies.min:g} to {copies.max:g} copies of inference components ({targets}): say {COPIES_PER_INSTANCE} in a usage file"
    desired = _desired(variant, "initialInstanceCount", when_unknown=floor)
    return Limits(floor, min(max(desired, floor), ceiling), ceiling, note)


def _copies(context: Context) -> tuple[Range | None, str]:
    """The copies of the inference components whose targets name this endpoint as a dependency, and the targets' names."""
    own = [target for target in context.stack.dependents(context.resource, SCALING_TARGET) if target.input("scalableDimension").value == COPY_COUNT]
    if not own:
        return None, ""
    limits = [_target_limits(target) for target in own]
    low, high = sum(floor for floor, _ in limits), sum(ceiling for _, ceiling in limits)
    return Range(min=low, expected=low, max=high), ", ".join(target.name for target in own)


def _scaled(context: Context, variant: Variant, dimension: str, initial: str) -> Limits:
    target = _scaling_target(context, variant, dimension)
    if target is None:
        declared = _desired(variant, initial, when_unknown=None)
        return Limits(declared, declared, declared, "no scaling target: the count stays")
    floor, ceiling = _target_limits(target)
    desired = _desired(variant, initial, when_unknown=floor)
    note = f"scaled from {floor:g} to {ceiling:g} by target {target.name}"
    if lookup(variant.properties, initial).state is State.UNKNOWN:
        note += f"; {initial} is known only after deployment: the floor is expected"
    actions = tuple(_action(action) for action in _scheduled(context, target))
    try:
        means = year_means(actions, Sizes(floor, desired, ceiling), context.as_of.year, demand=True)
    except ValueError as error:
        raise UndecidableError(str(error)) from None
    if actions:
        note += f"; mean of the year under schedule {' and '.join(action.name for action in actions)}"
    return Limits(means.floor, means.desired, means.ceiling, note)


def _desired(variant: Variant, key: str, *, when_unknown: float | None) -> float:
    """The declared count, 1 where none is; `when_unknown` for a count known only later, or UndecidableError where nothing limits it."""
    found = lookup(variant.properties, key)
    if found.state is State.UNKNOWN and when_unknown is not None:
        return when_unknown
    return known_numbers([(key, known(variant.properties, key, 1))])[0]


def _target_limits(target: Resource) -> tuple[float, float]:
    found = {key: target.input(key) for key in ("minCapacity", "maxCapacity")}
    if any(not limit.known for limit in found.values()):
        raise UndecidableError(f"the capacity limits of scaling target {target.name} are known only after deployment")
    floor, ceiling = known_numbers((key, limit.value) for key, limit in found.items())
    return floor, ceiling


def _scaling_target(context: Context, variant: Variant, dimension: str) -> Resource | None:
    """The target of this variant's count: by `endpoint/NAME/variant/VARIANT`, or by dependency where that is not known yet."""
    name = context.resource.output("name")
    if name.known:
        named = context.references.named(SCALING_TARGET, "resourceId", f"endpoint/{name.value}/variant/{variant.name}")
        found = next((target for target in named if target.input("scalableDimension").value == dimension), None)
        if found is not None:
            return found
    for target in context.stack.dependents(context.resource, SCALING_TARGET):
        if target.input("scalableDimension").value == dimension and not target.input("resourceId").known:
            if len(as_list("productionVariants", variant.configuration.input("productionVariants").value)) > 1:
                raise UndecidableError(f"which variant scaling target {target.name} scales is known only after deployment")
            return target
    return None


def _scheduled(context: Context, target: Resource) -> list[Resource]:
    """The scheduled actions on a target's resource and dimension; a single time (`at`) is none of a mean month's."""
    resource_id, dimension = target.input("resourceId"), target.input("scalableDimension").value
    named = context.references.named(SCHEDULED_ACTION, "resourceId", str(resource_id.value)) if resource_id.known else ()
    dependent = (action for action in context.stack.dependents(target, SCHEDULED_ACTION) if not action.input("resourceId").known)
    return [action for action in (*named, *dependent) if action.input("scalableDimension").value == dimension]


def _action(action: Resource) -> Action:
    expression = action.input("schedule")
    if not expression.known or not isinstance(expression.value, str):
        raise UndecidableError(f"the schedule of {action.name} is known only after deployment")
    limits = [action.input(f"scalableTargetAction.{key}") for key in ("minCapacity", "maxCapacity")]
    if any(limit.state is State.UNKNOWN for limit in limits):
        raise UndecidableError(f"the capacity of scheduled action {action.name} is known only after deployment")
    floor, ceiling = (known_numbers([("scalableTargetAction", limit.value)])[0] if limit.known else None for limit in limits)
    try:
        schedule = aws_schedule(expression.value)
    except ValueError as error:
        raise UndecidableError(f"the schedule of {action.name} can't be read: {error}") from None
    zone = action.input("timezone")
    return Action(action.name, schedule, floor, ceiling=ceiling, time_zone=str(zone.value) if zone.known else "UTC")
