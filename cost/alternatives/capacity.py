"""Capacity in a stack, read and rewritten: a managed node group, an Auto Scaling group, an instance, an endpoint, each by one small adapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cost.alternatives.company import NODE_GROUP, referred, scalers
from cost.estimate.lookup import References
from cost.estimate.meters.compute.ec2 import EC2_INSTANCE
from cost.estimate.meters.compute.launch import LAUNCH_TEMPLATE
from cost.estimate.meters.compute.pools import DEFAULT_INSTANCE_TYPE
from cost.estimate.meters.compute.recurrence import GROUP
from cost.estimate.meters.machine_learning.endpoint_scaling import INSTANCE_COUNT, SCALING_TARGET
from cost.estimate.meters.machine_learning.endpoints import CONFIGURATION, ENDPOINT
from plinth.stack import Resource, Stack

ML = "ml."

Rewrite = Mapping[str, Mapping[str, Any]]
"""URN -> the inputs that take the place of that resource's."""


class NotReadableError(Exception):
    """The capacity can't be told from the inputs; the message is the reason."""


@dataclass(frozen=True)
class Capacity:
    """What a resource runs: its instance types in the order declared, whether as Spot, and how few and how many."""

    resource: Resource
    types: tuple[str, ...]
    spot: bool
    minimum: float
    maximum: float
    stop: str
    """What ends its instances out of hours."""
    on_types: Callable[[Sequence[str], float], Rewrite]
    """The stack on other types, with counts times a factor, rounded up."""
    as_spot: Callable[[bool], Rewrite] | None = None
    with_minimum: Callable[[int], Rewrite] | None = None
    lowest: int = 0
    """The smallest minimum that the service takes."""
    keeps_volumes: bool = False
    """Whether its volumes stay, and are paid for, while its instances are stopped."""

    @property
    def on_sagemaker(self) -> bool:
        """Whether SageMaker runs it, at SageMaker's prices."""
        return self.types[0].startswith(ML)


def capacity_of(stack: Stack, references: References, resource: Resource) -> Capacity | None:
    """A resource's capacity; None where its type is no capacity. Raises NotReadableError where it is and can't be told."""
    adapter = ADAPTERS.get(resource.type)
    return adapter(stack, references, resource) if adapter else None


def _node_group(stack: Stack, references: References, resource: Resource) -> Capacity:
    declared = _known(resource, "instanceTypes") or [_template_type(references, resource) or DEFAULT_INSTANCE_TYPE]
    scaling: Mapping[str, Any] = _known(resource, "scalingConfig") or {}
    low, high = (_count(scaling.get(key, 0), f"scalingConfig.{key}") for key in ("minSize", "maxSize"))

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        counts = {key: math.ceil(_count(scaling[key], key) * factor) for key in ("minSize", "desiredSize", "maxSize") if key in scaling}
        return {resource.urn: {**resource.inputs, "instanceTypes": list(types), "scalingConfig": {**scaling, **counts}}}

    def as_spot(spot: bool) -> Rewrite:
        return {resource.urn: {**resource.inputs, "instanceTypes": list(declared), "capacityType": "SPOT" if spot else "ON_DEMAND"}}

    def with_minimum(minimum: int) -> Rewrite:
        counts = {"minSize": minimum, "desiredSize": scaling.get("desiredSize", low)}
        return {resource.urn: {**resource.inputs, "scalingConfig": {**scaling, **counts}}}

    spot = _known(resource, "capacityType") == "SPOT"
    stop = "a schedule that sets the node group's minSize and desiredSize to 0 and back"
    return Capacity(resource, tuple(map(str, declared)), spot, low, high, stop, on_types, as_spot, with_minimum)


def _instance(_: Stack, __: References, resource: Resource) -> Capacity:
    declared = _known(resource, "instanceType")
    if not isinstance(declared, str):
        raise NotReadableError("it declares no instanceType of its own")

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        if factor != 1:
            raise NotReadableError("one instance stays one instance")
        return {resource.urn: {**resource.inputs, "instanceType": types[0]}}

    stop = "a schedule that stops and starts it; its volumes stay, and are paid for"
    return Capacity(resource, (declared,), False, 1, 1, stop, on_types, keeps_volumes=True)


