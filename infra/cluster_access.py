"""Who may do what in the cluster: an access entry for each persona, with a policy, with groups, or both; nothing by the aws-auth ConfigMap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from infra.place import Place


class AccessPolicy(StrEnum):
    """The EKS access policies that a role may be given. Source: EKS user guide, Review access policy permissions."""

    CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
    ADMIN = "AmazonEKSAdminPolicy"
    EDIT = "AmazonEKSEditPolicy"
    VIEW = "AmazonEKSViewPolicy"
    ADMIN_VIEW = "AmazonEKSAdminViewPolicy"


@dataclass(frozen=True)
class ClusterAccess:
    """What a role may do in the cluster: a policy over the namespaces named, or over the whole cluster where none is.

    And what the cluster's own RBAC gives to the Kubernetes groups named; without a policy, that is all.
    """

    role_arn: pulumi.Input[str]
    policy: AccessPolicy | None = None
    namespaces: Sequence[str] = ()
    groups: Sequence[str] = ()


def grant_access(
    parent: pulumi.Resource, name: str, cluster: aws.eks.Cluster, access: Mapping[str, ClusterAccess], place: Place, tags: Mapping[str, str]
) -> None:
    """Create an access entry for each persona, and associate its policy where it has one."""
    for persona, granted in access.items():
        entry = aws.eks.AccessEntry(
            f"{name}-access-{persona}",
            cluster_name=cluster.name,
            principal_arn=granted.role_arn,
            type="STANDARD",
            kubernetes_groups=list(granted.groups) or None,
            tags=tags,
            opts=ResourceOptions(parent=parent),
        )
        if granted.policy is None:
            continue
        scope = aws.eks.AccessPolicyAssociationAccessScopeArgs(
            type="namespace" if granted.namespaces else "cluster", namespaces=list(granted.namespaces) or None
        )
        aws.eks.AccessPolicyAssociation(
            f"{name}-access-{persona}-policy",
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=pulumi.Output.format("arn:{0}:eks::aws:cluster-access-policy/{1}", place.partition, granted.policy.value),
            access_scope=scope,
            opts=ResourceOptions(parent=parent, depends_on=[entry]),
        )
