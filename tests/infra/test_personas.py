"""infra.personas: each persona's statements word for word, and a boundary that lends no other role's rights."""

from __future__ import annotations

import pytest

from infra.personas import PERSONAS
from infra.tags import REQUIRED_TAGS

DOCUMENTS = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")
LOOKUPS = ("Listings", "Lookups")
LAKE, ARTIFACTS, ACCESS_LOGS = (f"arn:aws:s3:::plinth-dev-{kind}-123456789012-us-east-1" for kind in ("lake", "artifacts", "access-logs"))
ALL_KEYS = ["lake", "artifacts", "cluster", "logs", "endpoint"]
FIND_BUCKET, READ = ["GetBucketLocation", "ListBucket"], ["GetObject", "GetObjectVersion"]
WRITE = ["AbortMultipartUpload", "DeleteObject", "GetObject", "ListMultipartUploadParts", "PutObject"]
SETUP = ["Logging", "OwnershipControls", "Policy", "PublicAccessBlock", "Tagging", "Versioning"]
READ_SETUP = [*(f"GetBucket{part}" for part in SETUP), "GetEncryptionConfiguration", "GetLifecycleConfiguration"]
WATCH = ["DescribeTrainingJob", "DescribeProcessingJob", "DescribeEndpoint", "DescribeModel"]
READ_CLUSTER = ["DescribeAccessEntry", "DescribeAddon", "DescribeCluster", "DescribeNodegroup", "ListAccessEntries", "ListNodegroups"]
READ_ROLE = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"]
READ_LOG = ["FilterLogEvents", "GetLogEvents", "StartQuery"]
READ_KEY = ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"]
THROUGH_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
TAGGED = {f"aws:RequestTag/{tag}": "false" for tag in REQUIRED_TAGS}
IN_SUBNETS = {"sagemaker:VpcSubnets": "false"}


def own(service, *resources):
    return [f"arn:aws:{service}:{'' if service == 'iam' else 'us-east-1'}:123456789012:{resource}" for resource in resources]


def actions(service, *names):
    return [f"{service}:{name}" for name in names]


def jobs(output_key):
    """What both who train have."""
    made, stood = own("sagemaker", "training-job/plinth-dev*", "processing-job/plinth-dev*"), own("sagemaker", "endpoint/plinth-dev*", "model/plinth-dev*")
    create = ["CreateTrainingJob", "CreateProcessingJob"]
    start = {"ArnEquals": {"sagemaker:OutputKmsKey": output_key}, "Null": {**IN_SUBNETS, **TAGGED}}
    return {
        "FindCluster": (actions("eks", "DescribeCluster"), own("eks", "cluster/plinth-dev"), None),
        "ListLake": (actions("s3", *FIND_BUCKET), [LAKE], None),
        "ReadLake": (actions("s3", *READ), [f"{LAKE}/*"], None),
        "ListArtifacts": (actions("s3", *FIND_BUCKET), [ARTIFACTS], None),
        "StartJobs": (actions("sagemaker", *create), made, start),
        "TagJobs": (actions("sagemaker", "AddTags"), made, {"StringEquals": {"sagemaker:TaggingAction": create}}),
        "StopJobs": (actions("sagemaker", "StopTrainingJob", "StopProcessingJob"), made, None),
        "WatchJobs": (actions("sagemaker", *WATCH), [*made, *stood], None),
        "ReadLogs": (actions("logs", *READ_LOG), own("logs", "log-group:/aws/sagemaker/*"), None),
    }


def data_scientist(keys):
    return {
        **jobs(keys["artifacts"]),
        "WriteArtifacts": (actions("s3", *WRITE), [f"{ARTIFACTS}/experiments/*"], None),
        "KeysThroughS3": (actions("kms", "Decrypt", "GenerateDataKey"), [keys["lake"], keys["artifacts"]], THROUGH_S3),
        "PassRolesToSageMaker": (actions("iam", "PassRole"), own("iam", "role/plinth-dev-training"), TO_SAGEMAKER),
    }


