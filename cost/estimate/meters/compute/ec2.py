"""EC2 instances, on demand and as Spot requests: hours by operating system and tenancy, volumes, monitoring, credits, public addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from cost.estimate.lookup import References
from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, as_number, constant
from cost.estimate.meters.compute.capacity import Mix, Pool, price
from cost.estimate.meters.compute.instances import CAPACITY_RESERVATION, LINUX, covered_line
from cost.estimate.meters.compute.launch import (
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
from cost.estimate.meters.usage_fields import running_hours
from cost.estimate.model import ONE
from cost.estimate.prices import INSTANCE
from plinth.stack import Resource, Unknown

EC2_INSTANCE = "aws:ec2/instance:Instance"
DEDICATED_HOST = "aws:ec2/dedicatedHost:DedicatedHost"
_PLACES: WeakKeyDictionary[References, dict[str, Resource]] = WeakKeyDictionary()
_DEDICATED: WeakKeyDictionary[References, str] = WeakKeyDictionary()
DEDICATED_FEE = "dedicated instances, fee per Region"
PLATFORM_WORDS = {"Linux/UNIX": LINUX, "Windows": "windows", "Red Hat Enterprise Linux": "rhel", "SUSE Linux": "suse"}
"""A capacity reservation's `instancePlatform` and a usage file's word for it."""


def instance(context: Context) -> Iterable[Item]:
    """An instance's hours, unless a reservation or a Dedicated Host carries them, its volumes and what it adds to them."""
    warn_of_reservations(context)
    template = template_of(context, "launchTemplate")
    launch = Launch((context.resource, *((template,) if template else ())))
    instance_type, hours, platform = _type(context, launch), running_hours(context, "monthly_hrs").hours, platform_of(context)
    carrier = _carrier(context, launch, platform)
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
    mix = Mix(percent_above=0.0 if launch.spot else 100.0, max_spot_price=as_number("spotPrice", bid.value) if bid.known and launch.spot else None)
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


def _carrier(context: Context, launch: Launch, platform: str) -> str | None:
    """What is billed in the instance's place: the Dedicated Host or the capacity reservation of this stack that it runs in."""
    host = context.references.referred(context.resource, "hostId", DEDICATED_HOST)
    if host is not None:
        return f"Dedicated Host {host.name}"
    reservation = reservation_of(context, launch)
    if reservation is None and not launch.spot:
        reservation = _open_reservation(context, launch, platform)
    return f"capacity reservation {reservation.name}" if reservation is not None else None


def _open_reservation(context: Context, launch: Launch, platform: str) -> Resource | None:
    """The open reservation that the instance takes by itself: same type, platform, zone and tenancy, as far as its instances go.

    Source: EC2 user guide, Capacity Reservations: open instance eligibility.
    """
    if not context.stack.of_type(CAPACITY_RESERVATION):
        return None
    places = _PLACES.get(context.references)
    if places is None:
        places = _PLACES[context.references] = _placed(context)
    found = places.get(context.resource.urn)
    if found is None or PLATFORM_WORDS.get(str(found.input("instancePlatform").value)) != platform:
        return None
    return found if launch.tenancy == (found.input("tenancy").value or "default") else None


def _placed(context: Context) -> dict[str, Resource]:
    """Which instance takes a place in which open reservation of the stack, by URN, until its places are taken."""
    free: defaultdict[tuple[object, object], list[Resource]] = defaultdict(list)
    for reservation in context.stack.of_type(CAPACITY_RESERVATION):
        count, criteria = reservation.input("instanceCount"), reservation.input("instanceMatchCriteria").value
        if count.known and criteria in (None, "open"):
            key = (reservation.input("instanceType").value, reservation.input("availabilityZone").value)
            free[key] += [reservation] * int(as_number("instanceCount", count.value))
    placed: dict[str, Resource] = {}
    for other in sorted(context.stack.of_type(EC2_INSTANCE), key=lambda other: other.urn):
        specification = other.input("capacityReservationSpecification")
        willing = not specification.present or other.input("capacityReservationSpecification.capacityReservationPreference").value == "open"
        zone = other.output("availabilityZone")
        places = free.get((other.input("instanceType").value, zone.value)) if zone.known and willing else None
        if places:
            placed[other.urn] = places.pop(0)
    return placed


def _first_dedicated(context: Context) -> bool:
    first = _DEDICATED.get(context.references)
    if first is None:
        dedicated = (other.urn for other in context.stack.of_type(EC2_INSTANCE) if other.input("tenancy").value == "dedicated")
        first = _DEDICATED[context.references] = min(dedicated, default=context.resource.urn)
    return context.resource.urn == first


def launch_template(context: Context) -> Iterable[Item]:
    """A template is free; the nodes that use it are priced with their node group."""
    yield Free("a launch template carries no charge; its instances and volumes are priced with what launches them")


_FIELDS = ("monthly_hrs", *INSTANCE_FIELDS)

METERS = {
    EC2_INSTANCE: Meter("aws_instance", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    SPOT_REQUEST: Meter("aws_spot_instance_request", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    LAUNCH_TEMPLATE: Meter("aws_launch_template", measure=launch_template),
}
