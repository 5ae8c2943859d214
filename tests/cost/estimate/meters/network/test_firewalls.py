from __future__ import annotations

import json
from datetime import date

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from cost.estimate.price import Price
from cost.estimate.prices import PriceBook
from plinth.stack import UNKNOWN

FIREWALL = "aws:networkfirewall/firewall:Firewall"
POLICY = "aws:networkfirewall/firewallPolicy:FirewallPolicy"
SECONDARY = "aws:networkfirewall/vpcEndpointAssociation:VpcEndpointAssociation"
ACL = "aws:wafv2/webAcl:WebAcl"
ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
ACL_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"
CLASSIC = ("aws:waf/webAcl:WebAcl", "aws:wafregional/webAcl:WebAcl")
SUBSCRIPTION = "aws:shield/subscription:Subscription"
PROTECTION = "aws:shield/protection:Protection"
MANAGER = "aws:fms/policy:Policy"
CERTIFICATE = "aws:acm/certificate:Certificate"
AUTHORITY = "aws:acmpca/certificateAuthority:CertificateAuthority"
VERIFIED = "aws:verifiedaccess/endpoint:Endpoint"

MANAGED = {"managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}}
OWN = {"ruleGroupReferenceStatement": {"arn": UNKNOWN}}
PLAIN = {"geoMatchStatement": {"countryCodes": ["XX"]}}


def _rules(*statements):
    return [{"name": f"rule-{index}", "priority": index, "statement": statement} for index, statement in enumerate(statements)]


def test_a_network_firewall_costs_by_the_endpoint_and_the_gb(priced, usage_of):
    usage = usage_of("aws_networkfirewall_firewall", {"monthly_data_processed_gb": 100})
    found = priced((FIREWALL, "fw", {"subnetMappings": [{"subnetId": "a"}, {"subnetId": UNKNOWN}]}), usage=usage)
    # 2 x 730 x 0.395 = 576.70; 100 x 0.065
    assert found.monthly_cost.expected == pytest.approx(583.20, abs=0.005)


def test_inspection_of_tls_is_listed(stack_of, resource):
    policy = resource(POLICY, "policy", {"firewallPolicy": {"tlsInspectionConfigurationArn": UNKNOWN}})
    firewall = resource(FIREWALL, "fw", {"subnetMappings": [{}]}, property_dependencies={"firewallPolicyArn": (policy.urn,)})
    assert [item.component for item in estimate(stack_of(firewall, policy)).unknown] == ["TLS inspection"]


@pytest.mark.parametrize("inputs", [{}, {"subnetMappings": UNKNOWN}])
def test_a_network_firewall_of_unknown_size_is_unknown(priced, inputs):
    assert priced((FIREWALL, "fw", inputs)).status is Status.UNKNOWN


def test_a_firewalls_endpoint_in_another_vpc_is_unknown(priced):
    assert priced((SECONDARY, "spoke", {"firewallArn": UNKNOWN, "vpcId": "vpc-1", "subnetMapping": {}})).status is Status.UNKNOWN


def test_a_web_acl_counts_a_group_as_one_rule(priced, usage_of):
    usage = usage_of("aws_wafv2_web_acl", {"monthly_requests": 10e6})
    found = priced((ACL, "acl", {"scope": "REGIONAL", "rules": _rules(MANAGED, OWN, PLAIN, PLAIN)}), usage=usage)
    # 5 for the ACL; 1 managed group, 1 own group, 2 rules: 4; 10 M x 0.60
    assert found.monthly_cost.expected == pytest.approx(15.0)


@pytest.mark.parametrize(("capacity", "steps"), [(1_500, 0), (1_501, 1), (2_000, 1), (2_001, 2), (UNKNOWN, 0)])
def test_requests_cost_again_for_each_500_capacity_units_beyond_1500(priced, usage_of, resource, capacity, steps):
    acl = resource(ACL, "acl", {"rules": []}, outputs={"capacity": capacity})
    # 5 + 10 M x (0.60 + 0.20 a step)
    cost = 11.0 + 2.0 * steps
    assert priced(acl, usage=usage_of("aws_wafv2_web_acl", {"monthly_requests": 10e6})).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(("field", "value", "cost"), [("monthly_challenges", 2e6, 0.80), ("monthly_captcha_attempts", 12_000, 4.80)])
def test_challenges_and_puzzles_cost_by_the_use(priced, usage_of, field, value, cost):
    usage = usage_of("aws_wafv2_web_acl", {"monthly_requests": 0, field: value})
    assert priced((ACL, "acl", {"rules": []}), usage=usage).monthly_cost.expected == pytest.approx(5.0 + cost)


def test_rules_written_as_json_are_counted_in_the_apis_spelling(priced, usage_of):
    written = json.dumps([{"Name": "bots", "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesBotControlRuleSet"}}}])
    found = priced((ACL, "acl", {"ruleJson": written}), usage=usage_of("aws_wafv2_web_acl", {"monthly_requests": 10e6}))
    # 5 + 1 managed group + 10 for Bot Control + 10 M x 0.60 + 10 M x 1.00
    assert found.monthly_cost.expected == pytest.approx(32.0)


