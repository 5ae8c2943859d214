"""VPC meters: NAT gateways, addresses, flow logs, peering, IPAM, traffic mirroring and reachability analyses."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, constant
from cost.estimate.meters.network.addresses import elastic_ip, public_addresses
from cost.estimate.meters.network.data_transfer import BETWEEN_ZONES, PRICE_TYPE, to_another_region
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.estimate.model import ONE, Range
from cost.units import MONTH_HOURS

SUBNET = "aws:ec2/subnet:Subnet"
_FLOW_LOG_DESTINATIONS = {
    "cloud-watch-logs": ("aws_cloudwatch_log_group", "vended logs delivered to CloudWatch Logs"),
    "s3": ("aws_flow_log", "vended logs delivered to S3"),
}
_NAT_EGRESS = "what leaves for the internet is billed again as data transfer (aws_data_transfer), and what comes from another zone as well"


def nat_gateway(context: Context) -> Iterable[Item]:
    """Hours and data of a NAT gateway; a regional one is billed by the zone (Amazon VPC User Guide, "Regional NAT gateways").

    Its addresses are Elastic IPs that the program declares, save in a regional gateway that takes them from AWS by itself.
    """
    zones, notes = ONE, ()
    if context.text("availabilityMode", "zonal") == "regional":
        manual = context.items("availabilityZoneAddresses")
        zones = constant(len(manual)) if manual else _zones_of_subnets(context)
        notes = (f"regional: {zones.expected:g} Availability Zones",)
        if not manual:
            yield public_addresses(zones, "one a zone that the gateway serves")
    yield Charge("aws_nat_gateway", "gateway hours", constant(MONTH_HOURS), zones, assumptions=notes)
    row = Used("monthly_data_processed_gb", "data processed")
    yield from used_or_unpriced(context, "aws_nat_gateway", row, notes=(_NAT_EGRESS,))


def _zones_of_subnets(context: Context) -> Range:
    """A regional gateway spreads to the zones that have workloads: one at least, those of the stack's subnets at most."""
    found = {zone.value for subnet in context.stack.of_type(SUBNET) if (zone := subnet.output("availabilityZone")).known}
    if not found:
        raise UndecidableError("a regional NAT gateway is billed by the zone, and the stack's subnets name none")
    return Range(min=1.0, expected=len(found), max=len(found))


def flow_log(context: Context) -> Iterable[Item]:
    """Vended-log delivery to where the flow log writes; storage is its log group's or bucket's."""
    destination = context.text("logDestinationType", "cloud-watch-logs")
    if destination not in _FLOW_LOG_DESTINATIONS:
        raise UndecidableError(f"no price for flow logs delivered to {destination}")
    price_type, component = _FLOW_LOG_DESTINATIONS[destination]
    yield from used_or_unpriced(context, price_type, Used("monthly_data_ingested_gb", component))
    if destination == "s3" and context.text("destinationOptions.fileFormat", "plain-text") == "parquet":
        yield Unpriced("conversion to Parquet", "billed a GB on top of the delivery (CloudWatch pricing, Vended logs); the price book has no price for it")


def peering_connection(context: Context) -> Iterable[Item]:
    """Traffic over a peering connection: free within a zone, else as data transfer (Amazon VPC Peering Guide, "Pricing")."""
    other_region = context.text("peerRegion", context.region)
    if other_region != context.region:
        row = Used("monthly_outbound_other_regions_gb", to_another_region(context.region, other_region))
        yield from used_or_unpriced(context, PRICE_TYPE, row, notes=("this side's outbound traffic; the peer's is billed where it starts",))
        return
    row = Used("monthly_intra_region_gb", BETWEEN_ZONES)
    yield from used_or_unpriced(context, PRICE_TYPE, row, factor=2.0, notes=("billed on both sides: twice the GB; traffic within a zone is free",))


def ipam(context: Context) -> Iterable[Item]:
    """The advanced tier's active addresses; the free tier is free (Amazon VPC pricing, "IPAM")."""
    if context.text("tier", "advanced") == "free":
        yield Free("IPAM's free tier carries no charge")
        return
    yield from used_or_unpriced(context, "aws_vpc_ipam", Used("active_ip_addresses", "IPAM advanced tier, active IP address"), factor=MONTH_HOURS)


def reachability_analysis(context: Context) -> Iterable[Item]:
    """Reachability Analyzer is billed an analysis; the resource runs one when it is created."""
    yield from used_or_unpriced(context, "aws_ec2_network_insights_analysis", Used("monthly_analyses", "Reachability Analyzer analyses"))


METERS = {
    "aws:ec2/natGateway:NatGateway": Meter("aws_nat_gateway", measure=nat_gateway, extra_fields=("monthly_data_processed_gb",)),
    "aws:ec2/eip:Eip": Meter("aws_eip", measure=elastic_ip),
    "aws:ec2/flowLog:FlowLog": Meter("aws_flow_log", measure=flow_log, extra_fields=("monthly_data_ingested_gb",)),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Meter(
        "aws_vpc_peering_connection", measure=peering_connection, extra_fields=("monthly_intra_region_gb", "monthly_outbound_other_regions_gb")
    ),
    "aws:ec2/vpcIpam:VpcIpam": Meter("aws_vpc_ipam", measure=ipam, extra_fields=("active_ip_addresses",)),
    "aws:ec2/trafficMirrorSession:TrafficMirrorSession": Meter("aws_ec2_traffic_mirror_session", fixed=(Fixed("session hours", MONTH_HOURS),)),
    "aws:ec2/networkInsightsAnalysis:NetworkInsightsAnalysis": Meter(
        "aws_ec2_network_insights_analysis", measure=reachability_analysis, extra_fields=("monthly_analyses",)
    ),
    "aws:vpc/routeServerEndpoint:RouteServerEndpoint": Meter("aws_vpc_route_server_endpoint", fixed=(Fixed("route server endpoint hours", MONTH_HOURS),)),
}
