"""The people: what each persona may do, as statements, and the boundary that none of them can exceed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pulumi

from infra.policy_documents import UNSCOPABLE, Statement, allow, allow_unscopable
from infra.service_roles import Scope, list_bucket, never, read_objects, use_keys_in_s3, write_objects
from infra.tags import REQUIRED_TAGS

GLOBAL_SERVICES: Final = ("iam:", "sts:")
"""Services whose requests are made in one region whatever the platform's: a region condition would refuse them elsewhere."""

START_JOBS: Final = ("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob")
STOP_JOBS: Final = ("sagemaker:StopTrainingJob", "sagemaker:StopProcessingJob")
WATCH: Final = ("sagemaker:DescribeTrainingJob", "sagemaker:DescribeProcessingJob", "sagemaker:DescribeEndpoint", "sagemaker:DescribeModel")
MOVE_ENDPOINT: Final = ("sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
USE_ENDPOINT: Final = ("sagemaker:DescribeEndpointConfig", "sagemaker:InvokeEndpoint")
PUSH: Final = ("ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
PULL: Final = ("ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer")
READ_BUCKET_SETUP: Final = (
    "s3:GetBucketLogging",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
)
READ_ROLES: Final = ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies")
READ_KEYS: Final = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags")
READ_NETWORK: Final = (
    "ec2:DescribeFlowLogs",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
)
LISTINGS: Final = ("sagemaker:ListEndpointConfigs", "sagemaker:ListEndpoints", "sagemaker:ListModels", "sagemaker:ListTrainingJobs")
METRICS: Final = ("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "logs:DescribeLogGroups")

PASSED_ROLES: Final = ("training", "endpoint")
"""The roles that a persona can hand on, to SageMaker."""
TO_SAGEMAKER: Final[Mapping[str, Any]] = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
IN_SUBNETS: Final[Mapping[str, str]] = {"sagemaker:VpcSubnets": "false"}
"""For `Null`: the request names subnets. Whose they are, the role that is passed decides: it makes interfaces in our VPC only."""
TAGGED: Final[Mapping[str, str]] = {f"aws:RequestTag/{tag}": "false" for tag in REQUIRED_TAGS}
"""For `Null`: the request carries every required tag, without which nobody's bill shows what it makes."""


def data_scientist(scope: Scope) -> list[Statement]:
    """Reads the lake, keeps experiments, starts and watches training jobs."""
    return [
        _find_cluster(scope),
        list_bucket(scope, "lake"),
        read_objects(scope, "lake"),
        list_bucket(scope, "artifacts"),
        write_objects(scope, "artifacts", "/experiments/*"),
        use_keys_in_s3(scope, "lake", "artifacts"),
        *_jobs(scope),
        _pass_roles(scope, "training"),
        _read_logs(scope, "/aws/sagemaker/*"),
        allow_unscopable("Listings", *LISTINGS, *METRICS),
    ]


def ml_engineer(scope: Scope) -> list[Statement]:
    """All that training takes, and bringing a model to the endpoint: images, models, configurations."""
    place = scope.place
    return [
        _find_cluster(scope),
        list_bucket(scope, "lake"),
        read_objects(scope, "lake"),
        list_bucket(scope, "artifacts"),
        write_objects(scope, "artifacts", "/experiments/*", "/training/*", "/models/*"),
        use_keys_in_s3(scope, "lake", "artifacts"),
        *_jobs(scope),
        *_deployments(scope),
        _pass_roles(scope, *PASSED_ROLES),
        allow("Images", (*PULL, *PUSH), [place.arn("ecr", f"repository/{place.prefix}/*")]),
        _read_logs(scope, "/aws/sagemaker/*"),
        allow_unscopable("Listings", "ecr:GetAuthorizationToken", *LISTINGS, *METRICS),
    ]


def platform_engineer(scope: Scope) -> list[Statement]:
    """Operates the cluster, reads the platform's set-up, and restores the lake from its versions without the right to delete one."""
    place = scope.place
    restore = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
    return [
        *_cluster(scope, "eks:AccessKubernetesApi", "eks:UpdateNodegroupConfig", "eks:UpdateNodegroupVersion"),
        allow("FindVersions", ("s3:ListBucket", "s3:ListBucketVersions", *READ_BUCKET_SETUP), [place.bucket_arn(kind) for kind in ("lake", "artifacts")]),
        allow("RestoreObjects", restore, [place.bucket_arn(kind, "/*") for kind in ("lake", "artifacts")]),
        use_keys_in_s3(scope, "lake", "artifacts"),
        allow("ReadKeys", READ_KEYS, list(scope.key_arns.values())),
        allow("ReadRoles", READ_ROLES, [place.iam_arn(f"role/{place.prefix}-*")]),
        _read_logs(scope, f"/{place.prefix}/*", f"/aws/eks/{scope.cluster_name}/*", "/aws/sagemaker/*"),
        allow_unscopable("Lookups", *READ_NETWORK, "ec2:DescribeInstances", "eks:ListClusters", *LISTINGS, *METRICS),
    ]


def auditor(scope: Scope) -> list[Statement]:
    """Reads how everything is set up and who did what, and no data."""
    place = scope.place
    buckets = [place.bucket_arn(kind) for kind in ("lake", "artifacts", "access-logs")]
    return [
        *_cluster(scope),
        allow("ReadBucketSetup", READ_BUCKET_SETUP, buckets),
        allow("ReadAccessLogs", ("s3:GetObject", "s3:ListBucket"), [place.bucket_arn("access-logs"), place.bucket_arn("access-logs", "/*")]),
        allow("ReadKeys", READ_KEYS, list(scope.key_arns.values())),
        allow("ReadRoles", READ_ROLES, [place.iam_arn(f"role/{place.prefix}-*")]),
        allow("ReadPolicies", ("iam:GetPolicy", "iam:GetPolicyVersion"), [place.iam_arn(f"policy/{place.prefix}-*")]),
        allow("ReadEndpoints", WATCH, [place.arn("sagemaker", f"*/{place.prefix}*")]),
        _read_logs(scope, f"/{place.prefix}/*", f"/aws/eks/{scope.cluster_name}/*"),
        allow_unscopable(
            "Lookups",
            *READ_NETWORK,
            "cloudtrail:LookupEvents",
            "ec2:DescribeInstances",
            "eks:ListClusters",
            "iam:ListPolicies",
            "iam:ListRoles",
            "kms:ListAliases",
            "kms:ListKeys",
            "s3:ListAllMyBuckets",
            *LISTINGS,
            *METRICS,
        ),
    ]


PERSONAS: Final[Mapping[str, Callable[[Scope], list[Statement]]]] = {
    "data-scientist": data_scientist,
    "ml-engineer": ml_engineer,
    "platform-engineer": platform_engineer,
    "auditor": auditor,
}


def boundary(scope: Scope, personas: Iterable[list[Statement]]) -> list[Statement]:
    """The most that any persona can do, whatever is attached to its role later: the personas' own actions, in this region, and never these.

    A boundary grants nothing. With it, AdministratorAccess on a persona's role is the actions that the table above names, on any resource;
    passing a role stays what it is in the table, since a role that SageMaker takes would lend the person all of its rights.
    """
    place = scope.place
    actions = sorted({action for statements in personas for statement in statements for action in statement["Action"]})
    regional = [action for action in actions if not action.startswith(GLOBAL_SERVICES)]
    global_ = [action for action in actions if action.startswith(GLOBAL_SERVICES) and action != "iam:PassRole"]
    own = [place.iam_arn(f"{kind}/{place.prefix}-*") for kind in ("policy", "role")]
    here: dict[str, Any] = {"StringEquals": {"aws:RequestedRegion": place.region}}
    return [
        allow("RegionalActions", regional, ["*"], here),
        allow("ReadOwnRoles", [action for action in global_ if action not in UNSCOPABLE], own),
        _pass_roles(scope, *PASSED_ROLES),
        allow_unscopable("Listings", *(action for action in global_ if action in UNSCOPABLE)),
        *never(place),
    ]


def _jobs(scope: Scope) -> list[Statement]:
    """Jobs named after the environment, in our VPC's subnets, encrypted by a key of ours, and tagged."""
    place = scope.place
    jobs = [place.arn("sagemaker", f"{kind}/{place.prefix}*") for kind in ("training-job", "processing-job")]
    seen = [*jobs, place.arn("sagemaker", f"endpoint/{place.prefix}*"), place.arn("sagemaker", f"model/{place.prefix}*")]
    # The volume's key is no condition: SageMaker refuses one on instances with local NVMe disks, which is most with a GPU.
    encrypted = {"ArnEquals": {"sagemaker:OutputKmsKey": scope.key_arns["artifacts"]}}
    return [
        allow("StartJobs", START_JOBS, jobs, {**encrypted, "Null": {**IN_SUBNETS, **TAGGED}}),
        _tag_on_creation("TagJobs", jobs, START_JOBS),
        allow("StopJobs", STOP_JOBS, jobs),
        allow("WatchJobs", WATCH, seen),
    ]


def _deployments(scope: Scope) -> list[Statement]:
    """Models in our VPC's subnets, configurations, both tagged, and the endpoint moved to them; making an endpoint is the platform's."""
    place = scope.place
    models, configurations, endpoints = ([place.arn("sagemaker", f"{kind}/{place.prefix}*")] for kind in ("model", "endpoint-config", "endpoint"))
    return [
        allow("MakeModels", ("sagemaker:CreateModel",), models, {"Null": {**IN_SUBNETS, **TAGGED}}),
        # A configuration runs where its models do: containers of its own would be inference components, which nobody here may make.
        allow("MakeConfigurations", ("sagemaker:CreateEndpointConfig",), configurations, {"Null": TAGGED}),
        _tag_on_creation("TagDeployments", [*models, *configurations], ("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig")),
        allow("MoveEndpoint", MOVE_ENDPOINT, [*endpoints, *configurations]),
        allow("UseEndpoint", USE_ENDPOINT, [*endpoints, *configurations]),
    ]


def _tag_on_creation(sid: str, arns: list[pulumi.Output[str]], actions: Sequence[str]) -> Statement:
    """SageMaker asks for AddTags where a request to create carries tags (aws/aws-cdk#32294); what stands keeps the tags it was made with.

    Source of the condition: Service Authorization Reference, Amazon SageMaker AI, sagemaker:TaggingAction.
    """
    made = {"StringEquals": {"sagemaker:TaggingAction": [action.partition(":")[2] for action in actions]}}
    return allow(sid, ("sagemaker:AddTags",), arns, made)


def _pass_roles(scope: Scope, *roles: str) -> Statement:
    return allow("PassRolesToSageMaker", ("iam:PassRole",), [scope.place.iam_arn(f"role/{scope.place.prefix}-{role}") for role in roles], TO_SAGEMAKER)


def _find_cluster(scope: Scope) -> Statement:
    """All that `aws eks update-kubeconfig` asks for; what a team may do in the cluster is its namespace's own RBAC."""
    return allow("FindCluster", ("eks:DescribeCluster",), [scope.place.arn("eks", f"cluster/{scope.cluster_name}")])


def _cluster(scope: Scope, *actions: str) -> list[Statement]:
    own = [scope.place.arn("eks", f"cluster/{scope.cluster_name}"), scope.place.arn("eks", f"*/{scope.cluster_name}/*")]
    read = ("eks:DescribeAccessEntry", "eks:DescribeAddon", "eks:DescribeCluster", "eks:DescribeNodegroup", "eks:ListAccessEntries", "eks:ListNodegroups")
    return [allow("Cluster", (*read, *actions), own)]


def _read_logs(scope: Scope, *groups: str) -> Statement:
    arns = [scope.place.arn("logs", f"log-group:{group}") for group in groups]
    return allow("ReadLogs", ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"), arns)