@pytest.mark.parametrize("inputs", [{"ruleJson": "[{"}, {"rules": UNKNOWN}, {"ruleJson": UNKNOWN}])
def test_rules_that_are_not_known_make_the_acl_unknown(priced, inputs):
    assert priced((ACL, "acl", inputs)).status is Status.UNKNOWN


def _bot_control(level):
    configuration = [{"awsManagedRulesBotControlRuleSet": {"inspectionLevel": level}}]
    return {"managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesBotControlRuleSet", "managedRuleGroupConfigs": configuration}}


@pytest.mark.parametrize(("level", "price"), [("COMMON", 1.0), ("TARGETED", 10.0)])
def test_bot_control_costs_by_its_level_on_the_requests_it_sees(priced, usage_of, line, level, price):
    usage = usage_of("aws_wafv2_web_acl", {"monthly_requests": 50e6, "monthly_bot_control_requests": 2e6})
    found = priced((ACL, "acl", {"rules": _rules(_bot_control(level))}), usage=usage)
    assert line(found, f"Bot Control {level.lower()} requests").monthly_cost.expected == pytest.approx(2 * price)


FRAUD = {"managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesATPRuleSet"}}


@pytest.mark.parametrize("name", ["AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet"])
def test_fraud_controls_attempts_are_listed_for_public_figures_differ(stack_of, name):
    group = {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}}
    result = estimate(stack_of((ACL, "acl", {"rules": _rules(group)})))
    assert ("Fraud Control requests", True) in {(item.component, "--prices" in item.reason) for item in result.unknown}
    assert next(line for line in result.resources[0].lines if line.component == "Fraud Control subscription").monthly_cost.expected == pytest.approx(10.0)


def test_fraud_controls_attempts_cost_the_price_of_ones_own(priced, usage_of, line):
    own = Price("AWS WAF", "aws_wafv2_web_acl", "Fraud Control requests", "1M requests", 1000.0, "us-east-1", date(2026, 1, 1), "bill", "own price")
    usage = usage_of("aws_wafv2_web_acl", {"monthly_fraud_control_requests": 50_000})
    found = priced((ACL, "acl", {"rules": _rules(FRAUD)}), usage=usage, prices=PriceBook([own]))
    assert line(found, "Fraud Control requests").monthly_cost.expected == pytest.approx(50.0)


@pytest.mark.parametrize(("limit", "steps"), [("KB_16", 0), ("KB_32", 1), ("KB_64", 3)])
def test_a_body_inspected_beyond_16_kb_costs_again_for_each_16_kb(priced, usage_of, limit, steps):
    association = {"requestBodies": [{"cloudfronts": [{"defaultSizeInspectionLimit": limit}]}]}
    usage = usage_of("aws_wafv2_web_acl", {"monthly_requests": 0, "monthly_large_body_requests": 10e6})
    # 5 for the ACL; 10 M x 0.30 a step (AWS WAF pricing, body inspection)
    assert priced((ACL, "acl", {"rules": [], "associationConfig": association}), usage=usage).monthly_cost.expected == pytest.approx(5.0 + 3.0 * steps)


@pytest.mark.parametrize("field", ["rule_group_rules", "managed_rule_group_rules"])
def test_infracosts_rules_within_groups_change_nothing_and_that_is_said(stack_of, usage_of, field):
    usage = usage_of("aws_wafv2_web_acl", {"monthly_requests": 0, field: 10})
    result = estimate(stack_of((ACL, "acl", {"rules": _rules(MANAGED)})), (usage,))
    assert result.total.expected == pytest.approx(6.0)
    assert any(field in warning for warning in result.warnings)


def test_bot_control_that_is_added_beside_the_acl_costs_its_subscription(priced, usage_of):
    group = {
        "vendorName": "AWS",
        "name": "AWSManagedRulesBotControlRuleSet",
        "managedRuleGroupConfigs": {"awsManagedRulesBotControlRuleSet": {"inspectionLevel": "TARGETED"}},
    }
    usage = usage_of("aws_wafv2_web_acl_rule_group_association", {"monthly_bot_control_requests": 500_000})
    # 1 for the group, 10 for Bot Control, 0.5 M x 10.00
    assert priced((ACL_GROUP, "bots", {"webAclArn": UNKNOWN, "managedRuleGroup": group}), usage=usage).monthly_cost.expected == pytest.approx(16.0)


