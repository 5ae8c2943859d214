"""What an EC2 instance is launched with, wherever that is declared: the instance itself, its launch template or launch configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cost.estimate.meters.base import Charge, Context, Item, UndecidableError, Unpriced, as_list, constant
from cost.estimate.meters.compute.instances import CAPACITY_RESERVATION, LINUX, PLATFORMS
from cost.estimate.meters.network.addresses import IN_USE, PRICE_TYPE
from cost.estimate.meters.storage.volumes import DEFAULT_TYPE, DEFAULT_TYPE_NOTE, Volume, volume_charges, volumes_of
from cost.estimate.model import ONE, Range
from cost.estimate.prices import INSTANCE
from cost.units import MONTH_HOURS
from plinth.stack import Resource, State, Unknown, lookup

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
SPOT_REQUEST = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"

_INSTANCE_PATHS = {
    "type": "instanceType",
    "monitoring": "monitoring",
    "credits": "creditSpecification.cpuCredits",
    "tenancy": "tenancy",
    "optimized": "ebsOptimized",
    "market": "instanceMarketOptions.marketType",
    "reservation": "capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
}
PATHS: Mapping[str, Mapping[str, str]] = {
    LAUNCH_TEMPLATE: {**_INSTANCE_PATHS, "requirements": "instanceRequirements", "monitoring": "monitoring.enabled", "tenancy": "placement.tenancy"},
    LAUNCH_CONFIGURATION: {"type": "instanceType", "monitoring": "enableMonitoring", "tenancy": "placementTenancy", "optimized": "ebsOptimized"},
}
"""Where a kind of resource declares each property; an instance's own paths for the rest."""

DEFAULT_ROOT_GIB = 8.0
ROOT_NOTE = f"no root volume declared: {DEFAULT_ROOT_GIB:g} GiB gp3, as Amazon Linux 2023's image has it"
ROOT_DEVICES = ("/dev/xvda", "/dev/sda1")
DETAILED_METRICS = 7.0
"""Metrics an instance that detailed monitoring is charged for. Source: CloudWatch pricing, EC2 detailed monitoring."""
SURCHARGED_TYPES = frozenset(
    f"{family}.{size}"
    for family, sizes in {
        "c1": ("xlarge",),
        "c3": ("xlarge", "2xlarge", "4xlarge"),
        "g2": ("2xlarge",),
        "i2": ("xlarge", "2xlarge", "4xlarge"),
        "m1": ("large", "xlarge"),
        "m2": ("2xlarge", "4xlarge"),
        "m3": ("xlarge", "2xlarge"),
        "r3": ("xlarge", "2xlarge", "4xlarge"),
    }.items()
    for size in sizes
)
"""Types whose EBS optimisation is optional and charged by the hour. Source: EC2 user guide, EBS optimization supported."""
RESERVED_FIELDS = {
    "reserved_instance_type": ("convertible", "standard"),
    "reserved_instance_term": ("1_year", "3_year"),
    "reserved_instance_payment_option": ("no_upfront", "partial_upfront", "all_upfront"),
}
"""Infracost's reservation fields, which this estimate answers with a warning: its prices are on-demand."""
INSTANCE_TEXTS = {"operating_system": tuple(PLATFORMS), **RESERVED_FIELDS}
INSTANCE_FIELDS = ("monthly_cpu_credit_hrs", "vcpu_count")


@dataclass(frozen=True, slots=True)
class Launch:
    """The resources that say how an instance is launched, the first that declares a property deciding it."""

    sources: tuple[Resource, ...]

    def lookup(self, key: str) -> Any:
        """A property's value; UNKNOWN where it is known only after deployment, None where nothing declares it."""
        for source in self.sources:
            path = PATHS.get(source.type, _INSTANCE_PATHS).get(key)
            found = source.input(path) if path else None
            if found is not None and found.present:
                return Unknown.UNKNOWN if found.state is State.UNKNOWN else found.value
        return None

    def on(self, key: str, default: bool = False) -> bool:
        """Whether a switch is on; a launch template writes some of them as text."""
        value = self.lookup(key)
        return default if value is None or isinstance(value, Unknown) else str(value).lower() == "true"

    @property
    def tenancy(self) -> str:
        """`default`, `dedicated` or `host`. Raises UndecidableError where it is unknown."""
        value = self.lookup("tenancy")
        if isinstance(value, Unknown):
            raise UndecidableError("tenancy is known only after deployment")
        return value if isinstance(value, str) else "default"

    @property
    def spot(self) -> bool:
        """Whether the instance is asked for as Spot: by its market options, a Spot request or a launch configuration's Spot price.

        Raises UndecidableError where the market is unknown.
        """
        if isinstance(self.lookup("market"), Unknown):
            raise UndecidableError("whether it is Spot is known only after deployment")
        bid = any(source.type == LAUNCH_CONFIGURATION and source.input("spotPrice").present for source in self.sources)
        return self.lookup("market") == "spot" or bid or any(source.type == SPOT_REQUEST for source in self.sources)


