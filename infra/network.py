"""The network: a VPC over three zones, private by default, with NAT by profile, VPC endpoints and flow logs."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.endpoints_vpc import EndpointsArgs, VpcEndpoints
from infra.flow_logs import FlowLogs, FlowLogsArgs
from infra.ordering import after
from infra.place import Place
from infra.settings.network import NetworkSettings, Zone
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD = "network"
WORLD = "0.0.0.0/0"


@dataclass(frozen=True)
class NetworkArgs:
    """What a Network needs."""

    settings: NetworkSettings
    profile: Profile
    place: Place
    tags: Tags
    cluster_name: str
    log_key_arn: pulumi.Input[str]
    service_boundary_arn: pulumi.Input[str]


class Network(ComponentResource):
    """The VPC. `private_subnet_ids` and `public_subnet_ids` are in the settings' order of zones.

    What uses a private subnet's id waits for its way out, and leaves before it: a node without routes can't sign off, and the
    VPC's deletion would wait for it (awslabs/data-on-eks#1067).
    """

    vpc_id: pulumi.Output[str]
    vpc_arn: pulumi.Output[str]
    vpc_cidr: str
    zones: tuple[str, ...]
    private_subnet_ids: list[pulumi.Output[str]]
    public_subnet_ids: list[pulumi.Output[str]]
    nat_public_ips: list[pulumi.Output[str]]
    endpoints: VpcEndpoints

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Network", name, None, opts)
        self._name, self._args = name, args
        self.vpc_cidr, self.zones = str(args.settings.cidr), tuple(zone.name for zone in args.settings.zones)
        vpc = self._vpc()
        self.vpc_id, self.vpc_arn = vpc.id, vpc.arn
        public = [self._subnet(zone, public=True) for zone in args.settings.zones]
        private = [self._subnet(zone, public=False) for zone in args.settings.zones]
        self.public_subnet_ids = [subnet.id for subnet in public]
        gateways = self._nat_gateways(public, self._internet_routes(public))
        tables = [self._route_table(f"private-{zone}") for zone in self.zones]
        self.private_subnet_ids = self._private_routes(private, tables, gateways)
        self.nat_public_ips = [gateway.public_ip for gateway in gateways]
        ids, table_ids = [subnet.id for subnet in private], [table.id for table in tables]
        endpoints = EndpointsArgs(args.settings, args.profile, args.place, args.tags, vpc.id, ids, table_ids)
        self.endpoints = VpcEndpoints(f"{name}-endpoints", endpoints, ResourceOptions(parent=self))
        flow_logs = FlowLogsArgs(args.profile, args.place, args.tags, vpc.id, args.log_key_arn, args.service_boundary_arn)
        FlowLogs(f"{name}-flow-logs", flow_logs, ResourceOptions(parent=self))
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids, "public_subnet_ids": self.public_subnet_ids})

    def _own(self) -> ResourceOptions:
        return ResourceOptions(parent=self)

    def _tags(self, name: str, **extra: str) -> dict[str, str]:
        return {**tags_for(self._args.tags, workload=WORKLOAD, name=name), **extra}

    def _vpc(self) -> aws.ec2.Vpc:
        name = f"{self._name}-vpc"
        vpc = aws.ec2.Vpc(name, cidr_block=self.vpc_cidr, enable_dns_hostnames=True, enable_dns_support=True, tags=self._tags(name), opts=self._own())
        # Adopted without rules, which takes away those that AWS gave it: whoever forgets to name a group is cut off, not let in.
        # The default network ACL stays as AWS made it: security groups are the filter, and a second, stateless one hides mistakes.
        closed = f"{self._name}-default-closed"
        aws.ec2.DefaultSecurityGroup(closed, vpc_id=vpc.id, tags=self._tags(closed), opts=self._own())
        return vpc

    def _subnet(self, zone: Zone, *, public: bool) -> aws.ec2.Subnet:
        kind, cidr = ("public", zone.public_cidr) if public else ("private", zone.private_cidr)
        name = f"{self._name}-{kind}-{zone.name}"
        # How the AWS load balancer controller and Karpenter find their subnets.
        discovery = {"kubernetes.io/role/elb": "1"} if public else {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": self._args.cluster_name}
        return aws.ec2.Subnet(
            name,
            vpc_id=self.vpc_id,
            availability_zone=zone.name,
            cidr_block=str(cidr),
            map_public_ip_on_launch=False,
            tags=self._tags(name, **discovery),
            opts=self._own(),
        )

    def _internet_routes(self, public: list[aws.ec2.Subnet]) -> list[pulumi.Resource]:
        """The internet gateway and the route to it: what a NAT gateway needs before it is made."""
        name = f"{self._name}-internet"
        gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc_id, tags=self._tags(name), opts=self._own())
        table = self._route_table("public")
        route = aws.ec2.Route(f"{self._name}-public-default", route_table_id=table.id, destination_cidr_block=WORLD, gateway_id=gateway.id, opts=self._own())
        for zone, subnet in zip(self.zones, public, strict=True):
            aws.ec2.RouteTableAssociation(f"{self._name}-public-{zone}-routes", route_table_id=table.id, subnet_id=subnet.id, opts=self._own())
        return [gateway, route]

    def _nat_gateways(self, public: list[aws.ec2.Subnet], internet: list[pulumi.Resource]) -> list[aws.ec2.NatGateway]:
        count = len(self.zones) if self._args.profile.nat_per_zone else 1
        return [self._nat_gateway(zone, subnet, internet) for zone, subnet in list(zip(self.zones, public, strict=True))[:count]]

    def _nat_gateway(self, zone: str, subnet: aws.ec2.Subnet, internet: list[pulumi.Resource]) -> aws.ec2.NatGateway:
        name = f"{self._name}-nat-{zone}"
        address = aws.ec2.Eip(f"{name}-ip", domain="vpc", tags=self._tags(f"{name}-ip"), opts=self._own())
        # A NAT gateway made before the VPC has its internet gateway fails (Amazon VPC user guide, NAT gateway basics).
        opts = ResourceOptions(parent=self, depends_on=internet)
        return aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=subnet.id, tags=self._tags(name), opts=opts)

    def _private_routes(self, private: list[aws.ec2.Subnet], tables: list[aws.ec2.RouteTable], gateways: list[aws.ec2.NatGateway]) -> list[pulumi.Output[str]]:
        """Route each private subnet through its zone's NAT gateway, or the only one; the ids of the subnets, once routed."""
        ids: list[pulumi.Output[str]] = []
        for index, (zone, table, subnet) in enumerate(zip(self.zones, tables, private, strict=True)):
            name, gateway = f"{self._name}-private-{zone}", gateways[index % len(gateways)]
            route = aws.ec2.Route(f"{name}-default", route_table_id=table.id, destination_cidr_block=WORLD, nat_gateway_id=gateway.id, opts=self._own())
            routes = aws.ec2.RouteTableAssociation(f"{name}-routes", route_table_id=table.id, subnet_id=subnet.id, opts=self._own())
            ids.append(after(subnet.id, route, routes))
        return ids

    def _route_table(self, kind: str) -> aws.ec2.RouteTable:
        name = f"{self._name}-{kind}-table"
        return aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags=self._tags(name), opts=self._own())
