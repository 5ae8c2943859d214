"""Karpenter NodePools: nothing at the floor, the limits' worth of the dearest allowed type at the ceiling.

A NodePool's limits cap the vCPU, memory and GPUs that it may add up (Karpenter docs, NodePools, spec.limits). Any mix of its types
stays under limit x the highest price a unit of that resource; the least of those bounds over the limits is the ceiling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Context, Item, UndecidableError, Unpriced, as_list, as_mapping, as_number
from cost.estimate.meters.instances import Offer, expected_spot, instance_line, offers
from cost.estimate.meters.volumes import DEFAULT_TYPE, DEFAULT_TYPE_NOTE, ROOT_GIB, Volume, volume_charges, volumes_of
from cost.estimate.model import EstimateLine, PurchaseOption, QuantitySource, Range
from cost.estimate.prices import InstanceSpec
from cost.units import MONTH_HOURS
from plinth.stack import Resource, has_unknown

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
GPU = "nvidia.com/gpu"

LABELS: Mapping[str, Callable[[InstanceSpec], str]] = {
    "node.kubernetes.io/instance-type": lambda spec: spec.instance_type,
    "kubernetes.io/arch": lambda spec: "arm64" if spec.architecture == "arm64" else "amd64",
    "karpenter.k8s.aws/instance-family": lambda spec: spec.instance_type.split(".", 1)[0],
    "karpenter.k8s.aws/instance-size": lambda spec: spec.instance_type.split(".", 1)[1],
    "karpenter.k8s.aws/instance-category": lambda spec: _letters(spec.instance_type),
    "karpenter.k8s.aws/instance-generation": lambda spec: _generation(spec.instance_type),
    "karpenter.k8s.aws/instance-cpu": lambda spec: f"{spec.vcpu:g}",
    "karpenter.k8s.aws/instance-memory": lambda spec: f"{spec.memory_gib * 1024:g}",
    "karpenter.k8s.aws/instance-gpu-count": lambda spec: f"{spec.gpu_count:g}",
    "karpenter.k8s.aws/instance-gpu-name": lambda spec: spec.gpu_model.removeprefix("NVIDIA ").lower().replace(" ", "-"),
    "karpenter.k8s.aws/instance-local-nvme": lambda spec: f"{spec.local_nvme_gb:g}" if spec.local_nvme_gb else "",
}
"""What a well-known node label says of an instance type. Source: Karpenter docs, Scheduling, well-known labels."""

NEUTRAL_LABELS = frozenset(
    {"kubernetes.io/os", "topology.kubernetes.io/zone", "topology.kubernetes.io/region", CAPACITY_TYPE, "karpenter.k8s.aws/instance-hypervisor"}
)
"""Labels that leave the set of types as it is: prices here are Linux's and the same in every zone."""

