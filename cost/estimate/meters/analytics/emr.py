"""EMR on EC2: instances of groups and fleets, EMR's own price on top of each, and their volumes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, as_list, as_mapping, as_number, constant
from cost.estimate.meters.compute.instances import Offer, expected_spot, instance_line, instance_offer, offers
from cost.estimate.meters.storage.volumes import Volume, volume_charges
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import EstimateLine, PurchaseOption, Range
from cost.estimate.prices import EC2
from cost.units import MONTH_HOURS
from plinth.stack import Resource, State, Unknown, has_unknown

PRICE_TYPE = "aws_emr_cluster"
CLUSTER = "aws:emr/cluster:Cluster"
MANAGED_SCALING = "aws:emr/managedScalingPolicy:ManagedScalingPolicy"
ROOT_GIB = 15.0
"""Root volume of a node where ebsRootVolumeSize is not set. Source: EMR management guide, customizing the EBS root volume."""
RELEASE, GP3_RELEASE = re.compile(r"emr-(\d+)\.(\d+)"), (6, 15)
"""The release whose root volumes are gp3 by default, and take IOPS and throughput. Source: the same, and Cluster.EbsRootVolumeThroughput of its API."""
GP2, GP3 = "gp2", "gp3"
DEFAULT_GIB = {
    "large": 32.0,
    "xlarge": 64.0,
    "2xlarge": 128.0,
    "4xlarge": 256.0,
    "8xlarge": 512.0,
    "9xlarge": 576.0,
    "10xlarge": 640.0,
    "12xlarge": 768.0,
    "16xlarge": 1024.0,
    "18xlarge": 1152.0,
    "24xlarge": 1536.0,
}
"""gp2 GiB that EMR adds to a node whose type has no disks of its own. Source: EMR management guide, default EBS storage for instances."""
GROUP_SIZES = ("instanceType", "instanceCount", "bidPrice", "autoscalingPolicy")
FLEET_SIZES = ("instanceTypeConfigs", "targetOnDemandCapacity", "targetSpotCapacity")
TRANSIENT = "the cluster ends when its steps end: state monthly_hours in a usage file, else the whole month is counted"


@dataclass(frozen=True, slots=True)
class Node:
    """One instance type of a group or a fleet: what it counts for, and the volumes that are declared for it."""

    instance_type: str
    weight: float
    ebs: tuple[Mapping[str, Any], ...]


class Root(NamedTuple):
    """The root volume of every node: its kind, its size and why."""

    kind: str
    gib: float
    note: str


def cluster(context: Context) -> Iterable[Item]:
    """The primary and core nodes; task nodes are resources of their own."""
    root = _root_of(context.resource)
    notes = (TRANSIENT,) if context.get("keepJobFlowAliveWhenNoSteps", True) is False and MONTHLY_HOURS not in context.usage else ()
    declared = False
    for name, label in (("master", "primary"), ("core", "core")):
        group, fleet = (as_mapping(f"{name}{kind}", context.get(f"{name}{kind}")) for kind in ("InstanceGroup", "InstanceFleet"))
        if group:
            declared = True
            yield from _group(context, label, group, root, _limits(context) if name == "core" else None, notes)
        if fleet:
            declared = True
            yield from _fleet(context, label, fleet, root, notes)
    if not declared:
        raise UndecidableError("it declares neither instance groups nor instance fleets")


def instance_group(context: Context) -> Iterable[Item]:
    """The task nodes of an instance group."""
    group = {key: context.get(key) for key in (*GROUP_SIZES, "ebsConfigs")}
    yield from _group(context, "task", group, _root(context), None, ())


def instance_fleet(context: Context) -> Iterable[Item]:
    """The task nodes of an instance fleet."""
    yield from _fleet(context, "task", {key: context.get(key) for key in FLEET_SIZES}, _root(context), ())


def _root(context: Context) -> Root:
    return _root_of(context.references.referred(context.resource, "clusterId", CLUSTER))


def _root_of(owner: Resource | None) -> Root:
    """The root volume of a cluster's nodes: gp3 from its release on; gp2, the dearer, where the release or the cluster can't be read."""
    if owner is None:
        return Root(GP2, ROOT_GIB, "gp2, as EMR's root volume before 6.15: the cluster is not in this stack")
    size, label = owner.input("ebsRootVolumeSize"), owner.input("releaseLabel")
    if size.state is State.UNKNOWN:
        raise UndecidableError("ebsRootVolumeSize is known only after deployment")
    gib = as_number("ebsRootVolumeSize", size.value) if size.known else ROOT_GIB
    release = RELEASE.match(str(label.value)) if label.known else None
    if release is not None and tuple(map(int, release.groups())) >= GP3_RELEASE:
        return Root(GP3, gib, f"gp3, as the default root volume of {label.value}")
    return Root(GP2, gib, f"gp2, as EMR's default root volume ({label.value if label.known else 'release not known'})")


def _limits(context: Context) -> Range | None:
    """What managed scaling allows the core nodes, where it counts instances."""
    for policy in context.references.referring(context.resource, "clusterId", MANAGED_SCALING):
        declared = policy.input("computeLimits")
        for limit in as_list("computeLimits", declared.value if declared.known else None):
            if isinstance(limit, Mapping) and limit.get("unitType") == "Instances" and not has_unknown(limit):
                low = as_number("minimumCapacityUnits", limit.get("minimumCapacityUnits"))
                high = as_number("maximumCapacityUnits", limit.get("maximumCoreCapacityUnits", limit.get("maximumCapacityUnits")))
                return Range(min=low, expected=low, max=high)
    return None


def _group(context: Context, label: str, group: Mapping[str, Any], root: Root, limits: Range | None, notes: tuple[str, ...]) -> Iterable[Item]:
    hidden = _hidden(group, GROUP_SIZES)
    if hidden is not None or group.get("instanceType") is None:
        yield Unpriced(f"{label} nodes", f"{hidden} is known only after deployment" if hidden else "it declares no instanceType")
        return
    count = as_number("instanceCount", 1 if group.get("instanceCount") is None else group["instanceCount"])
    limits = _autoscaling(group.get("autoscalingPolicy")) or limits
    nodes = constant(count) if limits is None else Range(min=min(limits.min, count), expected=count, max=max(limits.max, count))
    purchase = PurchaseOption.SPOT if group.get("bidPrice") else PurchaseOption.ON_DEMAND
    node = _node(group)
    candidates, missing = offers(context, [node.instance_type], purchase)
    yield from missing
    if candidates:
        hours, source, words = running_hours(context)
        yield instance_line(f"{label} nodes", candidates, candidates[0], nodes.scaled(hours / MONTH_HOURS), source, (*notes, *words))
    yield from _extras(context, label, node, nodes, root)


def _hidden(declared: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of the keys whose value is known only after deployment."""
    return next((key for key in keys if isinstance(declared.get(key), Unknown)), None)


