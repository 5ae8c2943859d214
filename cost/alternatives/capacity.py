"""Capacity in a stack, read and rewritten: a managed node group, an Auto Scaling group, an instance, an endpoint, each by one small adapter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cost.estimate.lookup import References
from cost.estimate.meters.compute.launch import LAUNCH_TEMPLATE
from cost.estimate.meters.compute.pools import DEFAULT_INSTANCE_TYPE
from cost.estimate.meters.machine_learning.endpoints import CONFIGURATION, ENDPOINT, SCALING_TARGET
from plinth.stack import Resource, Stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:autoscaling/group:Group"
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
    on_types: Callable[[Sequence[str], float], Rewrite]
    """The stack on other types, with counts times a factor, rounded up."""
    as_spot: Callable[[bool], Rewrite] | None = None
    with_minimum: Callable[[int], Rewrite] | None = None
    lowest: int = 0
    """The smallest minimum that the service takes."""

    @property
    def on_sagemaker(self) -> bool:
        """Whether SageMaker runs it, at SageMaker's prices."""
        return self.types[0].startswith(ML)


def capacity_of(stack: Stack, resource: Resource) -> Capacity | None:
    """A resource's capacity; None where its type is no capacity. Raises NotReadableError where it is and can't be told."""
    adapter = ADAPTERS.get(resource.type)
    return adapter(stack, resource) if adapter else None


def _node_group(stack: Stack, resource: Resource) -> Capacity:
    declared = _known(resource, "instanceTypes") or [_template_type(stack, resource) or DEFAULT_INSTANCE_TYPE]
    scaling: Mapping[str, Any] = _known(resource, "scalingConfig") or {}
    low, high = (_count(scaling.get(key, 0), f"scalingConfig.{key}") for key in ("minSize", "maxSize"))

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        counts = {key: math.ceil(_count(scaling[key], key) * factor) for key in ("minSize", "desiredSize", "maxSize") if key in scaling}
        return {resource.urn: {**resource.inputs, "instanceTypes": list(types), "scalingConfig": {**scaling, **counts}}}

    def as_spot(spot: bool) -> Rewrite:
        return {resource.urn: {**resource.inputs, "instanceTypes": list(declared), "capacityType": "SPOT" if spot else "ON_DEMAND"}}

    def with_minimum(minimum: int) -> Rewrite:
        desired = min(_count(scaling.get("desiredSize", low), "desiredSize"), max(minimum, 0))
        return {resource.urn: {**resource.inputs, "scalingConfig": {**scaling, "minSize": minimum, "desiredSize": desired}}}

    spot = _known(resource, "capacityType") == "SPOT"
    return Capacity(resource, tuple(map(str, declared)), spot, low, high, on_types, as_spot, with_minimum)


def _instance(stack: Stack, resource: Resource) -> Capacity:
    declared = _known(resource, "instanceType")
    if not isinstance(declared, str):
        raise NotReadableError("it declares no instanceType of its own")

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        if factor != 1:
            raise NotReadableError("one instance stays one instance")
        return {resource.urn: {**resource.inputs, "instanceType": types[0]}}

    return Capacity(resource, (declared,), False, 1, 1, on_types)


def _scaling_group(stack: Stack, resource: Resource) -> Capacity:
    template = References(stack).referred(resource, "launchTemplate.id", LAUNCH_TEMPLATE)
    if template is None or resource.input("mixedInstancesPolicy").present:
        raise NotReadableError("only an Auto Scaling group with one launch template of this stack is compared; this one mixes its instances or has another")
    declared = _known(template, "instanceType")
    if not isinstance(declared, str):
        raise NotReadableError("its launch template declares no instanceType")
    sizes = {key: _count(_known(resource, key), key) for key in ("minSize", "maxSize", "desiredCapacity") if resource.input(key).present}

    def on_types(types: Sequence[str], factor: float) -> Rewrite:
        counts = {key: math.ceil(size * factor) for key, size in sizes.items()}
        return {template.urn: {**template.inputs, "instanceType": types[0]}, resource.urn: {**resource.inputs, **counts}}

    def with_minimum(minimum: int) -> Rewrite:
        return {resource.urn: {**resource.inputs, "minSize": minimum, "desiredCapacity": minimum}}

    return Capacity(resource, (declared,), False, sizes.get("minSize", 0), sizes.get("maxSize", 0), on_types, None, with_minimum)


def _endpoint(stack: Stack, resource: Resource) -> Capacity:
    configuration = References(stack).referred(resource, "endpointConfigName", CONFIGURATION)
    if configuration is None:
        raise NotReadableError("its endpoint configuration is not in this stack")
    variants = _known(configuration, "productionVariants") or []
    if len(variants) != 1 or not isinstance(variants[0], Mapping):
        raise NotReadableError("only an endpoint of one variant is compared: the work of several can't be told apart")
    variant = variants[0]
    if not isinstance(variant.get("instanceType"), str):
        raise NotReadableError("its variant has no instances of its own (serverless), or of a type that only a deployment tells")
    targets = list(stack.dependents(resource, SCALING_TARGET))
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
        count = min(declared, max(minimum, 1))
        return rewritten({"initialInstanceCount": count}, lambda key, old: minimum if key == "minCapacity" else old)

    asynchronous = configuration.input("asyncInferenceConfig").present
    return Capacity(resource, (variant["instanceType"],), False, low, high, on_types, None, with_minimum if targets else None, 0 if asynchronous else 1)


ADAPTERS: Mapping[str, Callable[[Stack, Resource], Capacity]] = {
    NODE_GROUP: _node_group,
    INSTANCE: _instance,
    GROUP: _scaling_group,
    ENDPOINT: _endpoint,
}


def _template_type(stack: Stack, resource: Resource) -> str | None:
    template = References(stack).referred(resource, "launchTemplate.id", LAUNCH_TEMPLATE)
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
