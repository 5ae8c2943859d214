"""GPU capacity as the recorder sees it: spot first with a fallback, from zero, and what the autoscaler is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.session import get_session

from infra.fabric import interface_types
from infra.instances import gpu_instances
from plinth.stack import Resource, Stack
from plinth.stack.recorder import record
from workloads.autoscaler_priorities import PRIORITIES

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
GROUP_TAG = "aws:autoscaling/tag:Tag"
HINT = "k8s.io/cluster-autoscaler/node-template/"

PROGRAM = """
import pulumi
from infra.capacity import GpuCapacity, GpuCapacityArgs
from infra.settings.capacity import CapacitySettings
from infra.tags import Tags


class Prerequisite(pulumi.CustomResource):
    def __init__(self, name):
        super().__init__("aws:eks/addon:Addon", name, {"clusterName": "plinth-x", "addonName": name})


args = GpuCapacityArgs(
    settings=CapacitySettings(**pulumi.Config("case").require_object("settings")),
    tags=Tags("x", "owner", "cost"),
    cluster_name="plinth-x",
    cluster_security_group_id="sg-cluster",
    kubernetes_version="1.35",
    vpc_id="vpc-1",
    subnet_ids_by_zone={"us-east-1a": "subnet-a", "us-east-1b": "subnet-b", "us-east-1c": "subnet-c"},
    node_role_arn="arn:aws:iam::123456789012:role/node",
    volume_key_arn="arn:cluster-key",
    prerequisites=[Prerequisite("eks-pod-identity-agent")],
)
capacity = GpuCapacity("plinth-x-gpu", args)
pulumi.export("groups", capacity.node_group_names)
"""

TRAINING = {"instance_types": ["p5.48xlarge"], "spot": None, "on_demand": {"minimum": 1, "maximum": 2}, "efa": True, "zones": ["us-east-1b"]}
SMALL = {
    "instance_types": ["g6.2xlarge", "g5.2xlarge"],
    "spot": {"maximum": 20, "desired": 3},
    "on_demand": {"maximum": 5},
    "zones": ["us-east-1a", "us-east-1c"],
    "root_volume_gib": 300,
}


def evaluated(folder: Path, settings: dict[str, Any]) -> Stack:
    (folder / "program").mkdir()
    (folder / "program" / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: plinth\nruntime: python\nmain: program\n")
    (folder / "Pulumi.x.yaml").write_text(yaml.safe_dump({"config": {"aws:region": "us-east-1", "case:settings": settings}}))
    return record("x", folder)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return evaluated(tmp_path_factory.mktemp("default"), {})


@pytest.fixture(scope="module")
def two_pools(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return evaluated(tmp_path_factory.mktemp("two"), {"pools": {"small": SMALL, "training": TRAINING}})


def groups(stack: Stack) -> dict[str, Resource]:
    return {resource.name.removeprefix("plinth-x-gpu-"): resource for resource in stack.of_type(NODE_GROUP)}


def hints(stack: Stack, group: Resource) -> dict[str, str]:
    scaling_group = group.outputs["resources"][0]["autoscalingGroups"][0]["name"]
    tags = [resource.inputs for resource in stack.of_type(GROUP_TAG) if resource.inputs["autoscalingGroupName"] == scaling_group]
    return {tag["tag"]["key"].removeprefix(HINT): tag["tag"]["value"] for tag in tags}


def template_of(stack: Stack, group: Resource) -> dict[str, Any]:
    (template,) = [template for template in stack.of_type(TEMPLATE) if template.id == group.inputs["launchTemplate"]["id"]]
    return dict(template.inputs)


def test_a_pool_is_a_spot_group_and_an_on_demand_group_over_all_zones(default: Stack):
    found = groups(default)
    assert {name: group.inputs["capacityType"] for name, group in found.items()} == {"gpu-24gib-spot": "SPOT", "gpu-24gib-on-demand": "ON_DEMAND"}
    for group in found.values():
        assert group.inputs["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]


def test_a_spot_group_draws_on_several_families(default: Stack):
    types = groups(default)["gpu-24gib-spot"].inputs["instanceTypes"]
    assert types == ["g6.2xlarge", "g5.2xlarge", "g6.4xlarge", "g5.4xlarge"]


def test_groups_scale_from_zero(default: Stack):
    found = groups(default)
    assert found["gpu-24gib-spot"].inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 8}
    assert found["gpu-24gib-on-demand"].inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 4}


def test_node_counts_are_the_settings(two_pools: Stack):
    found = groups(two_pools)
    assert found["small-spot"].inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 3, "maxSize": 20}
    assert found["training-on-demand"].inputs["scalingConfig"] == {"minSize": 1, "desiredSize": 1, "maxSize": 2}


def test_the_number_of_nodes_is_left_to_the_autoscaler(two_pools: Stack):
    for group in groups(two_pools).values():
        assert group.options.ignore_changes == ("scalingConfig.desiredSize",)


def test_only_pods_that_ask_for_a_gpu_come_in(two_pools: Stack):
    for group in groups(two_pools).values():
        assert group.inputs["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]


def test_nodes_say_their_pool_capacity_and_accelerator(default: Stack):
    for capacity in ("spot", "on-demand"):
        labels = groups(default)[f"gpu-24gib-{capacity}"].inputs["labels"]
        assert labels == {"plinth.dev/pool": "gpu-24gib", "plinth.dev/capacity": capacity, "k8s.amazonaws.com/accelerator": "nvidia-a10g-l4"}


def test_a_model_with_spaces_makes_a_label_that_kubernetes_takes(tmp_path: Path):
    stack = evaluated(tmp_path, {"pools": {"pro": {"instance_types": ["g7e.2xlarge", "g7e.4xlarge"]}}})
    for group in groups(stack).values():
        for value in group.inputs["labels"].values():
            assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", value)


def test_the_autoscaler_knows_an_empty_group(default: Stack):
    group = groups(default)["gpu-24gib-spot"]
    assert hints(default, group) == {
        **{f"label/{key}": value for key, value in group.inputs["labels"].items()},
        "taint/nvidia.com/gpu": "true:NoSchedule",
        "resources/nvidia.com/gpu": "1",
        "resources/ephemeral-storage": "200Gi",
    }


def test_the_autoscaler_expects_the_gpus_that_a_node_has(two_pools: Stack):
    assert hints(two_pools, groups(two_pools)["training-on-demand"])["resources/nvidia.com/gpu"] == "8"
    assert hints(two_pools, groups(two_pools)["small-spot"])["resources/ephemeral-storage"] == "300Gi"


def test_hints_stay_on_the_group(default: Stack):
    assert not any(tag.inputs["tag"]["propagateAtLaunch"] for tag in default.of_type(GROUP_TAG)), "instances are tagged by the launch template"


def test_the_autoscaler_prefers_every_spot_group_to_its_fallback(two_pools: Stack, default: Stack):
    for stack in (default, two_pools):
        for group in groups(stack).values():
            scaling_group = group.outputs["resources"][0]["autoscalingGroups"][0]["name"]
            priority = max(priority for priority, patterns in PRIORITIES.items() if any(re.search(pattern, scaling_group) for pattern in patterns))
            expected = max(PRIORITIES) if group.inputs["capacityType"] == "SPOT" else sorted(PRIORITIES)[-2]
            assert priority == expected, f"{scaling_group} has priority {priority}"


def test_nodes_run_the_gpu_image_at_the_clusters_version(two_pools: Stack):
    for group in groups(two_pools).values():
        assert (group.inputs["amiType"], group.inputs["version"]) == ("AL2023_x86_64_NVIDIA", "1.35")
        assert group.inputs["nodeRepairConfig"] == {"enabled": True}
        assert group.inputs["updateConfig"] == {"maxUnavailable": 1}


def test_nodes_wait_for_the_prerequisites(default: Stack):
    (agent,) = default.of_type("aws:eks/addon:Addon")
    for group in groups(default).values():
        assert agent.urn in group.dependencies


def test_nodes_take_imdsv2_from_one_hop_and_encrypt_their_root_volume(two_pools: Stack):
    for group in groups(two_pools).values():
        template = template_of(two_pools, group)
        assert template["metadataOptions"] == {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}
        (device,) = template["blockDeviceMappings"]
        assert (device["ebs"]["encrypted"], device["ebs"]["kmsKeyId"], device["ebs"]["volumeType"]) == ("true", "arn:cluster-key", "gp3")
    assert template_of(two_pools, groups(two_pools)["small-spot"])["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 300


def test_what_a_node_launches_is_tagged(default: Stack):
    for template in default.of_type(TEMPLATE):
        specified = {specification["resourceType"]: specification["tags"] for specification in template.inputs["tagSpecifications"]}
        assert set(specified) == {"instance", "volume", "network-interface"}
        assert all(tags.items() >= template.inputs["tags"].items() for tags in specified.values())
        assert template.inputs["tags"]["workload"] == "gpu-capacity"


def test_a_pool_keeps_to_the_zones_it_names(two_pools: Stack):
    found = groups(two_pools)
    assert found["small-spot"].inputs["subnetIds"] == ["subnet-a", "subnet-c"]
    assert found["training-on-demand"].inputs["subnetIds"] == ["subnet-b"]


def test_a_pool_without_spot_is_on_demand_only(two_pools: Stack):
    assert [name for name in groups(two_pools) if name.startswith("training")] == ["training-on-demand"]


def test_without_efa_eks_attaches_its_own_group(default: Stack):
    assert not default.of_type(PLACEMENT) and not default.of_type(SECURITY_GROUP)
    for template in default.of_type(TEMPLATE):
        assert "networkInterfaces" not in template.inputs and "placement" not in template.inputs


def test_efa_nodes_stand_together_and_reach_one_another(two_pools: Stack):
    (placement,), (group,) = two_pools.of_type(PLACEMENT), two_pools.of_type(SECURITY_GROUP)
    assert placement.inputs["strategy"] == "cluster"
    template = template_of(two_pools, groups(two_pools)["training-on-demand"])
    assert template["placement"] == {"groupName": placement.outputs["name"]}
    for type_ in ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
        (rule,) = two_pools.of_type(type_)
        assert (rule.inputs["ipProtocol"], rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"]) == ("-1", group.id, group.id)
    interfaces = template["networkInterfaces"]
    assert all(interface["securityGroups"] == ["sg-cluster", group.id] for interface in interfaces)
    assert [interface["networkCardIndex"] for interface in interfaces] == list(range(32))
    assert [interface["deviceIndex"] for interface in interfaces] == [0, *[1] * 31]
    assert interfaces[0]["associatePublicIpAddress"] == "false"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("g6.8xlarge", ["efa"]),
        ("p4d.24xlarge", ["efa", *["efa-only"] * 3]),
        ("p6-b300.48xlarge", ["interface", *["efa-only"] * 16]),
        ("g6.2xlarge", ["interface"]),
    ],
)
def test_each_network_card_has_an_interface_and_each_efa_is_used(name: str, expected: list[str]):
    instance = gpu_instances()[name]
    found = interface_types(instance)
    assert found == expected
    assert sum(kind.startswith("efa") for kind in found) == instance.efa_interfaces


@pytest.mark.parametrize("instance", gpu_instances().values(), ids=gpu_instances())
def test_no_type_gets_more_efa_interfaces_than_it_takes(instance):
    assert sum(kind.startswith("efa") for kind in interface_types(instance)) == instance.efa_interfaces


def test_every_resource_hangs_under_the_component_and_has_its_name(two_pools: Stack):
    (component,) = two_pools.of_type("plinth:infra:GpuCapacity")
    for resource in two_pools.custom:
        if resource.type != "aws:eks/addon:Addon":
            assert resource.parent == component.urn, resource.name
            assert resource.name.startswith("plinth-x-gpu-"), resource.name
    assert set(two_pools.outputs["groups"]) == {"small", "training"}
    assert set(two_pools.outputs["groups"]["small"]) == {"spot", "on-demand"}


def test_a_group_is_unnamed_so_that_a_replacement_can_stand_beside_it(default: Stack):
    for resource in [*default.of_type(NODE_GROUP), *default.of_type(TEMPLATE)]:
        assert not {"name", "nodeGroupName"} & set(resource.inputs)


def test_values_are_ones_that_the_eks_api_knows(two_pools: Stack):
    model = get_session().get_service_model("eks")
    for group in two_pools.of_type(NODE_GROUP):
        assert group.inputs["amiType"] in model.shape_for("AMITypes").enum
        assert group.inputs["capacityType"] in model.shape_for("CapacityTypes").enum
        assert all(taint["effect"] in model.shape_for("TaintEffect").enum for taint in group.inputs["taints"])
