"""What the roles of nodes, pods, training jobs and endpoints may do, as statements; `infra.identity` makes the roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from infra.place import Place
from infra.policy_documents import Statement, allow, allow_unscopable, deny

NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy")
"""AWS's own policies for nodes. Source: EKS user guide, Amazon EKS node IAM role; the CNI's is needed until its add-on has an identity."""

DEEP_LEARNING_CONTAINERS: Final = "763104351884"
"""The account that owns AWS's Deep Learning Containers in most regions. Source: AWS Deep Learning Containers, Available images."""


SERVICE_ACTIONS: Final = (
    "arc-zonal-shift:*",
    "autoscaling:*",
    "cloudwatch:*",
    "ec2:*",
    "ecr:*",
    "eks:*",
    "eks-auth:*",
    "elasticloadbalancing:*",
    "kms:*",
    "logs:*",
    "s3:*",
    "sagemaker:*",
    "sqs:*",
    "ssm:*",
)
"""The services that any of the platform's own roles has business with."""

INSTANCE_PROFILE_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Create": ("iam:CreateInstanceProfile",),
    "Tag": ("iam:TagInstanceProfile",),
    "Change": ("iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
    "Read": ("iam:GetInstanceProfile",),
}
"""What Karpenter does with the instance profiles of its nodes."""


@dataclass(frozen=True)
class Scope:
    """What statements are scoped to."""

    place: Place
    key_arns: Mapping[str, pulumi.Input[str]]
    vpc_arn: pulumi.Input[str]
    cluster_name: str


def list_bucket(scope: Scope, kind: str) -> Statement:
    """List a bucket's objects."""
    return allow(f"List{kind.title()}", ("s3:GetBucketLocation", "s3:ListBucket"), [scope.place.bucket_arn(kind)])


def read_objects(scope: Scope, kind: str, path: str = "/*") -> Statement:
    """Read objects of a bucket."""
    return allow(f"Read{kind.title()}", ("s3:GetObject", "s3:GetObjectVersion"), [scope.place.bucket_arn(kind, path)])


def write_objects(scope: Scope, kind: str, *paths: str) -> Statement:
    """Read and write objects under paths of a bucket; deleting leaves the version."""
    actions = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
    return allow(f"Write{kind.title()}", actions, [scope.place.bucket_arn(kind, path) for path in paths])


def use_keys_in_s3(scope: Scope, *domains: str) -> Statement:
    """Encrypt and decrypt objects, through S3 only."""
    via = {"StringEquals": {"kms:ViaService": pulumi.Output.format("s3.{0}.amazonaws.com", scope.place.region)}}
    return allow("KeysThroughS3", ("kms:Decrypt", "kms:GenerateDataKey"), [scope.key_arns[domain] for domain in domains], via)


def pod_statements(scope: Scope) -> list[Statement]:
    """A pod reads the lake, and writes artifacts under the name of its own namespace, which Pod Identity puts in the session."""
    return [
        list_bucket(scope, "lake"),
        read_objects(scope, "lake"),
        list_bucket(scope, "artifacts"),
        write_objects(scope, "artifacts", "/namespaces/${aws:PrincipalTag/kubernetes-namespace}/*"),
        use_keys_in_s3(scope, "lake", "artifacts"),
    ]


def training_statements(scope: Scope) -> list[Statement]:
    """A SageMaker training job reads the lake and writes its results and checkpoints; not `models/`, which endpoints read (docs/adr/0054)."""
    return [
        list_bucket(scope, "lake"),
        read_objects(scope, "lake"),
        list_bucket(scope, "artifacts"),
        write_objects(scope, "artifacts", "/training/*", "/checkpoints/*"),
        use_keys_in_s3(scope, "lake", "artifacts"),
        *_volume_key(scope, "artifacts"),
        *_sagemaker_runtime(scope, "TrainingJobs", "training"),
    ]


def endpoint_statements(scope: Scope) -> list[Statement]:
    """An endpoint reads models, writes the requests it captures, and watches the alarms that roll a deployment back.

    Source of the last: SageMaker guide, Auto-rollback configuration and monitoring.
    """
    return [
        list_bucket(scope, "artifacts"),
        read_objects(scope, "artifacts", "/models/*"),
        write_objects(scope, "artifacts", "/data-capture/*"),
        use_keys_in_s3(scope, "artifacts"),
        *_volume_key(scope, "endpoint"),
        allow("RollbackAlarms", ("cloudwatch:DescribeAlarms",), [scope.place.arn("cloudwatch", f"alarm:{scope.place.prefix}*")]),
        *_sagemaker_runtime(scope, "Endpoints", "serving"),
    ]


