from __future__ import annotations

import json

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
PEERING = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
ACCEPTER = "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter"
CONNECT = "aws:ec2transitgateway/connect:Connect"
VPN = "aws:ec2/vpnConnection:VpnConnection"
CLIENT_VPN = "aws:ec2clientvpn/endpoint:Endpoint"
ASSOCIATION = "aws:ec2clientvpn/networkAssociation:NetworkAssociation"
DX = "aws:directconnect/connection:Connection"
HOSTED = "aws:directconnect/hostedConnection:HostedConnection"
DX_GATEWAY = "aws:directconnect/gatewayAssociation:GatewayAssociation"
CORE = "aws:networkmanager/coreNetwork:CoreNetwork"
CORE_VPC = "aws:networkmanager/vpcAttachment:VpcAttachment"
CORE_POLICY = "aws:networkmanager/coreNetworkPolicyAttachment:CoreNetworkPolicyAttachment"
LINKS = {"transitGatewayId": UNKNOWN, "vpcId": UNKNOWN, "subnetIds": ["a"]}


@pytest.mark.parametrize(
    ("type_", "inputs", "usage", "cost"),
    [
        # 730 x 0.05 = 36.50; 100 GB x 0.02
        (VPC_ATTACHMENT, LINKS, ("aws_ec2_transit_gateway_vpc_attachment", {"monthly_data_processed_gb": 100}), 38.50),
        (PEERING, {"peerRegion": "us-west-2", "peerTransitGatewayId": "tgw-2", "transitGatewayId": UNKNOWN}, None, 36.50),
        (ACCEPTER, {"transitGatewayAttachmentId": "tgw-attach-1"}, None, 36.50),
        # the small preset's 100 GB
        (CONNECT, {"transitGatewayId": UNKNOWN, "transportAttachmentId": UNKNOWN}, None, 38.50),
        (CONNECT, {"transitGatewayId": UNKNOWN}, ("aws_ec2_transit_gateway_connect", {"monthly_data_processed_gb": 50}), 37.50),
        # 480 connection hours x 0.05 from the small preset
        (CLIENT_VPN, {"serverCertificateArn": UNKNOWN, "authenticationOptions": []}, None, 24.0),
        (ASSOCIATION, {"clientVpnEndpointId": UNKNOWN, "subnetId": "a"}, None, 73.0),
        (CORE, {"globalNetworkId": UNKNOWN, "basePolicyRegions": ["us-east-1", "eu-west-1"]}, None, 730.0),
        (CORE, {"globalNetworkId": UNKNOWN, "createBasePolicy": True}, None, 365.0),
        # 730 x 0.065 = 47.45; 100 GB x 0.02
        (CORE_VPC, {"coreNetworkId": UNKNOWN, "subnetArns": ["a"]}, ("aws_networkmanager_vpc_attachment", {"monthly_data_processed_gb": 100}), 49.45),
        # ports: 730 x 2.25, x 0.06; 100 GB out x 0.02
        (DX, {"bandwidth": "10Gbps", "location": "EqDC2"}, ("aws_dx_connection", {"monthly_outbound_region_to_dx_location_gb": 100}), 1_644.50),
        (HOSTED, {"bandwidth": "100Mbps", "connectionId": "dxcon-1"}, ("aws_dx_hosted_connection", {"monthly_outbound_region_to_dx_location_gb": 100}), 45.80),
        (
            DX,
            {"bandwidth": "1Gbps", "location": "EqDC2"},
            ("aws_dx_connection", {"monthly_outbound_from_region_to_dx_connection_location.us_east_1": 200}),
            219 + 4.0,
        ),
    ],
)
def test_a_link_costs_its_hours_and_its_data(priced, usage_of, type_, inputs, usage, cost):
    found = priced((type_, "link", inputs), usage=usage_of(*usage) if usage else None)
    assert found.monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_hosted_port_is_told_from_a_dedicated_one(priced, usage_of):
    usage = usage_of("aws_dx_connection", {"dx_connection_type": "hosted", "monthly_outbound_region_to_dx_location_gb": 0})
    assert priced((DX, "dx", {"bandwidth": "1Gbps", "location": "EqDC2"}), usage=usage).monthly_cost.expected == pytest.approx(730 * 0.33, abs=0.005)


@pytest.mark.parametrize("bandwidth", ["fast", UNKNOWN, "7Gbps"])
def test_a_port_of_unknown_speed_is_unknown(priced, usage_of, bandwidth):
    usage = usage_of("aws_dx_connection", {"monthly_outbound_region_to_dx_location_gb": 0})
    found = priced((DX, "dx", {"bandwidth": bandwidth, "location": "EqDC2"}), usage=usage)
    assert not any("port hours" in line.component for line in found.lines)


