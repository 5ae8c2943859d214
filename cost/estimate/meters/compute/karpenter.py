"""Karpenter NodePools: nothing at the floor, the limits' worth of the dearest allowed type at the ceiling.

A NodePool's limits cap the vCPU, memory and GPUs that it may add up (Karpenter docs, NodePools, spec.limits). Any mix of its types
stays under limit x the highest price a unit of that resource; the least of those bounds over the limits is the ceiling.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Context, Item, UndecidableError, Unpriced, as_list, as_mapping, as_number
from cost.estimate.meters.compute.cluster import management_fee
from cost.estimate.meters.compute.instances import Offer, expected_spot, instance_line, offers
from cost.estimate.meters.compute.node_labels import CAPACITY_TYPE, allows
from cost.estimate.meters.storage.volumes import DEFAULT_TYPE, DEFAULT_TYPE_NOTE, ROOT_GIB, Volume, gib, volume_charges, volumes_of
from cost.estimate.model import EstimateLine, PurchaseOption, Quantity, QuantitySource, Range
from cost.estimate.prices import InstanceSpec
from cost.units import MONTH_HOURS
from plinth.stack import Resource, has_unknown

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
AUTO_MODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
AUTO_MODE_GROUP = "eks.amazonaws.com"
AUTO_MODE_GIB = 80.0
GPU = "nvidia.com/gpu"

RESOURCES: Mapping[str, Callable[[InstanceSpec], float]] = {
    "cpu": lambda spec: spec.vcpu,
    "memory": lambda spec: spec.memory_gib,
    GPU: lambda spec: spec.gpu_count,
}


UNITS = {"cpu": "vCPU", "memory": "GiB", GPU: "GPU"}
PENDING = {"pending_cpu": "cpu", "pending_memory_gb": "memory", "pending_gpu": GPU}
"""Usage fields of ours: what pending pods ask for together, on average, and the node resource that answers it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    offer: Offer
    spec: InstanceSpec


@dataclass(frozen=True, slots=True)
class _Expected:
    """How many nodes are expected, of which offer if that is known, from where, and why."""

    nodes: float
    offer: Offer | None
    source: QuantitySource
    notes: tuple[str, ...]


def node_pool(context: Context) -> Iterable[Item]:
    """Instances and root volumes of the nodes that a pool may launch; in EKS Auto Mode their management fee too."""
    if has_unknown(context.get("spec.template.spec.requirements")):
        raise UndecidableError("its requirements are known only after deployment")
    requirements = [as_mapping("requirements", requirement) for requirement in context.items("spec.template.spec.requirements")]
    limits = _limits(as_mapping("spec.limits", context.get("spec.limits")))
    types = [spec for spec in context.prices.specs.values() if all(allows(requirement, spec) for requirement in requirements)]
    candidates = _candidates(context, types, _purchases(requirements))
    expected = _expected(context, candidates, limits)
    floor = context.number("spec.replicas", 0.0)
    nodes = Range(min=floor, expected=expected.nodes, max=max(_ceiling(candidates, limits, lambda _: 1.0), floor))
    line = _instances(candidates, nodes, limits, expected)
    yield line
    auto_mode = context.get("spec.template.spec.nodeClassRef.group") == AUTO_MODE_GROUP
    if auto_mode:
        yield from management_fee(context, line.instance_type or "", nodes)
    yield from _volumes(context, nodes, auto_mode=auto_mode)


def _instances(candidates: list[_Candidate], nodes: Range, limits: Mapping[str, float], expected: _Expected) -> EstimateLine:
    found = [candidate.offer for candidate in candidates]
    notes = (
        f"{len({offer.instance_type for offer in found})} types fit; the ceiling is the limits ({_described(limits)}) at the highest price a unit",
        *expected.notes,
    )
    line = instance_line("instances, Karpenter", found, expected.offer or _likely(found), nodes, expected.source, notes)
    ceiling = _ceiling(candidates, limits, lambda candidate: candidate.offer.usd_per_hour) * MONTH_HOURS
    cost = line.monthly_cost
    return line.model_copy(update={"monthly_cost": cost.model_copy(update={"max": max(ceiling, cost.expected)})})


def _likely(found: list[Offer]) -> Offer:
    """What a pool launches where nothing says more: Spot where it is allowed, for Karpenter prefers it, else the cheapest."""
    spot = [offer for offer in found if offer.purchase is PurchaseOption.SPOT]
    return expected_spot(spot) if spot else min(found, key=lambda offer: (offer.usd_per_hour, offer.instance_type))


