from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

NAT = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
SUBNET = "aws:ec2/subnet:Subnet"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
IPAM = "aws:ec2/vpcIpam:VpcIpam"
MIRROR = "aws:ec2/trafficMirrorSession:TrafficMirrorSession"
ANALYSIS = "aws:ec2/networkInsightsAnalysis:NetworkInsightsAnalysis"
ROUTE_SERVER = "aws:vpc/routeServerEndpoint:RouteServerEndpoint"


def test_a_nat_gateway_costs_its_hours_and_its_data(priced, usage_of):
    found = priced((NAT, "nat", {}), usage=usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 1000}))
    # 730 h x 0.045 = 32.85; 1,000 GB x 0.045 = 45.00 (AWS VPC pricing, NAT gateway)
    assert found.monthly_cost.expected == pytest.approx(77.85, abs=0.005)


def test_a_public_address_in_use_costs_half_a_cent_an_hour(priced):
    assert priced((EIP, "eip", {"domain": "vpc"})).monthly_cost.expected == pytest.approx(3.65, abs=0.005)


def test_an_interface_endpoint_costs_by_the_zone(priced, usage_of):
    usage = usage_of("aws_vpc_endpoint", {"monthly_data_processed_gb": 500})
    found = priced((ENDPOINT, "ecr", {"vpcEndpointType": "Interface", "subnetIds": ["a", UNKNOWN, "c"]}), usage=usage)
    # 3 zones x 730 h x 0.01 = 21.90; 500 GB x 0.01 = 5.00 (AWS PrivateLink pricing)
    assert found.monthly_cost.expected == pytest.approx(26.90, abs=0.005)


def test_an_interface_endpoint_pays_each_tier_of_its_data(priced, usage_of, line):
    usage = usage_of("aws_vpc_endpoint", {"monthly_data_processed_gb": 2 * 1048576})
    found = priced((ENDPOINT, "ecr", {"vpcEndpointType": "Interface", "subnetIds": ["a"]}), usage=usage)
    # the first PB at 0.01 = 10,485.76, the second at 0.006 = 6,291.456; one zone 7.30
    assert found.monthly_cost.expected == pytest.approx(10485.76 + 6291.456 + 7.30, abs=0.005)
    assert line(found, "interface endpoint data processed (above 1,048,576)").unit_price == 0.006


def test_a_gateway_endpoint_is_free_and_says_why(priced):
    found = priced((ENDPOINT, "s3", {"vpcEndpointType": "Gateway"}))
    assert (found.status, found.monthly_cost.max) == (Status.FREE, 0)
    assert "gateway" in found.reason


def test_an_endpoint_whose_subnets_are_unknown_is_unknown(priced):
    found = priced((ENDPOINT, "ecr", {"vpcEndpointType": "Interface", "subnetIds": UNKNOWN}))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert "subnetIds" in found.reason


@pytest.mark.parametrize(("destination", "cost"), [("cloud-watch-logs", 50.0), ("s3", 25.0)])
def test_flow_logs_cost_by_where_they_are_delivered(priced, usage_of, destination, cost):
    usage = usage_of("aws_flow_log", {"monthly_data_ingested_gb": 100})
    # 100 GB of vended logs: 0.50 a GB to CloudWatch Logs, 0.25 to S3 (CloudWatch pricing, Vended logs)
    assert priced((FLOW_LOG, "flows", {"logDestinationType": destination}), usage=usage).monthly_cost.expected == pytest.approx(cost, abs=0.005)


@pytest.mark.parametrize(("form", "components"), [("plain-text", []), ("parquet", ["conversion to Parquet"])])
def test_conversion_of_flow_logs_to_parquet_is_named(stack_of, form, components):
    result = estimate(stack_of((FLOW_LOG, "flows", {"logDestinationType": "s3", "destinationOptions": {"fileFormat": form}})))
    assert [item.component for item in result.unknown] == components


def test_flow_logs_to_firehose_are_unknown(priced):
    assert priced((FLOW_LOG, "flows", {"logDestinationType": "kinesis-data-firehose"})).status is Status.UNKNOWN


def test_a_nat_gateways_data_says_what_else_the_traffic_costs(priced, line):
    assert any("aws_data_transfer" in note for note in line(priced((NAT, "nat", {})), "data processed").assumptions)


def test_a_private_nat_gateway_costs_as_much_and_holds_no_public_address(priced, usage_of):
    found = priced((NAT, "nat", {"connectivityType": "private"}), usage=usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 0}))
    assert found.monthly_cost.expected == pytest.approx(32.85, abs=0.005)


def test_an_address_of_a_nat_gateway_is_charged_once(stack_of, usage_of, resource):
    address = resource(EIP, "eip", {"domain": "vpc"})
    gateway = resource(NAT, "nat", {"allocationId": UNKNOWN}, property_dependencies={"allocationId": (address.urn,)})
    result = estimate(stack_of(address, gateway), (usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 0}),))
    assert result.total.expected == pytest.approx(32.85 + 3.65, abs=0.005)