def _autoscaling(policy: Any) -> Range | None:
    if not isinstance(policy, str):
        return None
    try:
        found = json.loads(policy)["Constraints"]
        return Range(min=found["MinCapacity"], expected=found["MinCapacity"], max=found["MaxCapacity"])
    except (ValueError, KeyError, TypeError):
        raise UndecidableError("autoscalingPolicy is no JSON with Constraints of MinCapacity and MaxCapacity") from None


def _fleet(context: Context, label: str, fleet: Mapping[str, Any], root: Root, notes: tuple[str, ...]) -> Iterable[Item]:
    hidden = _hidden(fleet, FLEET_SIZES)
    if hidden is not None:
        yield Unpriced(f"{label} nodes", f"{hidden} is known only after deployment")
        return
    declared = as_list("instanceTypeConfigs", fleet.get("instanceTypeConfigs"))
    nodes = [_node(config) for config in declared if isinstance(config, Mapping) and not has_unknown(config.get("instanceType"))]
    if len(nodes) < len(declared):
        yield Unpriced(f"{label} fleet", f"{len(declared) - len(nodes)} of {len(declared)} types are known only after deployment; the range is over the others")
    for purchase, key in ((PurchaseOption.ON_DEMAND, "targetOnDemandCapacity"), (PurchaseOption.SPOT, "targetSpotCapacity")):
        target = as_number(key, fleet.get(key) or 0)
        if target and nodes:
            yield from _fleet_capacity(context, label, nodes, purchase, target, root, notes)


def _fleet_capacity(
    context: Context, label: str, nodes: list[Node], purchase: PurchaseOption, target: float, root: Root, notes: tuple[str, ...]
) -> Iterable[Item]:
    """Target capacity over a fleet's types: on-demand the cheapest for the target, Spot the calmest band (EMR's allocation strategies)."""
    by_type = {node.instance_type: node for node in nodes}
    candidates, missing = offers(context, by_type, purchase)
    yield from missing
    if not candidates:
        return
    counts = {offer.instance_type: float(math.ceil(target / by_type[offer.instance_type].weight)) for offer in candidates}
    cheapest = min(candidates, key=lambda offer: offer.usd_per_hour * counts[offer.instance_type])
    expected = expected_spot(candidates) if purchase is PurchaseOption.SPOT else cheapest
    yield _fleet_line(context, label, candidates, counts, expected, (*notes, f"{target:g} units of capacity over {len(candidates)} types"))
    chosen = by_type[expected.instance_type]
    yield from _extras(context, label, chosen, constant(counts[chosen.instance_type]), root)


