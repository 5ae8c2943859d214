"""The Elastic Fabric Adapter of a pool: a cluster placement group, a security group whose members reach one another, the interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.instances import GpuInstance


@dataclass(frozen=True)
class Fabric:
    """What a launch template needs to start nodes with EFA."""

    placement_group_name: pulumi.Output[str]
    network_interfaces: list[aws.ec2.LaunchTemplateNetworkInterfaceArgs]


def create_fabric(
    parent: pulumi.Resource,
    name: str,
    vpc_id: pulumi.Input[str],
    cluster_security_group_id: pulumi.Input[str],
    instance: GpuInstance,
    tags: Mapping[str, str],
) -> Fabric:
    """Create a pool's placement group and security group; every one of its types has `instance`'s network cards."""
    own = ResourceOptions(parent=parent)
    placement = aws.ec2.PlacementGroup(f"{name}-placement", strategy="cluster", tags=tags, opts=own)
    group = aws.ec2.SecurityGroup(
        f"{name}-efa", vpc_id=vpc_id, description="EFA: members reach one another by any protocol", tags={**tags, "Name": f"{name}-efa"}, opts=own
    )
    within = {
        "security_group_id": group.id,
        "referenced_security_group_id": group.id,
        "ip_protocol": "-1",
        "description": "EFA traffic stays within the group",
        "tags": tags,
    }
    # EFA needs the group on both ends of both rules. Source: EC2 user guide, Prepare an EFA-enabled security group.
    aws.vpc.SecurityGroupIngressRule(f"{name}-efa-in", **within, opts=own)
    aws.vpc.SecurityGroupEgressRule(f"{name}-efa-out", **within, opts=own)
    groups = [cluster_security_group_id, group.id]
    return Fabric(placement.name, [_interface(card, kind, groups) for card, kind in enumerate(interface_types(instance))])


def interface_types(instance: GpuInstance) -> list[str]:
    """The interface type of each network card: the first carries IP, the others EFA only, which takes no address of the subnet.

    Types with more cards than EFA interfaces (p6-b300) have no EFA on the first. Source: EC2 user guide, Maximize network bandwidth with EFA.
    """
    if not instance.efa_interfaces:
        return ["interface"]
    plain = instance.network_cards - instance.efa_interfaces
    return ["interface" if plain else "efa", *["efa-only"] * (instance.network_cards - 1)]


def _interface(card: int, kind: str, groups: list[pulumi.Input[str]]) -> aws.ec2.LaunchTemplateNetworkInterfaceArgs:
    return aws.ec2.LaunchTemplateNetworkInterfaceArgs(
        network_card_index=card,
        device_index=0 if card == 0 else 1,
        interface_type=kind,
        security_groups=groups,
        associate_public_ip_address="false" if card == 0 else None,
        delete_on_termination="true",
    )
