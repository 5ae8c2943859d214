"""The part of a stack that prices one resource: what it refers to, what depends on it, and what scales it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cost.estimate import Usage
from cost.estimate.lookup import References
from cost.estimate.meters.compute.ec2 import EC2_INSTANCE
from cost.estimate.meters.compute.launch import LAUNCH_TEMPLATE
from cost.estimate.meters.compute.recurrence import GROUP, SCHEDULE
from cost.estimate.meters.machine_learning.endpoint_scaling import SCALING_TARGET, SCHEDULED_ACTION
from cost.estimate.meters.machine_learning.endpoints import CONFIGURATION, ENDPOINT
from cost.estimate.usage import NamedUsage
from plinth.stack import Resource, Stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"

_TEMPLATE = (("launchTemplate.id", LAUNCH_TEMPLATE), ("launchTemplate.name", LAUNCH_TEMPLATE))
REFERENCES: Mapping[str, Sequence[tuple[str, str]]] = {
    NODE_GROUP: _TEMPLATE,
    GROUP: _TEMPLATE,
    EC2_INSTANCE: _TEMPLATE,
    ENDPOINT: (("endpointConfigName", CONFIGURATION),),
}
"""A capacity's type -> the properties by which it refers to what says its instances, and that resource's type."""
SCALERS: Mapping[str, str] = {SCALING_TARGET: "resourceId", SCHEDULED_ACTION: "resourceId", SCHEDULE: "autoscalingGroupName"}
"""Types that change how many instances run -> the property that names whose."""


def referred(references: References, resource: Resource, type_: str) -> Resource | None:
    """The launch template or endpoint configuration of this stack that a capacity names, or None."""
    found = (references.referred(resource, path, wanted) for path, wanted in REFERENCES.get(resource.type, ()) if wanted == type_)
    return next((other for other in found if other is not None), None)


def scalers(stack: Stack, resource: Resource) -> tuple[Resource, ...]:
    """What scales a capacity: by dependency, of the first and the second degree, or by its name."""
    name = resource.output("name")
    found = {urn: other for other in _named(stack, name.value if name.known else None) for urn in (other.urn,)}
    queue = [resource, *found.values()]
    while queue:
        for other in stack.dependents(queue.pop(), *SCALERS):
            if other.urn not in found:
                found[other.urn] = other
                queue.append(other)
    return tuple(found.values())


def _named(stack: Stack, name: object) -> Iterable[Resource]:
    for type_, key in SCALERS.items():
        for other in stack.of_type(type_):
            value = other.input(key)
            if isinstance(name, str) and value.known and name in str(value.value).split("/"):
                yield other


def company_of(stack: Stack, references: References, resource: Resource) -> Stack:
    """A stack of a resource, all that it refers to, what depends on it directly and what scales it, in the whole stack's order and Region."""
    own = [referred(references, resource, type_) for type_ in dict.fromkeys(type_ for _, type_ in REFERENCES.get(resource.type, ()))]
    queue = [resource, *stack.dependents(resource), *scalers(stack, resource), *(other for other in own if other is not None)]
    wanted = {other.urn for other in queue}
    while queue:
        current = queue.pop()
        below = {*current.dependencies, *(urn for urns in current.property_dependencies.values() for urn in urns)} - wanted
        wanted |= below
        queue += [stack.by_urn[urn] for urn in below if urn in stack.by_urn]
    kept = tuple(other for other in stack.resources if other.urn in wanted)
    return stack.model_copy(update={"resources": kept, "notes": (), "region": references.places.stack_region})


def usages_for(usages: Sequence[Usage], part: Stack) -> tuple[Usage, ...]:
    """The usages without keys of resources that are not in a part of the stack: there they are no mistake."""
    names = frozenset(other.name for other in part.custom)
    return tuple(replace(usage, named=tuple(entry for entry in usage.named if _is_of(entry, names))) for usage in usages)


def _is_of(entry: NamedUsage, names: frozenset[str]) -> bool:
    return entry.pattern in names if entry.exact else any(entry.matches(name) for name in names)
