"""The network: who may come in from the world, who gets a public address, and how many zones it stands in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from plinth.stack import Resource, State
from policies.judge import at, is_unknown, items, must_not_be, peeled, unknown, violation
from policies.model import Context, Problem, Rule, Scope, Severity, frameworks
from policies.references import referred, referring

VPC, SUBNET, NAT, FLOW_LOG = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway", "aws:ec2/flowLog:FlowLog"
INLINE_GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
MINIMUM_ZONES = 3
WORLD_PREFIX = {4: 8, 6: 16}
"""A public range with a shorter prefix than this is taken as the world: it closes the way round 0.0.0.0/0 by two halves."""


def is_world(cidr: str) -> bool:
    """Whether a CIDR block is 0.0.0.0/0, ::/0, or so wide a public range that it comes to the same."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.prefixlen == 0 or (network.prefixlen < WORLD_PREFIX[network.version] and not network.is_private)


def admits_no_world(resource: Resource, context: Context) -> Iterator[Problem]:
    """No ingress rule, inline or separate, admits the world."""
    if resource.type in INLINE_GROUPS:
        state, rules = items(resource, "ingress")
        if state.state is State.UNKNOWN:
            yield unknown("ingress")
        for path, rule in rules:
            if is_unknown(rule):
                yield unknown(path)
            yield from _world(f"{path}.", rule, ("cidrBlocks", "ipv6CidrBlocks"))
    elif resource.type == INGRESS_RULE:
        yield from _world("", resource.inputs, ("cidrIpv4", "cidrIpv6"))
    elif resource.input("type").value != "egress":
        yield from _world("", resource.inputs, ("cidrBlocks", "ipv6CidrBlocks"))


def _world(prefix: str, rule: Any, keys: tuple[str, ...]) -> Iterator[Problem]:
    for key in keys:
        found = at(rule, key)
        if found.state is State.UNKNOWN:
            yield unknown(f"{prefix}{key}")
        for cidr in (found.value if isinstance(found.value, list) else [found.value]) if found.known else []:
            cidr = peeled(cidr)
            if is_unknown(cidr):
                yield unknown(f"{prefix}{key}")
            elif isinstance(cidr, str) and is_world(cidr):
                yield violation(f"{prefix}{key}", f"{cidr} may reach {_ports(rule)}")


def _ports(rule: Any) -> str:
    first, last = at(rule, "fromPort").value, at(rule, "toPort").value
    protocol = at(rule, "protocol").value or at(rule, "ipProtocol").value
    if str(protocol) == "-1" or first is None or (first in (0, -1) and last in (0, -1, 65535)):
        return "every port"
    return f"port {first}" if first == last else f"ports {first} to {last}"


def gives_no_public_address(subnet: Resource, context: Context) -> Iterator[Problem]:
    """Nothing that starts in the subnet gets a public IPv4 address by default."""
    yield from must_not_be(subnet, "mapPublicIpOnLaunch", True, "whatever starts here is given a public address")


def zones(subnets: tuple[Resource, ...]) -> tuple[set[str], bool]:
    """The known availability zones of subnets, and whether a zone is not known."""
    known: set[str] = set()
    hidden = False
    for subnet in subnets:
        found = next((found for key in ("availabilityZone", "availabilityZoneId") if (found := subnet.input(key)).present), None)
        if found is None or not found.known:
            hidden = True
        else:
            known.add(str(found.value))
    return known, hidden


def too_few_zones(path: str, subnets: tuple[Resource, ...], complete: bool, what: str) -> Iterator[Problem]:
    """A problem where the subnets stand in fewer zones than they must."""
    known, hidden = zones(subnets)
    if len(known) >= MINIMUM_ZONES:
        return
    if hidden or not complete:
        yield unknown(path, "the zone of a subnet is known only after a deployment" if hidden else "a subnet stands outside this stack")
    else:
        listed = ", ".join(sorted(known)) or "none"
        yield violation(path, f"{what} in too few availability zones ({listed}): at least {MINIMUM_ZONES} are needed")


def spans_zones(vpc: Resource, context: Context) -> Iterator[Problem]:
    """A VPC that has subnets has them in at least three zones."""
    found = referring(context.stack, vpc, "vpcId", SUBNET)
    if found.found or not found.complete:
        yield from too_few_zones("subnets", found.found, found.complete, "the VPC's subnets stand")