RESOURCES: Mapping[str, Callable[[InstanceSpec], float]] = {
    "cpu": lambda spec: spec.vcpu,
    "memory": lambda spec: spec.memory_gib,
    GPU: lambda spec: spec.gpu_count,
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    offer: Offer
    spec: InstanceSpec


def node_pool(context: Context) -> Iterable[Item]:
    """Instances and root volumes of the nodes that a pool may launch."""
    if has_unknown(context.get("spec.template.spec.requirements")):
        raise UndecidableError("its requirements are known only after deployment")
    requirements = [as_mapping("requirements", requirement) for requirement in context.items("spec.template.spec.requirements")]
    limits = _limits(as_mapping("spec.limits", context.get("spec.limits")))
    types = [spec for spec in context.prices.specs.values() if all(_allows(requirement, spec) for requirement in requirements)]
    candidates = _candidates(context, types, _purchases(requirements))
    nodes = _nodes(context, candidates, limits)
    yield _instances(candidates, nodes, limits, context.usage.get("instances") is not None)
    yield from _volumes(context, nodes)


def _instances(candidates: list[_Candidate], nodes: Range, limits: Mapping[str, float], stated: bool) -> EstimateLine:
    found = [candidate.offer for candidate in candidates]
    spot = [offer for offer in found if offer.purchase is PurchaseOption.SPOT]
    expected = expected_spot(spot) if spot else min(found, key=lambda offer: (offer.usd_per_hour, offer.instance_type))
    notes = (
        f"{len({offer.instance_type for offer in found})} types fit; the ceiling is the limits ({_described(limits)}) at the highest price a unit",
        *(() if stated else ("Karpenter launches for pending pods: expected is 0 until a usage file says `instances`",)),
    )
    line = instance_line("instances, Karpenter", found, expected, nodes, QuantitySource.USAGE_FILE if stated else QuantitySource.DECLARED, notes)
    ceiling = _ceiling(candidates, limits, lambda candidate: candidate.offer.usd_per_hour) * MONTH_HOURS
    cost = line.monthly_cost
    return line.model_copy(update={"monthly_cost": cost.model_copy(update={"max": max(ceiling, cost.expected)})})


def _nodes(context: Context, candidates: list[_Candidate], limits: Mapping[str, float]) -> Range:
    most = _ceiling(candidates, limits, lambda _: 1.0)
    stated = context.usage.get("instances")
    expected = context.within(context.resource.name, stated.value, 0.0, most) if stated else 0.0
    return Range(min=0.0, expected=expected, max=most)


def _ceiling(candidates: list[_Candidate], limits: Mapping[str, float], worth: Callable[[_Candidate], float]) -> float:
    """The most of `worth` (a figure a node) that nodes within the limits can add up to, whatever their mix."""
    bounds = [
        limit * max(worth(candidate) / RESOURCES[resource](candidate.spec) for candidate in candidates)
        for resource, limit in limits.items()
        if all(RESOURCES[resource](candidate.spec) > 0 for candidate in candidates)
    ]
    if not bounds:
        raise UndecidableError("its limits cap none of cpu, memory and nvidia.com/gpu for every type it allows: there is no ceiling")
    return min(bounds)


def _candidates(context: Context, types: list[InstanceSpec], purchases: tuple[PurchaseOption, ...]) -> list[_Candidate]:
    specs = {spec.instance_type: spec for spec in types}
    found = [offer for purchase in purchases for offer in offers(context, specs, purchase)[0]]
    if not found:
        raise UndecidableError(f"{len(specs)} instance types fit its requirements and none has a price in {context.region}")
    return [_Candidate(offer, specs[offer.instance_type]) for offer in found]


def _purchases(requirements: Iterable[Mapping[str, Any]]) -> tuple[PurchaseOption, ...]:
    """The capacity types a pool allows; on-demand where it says nothing. Source: Karpenter docs, Scheduling, capacity type."""
    for requirement in requirements:
        if requirement.get("key") == CAPACITY_TYPE and requirement.get("operator", "In") == "In":
            values = set(map(str, as_list("values", requirement.get("values"))))
            if "reserved" in values:
                raise UndecidableError("reserved capacity is priced with its reservation")
            return tuple(option for name, option in (("on-demand", PurchaseOption.ON_DEMAND), ("spot", PurchaseOption.SPOT)) if name in values)
    return (PurchaseOption.ON_DEMAND,)


def _allows(requirement: Mapping[str, Any], spec: InstanceSpec) -> bool:
    key, operator, values = str(requirement.get("key")), requirement.get("operator"), [str(value) for value in as_list("values", requirement.get("values"))]
    if key in NEUTRAL_LABELS or (key not in LABELS and not key.startswith(("karpenter.k8s.aws/", "node.kubernetes.io/"))):
        return True
    if key not in LABELS:
        raise UndecidableError(f"its requirement on {key} is not understood")
    label = LABELS[key](spec)
    if operator in ("In", "NotIn"):
        return (label in values) is (operator == "In")
    if operator in ("Exists", "DoesNotExist"):
        return bool(label) is (operator == "Exists")
    if operator in ("Gt", "Lt") and values:
        figure, bound = as_number(key, label or 0), as_number(key, values[0])
        return figure > bound if operator == "Gt" else figure < bound
    raise UndecidableError(f"its requirement on {key} has the operator {operator}")


def _limits(declared: Mapping[str, Any]) -> dict[str, float]:
    if has_unknown(declared):
        raise UndecidableError("its limits are known only after deployment")
    limits = {key: _quantity(key, value) for key, value in declared.items() if key in RESOURCES}
    if not limits:
        raise UndecidableError("it has no limits on cpu, memory or nvidia.com/gpu: there is no ceiling")
    return limits


def _quantity(key: str, value: Any) -> float:
    """A Kubernetes quantity: vCPU or GPUs as a number, memory in GiB."""
    text = str(value)
    if key == "memory":
        for suffix, factor in (("Ti", 1024.0), ("Gi", 1.0), ("Mi", 1 / 1024), ("Ki", 1 / 2**20), ("T", 1e12 / 2**30), ("G", 1e9 / 2**30), ("M", 1e6 / 2**30)):
            if text.endswith(suffix):
                return as_number(key, text.removesuffix(suffix)) * factor
        return as_number(key, text) / 2**30
    return as_number(key, text.removesuffix("m")) / 1000 if text.endswith("m") else as_number(key, text)


def _volumes(context: Context, nodes: Range) -> Iterable[Item]:
    node_class = _node_class(context)
    if node_class is None:
        yield Unpriced("EBS volumes", "its EC2NodeClass is not in this stack")
        return
    mappings = node_class.input("spec.blockDeviceMappings")
    if not mappings.present:
        note = f"the node class declares no volume: {ROOT_GIB:g} GiB root, Karpenter's default for AL2023"
        yield from volume_charges(Volume("root", DEFAULT_TYPE, ROOT_GIB), nodes, (note, DEFAULT_TYPE_NOTE))
    elif not mappings.known:
        yield Unpriced("EBS volumes", "the node class's block device mappings are known only after deployment")
    for volume in volumes_of(as_list("blockDeviceMappings", mappings.value)):
        yield from (volume,) if isinstance(volume, Unpriced) else volume_charges(volume[0], nodes, (f"from node class {node_class.name}", *volume[1]))


def _node_class(context: Context) -> Resource | None:
    wanted = context.get("spec.template.spec.nodeClassRef.name")
    return next((other for other in context.stack.of_type(NODE_CLASS) if other.input("metadata.name").value == wanted), None)


def _described(limits: Mapping[str, float]) -> str:
    units = {"cpu": "vCPU", "memory": "GiB", GPU: "GPU"}
    return ", ".join(f"{limit:,g} {units[key]}" for key, limit in limits.items())


def _letters(instance_type: str) -> str:
    family = instance_type.split(".", 1)[0]
    for index, letter in enumerate(family):
        if letter.isdigit():
            return family[:index]
    return family


def _generation(instance_type: str) -> str:
    return "".join(letter for letter in instance_type.split(".", 1)[0][len(_letters(instance_type)) :] if letter.isdigit())[:1]
