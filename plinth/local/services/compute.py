"""EC2 launch templates and placement groups. Operations: EC2 API reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.local.entry import Argument, Call, Constant, Entry, Listing, Read, Step
from plinth.local.services.ec2 import ec2_arn, tagged_as

DATA_PROPERTIES = (
    "blockDeviceMappings",
    "capacityReservationSpecification",
    "cpuOptions",
    "creditSpecification",
    "disableApiStop",
    "disableApiTermination",
    "ebsOptimized",
    "enclaveOptions",
    "hibernationOptions",
    "iamInstanceProfile",
    "imageId",
    "instanceInitiatedShutdownBehavior",
    "instanceMarketOptions",
    "instanceRequirements",
    "instanceType",
    "keyName",
    "maintenanceOptions",
    "metadataOptions",
    "monitoring",
    "placement",
    "privateDnsNameOptions",
    "tagSpecifications",
    "userData",
)
"""The launch template's properties that stand inside LaunchTemplateData under their own names."""

INTERFACE_NAMES = {"securityGroups": "groups", "ipv4Addresses": "privateIpAddresses"}


def _interfaces(interfaces: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Network interfaces with EC2's names where the provider has its own."""
    return [{INTERFACE_NAMES.get(name, name): value for name, value in interface.items()} for interface in interfaces]


def _launch_tags(item: Mapping[str, Any]) -> list[Any]:
    """What is tagged on launch; moto adds the template's own tags to it."""
    return [tags for tags in item["LaunchTemplateData"].get("TagSpecifications", ()) if tags["ResourceType"] != "launch-template"]


IN_DATA = {name: f"LaunchTemplateData.{name[0].upper()}{name[1:]}" for name in DATA_PROPERTIES}

ENTRIES = (
    Entry(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "ec2",
        create=Step(
            "create_launch_template",
            {},
            {
                "name": "LaunchTemplateName",
                "description": "VersionDescription",
                "tags": tagged_as("launch-template"),
                "vpcSecurityGroupIds": "LaunchTemplateData.SecurityGroupIds",
                "networkInterfaces": Argument("LaunchTemplateData.NetworkInterfaces", _interfaces),
                **IN_DATA,
            },
        ),
        naming="name",
        id="LaunchTemplate.LaunchTemplateId",
        outputs={"name": "name", "arn": ec2_arn("launch-template"), "latestVersion": "LatestVersionNumber", "defaultVersion": "DefaultVersionNumber"},
        reads=(
            Read("describe_launch_templates", {"LaunchTemplateIds": ["id"]}, "LaunchTemplates.0"),
            Read("describe_launch_template_versions", {"LaunchTemplateId": "id", "Versions": Constant(["$Latest"])}, "LaunchTemplateVersions.0"),
        ),
        echoes={"tagSpecifications": _launch_tags},
        not_sent={"namePrefix": "the name is made from it", "updateDefaultVersion": "it concerns later versions"},
        deletes=(Call("delete_launch_template", {"LaunchTemplateId": "id"}),),
        listing=Listing("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    ),
    Entry(
        "aws:ec2/placementGroup:PlacementGroup",
        "ec2",
        create=Step("create_placement_group", {}, {"name": "GroupName", "tags": tagged_as("placement-group")}),
        naming="name",
        id="name",
        outputs={"name": "name", "placementGroupId": "GroupId", "arn": "GroupArn"},
        reads=(Read("describe_placement_groups", {"GroupNames": ["name"]}, "PlacementGroups.0"),),
        deletes=(Call("delete_placement_group", {"GroupName": "name"}),),
        listing=Listing("describe_placement_groups", "PlacementGroups", "GroupName"),
    ),
)
