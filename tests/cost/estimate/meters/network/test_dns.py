from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
CHECK = "aws:route53/healthCheck:HealthCheck"
RESOLVER = "aws:route53/resolverEndpoint:ResolverEndpoint"
ASSOCIATION = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
DOMAINS = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
POLICY = "aws:route53/trafficPolicyInstance:TrafficPolicyInstance"
PROFILE = "aws:route53/profilesProfile:ProfilesProfile"
PROFILE_ASSOCIATION = "aws:route53/profilesAssociation:ProfilesAssociation"
DOMAIN = "aws:route53domains/registeredDomain:RegisteredDomain"
CONTROL = "aws:route53recoverycontrol/cluster:Cluster"
READINESS = "aws:route53recoveryreadiness/readinessCheck:ReadinessCheck"
NAMESPACE = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
PUBLIC_NAMESPACE = "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace"
DISCOVERY = "aws:servicediscovery/service:Service"
INSTANCE = "aws:servicediscovery/instance:Instance"


@pytest.mark.parametrize(
    ("type_", "inputs", "cost"),
    [
        (ZONE, {"name": "example.com"}, 0.50),
        (ZONE, {"name": "internal", "vpcs": [{"vpcId": UNKNOWN}]}, 0.50),
        (POLICY, {"name": "www", "hostedZoneId": UNKNOWN, "trafficPolicyId": UNKNOWN, "trafficPolicyVersion": 1}, 50.0),
        (DOMAINS, {"domains": [f"{index}.example" for index in range(2000)]}, 1.0),
        (CONTROL, {"name": "arc"}, 1_825.0),
        (READINESS, {"readinessCheckName": "ready", "resourceSetName": "all"}, 32.85),
        (NAMESPACE, {"vpc": UNKNOWN}, 0.50),
        (PUBLIC_NAMESPACE, {"name": "svc.example.com"}, 0.50),
        (DISCOVERY, {"namespaceId": UNKNOWN}, 0.10),
        (INSTANCE, {"instanceId": "i-1", "serviceId": UNKNOWN, "attributes": {}}, 0.10),
        (PROFILE, {"name": "shared"}, 547.50),
    ],
)
def test_what_costs_by_its_mere_being(priced, type_, inputs, cost):
    assert priced((type_, "it", inputs)).monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_zones_price_is_the_same_in_every_region(priced):
    assert priced((ZONE, "zone", {"name": "example.com"}), region="eu-south-2").monthly_cost.expected == 0.50


def test_the_zones_of_an_account_share_the_first_25(stack_of):
    # 25 x 0.50 + 5 x 0.10
    result = estimate(stack_of(*((ZONE, f"zone-{index}", {}) for index in range(30))))
    assert result.total.expected == pytest.approx(13.0)


@pytest.mark.parametrize(
    ("field", "cost"),
    [("monthly_standard_queries", 480.0), ("monthly_latency_based_queries", 720.0), ("monthly_geo_queries", 840.0), ("monthly_ip_based_queries", 960.0)],
)
def test_queries_cost_by_routing_policy_and_less_above_a_billion(priced, usage_of, field, cost):
    # 1,000 M at the first price, 400 M at half of it: 1,200 x the first price
    usage = usage_of("aws_route53_record", {"monthly_standard_queries": 0, field: 1.4e9})
    assert priced((RECORD, "www", {"type": "A", "name": "www", "records": ["192.0.2.1"]}), usage=usage).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(
    ("policy", "component"),
    [
        ({"latencyRoutingPolicies": [{"region": "us-east-1"}]}, "latency routing queries"),
        ({"geolocationRoutingPolicies": [{"country": "CH"}]}, "geo DNS queries"),
        ({"cidrRoutingPolicy": {"collectionId": "c", "locationName": "l"}}, "IP-based routing queries"),
        ({"weightedRoutingPolicies": [{"weight": 1}]}, "standard queries"),
    ],
)
def test_the_presets_queries_are_of_the_records_own_policy(priced, policy, component):
    found = priced((RECORD, "www", {"type": "A", "name": "www", "records": ["192.0.2.1"], **policy}))
    assert [line.component for line in found.lines] == [component]


@pytest.mark.parametrize(
    ("name", "status"),
    [("d1.cloudfront.net", Status.FREE), ("web.us-east-1.elb.amazonaws.com.", Status.FREE), ("other.example.com", Status.PRICED), (UNKNOWN, Status.UNKNOWN)],
)
def test_an_alias_to_an_aws_resource_answers_for_nothing(priced, name, status):
    assert priced((RECORD, "www", {"type": "A", "name": "www", "aliases": [{"name": name, "zoneId": "Z1"}]})).status is status