def test_data_out_of_another_region_to_the_port_is_listed(stack_of, usage_of):
    usage = usage_of("aws_dx_connection", {"monthly_outbound_from_region_to_dx_connection_location.eu_west_1": 100})
    result = estimate(stack_of((DX, "dx", {"bandwidth": "1Gbps", "location": "EqDC2"})), (usage,))
    assert ["eu-west-1" in item.reason for item in result.unknown] == [True]


def test_a_vpn_holds_two_public_addresses(priced):
    # 730 x 0.05 = 36.50; two tunnels x 730 x 0.005 = 7.30
    assert priced((VPN, "vpn", {"customerGatewayId": UNKNOWN, "type": "ipsec.1"})).monthly_cost.expected == pytest.approx(43.80, abs=0.005)


def test_a_vpn_on_a_transit_gateway_is_an_attachment_too(priced, usage_of):
    usage = usage_of("aws_vpn_connection", {"monthly_data_processed_gb": 100})
    inputs = {"customerGatewayId": UNKNOWN, "type": "ipsec.1", "transitGatewayId": UNKNOWN, "outsideIpAddressType": "PrivateIpv4"}
    # 36.50 for the connection, 36.50 for the attachment, 100 x 0.02 (infracost vpn_connection_test)
    assert priced((VPN, "vpn", inputs), usage=usage).monthly_cost.expected == pytest.approx(75.0, abs=0.005)


def test_an_accelerated_vpn_pays_two_accelerators_and_lists_its_premium(stack_of):
    result = estimate(stack_of((VPN, "vpn", {"type": "ipsec.1", "transitGatewayId": UNKNOWN, "enableAcceleration": True})))
    assert any(line.component.startswith("acceleration") and line.monthly_cost.expected == pytest.approx(36.50) for line in result.resources[0].lines)
    assert [item.component for item in result.unknown] == ["acceleration's data transfer premium"]


def test_large_tunnels_have_no_price_in_the_book(priced):
    assert priced((VPN, "vpn", {"type": "ipsec.1", "tunnelBandwidth": "large"})).status is Status.UNKNOWN


@pytest.mark.parametrize(("gateway", "status"), [("vgw-1", Status.FREE), ("tgw-1", Status.PRICED), (UNKNOWN, Status.UNKNOWN), ("dxgw-1", Status.UNKNOWN)])
def test_a_direct_connect_gateway_association_costs_by_what_it_joins(priced, gateway, status):
    found = priced((DX_GATEWAY, "link", {"dxGatewayId": "dxgw-1", "associatedGatewayId": gateway}))
    assert found.status is status


def test_an_association_with_the_stacks_own_transit_gateway_is_billed(priced, resource):
    gateway = resource("aws:ec2transitgateway/transitGateway:TransitGateway", "tgw", {})
    link = resource(DX_GATEWAY, "link", {"associatedGatewayId": UNKNOWN}, property_dependencies={"associatedGatewayId": (gateway.urn,)})
    # 36.50 and the small preset's 500 GB x 0.02
    assert priced(link, gateway).monthly_cost.expected == pytest.approx(46.50, abs=0.005)


def test_the_attached_policy_says_how_many_edges_a_core_network_has(priced, resource):
    core = resource(CORE, "wan", {"globalNetworkId": UNKNOWN})
    document = json.dumps(
        {"core-network-configuration": {"edge-locations": [{"location": "us-east-1"}, {"location": "eu-west-1"}, {"location": "ap-south-1"}]}}
    )
    policy = resource(CORE_POLICY, "policy", {"policyDocument": document}, property_dependencies={"coreNetworkId": (core.urn,)})
    assert priced(core, policy).monthly_cost.expected == pytest.approx(3 * 365)


@pytest.mark.parametrize("document", [UNKNOWN, "no json", None])
def test_a_core_network_whose_edges_are_not_known_is_unknown(priced, resource, document):
    core = resource(CORE, "wan", {"globalNetworkId": UNKNOWN})
    policy = [resource(CORE_POLICY, "policy", {"policyDocument": document}, property_dependencies={"coreNetworkId": (core.urn,)})] if document else []
    assert priced(core, *policy).status is Status.UNKNOWN


@pytest.mark.parametrize("name", ["ConnectAttachment", "SiteToSiteVpnAttachment", "DxGatewayAttachment", "TransitGatewayRouteTableAttachment"])
def test_every_kind_of_core_network_attachment_costs_alike(priced, name):
    found = priced((f"aws:networkmanager/{name[0].lower()}{name[1:]}:{name}", "link", {"coreNetworkId": UNKNOWN, "edgeLocation": "us-east-1"}))
    # 730 x 0.065 = 47.45; the small preset's 100 GB x 0.02
    assert found.monthly_cost.expected == pytest.approx(49.45, abs=0.005)


def test_a_vpn_concentrator_has_no_price_in_the_book(priced):
    found = priced(("aws:ec2/vpnConcentrator:VpnConcentrator", "sites", {"type": "ipsec.1", "transitGatewayId": UNKNOWN}))
    assert (found.status, "--prices" in found.reason) == (Status.UNKNOWN, True)
