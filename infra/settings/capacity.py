"""Settings of GPU capacity: pools of one GPU class each, spot first, with an on-demand group to fall back on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import StringConstraints

from infra.instances import GpuInstance, gpu_instances, nearest_types
from infra.settings.base import Change, Problem, Settings, check, setting

MIN_SPOT_TYPES: Final = 2
"""Fewest types of a spot group; a single type's pools run dry together. Source: EC2 user guide, Best practices for Amazon EC2 Spot."""
MAX_NODES: Final = 450
"""Nodes of one managed node group. Source: EKS user guide, Amazon EKS service quotas (adjustable)."""

PoolName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,18}[a-z0-9]$")]


class NodeCount(Settings):
    """How many nodes a group may have; the autoscaler moves between the two ends."""

    minimum: int = setting(change=Change.IN_PLACE, description="fewest nodes; 0 costs nothing while idle", default=0, ge=0)
    desired: int | None = setting(
        change=Change.IN_PLACE, description="nodes at creation, the minimum by default; the autoscaler owns it afterwards", default=None, ge=0
    )
    maximum: int = setting(change=Change.IN_PLACE, description="most nodes: the ceiling of the bill", ge=1, le=MAX_NODES)

    @property
    def initial(self) -> int:
        """The nodes that the group starts with."""
        return self.minimum if self.desired is None else self.desired


class GpuPool(Settings):
    """GPU nodes of one class: how many GPUs, and how large each is, is the same on every type."""

    instance_types: tuple[str, ...] = setting(
        change=Change.REPLACES, description="types of one GPU class, the smallest first, as the autoscaler sizes a new node by the first", min_length=1
    )
    spot: NodeCount | None = setting(
        change=Change.IN_PLACE, description="the spot group, tried first; null for a pool without spot", default=NodeCount(maximum=8)
    )
    on_demand: NodeCount = setting(change=Change.IN_PLACE, description="the on-demand group, used where spot is out of capacity", default=NodeCount(maximum=4))
    zones: tuple[str, ...] = setting(change=Change.REPLACES, description="zones to use; none means all of the network's", default=())
    efa: bool = setting(
        change=Change.ROLLING, description="Elastic Fabric Adapter in a cluster placement group, for training over several nodes; one zone", default=False
    )
    root_volume_gib: int = setting(change=Change.ROLLING, description="size of the root volume in GiB, images included", default=200, ge=50, le=16384)

    @property
    def instances(self) -> tuple[GpuInstance, ...]:
        """The shapes of the pool's types."""
        return tuple(gpu_instances()[name] for name in self.instance_types)

    @property
    def groups(self) -> dict[str, NodeCount]:
        """The pool's node groups by capacity, in the order in which they are tried."""
        return {"spot": self.spot, "on-demand": self.on_demand} if self.spot else {"on-demand": self.on_demand}


