"""The EKS cluster: private API, encrypted secrets, audited access by role, add-ons, and system nodes for them to run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi

from infra.settings.cluster import ClusterSettings


class AccessPolicy(StrEnum):
    """The EKS access policies that a role may be given. Source: EKS user guide, Review access policy permissions."""

    CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
    ADMIN = "AmazonEKSAdminPolicy"
    EDIT = "AmazonEKSEditPolicy"
    VIEW = "AmazonEKSViewPolicy"
    ADMIN_VIEW = "AmazonEKSAdminViewPolicy"


@dataclass(frozen=True)
class ClusterAccess:
    """What a role may do in the cluster: a policy over the namespaces named, or over the whole cluster where none is."""

    role_arn: pulumi.Input[str]
    policy: AccessPolicy
    namespaces: Sequence[str] = ()


@dataclass(frozen=True)
class ClusterArgs:
    """What the cluster needs from the other components. `cluster_name` is the physical name, which its log group's name contains."""

    settings: ClusterSettings
    tags: Mapping[str, str]
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    node_role_arn: pulumi.Input[str]
    ebs_csi_role_arn: pulumi.Input[str]
    secrets_key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    volumes_key_arn: pulumi.Input[str]
    permissions_boundary_arn: pulumi.Input[str]
    log_retention_days: int
    deletion_protection: bool
    access: Mapping[str, ClusterAccess]
    """By persona, which names the access entry."""
