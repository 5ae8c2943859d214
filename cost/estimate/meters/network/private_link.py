"""PrivateLink and VPC Lattice meters: VPC endpoints, endpoint services, Lattice services and resources."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Used, constant
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.units import MONTH_HOURS
from plinth.stack import State

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SUBNET_ASSOCIATION = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
_PAID = {"Interface": "interface endpoint", "GatewayLoadBalancer": "Gateway Load Balancer endpoint", "Resource": "resource endpoint"}
_FREE = {
    "Gateway": "gateway endpoints (S3, DynamoDB) carry no charge",
    "ServiceNetwork": "service network endpoints carry no charge (VPC Lattice pricing); the services behind them do",
}


def vpc_endpoint(context: Context) -> Iterable[Item]:
    """Hours a zone and data of an endpoint (AWS PrivateLink pricing). Gateway and service network endpoints are free."""
    kind = context.text("vpcEndpointType", "Gateway")
    if kind in _FREE:
        yield Free(_FREE[kind])
        return
    if kind not in _PAID:
        raise UndecidableError(f"no price for a VPC endpoint of type {kind}")
    name = _PAID[kind]
    zones = _zones(context, f"{name} hours (per AZ)")
    yield Charge("aws_vpc_endpoint", f"{name} hours (per AZ)", constant(MONTH_HOURS), constant(zones), assumptions=(f"{zones} Availability Zones",))
    yield from used_or_unpriced(context, "aws_vpc_endpoint", Used("monthly_data_processed_gb", f"{name} data processed"))


def _zones(context: Context, component: str) -> int:
    if any(context.resource.input(key).state is State.UNKNOWN for key in ("subnetIds", "subnetConfigurations")):
        ladder = context.prices.ladder("aws_vpc_endpoint", component, context.region)
        each = f": {ladder[0].usd_per_unit * MONTH_HOURS:.2f} USD a month a zone" if ladder else ""
        raise UndecidableError(f"subnetIds, and so the number of Availability Zones, is known only after deployment{each}")
    declared = len(context.items("subnetIds") or context.items("subnetConfigurations"))
    associated = len(context.stack.dependents(context.resource, SUBNET_ASSOCIATION))
    if not declared + associated:
        raise UndecidableError("subnetIds is empty: the number of Availability Zones is not known")
    return declared + associated


def endpoint_service(context: Context) -> Iterable[Item]:
    """The provider of a service pays for its load balancer, the consumer for the endpoint; access from other Regions is extra."""
    elsewhere = [region for region in context.items("supportedRegions") if region != context.region]
    if elsewhere:
        raise UndecidableError(f"the price book has no price for access from other Regions ({len(elsewhere)}); add one with --prices")
    yield Free("an endpoint service carries no charge; its load balancer does, and its consumers' endpoints do")


def lattice_service(context: Context) -> Iterable[Item]:
    """Hours, data, and requests above 300,000 an hour of a service (VPC Lattice pricing)."""
    yield Charge("aws_vpclattice_service", "service hours", constant(MONTH_HOURS))
    yield from used_or_unpriced(context, "aws_vpclattice_service", Used("monthly_data_processed_gb", "data processed"))
    yield from used_or_unpriced(context, "aws_vpclattice_service", Used("monthly_requests", "requests (above 300,000 an hour)", per=1e6))


METERS = {
    ENDPOINT: Meter("aws_vpc_endpoint", measure=vpc_endpoint, extra_fields=("monthly_data_processed_gb",)),
    "aws:ec2/vpcEndpointService:VpcEndpointService": Meter("aws_vpc_endpoint_service", measure=endpoint_service),
    "aws:vpclattice/service:Service": Meter("aws_vpclattice_service", measure=lattice_service, extra_fields=("monthly_data_processed_gb", "monthly_requests")),
    "aws:vpclattice/serviceNetworkResourceAssociation:ServiceNetworkResourceAssociation": Meter(
        "aws_vpclattice_service_network_resource_association",
        fixed=(Fixed("resource hours", MONTH_HOURS),),
        used=(Used("monthly_data_processed_gb", "data processed"),),
    ),
}
