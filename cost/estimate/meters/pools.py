"""EKS managed node groups: instances over their types and sizes, and the volumes of every node, wherever they are declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cost.estimate.meters.base import Context, Free, Item, Meter, UndecidableError, Unpriced, as_list, purchase_label
from cost.estimate.meters.instances import Offer, expected_spot, instance_line, offers
from cost.estimate.meters.volumes import DEFAULT_TYPE, DEFAULT_TYPE_NOTE, ROOT_GIB, Volume, volume_charges, volumes_of
from cost.estimate.model import EstimateLine, PurchaseOption, QuantitySource, Range
from plinth.stack import State, Unknown

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DEFAULT_INSTANCE_TYPE = "t3.medium"
"""What a managed node group runs where no type is declared. Source: EKS API, CreateNodegroup instanceTypes."""
ZERO_NOTE = "scales from zero: expected is 0 until a usage file says `instances`"
PRIORITIZED = "on-demand types are tried in the order declared (EKS user guide, Managed node group capacity types)"
OPTIMIZED = "Spot by price-capacity-optimized; expected is the calmest interruption band, then the lowest price"


def node_group(context: Context) -> Iterable[Item]:
    """Instances and volumes of a managed node group; a size or type that is unknown leaves the range that the others give."""
    purchase = _purchase(context)
    types, unknown = _instance_types(context)
    candidates, missing = offers(context, types, purchase)
    if not candidates:
        raise UndecidableError("; ".join(item.reason for item in (*unknown, *missing)))
    nodes, source, notes = _nodes(context, lambda nodes: _instances(purchase, candidates, nodes, QuantitySource.DECLARED, ()))
    yield _instances(purchase, candidates, nodes, source, notes)
    yield from unknown
    yield from missing
    yield from _volumes(context, nodes)
    if context.resource.input("warmPoolConfig").present:
        yield Unpriced("warm pool", "stopped warm-pool instances and their volumes are not priced yet")


def _instances(purchase: PurchaseOption, candidates: list[Offer], nodes: Range, source: QuantitySource, notes: tuple[str, ...]) -> EstimateLine:
    spot = purchase is PurchaseOption.SPOT
    expected = expected_spot(candidates) if spot else candidates[0]
    order = (OPTIMIZED if spot else PRIORITIZED,) if len(candidates) > 1 else ()
    return instance_line(f"instances, {purchase_label(purchase)}", candidates, expected, nodes, source, (*order, *notes))


def _purchase(context: Context) -> PurchaseOption:
    declared = context.get("capacityType", "ON_DEMAND")
    if declared not in ("ON_DEMAND", "SPOT"):
        raise UndecidableError(f"no price for capacity type {declared}: a Capacity Block is priced when it is bought")
    return PurchaseOption.SPOT if declared == "SPOT" else PurchaseOption.ON_DEMAND


def _instance_types(context: Context) -> tuple[list[str], list[Unpriced]]:
    declared = context.items("instanceTypes")
    template = context.references.referred(context.resource, "launchTemplate.id", LAUNCH_TEMPLATE)
    if not declared and template is not None:
        one = template.input("instanceType")
        if one.state is State.UNKNOWN or template.input("instanceRequirements").present:
            raise UndecidableError("the launch template leaves the instance type open")
        declared = [one.value] if one.known else []
    declared = declared or [DEFAULT_INSTANCE_TYPE]
    known = [str(item) for item in declared if not isinstance(item, Unknown)]
    hidden = len(declared) - len(known)
    reason = f"{hidden} of {len(declared)} types are known only after deployment; the range is over the others"
    return known, [Unpriced("instance types", reason)] if hidden else []


def _nodes(context: Context, priced: Callable[[Range], EstimateLine]) -> tuple[Range, QuantitySource, tuple[str, ...]]:
    """Nodes at the floor, as expected (usage file before desiredSize, within the limits) and at the ceiling."""
    floor, ceiling = context.number("scalingConfig.minSize"), context.number("scalingConfig.maxSize")
    stated = context.usage.get("instances")
    if stated is not None:
        expected = context.within(context.resource.name, stated.value, floor, ceiling)
        return Range(min=floor, expected=expected, max=ceiling), stated.source, ()
    desired = context.resource.input("scalingConfig.desiredSize")
    if desired.state is State.UNKNOWN:
        cost = priced(Range(min=floor, expected=floor, max=ceiling)).monthly_cost
        raise UndecidableError(f"scalingConfig.desiredSize is known only after deployment; the instances cost {cost.min:,.2f} to {cost.max:,.2f} USD a month")
    expected = context.number("scalingConfig.desiredSize", floor)
    return Range(min=floor, expected=expected, max=ceiling), QuantitySource.DECLARED, (ZERO_NOTE,) if expected == 0 else ()


def _volumes(context: Context, nodes: Range) -> Iterable[Item]:
    declared = context.resource.input("launchTemplate")
    if not declared.present:
        notes = () if context.resource.input("diskSize").present else (f"no disk size declared: EKS takes {ROOT_GIB:g} GiB",)
        yield from volume_charges(Volume("root", DEFAULT_TYPE, context.number("diskSize", ROOT_GIB)), nodes, (*notes, DEFAULT_TYPE_NOTE))
        return
    template = context.references.referred(context.resource, "launchTemplate.id", LAUNCH_TEMPLATE) or context.references.referred(
        context.resource, "launchTemplate.name", LAUNCH_TEMPLATE
    )
    if template is None:
        yield Unpriced("EBS volumes", "its launch template is not in this stack")
        return
    mappings = template.input("blockDeviceMappings")
    if mappings.state is State.UNKNOWN:
        yield Unpriced("EBS volumes", "the launch template's block device mappings are known only after deployment")
        return
    declared_mappings = as_list("the launch template's blockDeviceMappings", mappings.value)
    if not declared_mappings:
        notes = ("the launch template declares no volume: the image's own root volume", DEFAULT_TYPE_NOTE)
        yield from volume_charges(Volume("root", DEFAULT_TYPE, ROOT_GIB), nodes, notes)
    for volume in volumes_of(declared_mappings):
        yield from (volume,) if isinstance(volume, Unpriced) else volume_charges(volume[0], nodes, (f"from launch template {template.name}", *volume[1]))


def launch_template(context: Context) -> Iterable[Item]:
    """A template is free; the nodes that use it are priced with their node group."""
    yield Free("a launch template carries no charge; its instances and volumes are priced with what launches them")


METERS = {
    "aws:eks/nodeGroup:NodeGroup": Meter("aws_eks_node_group", measure=node_group, extra_fields=("instances",)),
    LAUNCH_TEMPLATE: Meter("aws_launch_template", measure=launch_template),
}
