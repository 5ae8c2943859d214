"""Karpenter's rights on AWS: what its controller may do with nodes, profiles, volumes and notices.

Its nodes have the role of the managed node groups, which EKS registered when it made
those, so the role needs no EC2_LINUX access entry here, and EKS takes one entry a principal (EKS user guide, Create access entries).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ComponentResource, ResourceOptions

from infra.controller_role import ControllerArgs, controller_role
from infra.policy_documents import Statement, allow, allow_unscopable
from infra.service_roles import INSTANCE_PROFILE_ACTIONS

SERVICE_ACCOUNT: Final = "karpenter"
NODE_POOL: Final = "karpenter.sh/nodepool"
NODE_CLASS: Final = "karpenter.k8s.aws/ec2nodeclass"
CLUSTER_NAME: Final = "eks:eks-cluster-name"
REGION: Final = "topology.kubernetes.io/region"
MADE: Final = ("fleet/*", "instance/*", "launch-template/*", "network-interface/*", "spot-instances-request/*", "volume/*")
"""What a launch makes, all of it tagged in the same call."""
LOOKUPS: Final = (
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
    "iam:ListInstanceProfiles",
    "pricing:GetProducts",
)


@dataclass(frozen=True)
class KarpenterArgs(ControllerArgs):
    """What Karpenter needs besides: the role of its nodes, the queue of interruptions, the key of volumes and queue."""

    node_role_arn: pulumi.Input[str]
    queue_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Karpenter(ComponentResource):
    """The controller's role, which only its own service account in our cluster can take."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: KarpenterArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Karpenter", name, None, opts)
        description = f"Karpenter's controller in {args.cluster_name}"
        self.role_arn = controller_role(self, name, args, SERVICE_ACCOUNT, description, controller_statements(args))
        self.register_outputs({"role_arn": self.role_arn})


def controller_statements(args: KarpenterArgs) -> list[Statement]:
    """What the controller may do. Source: Karpenter 1.14, Reference, CloudFormation; our keys are added, placement groups and reservations left out."""
    return [*_nodes(args), *_instance_profiles(args), *_volumes_and_queue(args), *_cluster(args)]


def _owned(args: KarpenterArgs, which: str, by: str, **more: Any) -> dict[str, Any]:
    """The condition that a request or a resource (`which`) carries this cluster's tags, and that of a pool or node class (`by`)."""
    return {
        "StringEquals": {f"aws:{which}Tag/kubernetes.io/cluster/{args.cluster_name}": "owned", **more},
        "StringLike": {f"aws:{which}Tag/{by}": "*"},
    }


def _nodes(args: KarpenterArgs) -> list[Statement]:
    place, launch = args.place, ("ec2:CreateFleet", "ec2:RunInstances")
    made, templates = [place.arn("ec2", kind) for kind in MADE], [place.arn("ec2", "launch-template/*")]
    instances = [place.arn("ec2", "instance/*")]
    used = [pulumi.Output.format("arn:{0}:ec2:{1}::{2}/*", place.partition, place.region, kind) for kind in ("image", "snapshot")]
    used += [place.arn("ec2", f"{kind}/*") for kind in ("security-group", "subnet")]
    ours = _owned(args, "Resource", NODE_POOL)
    new = _owned(args, "Request", NODE_POOL, **{f"aws:RequestTag/{CLUSTER_NAME}": args.cluster_name})
    on_creation = {**new, "StringEquals": {**new["StringEquals"], "ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]}}
    renamed = {
        **ours,
        "StringEqualsIfExists": {f"aws:RequestTag/{CLUSTER_NAME}": args.cluster_name},
        "ForAllValues:StringEquals": {"aws:TagKeys": [CLUSTER_NAME, "karpenter.sh/nodeclaim", "Name"]},
    }
    return [
        allow("LaunchFrom", launch, used),
        allow("LaunchFromOwnTemplates", launch, templates, ours),
        allow("LaunchTagged", (*launch, "ec2:CreateLaunchTemplate"), made, new),
        allow("TagOnCreation", ("ec2:CreateTags",), made, on_creation),
        allow("TagOwnInstances", ("ec2:CreateTags",), instances, renamed),
        allow("DeleteOwn", ("ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"), [*instances, *templates], ours),
        allow("PassNodeRole", ("iam:PassRole",), [args.node_role_arn], {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
    ]


def _instance_profiles(args: KarpenterArgs) -> list[Statement]:
    """A profile for each EC2NodeClass. It gives no more than the role in it, and PassNodeRole says which role that can be."""
    place, region = args.place, args.place.region
    profiles = [place.iam_arn("instance-profile/*")]
    # Asked for by name, which before the profile stands has no path. Source: Karpenter 1.14, pkg/providers/instanceprofile and EC2NodeClass.
    standing = ("arn:{0}:iam::{1}:instance-profile/karpenter/{2}/{3}/*", place.partition, place.account_id, region, args.cluster_name)
    named = [place.iam_arn(f"instance-profile/{args.cluster_name}_*"), pulumi.Output.format(*standing)]
    ours = _owned(args, "Resource", NODE_CLASS, **{f"aws:ResourceTag/{REGION}": region})
    new = _owned(args, "Request", NODE_CLASS, **{f"aws:RequestTag/{REGION}": region, f"aws:RequestTag/{CLUSTER_NAME}": args.cluster_name})
    both = {operator: {**ours[operator], **new[operator]} for operator in ours}
    changes = {"Create": new, "Tag": both, "Change": ours}
    return [
        *(allow(f"{sid}Profiles", INSTANCE_PROFILE_ACTIONS[sid], profiles, condition) for sid, condition in changes.items()),
        allow("ReadProfiles", INSTANCE_PROFILE_ACTIONS["Read"], named),
    ]


def _volumes_and_queue(args: KarpenterArgs) -> list[Statement]:
    """EC2 encrypts a node's volumes with the rights of who launches it (aws/karpenter-provider-aws#4935), and SQS decrypts for who reads."""
    key, region = [args.key_arn], args.place.region
    ec2, sqs = (pulumi.Output.format("{0}.{1}.amazonaws.com", service, region) for service in ("ec2", "sqs"))
    volumes = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    grants = {"StringEquals": {"kms:ViaService": ec2}, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        allow("NodeVolumes", volumes, key, {"StringEquals": {"kms:ViaService": ec2}}),
        allow("NodeVolumeGrants", ("kms:CreateGrant",), key, grants),
        allow("DecryptNotices", ("kms:Decrypt",), key, {"StringEquals": {"kms:ViaService": sqs}}),
        allow("ReadNotices", ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"), [args.queue_arn]),
    ]


def _cluster(args: KarpenterArgs) -> list[Statement]:
    place, cluster = args.place, args.place.arn("eks", f"cluster/{args.cluster_name}")
    images = [pulumi.Output.format("arn:{0}:ssm:{1}::parameter/aws/service/*", place.partition, place.region)]
    return [
        allow("Cluster", ("eks:DescribeCluster",), [cluster]),
        allow("ZonalShift", ("arc-zonal-shift:GetManagedResource",), ["*"], {"StringEquals": {"arc-zonal-shift:ResourceIdentifier": cluster}}),
        allow("NodeImages", ("ssm:GetParameter",), images),
        allow_unscopable("Lookups", *LOOKUPS),
    ]