def service_boundary(place: Place) -> list[Statement]:
    """The most that any of the platform's own roles can do: its services, in its region, and no rights to hand out.

    A boundary grants nothing; it caps what is attached, AWS's managed policies for EKS included.
    """
    here = {"StringEquals": {"aws:RequestedRegion": place.region}}
    linked = {
        "StringLike": {"iam:AWSServiceName": ["autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com", "spot.amazonaws.com", "eks*.amazonaws.com"]}
    }
    to_instances = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    return [
        allow("ServicesInRegion", SERVICE_ACTIONS, ["*"], here),
        allow("ServiceLinkedRoles", ("iam:CreateServiceLinkedRole",), [place.iam_arn("role/aws-service-role/*")], linked),
        allow("ReadOwnRoles", ("iam:GetRole",), [place.iam_arn(f"role/{place.prefix}-*")]),
        allow("PassNodeRole", ("iam:PassRole",), [place.iam_arn(f"role/{place.prefix}-node")], to_instances),
        allow("InstanceProfiles", [action for actions in INSTANCE_PROFILE_ACTIONS.values() for action in actions], [place.iam_arn("instance-profile/*")]),
        # Outside of the region's statement: IAM is global, and prices are answered in a few regions only.
        allow_unscopable("GlobalLookups", "iam:ListInstanceProfiles", "pricing:GetProducts"),
        *never(place),
    ]


def never(place: Place) -> list[Statement]:
    """What no role of the platform may do, whatever is attached to it."""
    # Not instance profiles: Karpenter deletes those that it made, and one gives no rights beyond the role in it.
    holders = [place.iam_arn(f"{kind}/*") for kind in ("group", "policy", "role", "user")]
    return [
        deny("NeverWidenAccess", ("iam:Attach*", "iam:CreatePolicy*", "iam:CreateRole", "iam:Detach*", "iam:Put*", "iam:Update*"), ["*"]),
        deny("NeverRemoveLimits", ("iam:Delete*",), holders),
        deny("NeverDestroyKeys", ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"), ["*"]),
        deny("NeverDestroyVersions", ("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration"), ["*"]),
        deny("NeverBlindTheAudit", ("cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "ec2:DeleteFlowLogs", "logs:DeleteLogGroup"), ["*"]),
    ]


def _volume_key(scope: Scope, domain: str) -> list[Statement]:
    """The storage volume's key: SageMaker passes it on to EBS by a grant. Source: SageMaker guide, KMS permissions of execution roles."""
    key = [scope.key_arns[domain]]
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringLike": {"kms:ViaService": ["sagemaker.*.amazonaws.com", "ec2.*.amazonaws.com"]}}
    return [allow("VolumeKey", ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"), key), allow("VolumeKeyGrants", ("kms:CreateGrant",), key, grants)]


def _sagemaker_runtime(scope: Scope, log_group: str, repository: str) -> list[Statement]:
    """Logs, metrics, images and network interfaces. Source: SageMaker guide, How to use SageMaker AI execution roles."""
    place = scope.place
    images = [place.arn("ecr", f"repository/{place.prefix}/{repository}")]
    images.append(pulumi.Output.format("arn:{0}:ecr:{1}:{2}:repository/*", place.partition, place.region, DEEP_LEARNING_CONTAINERS))
    logs = [place.arn("logs", f"log-group:/aws/sagemaker/{log_group}*")]
    metrics = {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "plinth/*"]}}
    return [
        allow("Logs", ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"), logs),
        allow("Metrics", ("cloudwatch:PutMetricData",), ["*"], metrics),
        allow("PullImages", ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), images),
        *_network_interfaces(scope),
        allow_unscopable(
            "Lookups",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "ecr:GetAuthorizationToken",
        ),
    ]


def _network_interfaces(scope: Scope) -> list[Statement]:
    """Interfaces in our VPC only. Source: Service Authorization Reference, Amazon EC2 (condition keys of CreateNetworkInterface)."""
    place, ours = scope.place, {"ArnEquals": {"ec2:Vpc": scope.vpc_arn}}
    interfaces = [place.arn("ec2", "network-interface/*")]
    return [
        allow("InterfacesInOurVpc", ("ec2:CreateNetworkInterface",), [place.arn("ec2", "subnet/*"), place.arn("ec2", "security-group/*")], ours),
        allow("NewInterfaces", ("ec2:CreateNetworkInterface",), interfaces),
        allow("OurInterfaces", ("ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"), interfaces, ours),
        allow("LendInterfaces", ("ec2:CreateNetworkInterfacePermission",), interfaces, ours),
    ]
