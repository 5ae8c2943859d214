"""Meters of links between networks: Transit Gateway, VPN, Direct Connect and Cloud WAN."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, constant
from cost.estimate.meters.network.addresses import public_addresses
from cost.estimate.meters.network.direct_connect import dx_connection, dx_fields
from cost.estimate.meters.usage_fields import used_or_unpriced
from cost.units import MONTH_HOURS

ATTACHMENT = "aws_ec2_transit_gateway_vpc_attachment"
CORE_ATTACHMENT = "aws_networkmanager_vpc_attachment"
TRANSIT_GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
POLICY_ATTACHMENT = "aws:networkmanager/coreNetworkPolicyAttachment:CoreNetworkPolicyAttachment"
DATA = Used("monthly_data_processed_gb", "data processed")
_VPN_TUNNELS = 2
_INTERFACES = {"dx_virtual_interface_type": ("private", "public")}
"""Infracost's text. It changes no price: in the book's one location both kinds of interface send data at the same rate."""


def _attachment(context: Context, label: str) -> Iterable[Item]:
    """A Transit Gateway attachment's hours and the data that it sends to the gateway (AWS Transit Gateway pricing)."""
    yield Charge(ATTACHMENT, "attachment hours", constant(MONTH_HOURS), label=f"{label} hours")
    yield from used_or_unpriced(context, ATTACHMENT, DATA, label=f"{label} data processed")


def vpn_connection(context: Context) -> Iterable[Item]:
    """A Site-to-Site VPN: its hours and its two tunnels' public addresses; on a Transit Gateway an attachment too; accelerated, two accelerators."""
    if context.text("tunnelBandwidth", "standard") != "standard":
        raise UndecidableError("the price book has no price for large-bandwidth tunnels; add one with --prices")
    yield Charge("aws_vpn_connection", "connection hours", constant(MONTH_HOURS))
    if context.text("outsideIpAddressType", "PublicIpv4") == "PublicIpv4":
        yield public_addresses(constant(_VPN_TUNNELS), "one a tunnel")
    if context.resource.input("transitGatewayId").present:
        yield from _attachment(context, "transit gateway attachment")
    if context.get("enableAcceleration", False):
        yield Charge("aws_globalaccelerator_accelerator", "fixed fee", constant(MONTH_HOURS), constant(_VPN_TUNNELS), label="acceleration, one a tunnel")
        yield Unpriced("acceleration's data transfer premium", "it depends on where the traffic comes from, which nothing states")


def gateway_association(context: Context) -> Iterable[Item]:
    """A Direct Connect gateway's association: a Transit Gateway attachment, or free with a virtual private gateway."""
    linked = context.get("associatedGatewayId") if context.resource.input("associatedGatewayId").known else None
    by_id = str(linked or "")
    if by_id.startswith("vgw-") or context.references.referred(context.resource, "associatedGatewayId", VPN_GATEWAY):
        yield Free("an association with a virtual private gateway carries no charge")
    elif by_id.startswith("tgw-") or context.references.referred(context.resource, "associatedGatewayId", TRANSIT_GATEWAY):
        yield from _attachment(context, "transit gateway attachment")
    else:
        raise UndecidableError("associatedGatewayId is known only after deployment: a Transit Gateway is billed, a virtual private gateway is not")


def core_network(context: Context) -> Iterable[Item]:
    """A Cloud WAN core network: hours of its edge locations, read from its base policy or from the policy that is attached (AWS Cloud WAN pricing)."""
    edges = len(context.items("basePolicyRegions")) or (1 if context.get("createBasePolicy", False) else 0) or _policy_edges(context)
    if not edges:
        raise UndecidableError("the number of edge locations is not known: no base policy, and no policy attached in this stack")
    price_type = "aws_networkmanager_core_network"
    yield Charge(price_type, "core network edge hours", constant(MONTH_HOURS), constant(edges), assumptions=(f"{edges} edge locations",))


def _policy_edges(context: Context) -> int:
    for attached in context.references.referring(context.resource, "coreNetworkId", POLICY_ATTACHMENT):
        document = attached.input("policyDocument")
        if not document.known:
            raise UndecidableError("the attached policyDocument is known only after deployment")
        try:
            policy: Any = json.loads(str(document.value))
        except ValueError:
            raise UndecidableError("the attached policyDocument is no JSON") from None
        configuration = cast("Mapping[str, Any]", policy).get("core-network-configuration", {}) if isinstance(policy, Mapping) else {}
        return len(configuration.get("edge-locations", ()))
    return 0