@pytest.mark.parametrize(
    ("type_", "inputs", "component"),
    [
        (ACL_RULE, {"webAclArn": UNKNOWN, "priority": 1, "statement": PLAIN}, "rule"),
        (ACL_RULE, {"webAclArn": UNKNOWN, "priority": 1, "statement": MANAGED}, "managed rule group"),
        (ACL_RULE, {"webAclArn": UNKNOWN, "priority": 1, "statement": OWN}, "rule group"),
        (ACL_GROUP, {"webAclArn": UNKNOWN, "ruleName": "r", "managedRuleGroup": {"vendorName": "AWS", "name": "X"}}, "managed rule group"),
        (ACL_GROUP, {"webAclArn": UNKNOWN, "ruleName": "r", "ruleGroupReference": {"arn": UNKNOWN}}, "rule group"),
    ],
)
def test_a_rule_declared_beside_its_acl_costs_a_dollar(priced, type_, inputs, component):
    found = priced((type_, "rule", inputs))
    assert [(line.component, line.monthly_cost.expected) for line in found.lines] == [(component, 1.0)]


@pytest.mark.parametrize(("type_", "table"), list(zip(CLASSIC, ("aws_waf_web_acl", "aws_wafregional_web_acl"), strict=True)))
def test_a_classic_acl_counts_rules_groups_and_requests(priced, usage_of, type_, table):
    rules = [{"priority": 1, "ruleId": "a", "type": "REGULAR"}, {"priority": 2, "ruleId": "b"}, {"priority": 3, "ruleId": "c", "type": "GROUP"}]
    usage = usage_of(table, {"monthly_requests": 1e6, "rule_group_rules": 4})
    # 5 + 2 rules + 1 group + 4 rules in it + 0.60
    assert priced((type_, "acl", {"metricName": "m", "rules": rules}), usage=usage).monthly_cost.expected == pytest.approx(12.60)


@pytest.mark.parametrize(
    ("type_", "inputs", "usage", "cost"),
    [
        (SUBSCRIPTION, {"autoRenew": "ENABLED"}, None, 3_000.0),
        (MANAGER, {"name": "p", "excludeResourceTags": False, "securityServicePolicyData": {"type": "WAFV2"}}, None, 100.0),
        (AUTHORITY, {"certificateAuthorityConfiguration": {}}, ("aws_acmpca_certificate_authority", {"monthly_requests": 20_001}), 400 + 750 + 3_150 + 10.001),
        (AUTHORITY, {"usageMode": "SHORT_LIVED_CERTIFICATE"}, ("aws_acmpca_certificate_authority", {"monthly_requests": 1_000}), 108.0),
        # 730 x 0.27 + 100 x 0.02
        (VERIFIED, {"endpointType": "load-balancer"}, ("aws_verifiedaccess_endpoint", {"monthly_data_processed_gb": 100}), 199.10),
    ],
)
def test_what_costs_by_the_month_and_by_use(priced, usage_of, type_, inputs, usage, cost):
    assert priced((type_, "it", inputs), usage=usage_of(*usage) if usage else None).monthly_cost.expected == pytest.approx(cost, abs=0.005)


@pytest.mark.parametrize(
    ("arn", "price"),
    [
        ("arn:aws:cloudfront::111122223333:distribution/E1", 0.025),
        ("arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/x/1", 0.05),
    ],
)
def test_a_protected_resources_traffic_costs_by_where_it_leaves(priced, usage_of, arn, price):
    usage = usage_of("aws_shield_protection", {"monthly_data_transfer_out_gb": 100})
    assert priced((PROTECTION, "p", {"resourceArn": arn}), usage=usage).monthly_cost.expected == pytest.approx(100 * price)


def test_protection_of_an_unknown_resource_is_unknown(priced):
    assert priced((PROTECTION, "p", {"resourceArn": UNKNOWN})).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"domainName": "example.com", "validationMethod": "DNS"}, Status.FREE),
        ({"certificateAuthorityArn": UNKNOWN, "domainName": "internal"}, Status.FREE),
        ({"domainName": "example.com", "options": {"export": "ENABLED"}}, Status.UNKNOWN),
        ({"domainName": "example.com", "options": {"export": "DISABLED"}}, Status.FREE),
    ],
)
def test_only_a_certificate_that_can_be_exported_costs(priced, inputs, status):
    assert priced((CERTIFICATE, "cert", inputs)).status is status
