"""EC2 instances, on demand and as Spot requests: hours by operating system and tenancy, volumes, monitoring, credits, public addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    platform_notes,
    platform_of,
    reservation_of,
    template_of,
    volumes,
    warn_of_reservations,
)
from cost.estimate.meters.compute.reserved_places import take_places
from cost.estimate.meters.usage_fields import running_hours
from cost.estimate.model import ONE
from cost.estimate.prices import INSTANCE
from plinth.stack import Resource, Stack, Unknown

EC2_INSTANCE = "aws:ec2/instance:Instance"
DEDICATED_HOST = "aws:ec2/dedicatedHost:DedicatedHost"
DEDICATED_FEE = "dedicated instances, fee per Region"
PLATFORM_WORDS = {"Linux/UNIX": LINUX, "Windows": "windows", "Red Hat Enterprise Linux": "rhel", "SUSE Linux": "suse"}
"""A capacity reservation's `instancePlatform` and a usage file's word for it."""
SHAPES: Mapping[type, str] = {list: "a list", dict: "a mapping", bool: "a truth value", int: "a number", float: "a number"}


def instance(context: Context) -> Iterable[Item]:
    """An instance's hours, unless a reservation or a Dedicated Host carries them, its volumes and what it adds to them."""
    warn_of_reservations(context)
    template = template_of(context, "launchTemplate")
    launch = Launch((context.resource, *((template,) if template else ())))
    instance_type, hours, platform = _type(context, launch), running_hours(context, "monthly_hrs").hours, platform_of(context)
    carrier, notes = _carrier(context, launch, platform)
    notes = (*notes, *platform_notes(context))
    if carrier is not None:
        yield covered_line("instance", instance_type, 1.0, carrier, context.as_of, hours, notes)
    else:
        yield from _hours(context, launch, instance_type, hours, platform, notes)
    yield from extras(context, launch, (instance_type,), ONE, platform=platform, hours=hours)
    yield from volumes(launch)


def _hours(context: Context, launch: Launch, instance_type: str, hours: float, platform: str, notes: tuple[str, ...]) -> Iterable[Item]:
    if launch.tenancy == "host":
        raise UndecidableError("it runs on a Dedicated Host that is not in this stack: the host is billed, not the instance")
    bid = context.resource.input("spotPrice")
    mix = Mix(percent_above=0.0 if launch.spot else 100.0, max_spot_price=as_number("spotPrice", bid.value) if bid.known and launch.spot else None)
    pool = Pool(types={instance_type: 1.0}, capacity=ONE, mix=mix, platform=platform, tenancy=launch.tenancy, hours=hours, notes=notes)
    for item in price(context, pool).items:
        yield item.model_copy(update={"component": item.component.replace("instances", "instance")})  # pyright: ignore[reportAttributeAccessIssue]
    if launch.tenancy == "dedicated" and _first_dedicated(context):
        note = "two dollars an hour a Region with any dedicated instance, on the first of the stack"
        yield Charge(INSTANCE, DEDICATED_FEE, constant(hours), assumptions=(note,))


def _type(context: Context, launch: Launch) -> str:
    found = launch.lookup("type")
    if isinstance(found, Unknown):
        raise UndecidableError("instanceType is known only after deployment")
    if found is not None and not isinstance(found, str):
        raise UndecidableError(f"instanceType is not text but {SHAPES.get(type(found), 'another shape')}: one instance has one type")
    if not isinstance(found, str):
        template = context.resource.input("launchTemplate").present
        raise UndecidableError("its launch template is not in this stack: the instance type is not known" if template else "instanceType is not declared")
    return found


def _carrier(context: Context, launch: Launch, platform: str) -> tuple[str | None, tuple[str, ...]]:
    """What is billed in the instance's place: the Dedicated Host or the capacity reservation of this stack that it runs in; and what to say of it."""
    host = context.references.referred(context.resource, "hostId", DEDICATED_HOST)
    if host is not None:
        return f"Dedicated Host {host.name}", ()
    targeted = reservation_of(context, launch)
    candidates = (targeted,) if targeted is not None else () if launch.spot else _open_reservations(context, launch, platform)
    notes: list[str] = []
    for reservation in candidates:
        share = take_places(context, reservation, ONE)
        notes += [share.note] if share.note else []
        if share.places.expected:
            return f"capacity reservation {reservation.name}", tuple(notes)
    return None, tuple(notes)


def _open_reservations(context: Context, launch: Launch, platform: str) -> Iterable[Resource]:
    """The open reservations that the instance may take a place of by itself: of its type, platform, zone and tenancy.

    Source: EC2 user guide, Capacity Reservations: open instance eligibility.
    """
    specification, zone = context.resource.input("capacityReservationSpecification"), context.resource.output("availabilityZone")
    willing = not specification.present or context.resource.input("capacityReservationSpecification.capacityReservationPreference").value == "open"
    if not willing or not zone.known:
        return
    for found in context.references.named(CAPACITY_RESERVATION, "availabilityZone", zone.value):
        platforms, tenancy = PLATFORM_WORDS.get(str(found.input("instancePlatform").value)), found.input("tenancy").value or "default"
        open_to_all = found.input("instanceMatchCriteria").value in (None, "open") and found.input("instanceCount").known
        if open_to_all and (found.input("instanceType").value, platforms, tenancy) == (launch.lookup("type"), platform, launch.tenancy):
            yield found


def _first_dedicated(context: Context) -> bool:
    return context.resource.urn == context.references.once(_dedicated)


def _dedicated(stack: Stack) -> str | None:
    """The URN of the stack's first dedicated instance, which carries the Region's fee."""
    return min((found.urn for found in stack.of_type(EC2_INSTANCE) if found.input("tenancy").value == "dedicated"), default=None)


def launch_template(context: Context) -> Iterable[Item]:
    """A template is free; the nodes that use it are priced with their node group."""
    yield Free("a launch template carries no charge; its instances and volumes are priced with what launches them")


_FIELDS = ("monthly_hrs", *INSTANCE_FIELDS)

METERS = {
    EC2_INSTANCE: Meter("aws_instance", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    SPOT_REQUEST: Meter("aws_spot_instance_request", measure=instance, extra_fields=_FIELDS, texts=INSTANCE_TEXTS),
    LAUNCH_TEMPLATE: Meter("aws_launch_template", measure=launch_template),
}