def template_of(context: Context, path: str) -> Resource | None:
    """The launch template that a property (`launchTemplate`) refers to by id or name, if this stack has it."""
    referred = context.references.referred
    return referred(context.resource, f"{path}.id", LAUNCH_TEMPLATE) or referred(context.resource, f"{path}.name", LAUNCH_TEMPLATE)


def platform_of(context: Context, default: str = LINUX) -> str:
    """The operating system that the usage file states, else the default."""
    return context.texts.get("operating_system", default)


def platform_notes(context: Context) -> tuple[str, ...]:
    """What to say where nobody states the operating system: an image's is not in a program, so Linux is taken."""
    return () if "operating_system" in context.texts else ("operating system taken to be Linux; state operating_system in a usage file",)


def warn_of_reservations(context: Context) -> None:
    """Say that a usage file's reserved-instance fields change no price here."""
    stated = [field for field in RESERVED_FIELDS if field in context.texts]
    if stated:
        context.warnings.append(f"{context.resource.name}: {', '.join(stated)} not applied: prices are on-demand; state reservations as a discount")


def extras(context: Context, launch: Launch, types: tuple[str, ...], nodes: Range, *, platform: str = LINUX, hours: float = MONTH_HOURS) -> Iterable[Item]:
    """What instances cost beside their hours: detailed monitoring, CPU credits and EBS optimisation of old types."""
    yield from _monitoring(launch, nodes)
    yield from _credits(context, launch, types[0], nodes, platform)
    yield from _addresses(launch, nodes, hours)
    surcharged = next((name for name in types if name in SURCHARGED_TYPES), None)
    if surcharged and isinstance(launch.lookup("optimized"), Unknown):
        yield Unpriced(f"EBS-optimized {surcharged}", "whether it is on is known only after deployment")
    elif surcharged and launch.on("optimized"):
        yield Charge(INSTANCE, f"EBS-optimized {surcharged}", constant(hours), nodes, instance_type=surcharged)


def _monitoring(launch: Launch, nodes: Range) -> Iterable[Item]:
    component = "EC2 detailed monitoring (7 metrics an instance)"
    if isinstance(launch.lookup("monitoring"), Unknown):
        yield Unpriced(component, "whether it is on is known only after deployment")
    elif launch.on("monitoring", default=any(source.type == LAUNCH_CONFIGURATION for source in launch.sources)):
        yield Charge(INSTANCE, component, constant(DETAILED_METRICS), nodes)


def _credits(context: Context, launch: Launch, instance_type: str, nodes: Range, platform: str) -> Iterable[Item]:
    """Surplus CPU credits in vCPU-hours: T3, T3a and T4g are unlimited unless declared standard, T2 only where declared (EC2 user guide, Unlimited mode)."""
    hours = context.usage.get("monthly_cpu_credit_hrs")
    family = instance_type.split(".", 1)[0]
    declared = launch.lookup("credits")
    unlimited = declared == "unlimited" or (declared is None and family != "t2")
    if hours is None or not family.startswith("t"):
        return
    if isinstance(declared, Unknown):
        yield Unpriced("CPU credits", "whether they are unlimited is known only after deployment")
    if not unlimited:
        return
    stated, spec = context.usage.get("vcpu_count"), context.prices.specs.get(instance_type)
    vcpus = stated.value if stated else spec.vcpu if spec else 0.0
    families = "T4g" if family == "t4g" else "T2/T3"
    component = f"{families} unlimited CPU credits ({'Windows' if platform == 'windows' else 'Linux'})"
    note = f"{hours.value:g} h a month above the baseline on {vcpus:g} vCPU ({hours.source.value})"
    yield Charge(INSTANCE, component, constant(hours.value * vcpus), nodes, source=hours.source, assumptions=(note,))