class CapacitySettings(Settings):
    """`plinth:capacity`."""

    pools: dict[PoolName, GpuPool] = setting(
        change=Change.IN_PLACE,
        description="GPU pools by name",
        default_factory=lambda: {"gpu-24gib": GpuPool(instance_types=("g6.2xlarge", "g5.2xlarge", "g6.4xlarge", "g5.4xlarge"))},
    )

    @check("pools")
    def _names_do_not_speak_of_capacity(self) -> Iterator[Problem]:
        for name in self.pools:
            if {"spot", "demand"} & set(name.split("-")):
                limit = "a name without spot or demand: the autoscaler reads a group's capacity from its name"
                yield Problem(f"pools.{name}", name, limit, "name the pool for its GPUs or its use")

    @check("pools")
    def _types_are_known_and_alike(self) -> Iterator[Problem]:
        for name, pool in self.pools.items():
            unknown = list(_unknown_types(pool, f"pools.{name}.instance_types"))
            yield from unknown or _unlike_types(pool, f"pools.{name}.instance_types")

    @check("pools")
    def _spot_has_a_choice(self) -> Iterator[Problem]:
        for name, pool in self.pools.items():
            if pool.spot is not None and len(pool.instance_types) < MIN_SPOT_TYPES:
                limit = f"at least {MIN_SPOT_TYPES} types for a spot group"
                yield Problem(f"pools.{name}.instance_types", ", ".join(pool.instance_types), limit, _more_types(pool.instance_types[0]))

    @check("pools")
    def _node_counts_are_in_order(self) -> Iterator[Problem]:
        for name, pool in self.pools.items():
            for capacity, count in pool.groups.items():
                if not count.minimum <= count.initial <= count.maximum:
                    key, value = f"pools.{name}.{capacity.replace('-', '_')}", f"minimum {count.minimum}, desired {count.initial}, maximum {count.maximum}"
                    fix = f"set desired to {count.minimum} or more, and maximum to {max(count.minimum, count.initial)} or more"
                    yield Problem(key, value, "minimum <= desired <= maximum", fix)

    @check("pools")
    def _efa_pools_can_have_it(self) -> Iterator[Problem]:
        for name, pool in self.pools.items():
            if pool.efa:
                yield from _efa_problems(pool, f"pools.{name}")

    def zones_outside(self, zones: tuple[str, ...]) -> Iterator[Problem]:
        """A problem for each zone that a pool names and the network does not have."""
        for name, pool in self.pools.items():
            for index, zone in enumerate(pool.zones):
                if zone not in zones:
                    yield Problem(f"pools.{name}.zones[{index}]", zone, "a zone of the network", f"use one of {', '.join(zones)}")


def _unknown_types(pool: GpuPool, key: str) -> Iterator[Problem]:
    for index, name in enumerate(pool.instance_types):
        if name not in gpu_instances():
            limit = "a GPU type that the node image runs (infra/data/gpu_instances.csv)"
            yield Problem(f"{key}[{index}]", name, limit, f"nearest: {nearest_types(name, gpu_instances())}")
        elif name in pool.instance_types[:index]:
            yield Problem(f"{key}[{index}]", name, "each type once", "remove it, or name another type")


def _unlike_types(pool: GpuPool, key: str) -> Iterator[Problem]:
    first = pool.instances[0]
    for index, instance in enumerate(pool.instances):
        if instance.gpu_class != first.gpu_class:
            value, limit = f"{instance.name} with {instance.gpu_class} GPUs", f"{first.gpu_class} GPUs, as on {first.name}"
            yield Problem(f"{key}[{index}]", value, limit, "give each GPU class a pool of its own: a job that fits one fails on the other")
        elif instance.vcpu < first.vcpu or instance.memory_gib < first.memory_gib:
            value = f"{instance.name} with {instance.vcpu} vCPU and {instance.memory_gib:g} GiB"
            limit = f"{first.vcpu} vCPU and {first.memory_gib:g} GiB or more, as on {first.name}: the autoscaler expects the first type's size of each node"
            yield Problem(f"{key}[{index}]", value, limit, f"put {instance.name} first")


def _more_types(name: str) -> str:
    first = gpu_instances().get(name)
    if first is None:
        return "name a known type first"
    alike = [other for other in gpu_instances().values() if other.gpu_class == first.gpu_class and other.name != name]
    alike.sort(key=lambda other: (abs(other.vcpu - first.vcpu), other.name))
    return f"add one of {', '.join(other.name for other in alike[:3])}" if alike else "no other type has its GPU class: set spot to null"


def _efa_problems(pool: GpuPool, key: str) -> Iterator[Problem]:
    if len(pool.zones) != 1:
        given = ", ".join(pool.zones) or "all zones"
        yield Problem(f"{key}.zones", given, "exactly 1 zone with efa: its traffic does not leave a zone", "name one zone, or set efa to false")
    known = [gpu_instances()[name] for name in pool.instance_types if name in gpu_instances()]
    for index, instance in enumerate(known):
        expected = known[0].efa_interfaces or 1
        if instance.efa_interfaces != expected:
            value, limit = f"{instance.name} with {instance.efa_interfaces} EFA interfaces", f"{expected}, the same on all types: the launch template fixes it"
            yield Problem(f"{key}.instance_types[{index}]", value, limit, "use types that agree, or set efa to false")
