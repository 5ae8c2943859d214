"""Public IPv4 addresses: who holds them, so that each is charged once.

Since 2024-02-01 every public IPv4 address of AWS's costs the same, in use or idle, whichever service holds it (AWS News Blog, "New: AWS
Public IPv4 Address Charge + Public IP Insights"; Amazon VPC pricing, "Public IPv4 addresses"). An Elastic IP that a program declares is
charged as that resource; a service is charged only for addresses that it takes from AWS itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from cost.estimate.meters.base import Charge, Context, Free, Item, UndecidableError, Unpriced, constant
from cost.estimate.meters.usage_fields import hourly
from cost.estimate.model import Range
from cost.units import MONTH_HOURS
from plinth.stack import State

EIP = "aws:ec2/eip:Eip"
PRICE_TYPE = "aws_eip"
IN_USE = "public IPv4 address in use (any service, since 2024-02-01)"
IDLE = "idle Elastic IP address"
AMAZON_POOL = "amazon"

_HOLDERS = (
    "aws:ec2/eipAssociation:EipAssociation",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:networkfirewall/firewall:Firewall",
)


def public_addresses(count: Range, *notes: str) -> Charge:
    """Addresses that a service takes from AWS itself and holds all month."""
    return Charge(PRICE_TYPE, IN_USE, constant(MONTH_HOURS), count, assumptions=notes, label="public IPv4 addresses")


def publicly_accessible(context: Context, count: Range, *notes: str) -> Iterable[Item]:
    """The addresses of a database that is publicly accessible, as long as it runs; unknown where that is known only after deployment."""
    declared = context.resource.input("publiclyAccessible")
    if declared.state is State.UNKNOWN:
        yield Unpriced("public IPv4 addresses", "publiclyAccessible is known only after deployment")
    elif declared.value is True:
        yield hourly(context, PRICE_TYPE, IN_USE, count, label="public IPv4 addresses", notes=notes)


def elastic_ip(context: Context) -> Iterable[Item]:
    """An Elastic IP: in use or idle costs the same, but idle is waste and is called so. One's own addresses (BYOIP, CoIP) are free."""
    if context.get("customerOwnedIpv4Pool"):
        yield Free("customer-owned addresses (Outposts) carry no charge")
        return
    if context.text("publicIpv4Pool", AMAZON_POOL) != AMAZON_POOL:
        yield Free("addresses that you bring to AWS (BYOIP) carry no charge")
        return
    if context.get("ipamPoolId"):
        raise UndecidableError("the address is from an IPAM pool: whether AWS's or one's own decides the price")
    idle = _idle(context)
    note = ("nothing in this stack uses it: an idle address costs as much as one in use",) if idle else ()
    yield Charge(PRICE_TYPE, IDLE if idle else IN_USE, constant(MONTH_HOURS), assumptions=note)


def _idle(context: Context) -> bool:
    """Whether nothing can be seen to use the address. A stack without recorded dependencies says nothing about that, so it counts as in use."""
    resource, stack = context.resource, context.stack
    used = resource.input("instance").present or resource.input("networkInterface").present or bool(resource.output("associationId").value)
    if used or stack.dependents(resource) or not any(other.property_dependencies or other.dependencies for other in reversed(stack.resources)):
        return False
    return not any(mentions(other.inputs, resource.id) for type_ in _HOLDERS for other in stack.of_type(type_))


def mentions(value: Any, wanted: str | None) -> bool:
    """Whether a value, or one nested in it, is `wanted`."""
    if isinstance(value, Mapping):
        return any(mentions(inner, wanted) for inner in cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        return any(mentions(inner, wanted) for inner in cast("list[Any]", value))
    return wanted is not None and value == wanted