def test_a_regional_nat_gateway_is_billed_by_the_zone_with_an_address_in_each(priced, usage_of):
    subnets = [(SUBNET, f"s{index}", {"availabilityZone": f"us-east-1{zone}"}) for index, zone in enumerate("abb")]
    usage = usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 0})
    found = priced((NAT, "nat", {"availabilityMode": "regional", "vpcId": UNKNOWN}), *subnets, usage=usage)
    # two zones: 2 x (730 x 0.045 + 730 x 0.005) = 73.00; at the least one: 36.50
    assert (found.monthly_cost.min, found.monthly_cost.expected) == (pytest.approx(36.50), pytest.approx(73.0))


def test_a_regional_nat_gateway_with_its_own_addresses_counts_them_where_they_are_declared(priced, usage_of):
    zones = [{"availabilityZone": "us-east-1a", "allocationIds": ["eipalloc-1"]}, {"availabilityZone": "us-east-1b", "allocationIds": ["eipalloc-2"]}]
    usage = usage_of("aws_nat_gateway", {"monthly_data_processed_gb": 0})
    found = priced((NAT, "nat", {"availabilityMode": "regional", "availabilityZoneAddresses": zones}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(2 * 32.85, abs=0.005)


def test_a_regional_nat_gateway_whose_zones_nothing_tells_is_unknown(priced):
    assert priced((NAT, "nat", {"availabilityMode": "regional"})).status is Status.UNKNOWN


def test_an_address_that_nothing_uses_is_called_idle(priced, resource):
    address = resource(EIP, "spare", {"domain": "vpc"})
    other = resource(NAT, "nat", {"subnetId": UNKNOWN}, property_dependencies={"subnetId": ()}, dependencies=())
    gateway = resource(NAT, "used", {"allocationId": UNKNOWN}, dependencies=(other.urn,))
    found = priced(address, other, gateway)
    # idle or not, 730 x 0.005
    assert [(line.component, round(line.monthly_cost.expected, 2)) for line in found.lines] == [("idle Elastic IP address", 3.65)]


@pytest.mark.parametrize("inputs", [{"instance": UNKNOWN}, {"networkInterface": "eni-1"}])
def test_an_address_that_names_its_holder_is_in_use(priced, resource, inputs):
    other = resource(NAT, "nat", {}, dependencies=())
    found = priced((EIP, "eip", inputs), other, resource(NAT, "two", {}, dependencies=(other.urn,)))
    assert found.lines[0].component.startswith("public IPv4 address in use")


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"publicIpv4Pool": "ipv4pool-ec2-1"}, Status.FREE),
        ({"publicIpv4Pool": "amazon"}, Status.PRICED),
        ({"customerOwnedIpv4Pool": "coip-1"}, Status.FREE),
        ({"ipamPoolId": "ipam-pool-1"}, Status.UNKNOWN),
        ({"publicIpv4Pool": UNKNOWN}, Status.UNKNOWN),
    ],
)
def test_addresses_of_ones_own_are_free(priced, inputs, status):
    assert priced((EIP, "eip", inputs)).status is status


def test_peering_within_a_region_is_billed_between_zones_on_both_sides(priced, usage_of):
    usage = usage_of("aws_vpc_peering_connection", {"monthly_intra_region_gb": 100})
    # 100 GB x 2 x 0.01
    assert priced((PEERING, "peer", {"vpcId": UNKNOWN, "peerVpcId": "vpc-2"}), usage=usage).monthly_cost.expected == pytest.approx(2.0)


@pytest.mark.parametrize(("peer", "cost"), [("us-east-2", 1.0), ("eu-west-1", 2.0)])
def test_peering_across_regions_is_billed_as_data_transfer(priced, usage_of, peer, cost):
    usage = usage_of("aws_vpc_peering_connection", {"monthly_outbound_other_regions_gb": 100})
    assert priced((PEERING, "peer", {"vpcId": UNKNOWN, "peerVpcId": "vpc-2", "peerRegion": peer}), usage=usage).monthly_cost.expected == pytest.approx(cost)


def test_flow_logs_to_s3_cost_less_above_ten_tb(priced, usage_of):
    usage = usage_of("aws_flow_log", {"monthly_data_ingested_gb": 20_480})
    # 10,240 x 0.25 + 10,240 x 0.15
    assert priced((FLOW_LOG, "flows", {"logDestinationType": "s3"}), usage=usage).monthly_cost.expected == pytest.approx(4_096.0)


@pytest.mark.parametrize(
    ("type_", "inputs", "usage", "cost"),
    [
        # 1,000 addresses x 730 x 0.00027
        (IPAM, {"operatingRegions": [{"regionName": "us-east-1"}]}, ("aws_vpc_ipam", {"active_ip_addresses": 1000}), 197.10),
        (MIRROR, {"networkInterfaceId": UNKNOWN, "sessionNumber": 1}, None, 10.95),
        (ANALYSIS, {"networkInsightsPathId": UNKNOWN}, ("aws_ec2_network_insights_analysis", {"monthly_analyses": 3}), 0.30),
        (ROUTE_SERVER, {"routeServerId": UNKNOWN, "subnetId": "a"}, None, 547.50),
    ],
)
def test_what_else_a_vpc_pays_for(priced, usage_of, type_, inputs, usage, cost):
    assert priced((type_, "it", inputs), usage=usage_of(*usage) if usage else None).monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_ipams_free_tier_is_free(priced):
    assert priced((IPAM, "ipam", {"tier": "free"})).status is Status.FREE
