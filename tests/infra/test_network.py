"""infra.network and its endpoints and flow logs: private by default, in three zones, out by NAT as the profile says."""

from __future__ import annotations

import json

import pytest

from infra.interface_endpoints import ACTION_PREFIXES, ESSENTIAL, FULL

NAT = "aws:ec2/natGateway:NatGateway"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"


def subnets(stack, kind):
    return [subnet for subnet in stack.of_type(SUBNET) if f"-{kind}-" in subnet.name]


def services(stack, kind):
    return {e.inputs["serviceName"].split(".", 3)[3] for e in stack.of_type(ENDPOINT) if e.inputs["vpcEndpointType"] == kind}


@pytest.mark.parametrize(("environment", "count"), [("dev", 1), ("staging", 3), ("prod", 3)])
def test_dev_has_one_nat_gateway_and_the_others_one_in_each_zone(recorded, environment, count):
    stack = recorded(environment)
    assert len(stack.of_type(NAT)) == count
    assert len({gateway.inputs["subnetId"] for gateway in stack.of_type(NAT)}) == count


def test_each_zones_private_route_leads_to_its_own_nat_gateway(recorded):
    stack = recorded("prod")
    for route in stack.of_type(ROUTE):
        if "natGatewayId" in route.inputs:
            gateway = next(gateway for gateway in stack.of_type(NAT) if gateway.id == route.inputs["natGatewayId"])
            assert gateway.name.rpartition("-nat-")[2] in route.name


def test_there_are_three_zones_with_a_public_and_a_private_subnet_each(stack):
    for kind in ("public", "private"):
        assert len({subnet.inputs["availabilityZone"] for subnet in subnets(stack, kind)}) == 3


def test_no_subnet_gives_public_addresses(stack):
    assert [subnet.inputs["mapPublicIpOnLaunch"] for subnet in stack.of_type(SUBNET)] == [False] * 6


def test_no_private_subnet_has_a_route_to_the_internet_gateway(stack):
    routes = [route for route in stack.of_type(ROUTE) if "-private-" in route.name]
    assert len(routes) == 3
    assert all("natGatewayId" in route.inputs and "gatewayId" not in route.inputs for route in routes)


