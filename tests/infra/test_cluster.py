"""The cluster as the recorder sees it: each default that keeps it safe, and the order in which it comes up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.session import get_session

from plinth.stack import Resource, Stack
from plinth.stack.recorder import record

CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"

PROGRAM = """
import pulumi
from infra.cluster import Cluster, ClusterArgs
from infra.cluster_access import AccessPolicy, ClusterAccess
from infra.place import Place
from infra.settings.cluster import ClusterSettings
from infra.settings.profile import PROFILES, ProfileName
from infra.tags import Tags

case = pulumi.Config("case")
access = {
    "platform-engineer": ClusterAccess("arn:aws:iam::123456789012:role/platform-engineer", AccessPolicy.CLUSTER_ADMIN),
    "data-scientist": ClusterAccess("arn:aws:iam::123456789012:role/data-scientist", AccessPolicy.EDIT, ["team-a"]),
    "ml-engineer": ClusterAccess("arn:aws:iam::123456789012:role/ml-engineer", groups=["team-a:people"]),
}
args = ClusterArgs(
    settings=ClusterSettings(**case.require_object("settings")),
    profile=PROFILES[ProfileName(case.require("profile"))],
    place=Place("plinth-x", "aws", "us-east-1", "123456789012"),
    tags=Tags("x", "owner", "cost"),
    cluster_name="plinth-x",
    subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
    node_role_arn="arn:aws:iam::123456789012:role/node",
    cluster_key_arn="arn:cluster-key",
    log_key_arn="arn:log-key",
    boundary_arn="arn:boundary",
    access=access,
)
cluster = Cluster("plinth-x-cluster", args)
pulumi.export("prerequisites", [resource.urn for resource in cluster.node_prerequisites])
pulumi.export("security_group_id", cluster.security_group_id)
"""


def evaluated(folder: Path, settings: dict[str, Any], profile: str) -> Stack:
    (folder / "program").mkdir()
    (folder / "program" / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: plinth\nruntime: python\nmain: program\n")
    config = {"aws:region": "us-east-1", "case:settings": settings, "case:profile": profile}
    (folder / "Pulumi.x.yaml").write_text(yaml.safe_dump({"config": config}))
    return record("x", folder)


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return evaluated(tmp_path_factory.mktemp("prod"), {}, "prod")


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    settings = {
        "public_access_cidrs": ["203.0.113.0/24"],
        "addon_versions": {"coredns": "v1.12.4-eksbuild.1"},
        "system_nodes": {"dedicated": False, "minimum": 3, "maximum": 5, "root_volume_gib": 80},
        "kubernetes_version": "1.34",
        "service_cidr": "10.100.0.0/16",
    }
    return evaluated(tmp_path_factory.mktemp("dev"), settings, "dev")


@pytest.fixture(scope="module")
def one() -> Callable[[Stack, str], Resource]:
    def find(stack: Stack, type_: str) -> Resource:
        (found,) = stack.of_type(type_)
        return found

    return find


def test_the_api_is_private(prod: Stack, one):
    network = one(prod, CLUSTER).inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in network
    assert network["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"], "the API answers in every zone"


def test_the_api_opens_only_to_the_networks_named(dev: Stack, one):
    network = one(dev, CLUSTER).inputs["vpcConfig"]
    assert (network["endpointPublicAccess"], network["endpointPrivateAccess"]) == (True, True)
    assert network["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_secrets_are_encrypted_by_our_key(prod: Stack, one):
    assert one(prod, CLUSTER).inputs["encryptionConfig"] == {"provider": {"keyArn": "arn:cluster-key"}, "resources": ["secrets"]}


def test_all_control_plane_logs_go_to_an_encrypted_group_that_stands_first(prod: Stack, one):
    cluster, group = one(prod, CLUSTER), one(prod, LOG_GROUP)
    assert set(cluster.inputs["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert group.inputs["name"] == "/aws/eks/plinth-x/cluster"
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("arn:log-key", 365)
    assert group.urn in cluster.dependencies, "EKS would make the group itself, unencrypted and for ever"


def test_access_is_by_entries_and_the_creator_gets_none(prod: Stack, one):
    config = one(prod, CLUSTER).inputs["accessConfig"]
    assert config == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}


def test_each_persona_has_an_entry_and_at_most_one_policy(prod: Stack):
    entries = {entry.inputs["principalArn"].rpartition("/")[2]: entry for entry in prod.of_type(ENTRY)}
    assert set(entries) == {"platform-engineer", "data-scientist", "ml-engineer"}
    assert {entry.inputs["type"] for entry in entries.values()} == {"STANDARD"}, "people, not nodes"
    for association in prod.of_type(ASSOCIATION):
        persona = association.inputs["principalArn"].rpartition("/")[2]
        assert entries[persona].urn in association.dependencies, "EKS refuses a policy for a principal without an entry"
    scopes = {
        a.inputs["principalArn"].rpartition("/")[2]: (a.inputs["policyArn"].rpartition("/")[2], a.inputs["accessScope"]) for a in prod.of_type(ASSOCIATION)
    }
    assert scopes == {
        "platform-engineer": ("AmazonEKSClusterAdminPolicy", {"type": "cluster"}),
        "data-scientist": ("AmazonEKSEditPolicy", {"type": "namespace", "namespaces": ["team-a"]}),
    }


def test_a_group_needs_no_policy_and_is_given_only_where_it_is_named(prod: Stack):
    groups = {entry.inputs["principalArn"].rpartition("/")[2]: entry.inputs.get("kubernetesGroups") for entry in prod.of_type(ENTRY)}
    assert groups == {"platform-engineer": None, "data-scientist": None, "ml-engineer": ["team-a:people"]}


def test_a_version_is_pinned_and_never_slides_into_paid_support(prod: Stack, dev: Stack, one):
    assert one(prod, CLUSTER).inputs["version"] == "1.35"
    assert one(dev, CLUSTER).inputs["version"] == "1.34"
    assert one(dev, NODE_GROUP).inputs["version"] == "1.34", "nodes keep step with the control plane"
    assert one(prod, CLUSTER).inputs["upgradePolicy"] == {"supportType": "STANDARD"}


def test_deletion_is_refused_where_the_profile_says_so(prod: Stack, dev: Stack, one):
    for type_ in (CLUSTER, LOG_GROUP):
        assert one(prod, type_).options.protect
        assert not one(dev, type_).options.protect
    assert one(prod, CLUSTER).inputs["deletionProtection"] is True
    assert one(dev, CLUSTER).inputs["deletionProtection"] is False
    assert one(prod, LOG_GROUP).options.retain_on_delete


def test_a_zone_can_be_shifted_away_from(prod: Stack, one):
    assert one(prod, CLUSTER).inputs["zonalShiftConfig"] == {"enabled": True}


def test_the_service_range_is_the_settings(prod: Stack, dev: Stack, one):
    assert one(prod, CLUSTER).inputs["kubernetesNetworkConfig"] == {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"}
    assert one(dev, CLUSTER).inputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.100.0.0/16"


def test_the_control_planes_role_serves_this_cluster_only(prod: Stack):
    (role,) = [role for role in prod.of_type(ROLE) if role.name.endswith("-cluster-role")]
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "eks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:eks:us-east-1:123456789012:cluster/plinth-x"},
    }


def test_the_clusters_own_roles_stay_within_the_boundary(prod: Stack):
    assert [role.inputs["permissionsBoundary"] for role in prod.of_type(ROLE)] == ["arn:boundary"] * 2


def test_the_roles_permission_outlives_the_cluster(prod: Stack, one):
    (attachment,) = [a for a in prod.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment") if a.name.endswith("-role-policy")]
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert attachment.urn in one(prod, CLUSTER).dependencies, "without it a destroy leaves network interfaces behind"


def test_nodes_wait_for_the_network_and_the_agent_and_addons_wait_for_nodes(prod: Stack, one):
    addons = {addon.inputs["addonName"]: addon for addon in prod.of_type(ADDON)}
    nodes = one(prod, NODE_GROUP)
    before, after = {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}, {"coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent"}
    assert set(addons) == before | after
    for name in before:
        assert addons[name].urn in nodes.dependencies, f"a node or pod would start before {name}"
        assert nodes.urn not in addons[name].dependencies
    for name in after:
        assert nodes.urn in addons[name].dependencies, f"{name} has nowhere to run without a node"
    assert sorted(prod.outputs["prerequisites"]) == sorted(addons[name].urn for name in before)


def test_eks_installs_no_addons_of_its_own(prod: Stack, one):
    assert one(prod, CLUSTER).inputs["bootstrapSelfManagedAddons"] is False


def test_network_policies_are_enforced(prod: Stack):
    (cni,) = [addon for addon in prod.of_type(ADDON) if addon.inputs["addonName"] == "vpc-cni"]
    assert json.loads(cni.inputs["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_addons_take_over_on_creation_and_keep_changes_on_updates(prod: Stack):
    for addon in prod.of_type(ADDON):
        assert (addon.inputs["resolveConflictsOnCreate"], addon.inputs["resolveConflictsOnUpdate"]) == ("OVERWRITE", "PRESERVE")


def test_addon_versions_are_pinned_where_the_settings_pin_them(prod: Stack, dev: Stack):
    assert all("addonVersion" not in addon.inputs for addon in prod.of_type(ADDON))
    pinned = {addon.inputs["addonName"]: addon.inputs["addonVersion"] for addon in dev.of_type(ADDON) if "addonVersion" in addon.inputs}
    assert pinned == {"coredns": "v1.12.4-eksbuild.1"}


def test_the_ebs_driver_has_its_own_identity_and_the_volume_key_only(prod: Stack):
    (addon,) = [addon for addon in prod.of_type(ADDON) if addon.inputs["addonName"] == "aws-ebs-csi-driver"]
    (role,) = [role for role in prod.of_type(ROLE) if role.name.endswith("-ebs-csi-role")]
    assert addon.inputs["podIdentityAssociations"] == [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": role.outputs["arn"]}]
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-east-1:123456789012:cluster/plinth-x"}}
    (policy,) = prod.of_type("aws:iam/rolePolicy:RolePolicy")
    for allowed in json.loads(policy.inputs["policy"])["Statement"]:
        assert allowed["Resource"] == ["arn:cluster-key"]


def test_system_nodes_are_on_demand_in_every_zone_and_at_least_two(prod: Stack, dev: Stack, one):
    nodes = one(prod, NODE_GROUP).inputs
    assert nodes["capacityType"] == "ON_DEMAND"
    assert nodes["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]
    assert nodes["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 4}
    assert nodes["nodeRepairConfig"] == {"enabled": True}
    assert nodes["updateConfig"] == {"maxUnavailable": 1}
    assert nodes["amiType"] == "AL2023_x86_64_STANDARD"
    assert one(dev, NODE_GROUP).inputs["scalingConfig"] == {"minSize": 3, "desiredSize": 3, "maxSize": 5}


def test_workloads_stay_off_system_nodes_unless_the_settings_let_them(prod: Stack, dev: Stack, one):
    assert one(prod, NODE_GROUP).inputs["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    assert "taints" not in one(dev, NODE_GROUP).inputs


def test_the_number_of_system_nodes_is_left_to_the_autoscaler(prod: Stack, one):
    assert one(prod, NODE_GROUP).options.ignore_changes == ("scalingConfig.desiredSize",)


def test_nodes_take_imdsv2_from_one_hop_and_encrypt_their_root_volume(prod: Stack, dev: Stack, one):
    template = one(prod, TEMPLATE).inputs
    assert template["metadataOptions"] == {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}
    (device,) = template["blockDeviceMappings"]
    assert device["deviceName"] == "/dev/xvda"
    assert device["ebs"] == {"encrypted": "true", "kmsKeyId": "arn:cluster-key", "volumeType": "gp3", "volumeSize": 50, "deleteOnTermination": "true"}
    assert one(dev, TEMPLATE).inputs["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 80
    assert one(prod, NODE_GROUP).inputs["launchTemplate"] == {"id": one(prod, TEMPLATE).id, "version": "1"}


def test_what_a_node_launches_is_tagged(prod: Stack, one):
    template = one(prod, TEMPLATE)
    specified = {specification["resourceType"]: specification["tags"] for specification in template.inputs["tagSpecifications"]}
    assert set(specified) == {"instance", "volume", "network-interface"}, "a provider's default tags reach none of these"
    for tags in specified.values():
        assert tags.items() >= template.inputs["tags"].items()


def test_every_resource_hangs_under_the_component_and_has_its_name(prod: Stack):
    (component,) = prod.of_type("plinth:infra:Cluster")
    for resource in prod.custom:
        assert resource.parent == component.urn, resource.name
        assert resource.name.startswith("plinth-x-cluster"), resource.name
    assert component.outputs["cluster_name"] == "plinth-x"
    assert prod.outputs["security_group_id"].startswith("sg-")


def test_values_are_ones_that_the_eks_api_knows(prod: Stack, one):
    model = get_session().get_service_model("eks")
    nodes, cluster = one(prod, NODE_GROUP).inputs, one(prod, CLUSTER).inputs
    assert nodes["amiType"] in model.shape_for("AMITypes").enum
    assert nodes["capacityType"] in model.shape_for("CapacityTypes").enum
    assert all(taint["effect"] in model.shape_for("TaintEffect").enum for taint in nodes["taints"])
    assert set(cluster["enabledClusterLogTypes"]) == set(model.shape_for("LogType").enum)
    assert cluster["accessConfig"]["authenticationMode"] in model.shape_for("AuthenticationMode").enum
    assert cluster["upgradePolicy"]["supportType"] in model.shape_for("SupportType").enum
    assert {addon.inputs["resolveConflictsOnUpdate"] for addon in prod.of_type(ADDON)} <= set(model.shape_for("ResolveConflicts").enum)
    assert {a.inputs["accessScope"]["type"] for a in prod.of_type(ASSOCIATION)} <= set(model.shape_for("AccessScopeType").enum)
