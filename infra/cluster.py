"""The EKS cluster: private API, encrypted secrets, audited access by role, add-ons, and system nodes for them to run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.cluster_access import ClusterAccess, grant_access
from infra.cluster_addons import create_addons, ebs_csi_role
from infra.launch_template import launch_template_of, node_launch_template
from infra.place import Place
from infra.policy_documents import trust
from infra.settings.cluster import ClusterSettings
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD: Final = "cluster"
CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
ADDONS_BEFORE_NODES: Final = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""A node without a network is never ready, and a pod that starts before the agent has no credentials (aws/eks-pod-identity-agent#159)."""
ADDONS_ON_NODES: Final = ("coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent")
"""The last one tells node repair of failed GPUs; without it, repair sees only nodes that stopped answering."""


@dataclass(frozen=True)
class ClusterArgs:
    """What a Cluster needs. `cluster_name` is the physical name, which its log group's name contains; `access` is by persona."""

    settings: ClusterSettings
    profile: Profile
    place: Place
    tags: Tags
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    node_role_arn: pulumi.Input[str]
    cluster_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    access: Mapping[str, ClusterAccess]


class Cluster(ComponentResource):
    """An EKS cluster that nobody administers by having created it, with nodes for its add-ons."""

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    node_prerequisites: tuple[pulumi.Resource, ...]
    """What must exist before a node starts; pass it on to every component that makes nodes."""

    def __init__(self, name: str, args: ClusterArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Cluster", name, None, opts)
        self._name, self._args = name, args
        cluster = self._cluster(*self._role(), self._log_group())
        grant_access(self, name, cluster, args.access, args.place, self._tags())
        self.node_prerequisites = create_addons(self, name, cluster, args.settings, self._tags(), ADDONS_BEFORE_NODES, depends_on=[])
        system_nodes = self._system_nodes(cluster)
        role = ebs_csi_role(self, name, args.place, args.cluster_name, args.cluster_key_arn, args.boundary_arn, self._tags())
        create_addons(self, name, cluster, args.settings, self._tags(), ADDONS_ON_NODES, depends_on=[system_nodes], ebs_csi_role_arn=role.arn)
        self.cluster_name, self.cluster_arn, self.endpoint = cluster.name, cluster.arn, cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.apply(lambda authority: authority.data or "")
        self.security_group_id = cluster.vpc_config.apply(lambda config: config.cluster_security_group_id or "")
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "endpoint": self.endpoint,
                "certificate_authority": self.certificate_authority,
                "security_group_id": self.security_group_id,
            }
        )

    def _tags(self, data_class: str = "none") -> dict[str, str]:
        return tags_for(self._args.tags, workload=WORKLOAD, data_class=data_class)

    def _role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        """The control plane's role, for this cluster only. Source: EKS user guide, Cross-service confused deputy prevention."""
        place, cluster_name = self._args.place, self._args.cluster_name
        ours = {
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "ArnLike": {"aws:SourceArn": place.arn("eks", f"cluster/{cluster_name}")},
        }
        role = aws.iam.Role(
            f"{self._name}-role",
            name=f"{cluster_name}-control-plane",
            description=f"EKS control plane of {cluster_name}",
            assume_role_policy=trust({"Service": "eks.amazonaws.com"}, condition=ours),
            permissions_boundary=self._args.boundary_arn,
            tags=self._tags(),
            opts=ResourceOptions(parent=self),
        )
        policy = place.aws_policy_arn("AmazonEKSClusterPolicy")
        return role, aws.iam.RolePolicyAttachment(f"{self._name}-role-policy", role=role.name, policy_arn=policy, opts=ResourceOptions(parent=self))

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        """EKS writes to this name, and would make the group itself, unencrypted and for ever, were it not there first."""
        profile = self._args.profile
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=f"/aws/eks/{self._args.cluster_name}/cluster",
            kms_key_id=self._args.log_key_arn,
            retention_in_days=profile.log_retention_days,
            deletion_protection_enabled=profile.deletion_protection,
            tags=self._tags("internal"),
            opts=ResourceOptions(parent=self, protect=profile.deletion_protection, retain_on_delete=profile.deletion_protection),
        )

    def _cluster(self, role: aws.iam.Role, permission: aws.iam.RolePolicyAttachment, logs: aws.cloudwatch.LogGroup) -> aws.eks.Cluster:
        args, settings = self._args, self._args.settings
        return aws.eks.Cluster(
            f"{self._name}-cluster",
            name=args.cluster_name,
            role_arn=role.arn,
            version=settings.kubernetes_version,
            access_config=aws.eks.ClusterAccessConfigArgs(authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False),
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=args.subnet_ids,
                endpoint_private_access=True,
                endpoint_public_access=bool(settings.public_access_cidrs),
                public_access_cidrs=[str(network) for network in settings.public_access_cidrs] or None,
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(ip_family="ipv4", service_ipv4_cidr=str(settings.service_cidr)),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.cluster_key_arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
            deletion_protection=args.profile.deletion_protection,
            bootstrap_self_managed_addons=False,
            tags=self._tags("confidential"),
            opts=ResourceOptions(parent=self, depends_on=[permission, logs], protect=args.profile.deletion_protection),
        )

    def _system_nodes(self, cluster: aws.eks.Cluster) -> aws.eks.NodeGroup:
        args, nodes, name = self._args, self._args.settings.system_nodes, f"{self._name}-system"
        template = node_launch_template(
            f"{name}-template", parent=self, tags=self._tags(), volume_key_arn=args.cluster_key_arn, root_volume_gib=nodes.root_volume_gib
        )
        dedicated = aws.eks.NodeGroupTaintArgs(key="CriticalAddonsOnly", value="true", effect="NO_SCHEDULE")
        return aws.eks.NodeGroup(
            name,
            cluster_name=cluster.name,
            node_role_arn=args.node_role_arn,
            subnet_ids=args.subnet_ids,
            version=args.settings.kubernetes_version,
            ami_type="AL2023_x86_64_STANDARD",
            capacity_type="ON_DEMAND",
            instance_types=list(nodes.instance_types),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=nodes.minimum, desired_size=nodes.minimum, max_size=nodes.maximum),
            launch_template=launch_template_of(template),
            labels={"plinth.dev/pool": "system"},
            taints=[dedicated] if nodes.dedicated else None,
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            tags=self._tags(),
            opts=ResourceOptions(parent=self, depends_on=self.node_prerequisites, ignore_changes=["scalingConfig.desiredSize"]),
        )
