"""EKS: clusters, node groups, add-ons, access, pod identity. Operations: EKS API reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Listing, Read, Step, one_of

CLUSTER = {"name": "name"}
IN_CLUSTER = {"clusterName": "clusterName"}


def _logging(types: list[str]) -> dict[str, Any]:
    return {"clusterLogging": [{"types": types, "enabled": True}]}


def _allow_deletion(client: Any, facts: Facts) -> None:
    """A forced destroy switches deletion protection off first; without force EKS refuses, as on AWS."""
    if facts.get("deletionProtection") and facts.get("force"):
        client.update_cluster_config(name=facts["name"], deletionProtection=False)


def _taint_effects(taints: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in taint.items() if value is not None} for taint in taints]


def _node_group_name(facts: Facts) -> str:
    return f"{facts['clusterName']}:{facts['nodeGroupName']}"


def _owned_identities(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    owned = [identity for identity in item["identities"]["associations"] if identity.get("ownerArn") == item["addonArn"]]
    return [{"serviceAccount": identity["serviceAccount"]} for identity in owned]


ENTRIES = (
    Entry(
        "aws:eks/cluster:Cluster",
        "eks",
        create=Step(
            "create_cluster",
            {},
            {"vpcConfig": "resourcesVpcConfig", "enabledClusterLogTypes": Argument("logging", _logging), "encryptionConfig": "encryptionConfig"},
        ),
        naming="name",
        id="name",
        outputs={
            "arn": "cluster.arn",
            "name": "name",
            "endpoint": "cluster.endpoint",
            "certificateAuthority.data": "cluster.certificateAuthority.data",
            "identities.0.oidcs.0.issuer": "cluster.identity.oidc.issuer",
            "vpcConfig.clusterSecurityGroupId": "resourcesVpcConfig.clusterSecurityGroupId",
        },
        reads=(Read("describe_cluster", CLUSTER, "cluster"),),
        not_sent={"forceUpdateVersion": "it concerns later versions"},
        deletes=(_allow_deletion, Call("delete_cluster", CLUSTER)),
        listing=Listing("list_clusters", "clusters"),
    ),
    Entry(
        "aws:eks/nodeGroup:NodeGroup",
        "eks",
        create=Step(
            "create_nodegroup",
            {},
            {"nodeGroupName": "nodegroupName", "nodeRoleArn": "nodeRole", "subnetIds": "subnets", "taints": Argument("taints", _taint_effects)},
        ),
        naming="nodeGroupName",
        id=_node_group_name,
        outputs={
            "arn": "nodegroup.nodegroupArn",
            "nodeGroupName": "nodeGroupName",
            "resources.0.autoscalingGroups.0.name": "nodegroup.resources.autoScalingGroups.0.name",
        },
        reads=(Read("describe_nodegroup", {**IN_CLUSTER, "nodegroupName": "nodeGroupName"}, "nodegroup"),),
        not_sent={"forceUpdateVersion": "it concerns later versions", "nodeGroupNamePrefix": "the name is made from it"},
        deletes=(Call("delete_nodegroup", {**IN_CLUSTER, "nodegroupName": "nodeGroupName"}),),
    ),
    Entry(
        "aws:eks/addon:Addon",
        "eks",
        create=Step("create_addon", {}, {"resolveConflictsOnCreate": "resolveConflicts"}),
        id=lambda facts: f"{facts['clusterName']}:{facts['addonName']}",
        outputs={"arn": "addon.addonArn"},
        reads=(
            Read("describe_addon", {**IN_CLUSTER, "addonName": "addonName"}, "addon"),
            Read("list_pod_identity_associations", IN_CLUSTER, when="podIdentityAssociations", into="identities"),
        ),
        # The add-on answers with the associations' ARNs; the summaries, told apart by owner, hold the service account but no role.
        echoes={"podIdentityAssociations": _owned_identities},
        not_sent={"resolveConflictsOnUpdate": "it concerns later versions", "preserve": "it says what a delete leaves in the cluster"},
        deletes=(Call("delete_addon", {**IN_CLUSTER, "addonName": "addonName"}),),
    ),
    Entry(
        "aws:eks/accessEntry:AccessEntry",
        "eks",
        create=Step("create_access_entry", {}, {"userName": "username"}),
        id=lambda facts: f"{facts['clusterName']}:{facts['principalArn']}",
        outputs={"accessEntryArn": "accessEntry.accessEntryArn"},
        reads=(Read("describe_access_entry", {**IN_CLUSTER, "principalArn": "principalArn"}, "accessEntry"),),
        deletes=(Call("delete_access_entry", {**IN_CLUSTER, "principalArn": "principalArn"}),),
    ),
    Entry(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "eks",
        create=Step("associate_access_policy"),
        id=lambda facts: f"{facts['clusterName']}#{facts['principalArn']}#{facts['policyArn']}",
        reads=(
            Read(
                "list_associated_access_policies",
                {**IN_CLUSTER, "principalArn": "principalArn"},
                one_of("associatedAccessPolicies", "policyArn", "policyArn"),
            ),
        ),
        deletes=(Call("disassociate_access_policy", {**IN_CLUSTER, "principalArn": "principalArn", "policyArn": "policyArn"}),),
    ),
    Entry(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "eks",
        create=Step("create_pod_identity_association"),
        id="association.associationId",
        outputs={"associationId": "association.associationId", "associationArn": "association.associationArn"},
        reads=(Read("describe_pod_identity_association", {**IN_CLUSTER, "associationId": "id"}, "association"),),
        deletes=(Call("delete_pod_identity_association", {**IN_CLUSTER, "associationId": "id"}),),
    ),
)
