"""The launch template of a node: IMDSv2 only, an encrypted root volume, tags on everything that it launches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

ROOT_DEVICE: Final = "/dev/xvda"
"""The root device of the AL2023 images for EKS."""
TAGGED_ON_LAUNCH: Final = ("instance", "volume", "network-interface")
"""What a launch creates. A provider's default tags do not reach these (pulumi/pulumi-eks#852)."""


def node_launch_template(
    name: str,
    *,
    parent: pulumi.Resource,
    tags: Mapping[str, str],
    volume_key_arn: pulumi.Input[str],
    root_volume_gib: int,
    network_interfaces: Sequence[aws.ec2.LaunchTemplateNetworkInterfaceArgs] | None = None,
    placement_group: pulumi.Input[str] | None = None,
) -> aws.ec2.LaunchTemplate:
    """A launch template for a managed node group. Without `network_interfaces`, EKS attaches the cluster's own security group."""
    return aws.ec2.LaunchTemplate(
        name,
        description=f"Nodes of {name}",
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            # One hop keeps pods away from the node's own role; they have Pod Identity.
            http_put_response_hop_limit=1,
        ),
        block_device_mappings=[_root_volume(volume_key_arn, root_volume_gib)],
        network_interfaces=network_interfaces,
        placement=aws.ec2.LaunchTemplatePlacementArgs(group_name=placement_group) if placement_group is not None else None,
        tag_specifications=[aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=created, tags={**tags, "Name": name}) for created in TAGGED_ON_LAUNCH],
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def launch_template_of(template: aws.ec2.LaunchTemplate) -> aws.eks.NodeGroupLaunchTemplateArgs:
    """The reference of a node group to the template's newest version, so that a change of the template rolls the nodes."""
    return aws.eks.NodeGroupLaunchTemplateArgs(id=template.id, version=template.latest_version.apply(lambda version: str(int(version))))


def _root_volume(key_arn: pulumi.Input[str], size_gib: int) -> aws.ec2.LaunchTemplateBlockDeviceMappingArgs:
    return aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=ROOT_DEVICE,
        ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            encrypted="true", kms_key_id=key_arn, volume_type="gp3", volume_size=size_gib, delete_on_termination="true"
        ),
    )
