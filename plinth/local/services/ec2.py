"""EC2's network: VPCs, subnets, gateways, routes, endpoints, flow logs. Operations: EC2 API reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.local.entry import Argument, Call, Constant, Entry, Facts, Listing, Read, Step, at_path


def tagged_as(resource_type: str) -> Argument:
    """Tags in the form of EC2's create operations: a tag specification for the resource type."""
    return Argument("TagSpecifications", lambda tags: [{"ResourceType": resource_type, "Tags": tags}])


def boxed(name: str) -> Argument:
    """An attribute in the form of EC2's modify operations: `{"Value": …}`."""
    return Argument(name, lambda value: {"Value": value})


def ec2_arn(resource: str) -> Any:
    """The ARN that EC2 itself does not answer with."""
    return lambda facts: f"arn:aws:ec2:{facts['region']}:{facts['account']}:{resource}/{facts['id']}"


def filters(**expressions: str) -> Any:
    """A `Filters` argument: each filter's name, with `_` for `-`, to the fact that holds its value."""
    return lambda facts: [{"Name": name.replace("_", "-"), "Values": [facts.get(fact, fact)]} for name, fact in expressions.items()]


def _route(response: Any, facts: Facts) -> Any:
    routes = at_path(response, "RouteTables.0.Routes") or ()
    keys = (
        ("DestinationCidrBlock", "destinationCidrBlock"),
        ("DestinationIpv6CidrBlock", "destinationIpv6CidrBlock"),
        ("DestinationPrefixListId", "destinationPrefixListId"),
    )
    return next((route for route in routes if any(facts.get(fact) and route.get(key) == facts[fact] for key, fact in keys)), None)


def _destination(facts: Facts) -> dict[str, Any]:
    names = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    return {name: facts[name] for name in names if facts.get(name)}


def _delete_route(client: Any, facts: Facts) -> None:
    destination = {f"{name[0].upper()}{name[1:]}": value for name, value in _destination(facts).items()}
    client.delete_route(RouteTableId=facts["routeTableId"], **destination)


def _association(response: Any, facts: Facts) -> Any:
    found = at_path(response, "RouteTables.0.Associations") or ()
    return next((association for association in found if association["RouteTableAssociationId"] == facts["id"]), None)


def _flow_log_target(facts: Facts) -> tuple[str, str | None]:
    kinds = (("VPC", "vpcId"), ("Subnet", "subnetId"), ("NetworkInterface", "eniId"), ("TransitGateway", "transitGatewayId"))
    return next(((kind, facts[name]) for kind, name in kinds if facts.get(name)), ("VPC", None))


def _group_ids(item: Mapping[str, Any]) -> list[str]:
    return [group["GroupId"] for group in item.get("Groups", ())]


VPC_READS = (
    Read("describe_vpcs", {"VpcIds": ["id"]}, "Vpcs.0"),
    Read("describe_vpc_attribute", {"VpcId": "id", "Attribute": Constant("enableDnsHostnames")}),
    Read("describe_vpc_attribute", {"VpcId": "id", "Attribute": Constant("enableDnsSupport")}),
    Read("describe_security_groups", {"Filters": filters(vpc_id="id", group_name="default")}, "SecurityGroups.0", into="DefaultSecurityGroup"),
    Read(
        "describe_route_tables",
        {"Filters": lambda facts: [*filters(vpc_id="id")(facts), {"Name": "association.main", "Values": ["true"]}]},
        "RouteTables.0",
        into="MainRouteTable",
    ),
    Read(
        "describe_network_acls",
        {"Filters": lambda facts: [*filters(vpc_id="id")(facts), {"Name": "default", "Values": ["true"]}]},
        "NetworkAcls.0",
        into="DefaultNetworkAcl",
    ),
)

