"""The cluster autoscaler's rights on AWS: it sees every Auto Scaling group, and resizes those of this cluster only."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi import ComponentResource, ResourceOptions

from infra.controller_role import ControllerArgs, controller_role
from infra.policy_documents import Statement, allow, allow_unscopable

SERVICE_ACCOUNT: Final = "cluster-autoscaler"
"""The service account that workloads/helm/cluster-autoscaler.yaml has the chart make."""
DISCOVERY_TAG: Final = "k8s.io/cluster-autoscaler"
"""EKS tags the Auto Scaling groups of managed node groups with it: `/enabled`, and `/<cluster>` as `owned`.

Source: EKS user guide, Simplify node lifecycle with managed node groups (managed node groups concepts).
"""
LOOKUPS: Final = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)
RESIZE: Final = ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup")


class Autoscaler(ComponentResource):
    """The autoscaler's role, which only its own service account in our cluster can take."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ControllerArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Autoscaler", name, None, opts)
        description = f"Cluster autoscaler in {args.cluster_name}"
        self.role_arn = controller_role(self, name, args, SERVICE_ACCOUNT, description, autoscaler_statements(args))
        self.register_outputs({"role_arn": self.role_arn})


def autoscaler_statements(args: ControllerArgs) -> list[Statement]:
    """What the autoscaler may do. Source: cluster-autoscaler, cloudprovider/aws/README.md, IAM Policy (all features)."""
    place = args.place
    groups = [place.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/eks-*")]
    ours = {"StringEquals": {f"aws:ResourceTag/{DISCOVERY_TAG}/{args.cluster_name}": "owned"}}
    return [
        allow("ResizeOwnGroups", RESIZE, groups, ours),
        allow("OwnNodeGroups", ("eks:DescribeNodegroup",), [place.arn("eks", f"nodegroup/{args.cluster_name}/*")]),
        allow_unscopable("Lookups", *LOOKUPS),
    ]
