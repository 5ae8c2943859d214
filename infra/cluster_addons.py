"""The cluster's add-ons, and the role of the one that calls AWS: the EBS driver."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.place import Place
from infra.policy_documents import allow, document, trust_pods
from infra.settings.cluster import ClusterSettings

CONFIGURATION: Final[Mapping[str, Mapping[str, str]]] = {"vpc-cni": {"enableNetworkPolicy": "true"}}
EBS_CSI_DRIVER: Final = "aws-ebs-csi-driver"
EBS_CSI_SERVICE_ACCOUNT: Final = "ebs-csi-controller-sa"


def create_addons(
    parent: pulumi.Resource,
    name: str,
    cluster: aws.eks.Cluster,
    settings: ClusterSettings,
    tags: Mapping[str, str],
    addons: Sequence[str],
    *,
    depends_on: Sequence[pulumi.Resource],
    ebs_csi_role_arn: pulumi.Input[str] | None = None,
) -> tuple[aws.eks.Addon, ...]:
    """Create add-ons in the order given. What an administrator changed in the cluster is kept on updates."""
    pinned: Mapping[str, str] = {str(addon): version for addon, version in settings.addon_versions.items()}
    return tuple(
        aws.eks.Addon(
            f"{name}-addon-{addon}",
            cluster_name=cluster.name,
            addon_name=addon,
            addon_version=pinned.get(addon),
            configuration_values=json.dumps(CONFIGURATION[addon]) if addon in CONFIGURATION else None,
            pod_identity_associations=_identity(ebs_csi_role_arn) if addon == EBS_CSI_DRIVER else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            tags=tags,
            opts=ResourceOptions(parent=parent, depends_on=depends_on),
        )
        for addon in addons
    )


def ebs_csi_role(
    parent: pulumi.Resource,
    name: str,
    place: Place,
    cluster_name: str,
    key_arn: pulumi.Input[str],
    boundary_arn: pulumi.Input[str],
    tags: Mapping[str, str],
) -> aws.iam.Role:
    """The EBS driver's role: AWS's own policy, and the key that volumes are encrypted with.

    Source: EBS CSI driver docs, install.md: "Set up driver permissions" (customer-managed key).
    """
    role = aws.iam.Role(
        f"{name}-ebs-csi-role",
        name=f"{cluster_name}-ebs-csi",
        description=f"EBS driver of {cluster_name}",
        assume_role_policy=trust_pods(place.arn("eks", f"cluster/{cluster_name}")),
        permissions_boundary=boundary_arn,
        tags=tags,
        opts=ResourceOptions(parent=parent),
    )
    policy_arn = place.aws_policy_arn("service-role/AmazonEBSCSIDriverPolicy")
    aws.iam.RolePolicyAttachment(f"{name}-ebs-csi-policy", role=role.name, policy_arn=policy_arn, opts=ResourceOptions(parent=parent))
    use = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    statements = [allow("VolumeKey", use, [key_arn]), allow("VolumeKeyGrants", ("kms:CreateGrant",), [key_arn], grants)]
    aws.iam.RolePolicy(f"{name}-ebs-csi-key", role=role.name, policy=document(*statements), opts=ResourceOptions(parent=parent))
    return role


def _identity(role_arn: pulumi.Input[str] | None) -> list[aws.eks.AddonPodIdentityAssociationArgs]:
    if role_arn is None:
        raise ValueError(f"{EBS_CSI_DRIVER} needs a role")
    return [aws.eks.AddonPodIdentityAssociationArgs(role_arn=role_arn, service_account=EBS_CSI_SERVICE_ACCOUNT)]