ENTRIES = (
    Entry(
        "aws:ec2/vpc:Vpc",
        "ec2",
        create=Step("create_vpc", {}, {"tags": tagged_as("vpc"), "assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}),
        steps=(
            Step("modify_vpc_attribute", {"VpcId": "id"}, {"enableDnsSupport": boxed("EnableDnsSupport")}),
            Step("modify_vpc_attribute", {"VpcId": "id"}, {"enableDnsHostnames": boxed("EnableDnsHostnames")}),
        ),
        id="Vpc.VpcId",
        outputs={
            "arn": ec2_arn("vpc"),
            "defaultSecurityGroupId": "DefaultSecurityGroup.GroupId",
            "mainRouteTableId": "MainRouteTable.RouteTableId",
            "defaultRouteTableId": "MainRouteTable.RouteTableId",
            "defaultNetworkAclId": "DefaultNetworkAcl.NetworkAclId",
        },
        reads=VPC_READS,
        deletes=(Call("delete_vpc", {"VpcId": "id"}),),
        listing=Listing("describe_vpcs", "Vpcs", "VpcId"),
    ),
    Entry(
        "aws:ec2/subnet:Subnet",
        "ec2",
        create=Step("create_subnet", {}, {"tags": tagged_as("subnet")}),
        steps=(
            Step("modify_subnet_attribute", {"SubnetId": "id"}, {"mapPublicIpOnLaunch": boxed("MapPublicIpOnLaunch")}),
            Step("modify_subnet_attribute", {"SubnetId": "id"}, {"assignIpv6AddressOnCreation": boxed("AssignIpv6AddressOnCreation")}),
        ),
        id="Subnet.SubnetId",
        outputs={"arn": "SubnetArn", "availabilityZoneId": "AvailabilityZoneId"},
        reads=(Read("describe_subnets", {"SubnetIds": ["id"]}, "Subnets.0"),),
        echoes={
            "mapPublicIpOnLaunch": lambda item: {"Value": item["MapPublicIpOnLaunch"]},
            "assignIpv6AddressOnCreation": lambda item: {"Value": item["AssignIpv6AddressOnCreation"]},
        },
        deletes=(Call("delete_subnet", {"SubnetId": "id"}),),
        listing=Listing("describe_subnets", "Subnets", "SubnetId"),
    ),
    Entry(
        "aws:ec2/internetGateway:InternetGateway",
        "ec2",
        create=Step("create_internet_gateway", {}, {"tags": tagged_as("internet-gateway")}),
        steps=(Step("attach_internet_gateway", {"InternetGatewayId": "id"}, {"vpcId": "VpcId"}),),
        id="InternetGateway.InternetGatewayId",
        outputs={"arn": ec2_arn("internet-gateway")},
        reads=(Read("describe_internet_gateways", {"InternetGatewayIds": ["id"]}, "InternetGateways.0"),),
        echoes={"vpcId": "Attachments.0.VpcId"},
        deletes=(
            lambda client, facts: facts.get("vpcId") and client.detach_internet_gateway(InternetGatewayId=facts["id"], VpcId=facts["vpcId"]),
            Call("delete_internet_gateway", {"InternetGatewayId": "id"}),
        ),
        listing=Listing("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ),
    Entry(
        "aws:ec2/eip:Eip",
        "ec2",
        create=Step("allocate_address", {}, {"tags": tagged_as("elastic-ip")}),
        id="AllocationId",
        outputs={"arn": ec2_arn("elastic-ip"), "allocationId": "AllocationId", "publicIp": "PublicIp"},
        reads=(Read("describe_addresses", {"AllocationIds": ["id"]}, "Addresses.0"),),
        deletes=(Call("release_address", {"AllocationId": "id"}),),
        listing=Listing("describe_addresses", "Addresses", "AllocationId"),
    ),
    Entry(
        "aws:ec2/natGateway:NatGateway",
        "ec2",
        create=Step("create_nat_gateway", {}, {"tags": tagged_as("natgateway")}),
        id="NatGateway.NatGatewayId",
        outputs={
            "arn": ec2_arn("natgateway"),
            "publicIp": "NatGatewayAddresses.0.PublicIp",
            "networkInterfaceId": "NatGatewayAddresses.0.NetworkInterfaceId",
        },
        reads=(Read("describe_nat_gateways", {"NatGatewayIds": ["id"]}, "NatGateways.0"),),
        echoes={"allocationId": "NatGatewayAddresses.0.AllocationId"},
        deletes=(Call("delete_nat_gateway", {"NatGatewayId": "id"}),),
        lingers="EC2 shows it as deleted for about an hour, as on AWS",
        listing=Listing("describe_nat_gateways", "NatGateways", "NatGatewayId", ignore=lambda _, item: item["State"] == "deleted"),
    ),
    Entry(
        "aws:ec2/routeTable:RouteTable",
        "ec2",
        create=Step("create_route_table", {}, {"tags": tagged_as("route-table")}),
        steps=(
            Step(
                "create_route",
                {
                    "RouteTableId": "id",
                    "DestinationCidrBlock": "element.cidrBlock",
                    "GatewayId": "element.gatewayId",
                    "NatGatewayId": "element.natGatewayId",
                    "TransitGatewayId": "element.transitGatewayId",
                },
                each="routes",
            ),
        ),
        id="RouteTable.RouteTableId",
        outputs={"arn": ec2_arn("route-table")},
        reads=(Read("describe_route_tables", {"RouteTableIds": ["id"]}, "RouteTables.0"),),
        echoes={
            "routes": lambda item: [
                {"cidrBlock": route.get("DestinationCidrBlock"), **{key[0].lower() + key[1:]: value for key, value in route.items()}}
                for route in item["Routes"]
                if route.get("GatewayId") != "local"
            ]
        },
        deletes=(Call("delete_route_table", {"RouteTableId": "id"}),),
        listing=Listing("describe_route_tables", "RouteTables", "RouteTableId"),
    ),
    Entry(
        "aws:ec2/route:Route",
        "ec2",
        create=Step("create_route", {}, {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}),
        id=lambda facts: f"{facts['routeTableId']} {next(iter(_destination(facts).values()))}",
        reads=(Read("describe_route_tables", {"RouteTableIds": ["routeTableId"]}, _route),),
        deletes=(_delete_route,),
    ),
    Entry(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "ec2",
        create=Step("associate_route_table"),
        id="AssociationId",
        reads=(Read("describe_route_tables", {"RouteTableIds": ["routeTableId"]}, _association),),
        deletes=(Call("disassociate_route_table", {"AssociationId": "id"}),),
    ),
    Entry(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "ec2",
        create=Step("create_vpc_endpoint", {}, {"tags": tagged_as("vpc-endpoint"), "policy": "PolicyDocument"}),
        id="VpcEndpoint.VpcEndpointId",
        outputs={"arn": ec2_arn("vpc-endpoint"), "prefixListId": "PrefixList.PrefixListId"},
        reads=(
            Read("describe_vpc_endpoints", {"VpcEndpointIds": ["id"]}, "VpcEndpoints.0"),
            Read(
                "describe_managed_prefix_lists",
                {"Filters": filters(prefix_list_name="serviceName")},
                lambda response, _: at_path(response, "PrefixLists.0") or {},
                when="routeTableIds",
                into="PrefixList",
            ),
        ),
        echoes={"securityGroupIds": _group_ids},
        not_sent={"autoAccept": "the provider's own second call, which needs an endpoint service of the same account"},
        deletes=(Call("delete_vpc_endpoints", {"VpcEndpointIds": ["id"]}),),
        listing=Listing("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", ignore=lambda _, item: item["State"].lower() == "deleted"),
    ),
    Entry(
        "aws:ec2/flowLog:FlowLog",
        "ec2",
        create=Step(
            "create_flow_logs",
            {"ResourceType": lambda facts: _flow_log_target(facts)[0], "ResourceIds": lambda facts: [_flow_log_target(facts)[1]]},
            {
                "tags": tagged_as("vpc-flow-log"),
                "iamRoleArn": "DeliverLogsPermissionArn",
                **{name: Argument("") for name in ("vpcId", "subnetId", "eniId", "transitGatewayId")},
            },
        ),
        id="FlowLogIds.0",
        outputs={"arn": ec2_arn("vpc-flow-log")},
        reads=(Read("describe_flow_logs", {"FlowLogIds": ["id"]}, "FlowLogs.0"),),
        echoes=dict.fromkeys(("vpcId", "subnetId", "eniId", "transitGatewayId"), "ResourceId"),
        deletes=(Call("delete_flow_logs", {"FlowLogIds": ["id"]}),),
        listing=Listing("describe_flow_logs", "FlowLogs", "FlowLogId"),
    ),
)