def _fleet_line(context: Context, label: str, candidates: list[Offer], counts: Mapping[str, float], expected: Offer, notes: tuple[str, ...]) -> EstimateLine:
    hours, source, words = running_hours(context)
    costs = [hours * counts[offer.instance_type] * offer.usd_per_hour for offer in candidates]
    quantities = [hours * counts[offer.instance_type] for offer in candidates]
    own = counts[expected.instance_type] * hours
    return EstimateLine(
        component=f"{label} nodes, {expected.purchase.value.replace('_', '-')}",
        service=EC2,
        unit="hour",
        quantity=Range(min=min(quantities), expected=own, max=max(quantities)),
        unit_price=expected.usd_per_hour,
        price_source=expected.source,
        price_date=expected.price_date,
        confidence=expected.confidence,
        monthly_cost=Range(min=min(costs), expected=own * expected.usd_per_hour, max=max(costs)),
        assumptions=(f"expected {expected}", *notes, *words),
        purchase_option=expected.purchase,
        instance_type=expected.instance_type,
        quantity_source=source,
        offers=tuple(map(instance_offer, candidates)) if len(candidates) > 1 else (),
    )


def _extras(context: Context, label: str, node: Node, nodes: Range, root: Root) -> Iterable[Item]:
    """EMR's own price an hour, and the volumes of each node for the hours that it runs."""
    hours, source, words = running_hours(context)
    component = f"EMR uplift on {node.instance_type} (on top of EC2)"
    name = f"{component}, {label}"
    yield Charge(PRICE_TYPE, component, constant(hours), nodes, source=source, assumptions=words, label=name, instance_type=node.instance_type)
    share = nodes.scaled(hours / MONTH_HOURS)
    yield from volume_charges(Volume(f"{label} root", root.kind, root.gib), share, (root.note,))
    if node.ebs:
        for config in node.ebs:
            yield from _declared_volume(label, config, share)
    elif (size := _default_gib(context, node.instance_type)) is None:
        yield Unpriced(f"EBS volumes, {label}", f"the volumes that EMR adds to {node.instance_type} are not known")
    elif size:
        yield from volume_charges(Volume(f"{label} data", "gp2", size), share, ("no volumes declared: EMR's default for a type without disks",))


def _declared_volume(label: str, config: Mapping[str, Any], share: Range) -> Iterable[Item]:
    if has_unknown(config):
        yield Unpriced(f"EBS volumes, {label}", "their size is known only after deployment")
        return
    each = as_number("volumesPerInstance", config.get("volumesPerInstance") or 1)
    iops, throughput = (None if config.get(key) is None else as_number(key, config[key]) for key in ("iops", "throughput"))
    volume = Volume(f"{label} data", str(config.get("type", "gp2")), as_number("size", config.get("size")), iops, throughput)
    yield from volume_charges(volume, share.scaled(each), ())


def _default_gib(context: Context, instance_type: str) -> float | None:
    spec = context.prices.specs.get(instance_type)
    if spec is not None and spec.local_nvme_gb:
        return 0.0
    return DEFAULT_GIB.get(instance_type.rpartition(".")[2])


def _node(config: Mapping[str, Any]) -> Node:
    configs = config.get("ebsConfigs")
    if isinstance(configs, Unknown):
        configs = [{"size": configs}]
    weight = as_number("weightedCapacity", config.get("weightedCapacity") or 1)
    return Node(str(config["instanceType"]), weight, tuple(as_mapping("ebsConfigs", item) for item in as_list("ebsConfigs", configs)))


def studio(context: Context) -> Iterable[Item]:
    """A Studio is free; its notebooks run on clusters that are priced."""
    yield Free("an EMR Studio carries no charge; its notebooks run on clusters that are priced")


METERS = {
    CLUSTER: Meter(PRICE_TYPE, measure=cluster, extra_fields=(MONTHLY_HOURS,)),
    "aws:emr/instanceGroup:InstanceGroup": Meter("aws_emr_instance_group", measure=instance_group, extra_fields=(MONTHLY_HOURS,)),
    "aws:emr/instanceFleet:InstanceFleet": Meter("aws_emr_instance_fleet", measure=instance_fleet, extra_fields=(MONTHLY_HOURS,)),
    "aws:emr/studio:Studio": Meter("aws_emr_studio", measure=studio),
}