def ml_engineer(keys):
    models, configurations, endpoints = (own("sagemaker", f"{kind}/plinth-dev*") for kind in ("model", "endpoint-config", "endpoint"))
    pull, push = ["BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer"], ["CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart"]
    made = {"StringEquals": {"sagemaker:TaggingAction": ["CreateModel", "CreateEndpointConfig"]}}
    return {
        **data_scientist(keys),
        "WriteArtifacts": (actions("s3", *WRITE), [f"{ARTIFACTS}/{path}/*" for path in ("experiments", "training", "models")], None),
        "PassRolesToSageMaker": (actions("iam", "PassRole"), own("iam", "role/plinth-dev-training", "role/plinth-dev-endpoint"), TO_SAGEMAKER),
        "MakeModels": (actions("sagemaker", "CreateModel"), models, {"Null": {**IN_SUBNETS, **TAGGED}}),
        "MakeConfigurations": (actions("sagemaker", "CreateEndpointConfig"), configurations, {"Null": TAGGED}),
        "TagDeployments": (actions("sagemaker", "AddTags"), [*models, *configurations], made),
        "MoveEndpoint": (actions("sagemaker", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"), [*endpoints, *configurations], None),
        "UseEndpoint": (actions("sagemaker", "DescribeEndpointConfig", "InvokeEndpoint"), [*endpoints, *configurations], None),
        "Images": (actions("ecr", *pull, "BatchCheckLayerAvailability", *push), own("ecr", "repository/plinth-dev/*"), None),
    }


def platform_engineer(keys):
    change = ["AccessKubernetesApi", "UpdateNodegroupConfig", "UpdateNodegroupVersion"]
    logs = own("logs", "log-group:/plinth-dev/*", "log-group:/aws/eks/plinth-dev/*", "log-group:/aws/sagemaker/*")
    return {
        "Cluster": (actions("eks", *READ_CLUSTER, *change), own("eks", "cluster/plinth-dev", "*/plinth-dev/*"), None),
        "FindVersions": (actions("s3", "ListBucket", "ListBucketVersions", *READ_SETUP), [LAKE, ARTIFACTS], None),
        "RestoreObjects": (actions("s3", *READ, "PutObject"), [f"{LAKE}/*", f"{ARTIFACTS}/*"], None),
        "KeysThroughS3": (actions("kms", "Decrypt", "GenerateDataKey"), [keys["lake"], keys["artifacts"]], THROUGH_S3),
        "ReadKeys": (actions("kms", *READ_KEY), [keys[domain] for domain in ALL_KEYS], None),
        "ReadRoles": (actions("iam", *READ_ROLE), own("iam", "role/plinth-dev-*"), None),
        "ReadLogs": (actions("logs", *READ_LOG), logs, None),
    }


def auditor(keys):
    return {
        "Cluster": (actions("eks", *READ_CLUSTER), own("eks", "cluster/plinth-dev", "*/plinth-dev/*"), None),
        "ReadBucketSetup": (actions("s3", *READ_SETUP), [LAKE, ARTIFACTS, ACCESS_LOGS], None),
        "ReadAccessLogs": (actions("s3", "GetObject", "ListBucket"), [ACCESS_LOGS, f"{ACCESS_LOGS}/*"], None),
        "ReadKeys": (actions("kms", *READ_KEY), [keys[domain] for domain in ALL_KEYS], None),
        "ReadRoles": (actions("iam", *READ_ROLE), own("iam", "role/plinth-dev-*"), None),
        "ReadPolicies": (actions("iam", "GetPolicy", "GetPolicyVersion"), own("iam", "policy/plinth-dev-*"), None),
        "ReadEndpoints": (actions("sagemaker", *WATCH), own("sagemaker", "*/plinth-dev*"), None),
        "ReadLogs": (actions("logs", *READ_LOG), own("logs", "log-group:/plinth-dev/*", "log-group:/aws/eks/plinth-dev/*"), None),
    }


TABLE = {"data-scientist": data_scientist, "ml-engineer": ml_engineer, "platform-engineer": platform_engineer, "auditor": auditor}


def test_the_table_has_every_persona():
    assert list(TABLE) == list(PERSONAS)


@pytest.mark.parametrize("persona", TABLE)
def test_a_persona_may_do_what_the_table_says_on_these_resources_under_these_conditions(dev_stack, named, statements, persona):
    keys = {domain: named(dev_stack, f"keys-{domain}").outputs["arn"] for domain in ALL_KEYS}
    found = {s["Sid"]: s for s in statements(named(dev_stack, f"identity-{persona}-policy"))}
    assert {s["Effect"] for s in found.values()} == {"Allow"}
    assert {sid: (set(s["Action"]), s["Resource"], s.get("Condition")) for sid, s in found.items() if sid not in LOOKUPS} == {
        sid: (set(allowed), resources, condition) for sid, (allowed, resources, condition) in TABLE[persona](keys).items()
    }


@pytest.mark.parametrize("persona", TABLE)
def test_what_a_persona_may_do_anywhere_is_looking_up(stack, named, statements, persona):
    for statement in statements(named(stack, f"identity-{persona}-policy")):
        if "*" in statement["Resource"]:
            assert statement["Sid"] in LOOKUPS
            assert all(a.partition(":")[2].startswith(("Describe", "Get", "List", "Lookup")) for a in statement["Action"])


def passing(statements, resource):
    return [s for s in statements(resource) if s["Effect"] == "Allow" and {"iam:PassRole", "iam:Pass*", "iam:*", "*"} & set(s["Action"])]


def test_every_document_boundaries_too_passes_roles_by_name_alone_and_to_one_service(stack, statements):
    roles = {f"arn:aws:iam::123456789012:role/plinth-{stack.name}-{kind}": kind for kind in ("node", "training", "endpoint")}
    passed = {}
    for resource in [found for type_ in DOCUMENTS for found in stack.of_type(type_)]:
        for statement in passing(statements, resource):
            assert statement["Action"] == ["iam:PassRole"], resource.name
            assert list(statement["Condition"]) == ["StringEquals"] and list(statement["Condition"]["StringEquals"]) == ["iam:PassedToService"]
            service = statement["Condition"]["StringEquals"]["iam:PassedToService"]
            passed[resource.name.removeprefix(f"plinth-{stack.name}-")] = ([roles[arn] for arn in statement["Resource"]], service)
    assert passed == {
        "services-boundary": (["node"], "ec2.amazonaws.com"),
        "karpenter-policy": (["node"], "ec2.amazonaws.com"),
        "identity-people-boundary": (["training", "endpoint"], "sagemaker.amazonaws.com"),
        "identity-data-scientist-policy": (["training"], "sagemaker.amazonaws.com"),
        "identity-ml-engineer-policy": (["training", "endpoint"], "sagemaker.amazonaws.com"),
    }


def test_the_peoples_boundary_holds_iam_to_the_environments_own_roles_and_policies(stack, named, statements):
    for statement in statements(named(stack, "identity-people-boundary")):
        if statement["Effect"] == "Allow" and any(a.startswith(("iam:", "sts:")) for a in statement["Action"]) and statement["Sid"] != "Listings":
            assert all(f":role/plinth-{stack.name}-" in arn or f":policy/plinth-{stack.name}-" in arn for arn in statement["Resource"]), statement["Sid"]
