"""Network meters: NAT gateways, public addresses, VPC endpoints and flow logs."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, constant, used_charge
from cost.units import MONTH_HOURS

_ENDPOINT_KINDS = {"Interface": "interface endpoint", "GatewayLoadBalancer": "Gateway Load Balancer endpoint"}
_FLOW_LOG_DESTINATIONS = {
    "cloud-watch-logs": ("aws_cloudwatch_log_group", "vended logs delivered to CloudWatch Logs"),
    "s3": ("aws_flow_log", "vended logs delivered to S3"),
}


def vpc_endpoint(context: Context) -> Iterable[Item]:
    """Interface and Gateway Load Balancer endpoints: hours a subnet (one an Availability Zone), and data. Gateway endpoints are free."""
    kind = context.text("vpcEndpointType", "Gateway")
    if kind == "Gateway":
        yield Free("gateway endpoints (S3, DynamoDB) carry no charge")
        return
    if kind not in _ENDPOINT_KINDS:
        raise UndecidableError(f"no price for a VPC endpoint of type {kind}")
    zones = len(context.items("subnetIds") or context.items("subnetConfigurations"))
    if not zones:
        raise UndecidableError("subnetIds is empty: the number of Availability Zones is not known")
    name = _ENDPOINT_KINDS[kind]
    yield Charge("aws_vpc_endpoint", f"{name} hours (per AZ)", constant(MONTH_HOURS), constant(zones), assumptions=(f"{zones} Availability Zones",))
    yield from used_charge(context, "aws_vpc_endpoint", Used("monthly_data_processed_gb", f"{name} data processed"))


def flow_log(context: Context) -> Iterable[Item]:
    """Vended-log delivery to where the flow log writes; storage is its log group's or bucket's."""
    destination = context.text("logDestinationType", "cloud-watch-logs")
    if destination not in _FLOW_LOG_DESTINATIONS:
        raise UndecidableError(f"no price for flow logs delivered to {destination}")
    price_type, component = _FLOW_LOG_DESTINATIONS[destination]
    charges = list(used_charge(context, price_type, Used("monthly_data_ingested_gb", component)))
    yield from charges or [Unpriced(component, "no monthly_data_ingested_gb in the usage file or the defaults")]


METERS = {
    "aws:ec2/natGateway:NatGateway": Meter(
        "aws_nat_gateway", fixed=(Fixed("gateway hours", MONTH_HOURS),), used=(Used("monthly_data_processed_gb", "data processed"),)
    ),
    "aws:ec2/eip:Eip": Meter("aws_eip", fixed=(Fixed("public IPv4 address in use (any service, since 2024-02-01)", MONTH_HOURS),)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Meter("aws_vpc_endpoint", measure=vpc_endpoint, extra_fields=("monthly_data_processed_gb",)),
    "aws:ec2/flowLog:FlowLog": Meter("aws_flow_log", measure=flow_log, extra_fields=("monthly_data_ingested_gb",)),
}
