"""EC2 instances, on demand and as Spot requests: hours by operating system and tenancy, volumes, monitoring, credits, public addresses."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, constant
from cost.estimate.meters.capacity import Mix, Pool, monthly_hours, price
from cost.estimate.meters.instances import CAPACITY_RESERVATION, LINUX, covered_line
from cost.estimate.meters.launch import (
    INSTANCE_FIELDS,
    INSTANCE_TEXTS,
    LAUNCH_TEMPLATE,
    SPOT_REQUEST,
    Launch,
    extras,
    platform_of,
    reservation_of,
    template_of,
    volumes,
    warn_of_reservations,
)
from cost.estimate.model import ONE
from cost.estimate.prices import INSTANCE
from plinth.stack import Resource, State, Unknown

EC2_INSTANCE = "aws:ec2/instance:Instance"
DEDICATED_HOST = "aws:ec2/dedicatedHost:DedicatedHost"
DEDICATED_FEE = "dedicated instances, fee per Region"
PLATFORM_WORDS = {"Linux/UNIX": LINUX, "Windows": "windows", "Red Hat Enterprise Linux": "rhel", "SUSE Linux": "suse"}
"""A capacity reservation's `instancePlatform` and a usage file's word for it."""


def instance(context: Context) -> Iterable[Item]:
    """An instance's hours, unless a reservation or a Dedicated Host carries them, its volumes and what it adds to them."""
    warn_of_reservations(context)
    template = template_of(context, "launchTemplate")
    launch = Launch((context.resource, *((template,) if template else ())))
    instance_type, hours, platform = _type(context, launch), monthly_hours(context, "monthly_hrs"), platform_of(context)
    carrier = _carrier(context, launch, instance_type, platform)
    if carrier is not None:
        yield covered_line("instance", instance_type, 1.0, carrier, context.as_of, hours)
    else:
        yield from _hours(context, launch, instance_type, hours, platform)
    yield from extras(context, launch, (instance_type,), ONE, platform=platform, hours=hours)
    yield from volumes(launch)


def _hours(context: Context, launch: Launch, instance_type: str, hours: float, platform: str) -> Iterable[Item]:
    if launch.tenancy == "host":
        raise UndecidableError("it runs on a Dedicated Host that is not in this stack: the host is billed, not the instance")
    bid = context.resource.input("spotPrice")
    mix = Mix(percent_above=0.0 if launch.spot else 100.0, max_spot_price=float(bid.value) if bid.known and launch.spot else None)
    pool = Pool(types={instance_type: 1.0}, capacity=ONE, mix=mix, platform=platform, tenancy=launch.tenancy, hours=hours)
    for item in price(context, pool).items:
        yield item.model_copy(update={"component": item.component.replace("instances", "instance")})  # pyright: ignore[reportAttributeAccessIssue]
    if launch.tenancy == "dedicated" and _first_dedicated(context):
        note = "two dollars an hour a Region with any dedicated instance, on the first of the stack"
        yield Charge(INSTANCE, DEDICATED_FEE, constant(hours), assumptions=(note,))


def _type(context: Context, launch: Launch) -> str:
    found = launch.lookup("type")
    if isinstance(found, Unknown):
        raise UndecidableError("instanceType is known only after deployment")
    if not isinstance(found, str):
        template = context.resource.input("launchTemplate").present
        raise UndecidableError("its launch template is not in this stack: the instance type is not known" if template else "instanceType is not declared")
    return found


def _carrier(context: Context, launch: Launch, instance_type: str, platform: str) -> str | None:
    """What is billed in the instance's place: the Dedicated Host or the capacity reservation of this stack that it runs in."""
    host = context.references.referred(context.resource, "hostId", DEDICATED_HOST)
    if host is not None:
        return f"Dedicated Host {host.name}"
    reservation = reservation_of(context, launch)
    if reservation is None and not launch.spot:
        reservation = _open_reservation(context, launch, instance_type, platform)
    return f"capacity reservation {reservation.name}" if reservation is not None else None


def _open_reservation(context: Context, launch: Launch, instance_type: str, platform: str) -> Resource | None:
    """The open reservation that the instance takes by itself: same type, platform, zone and tenancy, as far as its instances go.

    Source: EC2 user guide, Capacity Reservations: open instance eligibility.
    """
    preference = context.resource.input("capacityReservationSpecification.capacityReservationPreference")
    if preference.value not in (None, "open") or preference.state is State.UNKNOWN:
        return None
    zone = context.resource.output("availabilityZone")
    for reservation in context.stack.of_type(CAPACITY_RESERVATION):
        wanted = {key: reservation.input(key) for key in ("instanceType", "instancePlatform", "availabilityZone", "tenancy", "instanceCount")}
        same = (
            reservation.input("instanceMatchCriteria").value in (None, "open")
            and wanted["instanceType"].value == instance_type
            and PLATFORM_WORDS.get(str(wanted["instancePlatform"].value)) == platform
            and zone.known
            and wanted["availabilityZone"].value == zone.value
            and (wanted["tenancy"].value or "default") == launch.tenancy
        )
        if same and wanted["instanceCount"].known and _rank(context, instance_type) < int(wanted["instanceCount"].value):
            return reservation
    return None


def _rank(context: Context, instance_type: str) -> int:
    """How many like instances of the stack come before this one, by URN, and take a reservation's places first."""
    zone = context.resource.output("availabilityZone").value
    alike = [
        other.urn
        for other in context.stack.of_type(EC2_INSTANCE)
        if other.input("instanceType").value == instance_type and other.output("availabilityZone").value == zone
    ]
    return sum(1 for urn in alike if urn < context.resource.urn)


def _first_dedicated(context: Context) -> bool:
    dedicated = [other.urn for other in context.stack.of_type(EC2_INSTANCE) if other.input("tenancy").value == "dedicated"]
    return context.resource.urn == min(dedicated, default=context.resource.urn)


def launch_template(context: Context) -> Iterable[Item]:
    """A template is free; the nodes that use it are priced with their node group."""
    yield Free("a launch template carries no charge; its instances and volumes are priced with what launches them")


_FIELDS = ("monthly_hrs", *INSTANCE_FIELDS)

METERS = {
    EC2_INSTANCE: Meter("aws_instance", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    SPOT_REQUEST: Meter("aws_spot_instance_request", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    LAUNCH_TEMPLATE: Meter("aws_launch_template", measure=launch_template),
}
