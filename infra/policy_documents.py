"""IAM policy documents from statements: one spelling (lists, Sids) for every policy that the platform writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

Statement = dict[str, Any]
Inputs = Sequence[pulumi.Input[str]]

UNSCOPABLE: Final = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "cloudtrail:LookupEvents",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeFlowLogs",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "ecr:GetAuthorizationToken",
        "eks:ListClusters",
        "iam:ListInstanceProfiles",
        "iam:ListPolicies",
        "iam:ListRoles",
        "kms:ListAliases",
        "kms:ListKeys",
        "logs:DescribeLogGroups",
        "pricing:GetProducts",
        "s3:ListAllMyBuckets",
        "sagemaker:ListEndpointConfigs",
        "sagemaker:ListEndpoints",
        "sagemaker:ListModels",
        "sagemaker:ListTrainingJobs",
    }
)
"""Actions that AWS does not let a policy scope to a resource: `*` is their only resource.

Source: Service Authorization Reference, "Actions" table of each service, rows without a resource type (or where a listing shows them all).
"""


def allow(
    sid: str, actions: Sequence[str], resources: Inputs, condition: Mapping[str, Any] | None = None, principal: Mapping[str, Any] | str | None = None
) -> Statement:
    """A statement that allows. `principal` only in resource and trust policies; `resources` empty in a trust policy."""
    return _statement("Allow", sid, actions, resources, condition, principal)


def deny(
    sid: str, actions: Sequence[str], resources: Inputs, condition: Mapping[str, Any] | None = None, principal: Mapping[str, Any] | str | None = None
) -> Statement:
    """A statement that denies."""
    return _statement("Deny", sid, actions, resources, condition, principal)


def allow_unscopable(sid: str, *actions: str) -> Statement:
    """Allow actions whose only resource is `*`. Raises ValueError for one that AWS lets a policy scope."""
    scopable = set(actions) - UNSCOPABLE
    if scopable:
        raise ValueError(f"{', '.join(sorted(scopable))}: not in UNSCOPABLE; give the statement its resources")
    return allow(sid, actions, ["*"])


def trust(principal: Mapping[str, Any], *actions: str, condition: Mapping[str, Any] | None = None) -> pulumi.Output[str]:
    """A role's trust policy with one statement."""
    return document(allow("Trust", actions or ("sts:AssumeRole",), (), condition, principal))


def trust_pods(cluster_arn: pulumi.Input[str], namespace: str | None = None, service_account: str | None = None) -> pulumi.Output[str]:
    """A trust policy for pods of one cluster, by EKS Pod Identity; of one namespace and service account where they are named.

    Source: EKS user guide, Create IAM role with trust policy required by EKS Pod Identity.
    """
    tags = {"eks-cluster-arn": cluster_arn, "kubernetes-namespace": namespace, "kubernetes-service-account": service_account}
    ours = {"StringEquals": {f"aws:RequestTag/{tag}": value for tag, value in tags.items() if value is not None}}
    return trust({"Service": "pods.eks.amazonaws.com"}, "sts:AssumeRole", "sts:TagSession", condition=ours)


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy as JSON; statements may hold outputs."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _statement(
    effect: str, sid: str, actions: Sequence[str], resources: Inputs, condition: Mapping[str, Any] | None, principal: Mapping[str, Any] | str | None
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": effect, "Action": list(actions)}
    if principal is not None:
        statement["Principal"] = principal
    if resources:
        statement["Resource"] = list(resources)
    if condition:
        statement["Condition"] = condition
    return statement
