from __future__ import annotations

import pytest

from cost.estimate.model import Status
from plinth.stack import UNKNOWN

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ASSOCIATION = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
LATTICE = "aws:vpclattice/service:Service"
SHARED = "aws:vpclattice/serviceNetworkResourceAssociation:ServiceNetworkResourceAssociation"


def test_a_gateway_load_balancer_endpoint_costs_less_by_the_gb(priced, usage_of):
    usage = usage_of("aws_vpc_endpoint", {"monthly_data_processed_gb": 1000})
    found = priced((ENDPOINT, "gwlbe", {"vpcEndpointType": "GatewayLoadBalancer", "subnetIds": ["a"]}), usage=usage)
    # 730 x 0.01 + 1,000 x 0.0035
    assert found.monthly_cost.expected == pytest.approx(10.80, abs=0.005)


def test_subnets_that_are_associated_beside_the_endpoint_count_as_zones(priced, usage_of, resource):
    endpoint = resource(ENDPOINT, "ecr", {"vpcEndpointType": "Interface"})
    associations = [resource(ASSOCIATION, f"zone-{zone}", {"subnetId": zone}, property_dependencies={"vpcEndpointId": (endpoint.urn,)}) for zone in ("a", "b")]
    found = priced(endpoint, *associations, usage=usage_of("aws_vpc_endpoint", {"monthly_data_processed_gb": 0}))
    assert found.monthly_cost.expected == pytest.approx(2 * 7.30, abs=0.005)


def test_unknown_subnets_say_what_a_zone_costs(priced):
    found = priced((ENDPOINT, "ecr", {"vpcEndpointType": "Interface", "subnetIds": UNKNOWN}))
    assert found.status is Status.UNKNOWN
    assert "7.30 USD a month a zone" in found.reason  # 730 x 0.01


def test_a_service_network_endpoint_is_free(priced):
    assert priced((ENDPOINT, "lattice", {"vpcEndpointType": "ServiceNetwork"})).status is Status.FREE


def test_a_resource_endpoint_has_no_price_in_the_book_and_says_so(priced):
    found = priced((ENDPOINT, "db", {"vpcEndpointType": "Resource", "subnetIds": ["a"]}))
    assert (found.status, "add one with --prices" in found.reason) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("inputs", "status"), [({}, Status.FREE), ({"supportedRegions": ["us-east-1"]}, Status.FREE), ({"supportedRegions": ["eu-west-1"]}, Status.UNKNOWN)]
)
def test_an_endpoint_service_is_free_within_its_region(priced, inputs, status):
    assert priced((SERVICE, "share", {"acceptanceRequired": True, **inputs})).status is status


@pytest.mark.parametrize(("requests", "cost"), [(0, 0.0), (219e6, 0.0), (319e6, 10.0)])
def test_a_lattice_service_has_300000_requests_an_hour_included(priced, usage_of, requests, cost):
    usage = usage_of("aws_vpclattice_service", {"monthly_data_processed_gb": 100, "monthly_requests": requests})
    # 730 x 0.025 = 18.25; 100 GB x 0.025 = 2.50; above 219 M (300,000 x 730) 0.10 a million
    assert priced((LATTICE, "svc", {"name": "svc"}), usage=usage).monthly_cost.expected == pytest.approx(20.75 + cost, abs=0.005)


def test_a_shared_resource_costs_its_hours_and_tiered_data(priced, usage_of):
    usage = usage_of("aws_vpclattice_service_network_resource_association", {"monthly_data_processed_gb": 2 * 1048576})
    # 730 x 0.10 + 1 PB x 0.01 + 1 PB x 0.006
    found = priced((SHARED, "db", {"resourceConfigurationIdentifier": "rcfg-1", "serviceNetworkIdentifier": UNKNOWN}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(73 + 10_485.76 + 6_291.456, abs=0.005)