def _scaling_group(_: Stack, references: References, resource: Resource) -> Capacity:
    template = referred(references, resource, LAUNCH_TEMPLATE)
    if template is None or resource.input("mixedInstancesPolicy").present:
        raise NotReadableError("only an Auto Scaling group with one launch template of this stack is compared; this one mixes its instances or has another")
    declared = _known(template, "instanceType")
    if not isinstance(declared, str):
        raise NotReadableError("its launch template declares no instanceType")
    sizes = {key: _count(_known(resource, key), key) for key in ("minSize", "maxSize", "desiredCapacity") if resource.input(key).present}

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        counts = {key: math.ceil(size * factor) for key, size in sizes.items()}
        return {template.urn: {**template.inputs, "instanceType": types[0]}, resource.urn: {**resource.inputs, **counts}}

    low, high = (sizes.get(key, 0) for key in ("minSize", "maxSize"))

    def with_minimum(minimum: int) -> Rewrite:
        return {resource.urn: {**resource.inputs, "minSize": minimum, "desiredCapacity": sizes.get("desiredCapacity", low)}}

    stop = "scheduled actions that set the group's size to 0 and back"
    return Capacity(resource, (declared,), False, low, high, stop, on_types, None, with_minimum)


def _endpoint(stack: Stack, references: References, resource: Resource) -> Capacity:
    configuration = referred(references, resource, CONFIGURATION)
    if configuration is None:
        raise NotReadableError("its endpoint configuration is not in this stack")
    variants = _known(configuration, "productionVariants") or []
    if len(variants) != 1 or not isinstance(variants[0], Mapping) or _known(configuration, "shadowProductionVariants"):
        raise NotReadableError("only an endpoint of one variant is compared: the work of several can't be told apart")
    variant = variants[0]
    if not isinstance(variant.get("instanceType"), str):
        raise NotReadableError("its variant has no instances of its own (serverless), or of a type that only a deployment tells")
    if (variant.get("managedInstanceScaling") or {}).get("status") == "ENABLED":
        raise NotReadableError("SageMaker scales its instances with its inference components: what each needs is not known here")
    targets = [other for other in scalers(stack, resource) if other.type == SCALING_TARGET and other.input("scalableDimension").value == INSTANCE_COUNT]
    declared = _count(variant.get("initialInstanceCount", 1), "initialInstanceCount")
    limits = [(_count(_known(target, "minCapacity"), "minCapacity"), _count(_known(target, "maxCapacity"), "maxCapacity")) for target in targets]
    low, high = limits[0] if len(limits) == 1 else (declared, declared)

    def rewritten(variant_changes: Mapping[str, Any], scale: Callable[[str, float], float]) -> Rewrite:
        changed = {**configuration.inputs, "productionVariants": [{**variant, **variant_changes}]}
        scaled = {target.urn: {**target.inputs, **{key: scale(key, _known(target, key)) for key in ("minCapacity", "maxCapacity")}} for target in targets}
        return {configuration.urn: changed, **scaled}

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        changes = {"instanceType": types[0], "initialInstanceCount": math.ceil(declared * factor)}
        return rewritten(changes, lambda _, count: math.ceil(float(count) * factor))

    def with_minimum(minimum: int) -> Rewrite:
        return rewritten({}, lambda key, old: minimum if key == "minCapacity" else old)

    lowest = 0 if configuration.input("asyncInferenceConfig").present else 1
    stop = "an endpoint that is deleted at night and made again in the morning"
    return Capacity(resource, (variant["instanceType"],), False, low, high, stop, on_types, None, with_minimum if targets else None, lowest)


ADAPTERS: Mapping[str, Callable[[Stack, References, Resource], Capacity]] = {
    NODE_GROUP: _node_group,
    EC2_INSTANCE: _instance,
    GROUP: _scaling_group,
    ENDPOINT: _endpoint,
}


def _template_type(references: References, resource: Resource) -> str | None:
    template = referred(references, resource, LAUNCH_TEMPLATE)
    found = None if template is None else _known(template, "instanceType")
    return found if isinstance(found, str) else None


def _known(resource: Resource, path: str) -> Any:
    found = resource.input(path)
    if found.present and not found.known:
        raise NotReadableError(f"{path} is known only after deployment")
    return found.value if found.known else None


def _count(value: Any, path: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise NotReadableError(f"{path} is known only after deployment, or no number") from None
    return number