def client_vpn_endpoint(context: Context) -> Iterable[Item]:
    """The hours that clients are connected; associations with subnets are resources of their own (AWS VPN pricing, "Client VPN")."""
    yield from used_or_unpriced(context, "aws_ec2_client_vpn_endpoint", Used("monthly_connection_hours", "client connection hours"))


def cloud_wan_attachment(context: Context) -> Iterable[Item]:
    """Any kind of attachment to a core network: the same hours and the data that it sends (AWS Cloud WAN pricing)."""
    yield Charge(CORE_ATTACHMENT, "attachment hours", constant(MONTH_HOURS))
    yield from used_or_unpriced(context, CORE_ATTACHMENT, DATA)


def vpn_concentrator(_: Context) -> Iterable[Item]:
    """A concentrator of many small sites' connections, which the price book lacks."""
    raise UndecidableError("the price book has no price for a VPN concentrator; add one with --prices")


def peering_attachment(context: Context) -> Iterable[Item]:
    """Each side of a peering pays its attachment's hours; data is not processed twice, but crosses Regions as data transfer."""
    note = "data that crosses Regions is billed as data transfer (aws_data_transfer)"
    yield Charge("aws_ec2_transit_gateway_peering_attachment", "attachment hours", constant(MONTH_HOURS), assumptions=(note,))


def connect_attachment(context: Context) -> Iterable[Item]:
    """A Connect attachment runs over another attachment, which is billed beside it for its own traffic."""
    yield Charge("aws_ec2_transit_gateway_connect", "attachment hours", constant(MONTH_HOURS))
    yield from used_or_unpriced(context, ATTACHMENT, DATA)


_CORE_ATTACHMENTS = {
    f"aws:networkmanager/{name[0].lower()}{name[1:]}:{name}": Meter(terraform_type, measure=cloud_wan_attachment, extra_fields=(DATA.field,))
    for name, terraform_type in {
        "VpcAttachment": CORE_ATTACHMENT,
        "ConnectAttachment": "aws_networkmanager_connect_attachment",
        "SiteToSiteVpnAttachment": "aws_networkmanager_site_to_site_vpn_attachment",
        "DxGatewayAttachment": "aws_networkmanager_dx_gateway_attachment",
        "TransitGatewayRouteTableAttachment": "aws_networkmanager_transit_gateway_route_table_attachment",
    }.items()
}

METERS = {
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": Meter(ATTACHMENT, fixed=(Fixed("attachment hours", MONTH_HOURS),), used=(DATA,)),
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": Meter("aws_ec2_transit_gateway_peering_attachment", measure=peering_attachment),
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter": Meter(
        "aws_ec2_transit_gateway_peering_attachment_accepter", measure=peering_attachment
    ),
    "aws:ec2transitgateway/connect:Connect": Meter("aws_ec2_transit_gateway_connect", measure=connect_attachment, extra_fields=(DATA.field,)),
    "aws:ec2/vpnConnection:VpnConnection": Meter("aws_vpn_connection", measure=vpn_connection, extra_fields=(DATA.field,)),
    "aws:ec2clientvpn/endpoint:Endpoint": Meter("aws_ec2_client_vpn_endpoint", measure=client_vpn_endpoint, extra_fields=("monthly_connection_hours",)),
    "aws:ec2clientvpn/networkAssociation:NetworkAssociation": Meter(
        "aws_ec2_client_vpn_network_association", fixed=(Fixed("endpoint association hours", MONTH_HOURS),)
    ),
    "aws:directconnect/connection:Connection": Meter(
        "aws_dx_connection",
        measure=dx_connection,
        extra_fields=dx_fields(),
        texts={"dx_connection_type": ("dedicated", "hosted"), **_INTERFACES},
    ),
    "aws:directconnect/hostedConnection:HostedConnection": Meter(
        "aws_dx_hosted_connection", measure=dx_connection, extra_fields=dx_fields(), texts=_INTERFACES
    ),
    "aws:directconnect/gatewayAssociation:GatewayAssociation": Meter("aws_dx_gateway_association", measure=gateway_association, extra_fields=(DATA.field,)),
    "aws:networkmanager/coreNetwork:CoreNetwork": Meter("aws_networkmanager_core_network", measure=core_network),
    **_CORE_ATTACHMENTS,
    "aws:ec2/vpnConcentrator:VpnConcentrator": Meter("aws_vpn_concentrator", measure=vpn_concentrator),
}
