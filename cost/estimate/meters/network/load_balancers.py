"""Load balancer meters: hours, public addresses, and capacity units by their largest dimension (Elastic Load Balancing pricing).

AWS takes the largest dimension of each hour. From a month's averages the same sum gives the least that a steady load costs; a load that
peaks costs more, which each line says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cost.estimate.meters.base import Charge, Context, Fixed, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, constant, usage_assumption
from cost.estimate.meters.network.addresses import public_addresses
from cost.estimate.meters.usage_fields import not_stated
from cost.estimate.model import Quantity
from cost.units import MONTH_HOURS
from plinth.stack import State

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
_NO_PUBLIC_IPV4 = "dualstack-without-public-ipv4"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one capacity unit holds in each dimension; `rule_evaluations` 0 where rules are no dimension."""

    new_connections: float
    active_connections: float
    gb_an_hour: float
    rule_evaluations: float = 0.0

    def units(self, usage: Mapping[str, Quantity]) -> dict[str, float]:
        """Capacity units by usage field, for the fields that somebody stated."""
        held = {
            "new_connections": self.new_connections,
            "active_connections": self.active_connections,
            "processed_bytes_gb": self.gb_an_hour * MONTH_HOURS,
            "rule_evaluations": self.rule_evaluations,
        }
        return {field: usage[field].value / size for field, size in held.items() if size and field in usage}


APPLICATION = Capacity(new_connections=25, active_connections=3_000, gb_an_hour=1.0, rule_evaluations=1_000)
APPLICATION_TO_LAMBDA = Capacity(new_connections=25, active_connections=3_000, gb_an_hour=0.4, rule_evaluations=1_000)
NETWORK = MappingProxyType({"tcp": Capacity(800, 100_000, 1.0), "udp": Capacity(400, 50_000, 1.0), "tls": Capacity(50, 3_000, 1.0)})
GATEWAY = Capacity(600, 60_000, 1.0)
FIELDS = ("new_connections", "active_connections", "processed_bytes_gb", "rule_evaluations")
_UNITS = {"application": "LCU", "network": "NLCU", "gateway": "GLCU"}


def load_balancer(context: Context) -> Iterable[Item]:
    """An Application, Network or Gateway Load Balancer. A Gateway Load Balancer's hours are billed by the zone."""
    kind = context.text("loadBalancerType", "application")
    if kind not in _UNITS:
        raise UndecidableError(f"no price for a load balancer of type {kind}")
    if kind == "gateway":
        zones = _zones(context)
        hours = f"{zones} Availability Zones"
        yield Charge("aws_lb", "gateway load balancer hours (per AZ)", constant(MONTH_HOURS), constant(zones), assumptions=(hours,))
    else:
        yield Charge("aws_lb", f"{kind} load balancer hours", constant(MONTH_HOURS))
        yield from _addresses(context)
    yield from _capacity_units(context, kind)


def _capacity_units(context: Context, kind: str) -> Iterable[Item]:
    component = f"{kind} load balancer capacity units"
    units = _capacity(context, kind).units(context.usage)
    reserved = as_mapping("minimumLoadBalancerCapacity", context.get("minimumLoadBalancerCapacity"))
    if reserved:
        yield Unpriced("reserved capacity units that stay idle", "the price book has no price for reserved capacity; add one with --prices")
    if not units:
        yield not_stated(component, *FIELDS)
        return
    field = max(units, key=lambda name: units[name])
    found = context.usage[field]
    note = f"{units[field]:.4g} {_UNITS[kind]} an hour, from {field}; peaks within the month cost more"
    quantity = constant(units[field] * MONTH_HOURS)
    yield Charge("aws_lb", component, quantity, source=found.source, assumptions=(usage_assumption(field, found), note))


def _capacity(context: Context, kind: str) -> Capacity:
    if kind == "gateway":
        return GATEWAY
    if kind == "network":
        return NETWORK[context.texts.get("protocol") or _listeners_protocol(context)]
    return APPLICATION_TO_LAMBDA if context.texts.get("target_type") == "lambda" else APPLICATION


def _listeners_protocol(context: Context) -> str:
    """The protocol of the stack's own listeners where all agree, else TCP."""
    listeners = context.stack.dependents(context.resource, *LISTENERS)
    protocols = {str(listener.input("protocol").value).lower() for listener in listeners}
    return next(iter(protocols)) if len(protocols) == 1 and protocols <= NETWORK.keys() else "tcp"


def _addresses(context: Context) -> Iterable[Item]:
    """One public IPv4 address a zone, where the load balancer faces the internet and brings no Elastic IPs of its own."""
    internal = context.resource.input("internal")
    if internal.state is State.UNKNOWN:
        yield Unpriced("public IPv4 addresses", "internal is known only after deployment")
        return
    if internal.value or context.get("ipAddressType") == _NO_PUBLIC_IPV4 or context.get("ipamPools"):
        return
    try:
        mappings = [as_mapping("subnetMappings", mapping) for mapping in context.items("subnetMappings")]
        own = sum(1 for mapping in mappings if "allocationId" in mapping)
        zones = _zones(context) - own
    except UndecidableError as error:
        yield Unpriced("public IPv4 addresses", str(error))
        return
    if zones:
        yield public_addresses(constant(zones), "one a zone; a load balancer that scales out takes more")


def _zones(context: Context) -> int:
    zones = next((len(found) for name in ("subnetMappings", "subnets", "availabilityZones") if (found := context.items(name))), 0)
    if not zones:
        raise UndecidableError("subnets is empty: the number of Availability Zones is not known")
    return zones


METERS = {
    "aws:lb/trustStore:TrustStore": Meter("aws_lb_trust_store", fixed=(Fixed("trust store hours", MONTH_HOURS),)),
    **dict.fromkeys(
        ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"),
        Meter("aws_lb", measure=load_balancer, extra_fields=FIELDS, texts={"protocol": tuple(NETWORK), "target_type": ("instance", "ip", "lambda")}),
    ),
    "aws:elb/loadBalancer:LoadBalancer": Meter(
        "aws_elb",
        fixed=(Fixed("classic load balancer hours", MONTH_HOURS),),
        used=(Used("monthly_data_processed_gb", "classic load balancer data processed"),),
        measure=_addresses,
    ),
}