def has_nat_per_zone(vpc: Resource, context: Context) -> Iterator[Problem]:
    """In prod, a VPC with NAT gateways has one in each zone it stands in, or a regional one."""
    subnets = referring(context.stack, vpc, "vpcId", SUBNET)
    gateways = _gateways(vpc, subnets.found, context)
    if context.environment != "prod" or not gateways or any(gateway.input("availabilityMode").value == "regional" for gateway in gateways):
        return
    homes = tuple(home for gateway in gateways for home in referred(context.stack, gateway, "subnetId", SUBNET).found)
    covered, hidden = zones(homes)
    wanted, hidden_too = zones(subnets.found)
    without = ", ".join(sorted(wanted - covered))
    if hidden or hidden_too or len(homes) < len(gateways) or (without and not subnets.complete):
        yield unknown("natGateways", "the zone of a subnet is known only after a deployment")
    elif without:
        yield violation("natGateways", f"NAT gateways stand in {', '.join(sorted(covered))} and none in {without}: it falls with another zone")


def _gateways(vpc: Resource, subnets: tuple[Resource, ...], context: Context) -> list[Resource]:
    urns = {subnet.urn for subnet in subnets}
    regional = {gateway.urn for gateway in referring(context.stack, vpc, "vpcId", NAT).found}
    return [
        gateway
        for gateway in context.stack.of_type(NAT)
        if gateway.urn in regional or any(home.urn in urns for home in referred(context.stack, gateway, "subnetId", SUBNET).found)
    ]


def logs_flows(vpc: Resource, context: Context) -> Iterator[Problem]:
    """A flow log watches the VPC."""
    found = referring(context.stack, vpc, "vpcId", FLOW_LOG)
    if not found.found and found.complete:
        yield violation("flowLogs", "no flow log watches the VPC")
    elif not found.found:
        yield unknown("flowLogs", "a flow log outside what is shown here may watch the VPC")


RULES = (
    Rule(
        id="PLN-NET-001",
        title="No security group admits the world",
        severity=Severity.CRITICAL,
        types=(*INLINE_GROUPS, INGRESS_RULE, GROUP_RULE),
        check=admits_no_world,
        frameworks=frameworks(
            fsbp="EC2.18 EC2.13 EC2.14 EC2.19",
            checkov="CKV_AWS_24 CKV_AWS_25 CKV_AWS_260 CKV_AWS_277",
            trivy="AVD-AWS-0107",
            cis="6.3 6.4",
            hipaa="164.308(a)(1)(ii)(B) 164.312(e)(1)",
            soc2="CC6.6 CC7.2",
        ),
        remediation="Name the source: another security group, a prefix list, or the CIDR block of the network that must come in.",
    ),
    Rule(
        id="PLN-NET-002",
        title="A subnet gives no public addresses by default",
        severity=Severity.HIGH,
        types=(SUBNET,),
        check=gives_no_public_address,
        frameworks=frameworks(fsbp="EC2.15", checkov="CKV_AWS_130", trivy="AVD-AWS-0164", soc2="CC6.6"),
        remediation="Leave mapPublicIpOnLaunch off, also in public subnets: load balancers and NAT gateways bring their own addresses.",
    ),
    Rule(
        id="PLN-NET-003",
        title="A VPC spans at least three availability zones",
        severity=Severity.HIGH,
        types=(VPC,),
        check=spans_zones,
        scope=Scope.STACK,
        reads=(SUBNET,),
        remediation="Add subnets in further availability zones of the region.",
    ),
    Rule(
        id="PLN-NET-004",
        title="In prod each zone has its own NAT gateway",
        severity=Severity.HIGH,
        types=(VPC,),
        check=has_nat_per_zone,
        scope=Scope.STACK,
        reads=(SUBNET, NAT),
        controls=("nat_per_zone",),
        remediation="Add a NAT gateway in each zone, or one whose availabilityMode is regional.",
    ),
    Rule(
        id="PLN-NET-005",
        title="A VPC has a flow log",
        severity=Severity.MEDIUM,
        types=(VPC,),
        check=logs_flows,
        scope=Scope.STACK,
        reads=(FLOW_LOG,),
        frameworks=frameworks(
            fsbp="EC2.6",
            checkov="CKV2_AWS_11",
            trivy="AVD-AWS-0178",
            cis="4.7",
            hipaa="164.308(a)(1)(ii)(D) 164.308(a)(3)(ii)(A) 164.308(a)(6)(ii)",
            soc2="CC7.2 CC7.3",
        ),
        remediation="Add an aws.ec2.FlowLog for the VPC with trafficType ALL, to a log group or a bucket.",
    ),
)
