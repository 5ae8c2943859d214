from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

LB = "aws:lb/loadBalancer:LoadBalancer"
ALB = "aws:alb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
INTERNAL = {"internal": True, "subnets": ["a", "b"]}


def _unpriced(found, components):
    return {component for component in components if not any(line.component.startswith(component) for line in found.lines)}


@pytest.mark.parametrize(
    ("field", "value", "units"),
    [
        ("new_connections", 100, 100 / 25),
        ("active_connections", 9_000, 9_000 / 3_000),
        ("processed_bytes_gb", 730 * 5, 5),
        ("rule_evaluations", 6_000, 6),
    ],
)
def test_each_dimension_of_an_application_load_balancer_counts_its_own_units(priced, usage_of, line, field, value, units):
    found = priced((LB, "web", INTERNAL), usage=usage_of("aws_lb", {field: value}))
    capacity = line(found, "application load balancer capacity units")
    assert capacity.quantity.expected == pytest.approx(units * 730)
    assert capacity.quantity_source is QuantitySource.USAGE_FILE
    assert any(field in note for note in capacity.assumptions)


def test_only_the_largest_dimension_is_billed(priced, usage_of):
    usage = usage_of("aws_lb", {"new_connections": 50, "active_connections": 3_000, "processed_bytes_gb": 730, "rule_evaluations": 500})
    # LCU an hour: 50/25 = 2, 3,000/3,000 = 1, 1 GB/h = 1, 500/1,000 = 0.5. The largest is 2: 730 h x (0.0225 + 2 x 0.008) = 28.105
    assert priced((LB, "web", INTERNAL), usage=usage).monthly_cost.expected == pytest.approx(28.105, abs=0.005)


def test_a_preset_says_how_much_a_load_balancer_carries(priced, line):
    capacity = line(priced((LB, "web", INTERNAL)), "application load balancer capacity units")
    # the small preset's 100 GB a month at 1 GB an LCU-hour
    assert (capacity.quantity.expected, capacity.quantity_source) == (pytest.approx(100), QuantitySource.PRESET)


def test_a_lambda_target_gets_less_traffic_for_a_unit(priced, usage_of, stack_of, line):
    usage = usage_of("aws_lb", {"processed_bytes_gb": 292, "target_type": "lambda"})
    # 292 GB / 730 h = 0.4 GB an hour: one LCU
    assert line(priced((LB, "web", INTERNAL), usage=usage), "application load balancer capacity units").quantity.expected == pytest.approx(730)


@pytest.mark.parametrize(("protocol", "units"), [("tcp", 2), ("udp", 4), ("tls", 32)])
def test_a_network_load_balancer_counts_by_protocol(priced, usage_of, line, protocol, units):
    usage = usage_of("aws_lb", {"new_connections": 1_600, "protocol": protocol})
    found = priced((LB, "nlb", {**INTERNAL, "loadBalancerType": "network"}), usage=usage)
    # 1,600 new a second: 800 TCP, 400 UDP or 50 TLS make a unit
    assert line(found, "network load balancer capacity units").quantity.expected == pytest.approx(units * 730)


def test_the_listeners_say_the_protocol_where_the_usage_file_does_not(priced, usage_of, line, resource):
    balancer = resource(LB, "nlb", {**INTERNAL, "loadBalancerType": "network"})
    listener = resource(LISTENER, "tls", {"protocol": "TLS"}, property_dependencies={"loadBalancerArn": (balancer.urn,)})
    found = priced(balancer, listener, usage=usage_of("aws_lb", {"new_connections": 100}))
    assert line(found, "network load balancer capacity units").quantity.expected == pytest.approx(100 / 50 * 730)


def test_a_gateway_load_balancer_pays_its_hours_by_the_zone(priced, usage_of):
    usage = usage_of("aws_lb", {"new_connections": 600, "active_connections": 120_000, "processed_bytes_gb": 730})
    found = priced((LB, "gwlb", {"loadBalancerType": "gateway", "subnets": ["a", "b"]}), usage=usage)
    # 2 zones x 730 x 0.0125 = 18.25; GLCU max(1, 2, 1) = 2 x 730 x 0.004 = 5.84 (AWS ELB pricing, Gateway Load Balancer)
    assert found.monthly_cost.expected == pytest.approx(24.09, abs=0.005)


def test_an_internet_facing_load_balancer_holds_one_public_address_a_zone(priced, usage_of, line):
    found = priced((ALB, "web", {"subnets": ["a", UNKNOWN, "c"]}), usage=usage_of("aws_lb", {"processed_bytes_gb": 0}))
    # 3 x 730 x 0.005
    assert line(found, "public IPv4 addresses").monthly_cost.expected == pytest.approx(10.95, abs=0.005)


@pytest.mark.parametrize(
    "inputs",
    [
        INTERNAL,
        {"subnets": ["a"], "ipAddressType": "dualstack-without-public-ipv4"},
        {"subnets": ["a"], "ipamPools": {"ipv4IpamPoolId": "ipam-pool-1"}},
        {"loadBalancerType": "network", "subnetMappings": [{"subnetId": "a", "allocationId": UNKNOWN}]},
    ],
)
def test_no_address_is_charged_that_is_not_taken_from_aws_here(priced, inputs):
    found = priced((LB, "web", inputs))
    assert found.status is Status.PRICED
    assert _unpriced(found, ["public IPv4 addresses"])


@pytest.mark.parametrize("inputs", [{"internal": UNKNOWN, "subnets": ["a"]}, {"subnets": UNKNOWN}, {}])
def test_addresses_that_are_not_known_are_listed_and_the_rest_is_priced(stack_of, inputs):
    result = estimate(stack_of((LB, "web", inputs)))
    assert result.resources[0].status is Status.PRICED
    assert [item.component for item in result.unknown] == ["public IPv4 addresses"]


def test_reserved_capacity_is_listed_and_not_guessed(stack_of):
    result = estimate(stack_of((LB, "web", {**INTERNAL, "minimumLoadBalancerCapacity": {"capacityUnits": 500}})))
    assert [item.component for item in result.unknown] == ["reserved capacity units that stay idle"]


def test_a_load_balancer_of_no_known_type_is_unknown(priced):
    assert priced((LB, "web", {"loadBalancerType": "quantum"})).status is Status.UNKNOWN


def test_a_classic_load_balancer_costs_hours_data_and_addresses(priced, usage_of):
    usage = usage_of("aws_elb", {"monthly_data_processed_gb": 100})
    found = priced((CLASSIC, "old", {"availabilityZones": ["us-east-1a", "us-east-1b"], "listeners": []}), usage=usage)
    # 730 x 0.025 = 18.25; 100 x 0.008 = 0.80; 2 x 3.65 = 7.30
    assert found.monthly_cost.expected == pytest.approx(26.35, abs=0.005)


def test_a_trust_store_costs_its_hours(priced):
    # 730 x 0.0056
    found = priced(("aws:lb/trustStore:TrustStore", "clients", {"caCertificatesBundleS3Bucket": "b", "caCertificatesBundleS3Key": "k"}))
    assert found.monthly_cost.expected == pytest.approx(4.088)