def _addresses(launch: Launch, nodes: Range, hours: float) -> Iterable[Item]:
    """A public IPv4 address an instance, where the instance, its template's network interface or its configuration asks for one."""
    for source in launch.sources:
        if source.type == LAUNCH_TEMPLATE:
            interfaces = source.input("networkInterfaces")
            asked = [lookup(item, "associatePublicIpAddress") for item in as_list("networkInterfaces", interfaces.value if interfaces.known else None)]
        else:
            asked = [source.input("associatePublicIpAddress")]
        if any(found.state is State.UNKNOWN for found in asked):
            yield Unpriced("public IPv4 addresses", "whether each instance has one is known only after deployment")
            return
        if any(str(found.value).lower() == "true" for found in asked):
            yield Charge(PRICE_TYPE, IN_USE, constant(hours), nodes, label="public IPv4 addresses, one an instance")
            return


def volumes(launch: Launch, nodes: Range = ONE, note: tuple[str, ...] = ()) -> Iterable[Item]:
    """The EBS volumes of `nodes` such instances: its own blocks, else its template's mappings, else the image's root volume."""
    if not launch.sources:
        yield Unpriced("EBS volumes", "its launch template is not in this stack")
        return
    roots, blocks = 0, 0
    for source in launch.sources:
        for mapping in _mappings(source, skip_root=roots > 0):
            if isinstance(mapping, Unpriced):
                yield mapping
                blocks += 1
                continue
            roots += mapping.get("deviceName") in (*ROOT_DEVICES, "root")
            blocks += 1
            yield from _priced(mapping, nodes, (*note, *((f"from {source.name}",) if len(launch.sources) > 1 or source.type in PATHS else ())))
    instance_like = any(source.type != LAUNCH_TEMPLATE for source in launch.sources)
    if not blocks or (instance_like and not roots):
        yield from volume_charges(Volume("root", DEFAULT_TYPE, DEFAULT_ROOT_GIB), nodes, (*note, ROOT_NOTE))


def _mappings(source: Resource, *, skip_root: bool) -> Iterable[Mapping[str, Any] | Unpriced]:
    """A source's volumes as block device mappings, whichever way it declares them."""
    if source.type == LAUNCH_TEMPLATE:
        found = source.input("blockDeviceMappings")
        if found.state is State.UNKNOWN:
            yield Unpriced("EBS volumes", "the launch template's block device mappings are known only after deployment")
        for mapping in as_list("blockDeviceMappings", found.value if found.known else None):
            known = mapping if isinstance(mapping, Mapping) else {"ebs": mapping}
            if not (skip_root and known.get("deviceName") in ROOT_DEVICES):
                yield known
        return
    root, blocks = source.input("rootBlockDevice"), source.input("ebsBlockDevices")
    if root.present:
        yield {"deviceName": "root", "ebs": {"volumeSize": DEFAULT_ROOT_GIB, **root.value} if isinstance(root.value, Mapping) else Unknown.UNKNOWN}
    if blocks.state is State.UNKNOWN:
        yield Unpriced("EBS volumes", "ebsBlockDevices are known only after deployment")
    for block in as_list("ebsBlockDevices", blocks.value if blocks.known else None):
        yield _block(block)


def _block(block: Any) -> Mapping[str, Any] | Unpriced:
    """An instance's additional volume; gp2 where no type is declared. Source: EC2 API, EbsBlockDevice VolumeType."""
    if not isinstance(block, Mapping):
        return {"ebs": block}
    device = str(block.get("deviceName", "device"))
    if "volumeSize" not in block:
        return Unpriced(f"EBS volume {device}", "its size is its snapshot's, which the stack does not say")
    return {"deviceName": device, "ebs": {"volumeType": "gp2", **block}}


def _priced(mapping: Mapping[str, Any], nodes: Range, notes: tuple[str, ...]) -> Iterable[Item]:
    for volume in volumes_of([mapping]):
        if isinstance(volume, Unpriced):
            yield volume
        else:
            yield from volume_charges(volume[0], nodes, (*notes, *(note for note in volume[1] if note != DEFAULT_TYPE_NOTE or volume[0].type == DEFAULT_TYPE)))


def labelled(items: Iterable[Item], prefix: str) -> Iterable[Item]:
    """Charges under a name of their own, so that a warm pool's volumes stand apart from the group's."""
    for item in items:
        yield replace(item, label=f"{prefix}, {item.label or item.component}") if isinstance(item, Charge) else item


def reservation_of(context: Context, launch: Launch) -> Resource | None:
    """The capacity reservation of this stack that an instance is launched into, if it targets one."""
    for source in (*launch.sources, context.resource):
        path = PATHS.get(source.type, _INSTANCE_PATHS).get("reservation")
        if path and source.input(path.rsplit(".", 1)[0]).present:
            found = context.references.referred(source, path, CAPACITY_RESERVATION)
            if found is not None:
                return found
    return None