def test_an_alias_to_a_resource_of_the_stack_answers_for_nothing(priced, resource):
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "web", {"internal": True})
    alias = resource(RECORD, "www", {"type": "A", "aliases": [{"name": UNKNOWN}]}, property_dependencies={"aliases": (balancer.urn,)})
    assert priced(alias, balancer).status is Status.FREE


def test_stated_queries_of_one_policy_put_the_presets_aside(priced, usage_of):
    found = priced((RECORD, "www", {"type": "A", "records": ["192.0.2.1"]}), usage=usage_of("aws_route53_record", {"monthly_geo_queries": 1e6}))
    assert [(line.component, line.monthly_cost.expected) for line in found.lines] == [("geo DNS queries", 0.70)]


def test_an_alias_to_another_record_costs_its_queries(priced, resource):
    target = resource(RECORD, "target", {"type": "A", "records": ["192.0.2.1"]})
    alias = resource(RECORD, "www", {"type": "A", "aliases": [{"name": UNKNOWN}]}, property_dependencies={"aliases": (target.urn,)})
    assert priced(alias, target).status is Status.PRICED


@pytest.mark.parametrize(
    ("inputs", "inside", "outside"),
    [
        ({"type": "HTTP"}, 0.50, 0.75),
        ({"type": "TCP"}, 0.50, 0.75),
        ({"type": "HTTPS"}, 1.50, 2.75),
        ({"type": "HTTPS_STR_MATCH", "searchString": "ok"}, 2.50, 4.75),
        ({"type": "HTTPS_STR_MATCH", "measureLatency": True, "requestInterval": 10}, 4.50, 8.75),
    ],
)
def test_a_health_check_costs_by_its_features_and_where_its_endpoint_is(priced, usage_of, inputs, inside, outside):
    # infracost route53_health_check_test: 0.50 and 1.00 a feature for AWS endpoints, 0.75 and 2.00 elsewhere
    assert priced((CHECK, "check", inputs)).monthly_cost.expected == pytest.approx(inside)
    usage = usage_of("aws_route53_health_check", {"endpoint_type": "non_aws"})
    assert priced((CHECK, "check", inputs), usage=usage).monthly_cost.expected == pytest.approx(outside)


def test_a_resolver_endpoint_costs_by_the_interface_and_the_query(priced, usage_of):
    usage = usage_of("aws_route53_resolver_endpoint", {"monthly_queries": 20e9})
    found = priced((RESOLVER, "in", {"direction": "INBOUND", "ipAddresses": [{"subnetId": "a"}, {"subnetId": UNKNOWN}]}), usage=usage)
    # 2 x 730 x 0.125 = 182.50; 1,000 x 0.40 + 19,000 x 0.20 (millions)
    assert found.monthly_cost.expected == pytest.approx(182.5 + 400 + 3800)


@pytest.mark.parametrize("addresses", [UNKNOWN, []])
def test_a_resolver_endpoint_of_unknown_size_is_unknown(priced, addresses):
    assert priced((RESOLVER, "in", {"direction": "INBOUND", "ipAddresses": addresses})).status is Status.UNKNOWN


def test_a_dns_firewall_costs_by_query_and_an_advanced_rule_by_the_hour(priced, usage_of, resource):
    group = resource(GROUP, "group", {"name": "g"})
    rule = resource(RULE, "dga", {"dnsThreatProtection": "DGA", "action": "BLOCK"}, property_dependencies={"firewallRuleGroupId": (group.urn,)})
    link = resource(ASSOCIATION, "vpc", {"vpcId": "vpc-1"}, property_dependencies={"firewallRuleGroupId": (group.urn,)})
    usage = usage_of("aws_route53_resolver_firewall_rule_group_association", {"monthly_queries": 10e6})
    # 10 x 0.60; with an advanced rule 730 x 0.16 = 116.80 more
    assert priced(link, group, usage=usage).monthly_cost.expected == pytest.approx(6.0)
    assert priced(link, group, rule, usage=usage).monthly_cost.expected == pytest.approx(122.80)


def test_an_empty_domain_list_is_free(priced):
    assert priced((DOMAINS, "none", {"name": "none"})).status is Status.FREE


def test_two_profiles_share_the_accounts_one_fee(stack_of):
    assert estimate(stack_of((PROFILE, "one", {}), (PROFILE, "two", {}))).total.expected == pytest.approx(547.50)


def test_profile_associations_above_a_hundred_are_listed(stack_of):
    result = estimate(stack_of((PROFILE, "one", {}), *((PROFILE_ASSOCIATION, f"vpc-{index}", {}) for index in range(101))))
    assert [item.component for item in result.unknown] == ["associations above 100"]


def test_a_domain_is_unknown_for_it_is_billed_by_the_year(priced):
    found = priced((DOMAIN, "example", {"domainName": "example.com"}))
    assert (found.status, "once a year" in found.reason) == (Status.UNKNOWN, True)