def test_every_subnet_has_a_route_table(stack):
    associated = {association.inputs["subnetId"] for association in stack.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")}
    assert associated == {subnet.id for subnet in stack.of_type(SUBNET)}


def test_the_vpc_resolves_names_which_private_endpoints_need(stack, named):
    assert named(stack, "network-vpc").inputs["enableDnsHostnames"]
    assert named(stack, "network-vpc").inputs["enableDnsSupport"]


def test_the_default_security_group_has_no_rule(stack):
    (group,) = stack.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert not {"ingress", "egress"} & {key for key, value in group.inputs.items() if value}


def test_nothing_is_open_to_the_world(stack):
    assert not [
        rule.name for rule in stack.of_type(RULE) if rule.inputs.get("cidrIpv4") in ("0.0.0.0/0", None) and "referencedSecurityGroupId" not in rule.inputs
    ]
    assert not [group.name for group in stack.of_type(GROUP) if "0.0.0.0/0" in json.dumps(group.inputs.get("ingress", []))]


def test_endpoints_let_in_https_from_the_vpc_only(stack, named):
    rule = named(stack, "network-endpoints-group-https").inputs
    assert (rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == (named(stack, "network-vpc").inputs["cidrBlock"], "tcp", 443, 443)


@pytest.mark.parametrize(("environment", "expected"), [("dev", set(ESSENTIAL)), ("staging", set(FULL)), ("prod", {*FULL, "sqs"})])
def test_the_profile_decides_on_interface_endpoints(recorded, environment, expected):
    assert services(recorded(environment), "Interface") == expected


def test_dev_keeps_few_interface_endpoints_and_the_full_list_has_what_the_platform_calls():
    assert ESSENTIAL == ("ecr.api", "ecr.dkr", "sts")
    assert {"ec2", "eks", "eks-auth", "kms", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "secretsmanager", "ssm"} < set(FULL)
    assert set(FULL) <= set(ACTION_PREFIXES)


def test_s3_and_dynamodb_have_gateway_endpoints_on_every_private_route_table(stack):
    assert services(stack, "Gateway") == {"s3", "dynamodb"}
    tables = {table.id for table in stack.of_type("aws:ec2/routeTable:RouteTable") if "-private-" in table.name}
    for endpoint in stack.of_type(ENDPOINT):
        if endpoint.inputs["vpcEndpointType"] == "Gateway":
            assert set(endpoint.inputs["routeTableIds"]) == tables


def test_interface_endpoints_stand_in_all_zones_with_private_names(stack):
    for endpoint in stack.of_type(ENDPOINT):
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["privateDnsEnabled"]
            assert set(endpoint.inputs["subnetIds"]) == {subnet.id for subnet in subnets(stack, "private")}


def test_only_this_accounts_identities_pass_an_endpoint(stack, statements):
    for endpoint in stack.of_type(ENDPOINT):
        for statement in statements(endpoint):
            if statement["Sid"] != "PublicBuckets":
                assert statement["Condition"]["StringEquals"]["aws:PrincipalAccount"] == "123456789012"
                assert "*" not in statement["Action"]


def test_through_s3s_endpoint_only_our_buckets_and_three_public_ones_are_reached(stack, named, statements):
    own, public = statements(named(stack, "network-endpoints-s3"))
    assert own["Condition"]["StringEquals"]["aws:ResourceAccount"] == "123456789012"
    assert public["Action"] == ["s3:GetObject"]
    assert public["Resource"] == [
        "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
        "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*",
        "arn:aws:s3:::prod-registry-k8s-io-us-east-1/*",
    ], "without the last, images of registry.k8s.io, the autoscaler's say, are answered 403"


@pytest.mark.parametrize(("environment", "days"), [("dev", 90), ("staging", 180), ("prod", 365)])
def test_flow_logs_of_all_traffic_go_to_an_encrypted_group_kept_as_the_profile_says(recorded, named, environment, days):
    stack = recorded(environment)
    group, log = named(stack, "network-flow-logs-group"), named(stack, "network-flow-logs-all")
    assert group.inputs["retentionInDays"] == days
    assert group.inputs["kmsKeyId"] == named(stack, "keys-logs").outputs["arn"]
    assert group.options.protect == group.inputs["deletionProtectionEnabled"] == (environment != "dev")
    assert (log.inputs["trafficType"], log.inputs["logDestination"], log.inputs["vpcId"]) == ("ALL", group.outputs["arn"], named(stack, "network-vpc").id)


def test_only_flow_logs_of_this_account_take_their_role_which_writes_to_one_group(stack, named, statements):
    (trusted,) = statements(named(stack, "network-flow-logs-role"), "assumeRolePolicy")
    assert trusted["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    write = statements(named(stack, "network-flow-logs-write"))[0]
    arn = named(stack, "network-flow-logs-group").outputs["arn"]
    assert write["Resource"] == [arn, f"{arn}:*"]


def test_what_stands_in_a_private_subnet_waits_for_its_routes(stack, named):
    waits = set(named(stack, "cluster-system").property_dependencies["subnetIds"])
    routes = [r.urn for r in stack.resources if "-private-us-east-1" in r.name and r.name.endswith(("-default", "-routes"))]
    assert len(routes) == 6
    assert waits >= set(routes)


def test_a_nat_gateway_waits_for_the_internet_gateway(stack, named):
    for gateway in stack.of_type(NAT):
        assert named(stack, "network-internet").urn in gateway.dependencies


def test_a_loosened_control_changes_the_network(altered):
    exemption = {"control": "nat_per_zone", "reason": "a rehearsal of an outage", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    stack = altered("prod", {"plinth:environment": {"controls": {"nat_per_zone": False}}, "plinth:exemptions": [exemption]})
    assert len(stack.of_type(NAT)) == 1
    assert stack.outputs["exemptions"] == [exemption]
