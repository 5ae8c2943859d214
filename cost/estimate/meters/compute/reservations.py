"""Capacity that is billed whether it is used or not: On-Demand Capacity Reservations, Capacity Blocks, Dedicated Hosts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, as_number, constant, usage_assumption
from cost.estimate.meters.compute.capacity import Pool, price
from cost.estimate.meters.compute.ec2 import DEDICATED_HOST, PLATFORM_WORDS
from cost.estimate.meters.compute.instances import CAPACITY_RESERVATION
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import EstimateLine
from cost.estimate.prices import EC2

HOST = "aws_ec2_host"
BLOCK = "aws_ec2_capacity_block_reservation"


def capacity_reservation(context: Context) -> Iterable[Item]:
    """The on-demand price of every reserved instance, used or not; instances of this stack that run in it are not billed again.

    Source: EC2 user guide, Capacity Reservation pricing and billing.
    """
    platform = context.text("instancePlatform", "Linux/UNIX")
    if platform not in PLATFORM_WORDS:
        raise UndecidableError(f"the price book has no price for instances of platform {platform}")
    count, hours = context.number("instanceCount"), running_hours(context).hours
    pool = Pool(
        types={context.text("instanceType", ""): 1.0},
        capacity=constant(count),
        platform=PLATFORM_WORDS[platform],
        tenancy=context.text("tenancy", "default"),
        hours=hours,
        notes=("billed at the on-demand price, used or not", *_until(context)),
    )
    for item in price(context, pool).items:
        yield item.model_copy(update={"component": "reserved instances"})  # pyright: ignore[reportAttributeAccessIssue]


def _until(context: Context) -> tuple[str, ...]:
    end = context.resource.input("endDate")
    return (f"a whole month; it ends on {end.value}",) if end.known else ()


def capacity_block(context: Context) -> Iterable[Item]:
    """A Capacity Block's fee, paid upfront: what the usage file says of the offering, else hours at a price that a file gives.

    Source: EC2 user guide, Capacity Blocks for ML, pricing and billing: prices move with supply and demand, so none is shipped.
    """
    stated = context.usage.get("upfront_fee_usd")
    if stated is not None:
        fee = constant(stated.value)
        yield EstimateLine(
            component="Capacity Block, upfront fee",
            service=EC2,
            unit="reservation",
            quantity=constant(1.0),
            unit_price=stated.value,
            price_source="the offering's upfront fee, by the usage file",
            price_date=context.as_of,
            confidence="own price",
            monthly_cost=fee,
            assumptions=(usage_assumption("upfront_fee_usd", stated).replace(" a month", ""), "paid once, in the month that it is bought"),
            quantity_source=stated.source,
        )
        return
    outputs = {key: context.resource.output(key) for key in ("instanceType", "instanceCount", "startDate", "endDate")}
    if not all(found.known for found in outputs.values()):
        reason = "its offering's type, count and dates are known only after deployment"
        raise UndecidableError(f"{reason}: state upfront_fee_usd, from describe-capacity-block-offerings, in a usage file")
    hours = _hours(*(str(outputs[key].value) for key in ("startDate", "endDate")))
    count = as_number("instanceCount", outputs["instanceCount"].value)
    component = f"Capacity Block {outputs['instanceType'].value}"
    if not context.prices.ladder(BLOCK, component, context.region):
        reason = f"the price book has no price for {component!r} in {context.region}, as AWS sets it by supply and demand"
        raise UndecidableError(f"{reason}: state upfront_fee_usd in a usage file, or add a price with --prices")
    yield Charge(BLOCK, component, constant(hours), constant(count), assumptions=(f"{hours:g} h, paid once, in the month that it is bought",))


def _hours(begin: str, end: str) -> float:
    try:
        first, last = (datetime.fromisoformat(text) for text in (begin, end))
        return max(0.0, (last - first).total_seconds() / 3600)
    except (TypeError, ValueError):
        raise UndecidableError(f"its dates can't be read: {begin[:40]} to {end[:40]}") from None


def dedicated_host(context: Context) -> Iterable[Item]:
    """A Dedicated Host's hours by its family, with whatever runs on it. Source: EC2 Dedicated Hosts pricing."""
    family = context.text("instanceFamily", "") or context.text("instanceType", "").split(".", 1)[0]
    component = f"Dedicated Host {family}"
    if not context.prices.ladder(HOST, component, context.region):
        raise UndecidableError(f"the price book has no price for {component!r} in {context.region}; add one with --prices")
    yield Charge(HOST, component, constant(running_hours(context).hours), assumptions=("the instances on it are not billed again",))


METERS = {
    CAPACITY_RESERVATION: Meter("aws_ec2_capacity_reservation", measure=capacity_reservation, extra_fields=(MONTHLY_HOURS,)),
    "aws:ec2/capacityBlockReservation:CapacityBlockReservation": Meter(BLOCK, measure=capacity_block, extra_fields=("upfront_fee_usd",)),
    DEDICATED_HOST: Meter(HOST, measure=dedicated_host, extra_fields=(MONTHLY_HOURS,)),
}
