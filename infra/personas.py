"""The people: what each persona may do, as statements, and the boundary that none of them can exceed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from infra.policy_documents import UNSCOPABLE, Statement, allow, allow_unscopable
from infra.service_roles import Scope, list_bucket, never, read_objects, use_keys_in_s3, write_objects

GLOBAL_SERVICES: Final = ("iam:", "sts:")
"""Services whose requests are made in one region whatever the platform's: a region condition would refuse them elsewhere."""

TRAINING: Final = ("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob", "sagemaker:StopTrainingJob", "sagemaker:StopProcessingJob")
WATCH: Final = ("sagemaker:DescribeTrainingJob", "sagemaker:DescribeProcessingJob", "sagemaker:DescribeEndpoint", "sagemaker:DescribeModel")
DEPLOY: Final = ("sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:UpdateEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
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
        _pass_role(scope, "training"),
        _read_logs(scope, "/aws/sagemaker/*"),
        allow_unscopable("Listings", *LISTINGS, *METRICS),
    ]


def ml_engineer(scope: Scope) -> list[Statement]:
    """All that training takes, and bringing a model to the endpoint: images, models, configurations."""
    place = scope.place
    models = [place.arn("sagemaker", f"{kind}/{place.prefix}*") for kind in ("model", "endpoint-config", "endpoint")]
    return [
        _find_cluster(scope),
        list_bucket(scope, "lake"),
        read_objects(scope, "lake"),
        list_bucket(scope, "artifacts"),
        write_objects(scope, "artifacts", "/experiments/*", "/training/*", "/models/*"),
        use_keys_in_s3(scope, "lake", "artifacts"),
        *_jobs(scope),
        allow("Deploy", (*DEPLOY, "sagemaker:DescribeEndpointConfig", "sagemaker:InvokeEndpoint"), models),
        _pass_role(scope, "training", "endpoint"),
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

    A boundary grants nothing; with it, AdministratorAccess on a persona's role is still only what the table above names.
    """
    actions = sorted({action for statements in personas for statement in statements for action in statement["Action"]})
    regional = [action for action in actions if not action.startswith(GLOBAL_SERVICES)]
    global_ = [action for action in actions if action.startswith(GLOBAL_SERVICES)]
    here: dict[str, Any] = {"StringEquals": {"aws:RequestedRegion": scope.place.region}}
    return [
        allow("RegionalActions", regional, ["*"], here),
        allow("Roles", [action for action in global_ if action not in UNSCOPABLE], [scope.place.iam_arn("*")]),
        allow_unscopable("Listings", *(action for action in global_ if action in UNSCOPABLE)),
        *never(scope.place),
    ]


def _jobs(scope: Scope) -> list[Statement]:
    """Jobs named after the environment, in our VPC's subnets and encrypted by a key of ours."""
    place = scope.place
    jobs = [place.arn("sagemaker", f"{kind}/{place.prefix}*") for kind in ("training-job", "processing-job")]
    seen = [*jobs, place.arn("sagemaker", f"endpoint/{place.prefix}*"), place.arn("sagemaker", f"model/{place.prefix}*")]
    # The volume's key is no condition: SageMaker refuses one on instances with local NVMe disks, which is most with a GPU.
    encrypted = {"ArnEquals": {"sagemaker:OutputKmsKey": scope.key_arns["artifacts"]}}
    creating, stopping = TRAINING[:2], TRAINING[2:]
    return [
        allow("StartJobs", creating, jobs, {**encrypted, "Null": {"sagemaker:VpcSubnets": "false"}}),
        allow("StopJobs", stopping, jobs),
        allow("WatchJobs", WATCH, seen),
    ]


def _pass_role(scope: Scope, *roles: str) -> Statement:
    arns = [scope.place.iam_arn(f"role/{scope.place.prefix}-{role}") for role in roles]
    return allow("PassRolesToSageMaker", ("iam:PassRole",), arns, {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})


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
