"""EKS managed node groups: instances over their types and sizes, and the volumes of every node, wherever they are declared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cost.estimate.meters.base import Context, Item, Meter, UndecidableError, Unpriced, as_number
from cost.estimate.meters.compute.capacity import PRICE_CAPACITY, PRIORITIZED, Mix, Pool, price, sized
from cost.estimate.meters.compute.instances import LINUX
from cost.estimate.meters.compute.launch import (
    INSTANCE_FIELDS,
    INSTANCE_TEXTS,
    Launch,
    extras,
    labelled,
    platform_of,
    reservation_of,
    template_of,
    volumes,
    warn_of_reservations,
)
from cost.estimate.meters.storage.volumes import DEFAULT_TYPE, DEFAULT_TYPE_NOTE, ROOT_GIB, Volume, volume_charges
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import ONE, EstimateLine, PurchaseOption, QuantitySource, Range
from plinth.stack import State, Unknown

DEFAULT_INSTANCE_TYPE = "t3.medium"
"""What a managed node group runs where no type is declared. Source: EKS API, CreateNodegroup instanceTypes."""
WINDOWS_ROOT_GIB = 50.0
"""Root volume of a managed Windows node where nothing says its size. Source: EKS API, CreateNodegroup diskSize."""
ZERO_NOTE = "scales from zero: expected is 0 until a usage file says `instances`"


def node_group(context: Context) -> Iterable[Item]:
    """Instances and volumes of a managed node group; a size or type that is unknown leaves the range that the others give."""
    warn_of_reservations(context)
    purchase = _purchase(context)
    template = template_of(context, "launchTemplate")
    launch = Launch((template,) if template else ())
    types, unknown = _instance_types(context, launch)
    mix = Mix(percent_above=0.0 if purchase is PurchaseOption.SPOT else 100.0, on_demand_strategy=PRIORITIZED, spot_strategy=PRICE_CAPACITY)
    windows = context.text("amiType", "").startswith("WINDOWS")
    pool = Pool(
        types=dict.fromkeys(types, 1.0),
        capacity=ONE,
        mix=mix,
        platform=platform_of(context, "windows" if windows else LINUX),
        tenancy=launch.tenancy,
        hours=running_hours(context).hours,
        reservation=reservation_of(context, launch),
    )
    capacity, source, notes = _nodes(context, pool)
    priced = price(context, replace(pool, capacity=capacity, source=source, notes=notes))
    yield from (*priced.items, *unknown)
    yield from extras(context, launch, (priced.expected_type, *types), priced.nodes, platform=pool.platform, hours=pool.hours)
    yield from _volumes(context, launch, priced.nodes, WINDOWS_ROOT_GIB if windows else ROOT_GIB)
    yield from _warm_pool(context, launch, pool, capacity)


def _purchase(context: Context) -> PurchaseOption:
    declared = context.get("capacityType", "ON_DEMAND")
    if declared not in ("ON_DEMAND", "SPOT"):
        raise UndecidableError(f"no price for capacity type {declared}: a Capacity Block is priced when it is bought")
    return PurchaseOption.SPOT if declared == "SPOT" else PurchaseOption.ON_DEMAND


def _instance_types(context: Context, launch: Launch) -> tuple[list[str], list[Unpriced]]:
    declared = context.items("instanceTypes")
    if not declared:
        one = launch.lookup("type")
        if isinstance(one, Unknown) or launch.lookup("requirements") is not None:
            raise UndecidableError("the launch template leaves the instance type open")
        declared = [one] if one else []
    if not declared and context.resource.input("launchTemplate").present and not launch.sources:
        raise UndecidableError("its launch template is not in this stack: the instance type is not known")
    declared = declared or [DEFAULT_INSTANCE_TYPE]
    known = [str(item) for item in declared if not isinstance(item, Unknown)]
    hidden = len(declared) - len(known)
    if not known:
        raise UndecidableError("its instance types are known only after deployment")
    reason = f"{hidden} of {len(declared)} types are known only after deployment; the range is over the others"
    return known, [Unpriced("instance types", reason)] if hidden else []


def _nodes(context: Context, pool: Pool) -> tuple[Range, QuantitySource, tuple[str, ...]]:
    """Nodes at the floor, as expected (usage file before desiredSize, within the limits) and at the ceiling."""
    floor, ceiling = context.number("scalingConfig.minSize"), context.number("scalingConfig.maxSize")
    desired = context.resource.input("scalingConfig.desiredSize")
    if desired.state is State.UNKNOWN and "instances" not in context.usage:
        lines = price(context, replace(pool, capacity=Range(min=floor, expected=floor, max=ceiling))).items
        costs = [item.monthly_cost for item in lines if isinstance(item, EstimateLine)]
        low, high = sum(cost.min for cost in costs), sum(cost.max for cost in costs)
        raise UndecidableError(f"scalingConfig.desiredSize is known only after deployment; the instances cost {low:,.2f} to {high:,.2f} USD a month")
    capacity, source = sized(context, floor, ceiling, as_number("scalingConfig.desiredSize", desired.value) if desired.known else None)
    return capacity, source, (ZERO_NOTE,) if capacity.expected == 0 and source is QuantitySource.DECLARED else ()


def _volumes(context: Context, launch: Launch, nodes: Range, root_gib: float) -> Iterable[Item]:
    declared = context.resource.input("launchTemplate")
    if not declared.present:
        notes = () if context.resource.input("diskSize").present else (f"no disk size declared: EKS takes {root_gib:g} GiB",)
        yield from volume_charges(Volume("root", DEFAULT_TYPE, context.number("diskSize", root_gib)), nodes, (*notes, DEFAULT_TYPE_NOTE))
    elif not launch.sources:
        yield Unpriced("EBS volumes", "its launch template is not in this stack")
    elif not launch.sources[0].input("blockDeviceMappings").present:
        notes = ("the launch template declares no volume: the image's own root volume", DEFAULT_TYPE_NOTE)
        yield from volume_charges(Volume("root", DEFAULT_TYPE, root_gib), nodes, notes)
    else:
        yield from volumes(launch, nodes)


def _warm_pool(context: Context, launch: Launch, pool: Pool, capacity: Range) -> Iterable[Item]:
    """Pre-initialised nodes up to the prepared capacity: stopped ones cost their volumes, running ones their hours too."""
    if not context.resource.input("warmPoolConfig").present:
        return
    stated = context.number("warmPoolConfig.minSize", 0.0)
    prepared = context.number("warmPoolConfig.maxGroupPreparedCapacity", capacity.max)
    warm = Range(min=max(stated, prepared - capacity.max), expected=max(stated, prepared - capacity.expected), max=max(stated, prepared - capacity.min))
    state = context.text("warmPoolConfig.poolState", "STOPPED").upper()
    if state == "RUNNING":
        running = price(context, replace(pool, capacity=warm, mix=Mix(), reservation=None, notes=("warm pool, running",)))
        for item in running.items:
            yield item if isinstance(item, Unpriced) else item.model_copy(update={"component": "warm pool, running instances"})  # pyright: ignore[reportAttributeAccessIssue]
    yield from labelled(_volumes(context, launch, warm, ROOT_GIB), f"warm pool, {state.lower()}")


METERS = {
    "aws:eks/nodeGroup:NodeGroup": Meter(
        "aws_eks_node_group", measure=node_group, extra_fields=("instances", MONTHLY_HOURS, *INSTANCE_FIELDS), texts=INSTANCE_TEXTS
    ),
}
