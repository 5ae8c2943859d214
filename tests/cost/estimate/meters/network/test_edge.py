from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
MULTITENANT = "aws:cloudfront/multitenantDistribution:MultitenantDistribution"
FUNCTION = "aws:cloudfront/function:Function"
STORE = "aws:cloudfront/keyValueStore:KeyValueStore"
ANYCAST = "aws:cloudfront/anycastIpList:AnycastIpList"
MONITORING = "aws:cloudfront/monitoringSubscription:MonitoringSubscription"
ACCELERATOR = "aws:globalaccelerator/accelerator:Accelerator"
CUSTOM = "aws:globalaccelerator/customRoutingAccelerator:CustomRoutingAccelerator"
GROUP = "aws:globalaccelerator/endpointGroup:EndpointGroup"
CUSTOM_GROUP = "aws:globalaccelerator/customRoutingEndpointGroup:CustomRoutingEndpointGroup"
TABLE = "aws_cloudfront_distribution"
NOTHING = {
    f"{field}.{area}": 0
    for field in ("monthly_data_transfer_to_internet_gb", "monthly_https_requests", "monthly_data_transfer_to_origin_gb")
    for area in ("us", "europe")
}


def _only(**fields):
    return {**NOTHING, **{name.replace("__", "."): value for name, value in fields.items()}}


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        # 10 TB x 0.085 = 870.40, the next 10 TB x 0.08 = 819.20
        (_only(monthly_data_transfer_to_internet_gb__us=20_480), 1_689.60),
        # India: 10 TB x 0.109 = 1,116.16, 100 GB x 0.085
        (_only(monthly_data_transfer_to_internet_gb__india=10_340), 1_124.66),
        (_only(monthly_data_transfer_to_origin_gb__south_america=100), 12.50),
        (_only(monthly_http_requests__us=1_000_000), 0.75),
        (_only(monthly_https_requests__australia=1_000_000), 1.25),
        (_only(monthly_shield_requests__singapore=1_000_000), 0.90),
        (_only(monthly_invalidation_requests=1_200), 1.0),
        (_only(monthly_invalidation_requests=1_000), 0.0),
        (_only(monthly_encryption_requests=100_000), 0.20),
        (_only(monthly_log_lines=5_000_000), 0.05),
        (_only(custom_ssl_certificates=3), 1_800.0),
        (_only(monthly_lambda_edge_requests=10e6, monthly_lambda_edge_gb_seconds=62_500), 9.125625),
    ],
)
def test_a_distribution_costs_by_area_and_kind(priced, usage_of, fields, cost):
    for type_, table in ((DISTRIBUTION, TABLE), (MULTITENANT, "aws_cloudfront_multitenant_distribution")):
        found = priced((type_, "site", {"enabled": True}), usage=usage_of(table, fields))
        assert found.monthly_cost.expected == pytest.approx(cost, abs=0.0005)


def test_a_distributions_price_is_the_same_in_every_region(priced, usage_of):
    usage = usage_of(TABLE, _only(monthly_data_transfer_to_internet_gb__us=100))
    assert priced((DISTRIBUTION, "site", {}), usage=usage, region="me-central-1").monthly_cost.expected == pytest.approx(8.50)


def test_the_lines_say_that_a_flat_rate_plan_takes_their_place(priced, line):
    found = priced((DISTRIBUTION, "site", {}))
    assert any("flat-rate" in note for note in line(found, "data transfer out to internet, US").assumptions)


def test_a_certificate_on_dedicated_addresses_is_read_from_the_inputs(priced, usage_of):
    inputs = {"viewerCertificate": {"sslSupportMethod": "vip", "acmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/x"}}
    assert priced((DISTRIBUTION, "site", inputs), usage=usage_of(TABLE, NOTHING)).monthly_cost.expected == pytest.approx(600)


def test_functions_at_the_edge_whose_use_nobody_states_are_listed(stack_of):
    behavior = {"lambdaFunctionAssociations": [{"eventType": "viewer-request", "lambdaArn": "arn"}]}
    result = estimate(stack_of((DISTRIBUTION, "site", {"orderedCacheBehaviors": [behavior]})))
    assert [item.component for item in result.unknown] == ["Lambda@Edge requests", "Lambda@Edge duration"]


@pytest.mark.parametrize(
    ("type_", "inputs", "usage", "cost"),
    [
        (FUNCTION, {"runtime": "cloudfront-js-2.0", "code": "x"}, ("aws_cloudfront_function", {"monthly_requests": 10e6}), 1.0),
        # 10 M reads x 0.03 + 2,000 operations x 1.00 a thousand
        (STORE, {"name": "kv"}, ("aws_cloudfront_key_value_store", {"monthly_reads": 10e6, "monthly_api_operations": 2000}), 2.30),
        (ANYCAST, {"name": "list", "ipCount": 21}, None, 3_000.0),
        (CUSTOM, {"name": "games", "ipAddresses": ["192.0.2.1", "192.0.2.2"]}, None, 18.25),
    ],
)
def test_what_stands_beside_a_distribution(priced, usage_of, type_, inputs, usage, cost):
    assert priced((type_, "it", inputs), usage=usage_of(*usage) if usage else None).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(("status", "cost"), [("Enabled", 2.40), ("Disabled", 0.0)])
def test_additional_metrics_are_eight_custom_metrics(priced, status, cost):
    inputs = {"monitoringSubscription": {"realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": status}}}
    assert priced((MONITORING, "metrics", inputs)).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(("own", "cost"), [([], 18.25 + 7.30), (["192.0.2.1"], 18.25 + 3.65), (["192.0.2.1", "192.0.2.2"], 18.25)])
def test_an_accelerator_pays_for_the_addresses_that_are_not_its_owners(priced, own, cost):
    # 730 x 0.025 = 18.25; an address 730 x 0.005 = 3.65
    assert priced((ACCELERATOR, "acc", {"ipAddresses": own})).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize("type_", [GROUP, CUSTOM_GROUP])
def test_the_premium_is_on_the_larger_direction(priced, usage_of, type_):
    table = "aws_globalaccelerator_endpoint_group" if type_ == GROUP else "aws_globalaccelerator_custom_routing_endpoint_group"
    fields = {"monthly_inbound_data_transfer_gb.us": 40, "monthly_outbound_data_transfer_gb.us": 100, "monthly_inbound_data_transfer_gb.asia_pacific": 10}
    # 100 x 0.015 + 10 x 0.035
    assert priced((type_, "group", {"endpointGroupRegion": "us-west-2"}), usage=usage_of(table, fields)).monthly_cost.expected == pytest.approx(1.85)


def test_a_premium_between_areas_that_the_book_lacks_is_unknown(priced):
    found = priced((GROUP, "group", {"endpointGroupRegion": "eu-west-1"}))
    assert (found.status, "Europe to United States" in found.reason) == (Status.UNKNOWN, True)


def test_a_distribution_tenant_has_no_price_in_the_book(priced):
    found = priced(("aws:cloudfront/distributionTenant:DistributionTenant", "customer", {"distributionId": "E1", "domains": []}))
    assert (found.status, "--prices" in found.reason) == (Status.UNKNOWN, True)
