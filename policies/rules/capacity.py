"""Spot capacity: enough instance types to find some, and on-demand to fall back on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plinth.stack import Resource, State, revealed
from policies.judge import is_unknown, said, shown, unknown, violation
from policies.model import Context, Problem, Rule, Scope, Severity, frameworks
from policies.references import is_partial, referred
from policies.rules.eks import CLUSTER, NODE_GROUP

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
MINIMUM_TYPES = 2
CAPACITY_TYPE = "karpenter.sh/capacity-type"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
FAMILY = "karpenter.k8s.aws/instance-family"
REQUIREMENTS = "spec.template.spec.requirements"
STARVED = "when spot runs out, nothing starts"
UNREADABLE = "a requirement is known only after a deployment"


def has_several_types(resource: Resource, context: Context) -> Iterator[Problem]:
    """A spot pool may draw on at least two instance types."""
    if resource.type == NODE_POOL:
        yield from _pool_types(resource)
        return
    capacity, found = resource.input("capacityType"), resource.input("instanceTypes")
    if capacity.state is State.UNKNOWN:
        yield unknown("capacityType")
    elif capacity.value != "SPOT":
        return
    elif found.state is State.UNKNOWN or (found.known and any(is_unknown(each) for each in found.value)):
        yield unknown("instanceTypes")
    elif len(set(found.value or ())) < MINIMUM_TYPES:
        yield violation("instanceTypes", f"instanceTypes is {said(found)}: a spot pool needs at least {MINIMUM_TYPES} to find capacity")


def _pool_types(pool: Resource) -> Iterator[Problem]:
    named = _requirements(pool)
    if named is None:
        yield unknown(REQUIREMENTS, UNREADABLE)
    elif "spot" in _values(named, CAPACITY_TYPE, ()):
        for key, each in ((INSTANCE_TYPE, "instance types"), (FAMILY, "instance families")):
            values = _values(named, key, None)
            if values is not None and len(set(values)) < MINIMUM_TYPES and (key == INSTANCE_TYPE or INSTANCE_TYPE not in named):
                yield violation(REQUIREMENTS, f"{key} is {shown(values)}: a spot pool needs at least {MINIMUM_TYPES} {each} to find capacity")


def falls_back(resource: Resource, context: Context) -> Iterator[Problem]:
    """A spot pool has on-demand capacity that takes the same pods: in the pool itself (Karpenter), or beside it."""
    if resource.type == NODE_POOL:
        yield from _pool_falls_back(resource, context)
        return
    capacity = resource.input("capacityType")
    if capacity.state is State.UNKNOWN:
        yield unknown("capacityType")
    elif capacity.value == "SPOT":
        verdicts: list[bool | None] = [None] if is_partial(context.stack) else []
        verdicts += [_takes_same_pods(resource, other, context) for other in context.stack.of_type(NODE_GROUP) if other.urn != resource.urn]
        if True not in verdicts:
            if None in verdicts:
                yield unknown("capacityType", "an on-demand node group that is not known yet may stand in")
            else:
                yield violation("capacityType", f"capacityType is 'SPOT' and no on-demand node group has the same taints and labels: {STARVED}")


def _takes_same_pods(spot: Resource, other: Resource, context: Context) -> bool | None:
    """Whether an on-demand group stands in for a spot group; None where that is not known yet."""
    capacity = other.input("capacityType")
    if capacity.known and capacity.value == "SPOT":
        return False
    mine, theirs = (_cluster(group, context) for group in (spot, other))
    if mine is None or theirs is None or capacity.state is State.UNKNOWN:
        return None
    shapes = [_shape(group) for group in (spot, other)]
    if mine == theirs and None in shapes:
        return None
    return mine == theirs and _compatible(*shapes)


def _cluster(group: Resource, context: Context) -> str | None:
    found = referred(context.stack, group, "clusterName", CLUSTER).found
    if found:
        return found[0].urn
    name = group.input("clusterName")
    return str(name.value) if name.known else None


def _shape(group: Resource) -> tuple[frozenset[tuple[Any, Any, Any]], Mapping[str, Any]] | None:
    taints, labels = group.input("taints"), group.input("labels")
    if State.UNKNOWN in (taints.state, labels.state) or any(is_unknown(taint) for taint in taints.value or ()):
        return None
    listed = [revealed(taint) for taint in taints.value or ()]
    return frozenset((taint.get("key"), taint.get("value"), taint.get("effect")) for taint in listed), revealed(labels.value or {})


def _compatible(mine: Any, theirs: Any) -> bool:
    """Same taints, and no label that both have with different values; a label that says spot or on-demand may differ."""
    shared = {key for key in mine[1] if key in theirs[1] and "capacity" not in key}
    return mine[0] == theirs[0] and all(mine[1][key] == theirs[1][key] for key in shared)


def _pool_falls_back(pool: Resource, context: Context) -> Iterator[Problem]:
    named = _requirements(pool)
    if named is None:
        yield unknown(REQUIREMENTS, UNREADABLE)
        return
    capacities = _values(named, CAPACITY_TYPE, ("on-demand",))
    if "spot" not in capacities or "on-demand" in capacities:
        return
    others = [other for other in context.stack.of_type(NODE_POOL) if other.urn != pool.urn and _taints(other) == _taints(pool)]
    requirements = [_requirements(other) for other in others]
    if any(each is not None and "on-demand" in _values(each, CAPACITY_TYPE, ("on-demand",)) for each in requirements):
        return
    if None in requirements or is_partial(context.stack):
        yield unknown(REQUIREMENTS, UNREADABLE)
    else:
        yield violation(REQUIREMENTS, f"{CAPACITY_TYPE} is {shown(list(capacities))} and no other pool with the same taints has on-demand: {STARVED}")


def _requirements(pool: Resource) -> Mapping[str, Mapping[str, Any]] | None:
    """A NodePool's requirements by key; None where one is unknown."""
    found = pool.input(REQUIREMENTS)
    if found.state is State.UNKNOWN or (found.known and any(is_unknown(each) or is_unknown(each.get("values")) for each in found.value)):
        return None
    return {str(each.get("key")): each for each in found.value or ()}


def _values(named: Mapping[str, Mapping[str, Any]], key: str, default: Any) -> Any:
    """The values that a requirement admits by `In`; the default where there is none. Other operators narrow, and name none."""
    requirement = named.get(key)
    return requirement.get("values") or () if requirement is not None and requirement.get("operator") == "In" else default


def _taints(pool: Resource) -> str:
    return repr(sorted(map(repr, pool.input("spec.template.spec.taints").value or ())))


RULES = (
    Rule(
        id="PLN-CAP-001",
        title="A spot pool draws on several instance types",
        severity=Severity.MEDIUM,
        types=(NODE_GROUP, NODE_POOL),
        check=has_several_types,
        frameworks=frameworks(fsbp="AutoScaling.6"),
        remediation="List two or more instance types of like size, of several families where the work allows it.",
    ),
    Rule(
        id="PLN-CAP-002",
        title="A spot pool has on-demand capacity to fall back on",
        severity=Severity.HIGH,
        types=(NODE_GROUP, NODE_POOL),
        check=falls_back,
        scope=Scope.STACK,
        reads=(CLUSTER,),
        remediation="Add an on-demand node group with the same taints and labels, scaled from zero; in a Karpenter pool admit both capacity types.",
    ),
)
