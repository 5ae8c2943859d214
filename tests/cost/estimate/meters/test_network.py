from __future__ import annotations

import pytest

from cost.estimate.model import Status
from plinth.stack import UNKNOWN

NAT = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"


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


def test_flow_logs_to_firehose_are_unknown(priced):
    assert priced((FLOW_LOG, "flows", {"logDestinationType": "kinesis-data-firehose"})).status is Status.UNKNOWN