def _expected(context: Context, candidates: list[_Candidate], limits: Mapping[str, float]) -> _Expected:
    """The usage file's `instances`, else the cheapest packing of its pending requests, else the pool's own replicas, else none."""
    most = _ceiling(candidates, limits, lambda _: 1.0)
    stated = context.usage.get("instances")
    if stated is not None:
        return _Expected(context.within(context.resource.name, stated.value, 0.0, most), None, stated.source, ())
    pending = {resource: found for field, resource in PENDING.items() if (found := context.usage.get(field)) is not None and found.value > 0}
    if pending:
        return _packed(context, candidates, pending, most)
    replicas = context.number("spec.replicas", 0.0)
    if replicas:
        return _Expected(replicas, None, QuantitySource.DECLARED, (f"a static pool of {replicas:g} nodes",))
    note = "Karpenter launches for pending pods: expected is 0 until a usage file says `instances`, or pending_cpu, pending_memory_gb and pending_gpu"
    return _Expected(0.0, None, QuantitySource.DECLARED, (note,))


def _packed(context: Context, candidates: list[_Candidate], pending: Mapping[str, Quantity], most: float) -> _Expected:
    """The cheapest number of nodes of one type that holds what is pending, Spot before on-demand where both are allowed.

    Karpenter packs pods one by one and may mix types (Karpenter docs, Scheduling); whole machines of one type stand for it, and what
    the system keeps of a node for itself is not counted.
    """
    spot = [candidate for candidate in candidates if candidate.offer.purchase is PurchaseOption.SPOT]
    packings = [
        (count * candidate.offer.usd_per_hour, candidate.offer.instance_type, count, candidate.offer)
        for candidate in (spot or candidates)
        if (count := _count(candidate.spec, pending)) is not None
    ]
    asked = ", ".join(f"{found.value:g} {UNITS[resource]}" for resource, found in pending.items())
    if not packings:
        raise UndecidableError(f"no type that it allows can hold what is pending ({asked})")
    cost, name, count, offer = min(packings, key=lambda packing: packing[:3])
    note = f"pending {asked}: {count:g} x {name} is the cheapest packing by one type ({cost:.4f} USD/h), system reserves not counted"
    source = next(iter(pending.values())).source
    return _Expected(context.within(context.resource.name, count, 0.0, most), offer, source, (note,))


def _count(spec: InstanceSpec, pending: Mapping[str, Quantity]) -> float | None:
    """How many nodes of a type hold what is pending; None where it has none of a resource."""
    counts = [math.ceil(found.value / RESOURCES[resource](spec)) if RESOURCES[resource](spec) else None for resource, found in pending.items()]
    return None if None in counts else float(max(count for count in counts if count is not None))


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
            if values == {"reserved"}:
                raise UndecidableError("reserved capacity is priced with its reservation")
            return tuple(option for name, option in (("on-demand", PurchaseOption.ON_DEMAND), ("spot", PurchaseOption.SPOT)) if name in values)
    return (PurchaseOption.ON_DEMAND,)


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


def _volumes(context: Context, nodes: Range, *, auto_mode: bool) -> Iterable[Item]:
    node_class = _node_class(context, AUTO_MODE_CLASS if auto_mode else NODE_CLASS)
    if node_class is None:
        yield Unpriced("EBS volumes", f"its {'NodeClass' if auto_mode else 'EC2NodeClass'} is not in this stack")
    elif auto_mode:
        yield from _ephemeral_storage(node_class, nodes)
    else:
        yield from _mapped(node_class, nodes)


def _mapped(node_class: Resource, nodes: Range) -> Iterable[Item]:
    mappings = node_class.input("spec.blockDeviceMappings")
    if not mappings.present:
        note = f"the node class declares no volume: {ROOT_GIB:g} GiB root, Karpenter's default for AL2023"
        yield from volume_charges(Volume("root", DEFAULT_TYPE, ROOT_GIB), nodes, (note, DEFAULT_TYPE_NOTE))
    elif not mappings.known:
        yield Unpriced("EBS volumes", "the node class's block device mappings are known only after deployment")
    for volume in volumes_of(as_list("blockDeviceMappings", mappings.value)):
        yield from (volume,) if isinstance(volume, Unpriced) else volume_charges(volume[0], nodes, (f"from node class {node_class.name}", *volume[1]))


def _ephemeral_storage(node_class: Resource, nodes: Range) -> Iterable[Item]:
    """An Auto Mode node's data volume, 80 GiB gp3 where nothing is declared. Source: EKS user guide, NodeClass ephemeralStorage."""
    storage = node_class.input("spec.ephemeralStorage")
    if has_unknown(storage.value):
        yield Unpriced("EBS volumes", "the node class's ephemeral storage is known only after deployment")
        return
    declared = as_mapping("ephemeralStorage", storage.value if storage.known else None)
    iops, throughput = (None if declared.get(key) is None else as_number(key, declared[key]) for key in ("iops", "throughput"))
    volume = Volume("data", DEFAULT_TYPE, gib(declared.get("size", AUTO_MODE_GIB)), iops, throughput)
    yield from volume_charges(volume, nodes, (f"from node class {node_class.name}",))


def _node_class(context: Context, type_: str) -> Resource | None:
    wanted = context.get("spec.template.spec.nodeClassRef.name")
    return next(iter(context.references.named(type_, "metadata.name", wanted)), None)


def _described(limits: Mapping[str, float]) -> str:
    return ", ".join(f"{limit:,g} {UNITS[key]}" for key, limit in limits.items())
