"""What holds data is not deleted by accident: Pulumi's protect, AWS's own deletion protection, and no forced emptying."""

from __future__ import annotations

from collections.abc import Iterator

from plinth.stack import Resource, State
from policies.judge import must_be, shown, unknown, violation
from policies.model import Context, Problem, Rule, Severity, frameworks

STATEFUL = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    "aws:dynamodb/table:Table",
    "aws:efs/fileSystem:FileSystem",
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:ebs/volume:Volume",
)
"""Types whose deletion destroys data, or the key to it."""

OWN_PROTECTION = {
    "aws:eks/cluster:Cluster": "deletionProtection",
    "aws:rds/instance:Instance": "deletionProtection",
    "aws:rds/cluster:Cluster": "deletionProtection",
    "aws:dynamodb/table:Table": "deletionProtectionEnabled",
    "aws:lb/loadBalancer:LoadBalancer": "enableDeletionProtection",
}
EMPTYING = {
    "aws:s3/bucket:Bucket": "forceDestroy",
    "aws:s3/bucketV2:BucketV2": "forceDestroy",
    "aws:ecr/repository:Repository": "forceDelete",
}


def is_protected(resource: Resource, context: Context) -> Iterator[Problem]:
    """Outside dev, Pulumi refuses to delete what holds data."""
    if context.environment != "dev" and not resource.options.protect:
        yield violation("options.protect", f"protect is {resource.options.protect}: a change or a destroy may delete it and what it holds")


def protects_itself(resource: Resource, context: Context) -> Iterator[Problem]:
    """Outside dev, AWS itself refuses the deletion, whoever asks."""
    if context.environment != "dev":
        yield from must_be(resource, OWN_PROTECTION[resource.type], True, "whoever may delete it can")


def is_not_emptied(resource: Resource, context: Context) -> Iterator[Problem]:
    """Nothing deletes the content together with its container; in dev neither, without an exemption."""
    path = EMPTYING[resource.type]
    found = resource.input(path)
    if found.state is State.UNKNOWN:
        yield unknown(path)
    elif found.value is True:
        yield violation(path, f"{path} is {shown(True)}: deleting it deletes everything in it, versions too")


RULES = (
    Rule(
        id="PLN-DEL-001",
        title="What holds data is protected from deletion by Pulumi",
        severity=Severity.HIGH,
        types=STATEFUL,
        check=is_protected,
        controls=("deletion_protection", "data_destruction"),
        remediation="Set protect in the resource's options; taking it off is then its own, reviewed change.",
    ),
    Rule(
        id="PLN-DEL-002",
        title="Deletion protection is on where AWS has it",
        severity=Severity.MEDIUM,
        types=tuple(OWN_PROTECTION),
        check=protects_itself,
        controls=("deletion_protection",),
        frameworks=frameworks(
            fsbp="RDS.8 RDS.7 DynamoDB.6 ELB.6", checkov="CKV_AWS_293 CKV_AWS_139 CKV_AWS_150", trivy="AVD-AWS-0177 AVD-AWS-0343", soc2="C1.1"
        ),
        remediation="Set the type's deletion protection property.",
    ),
    Rule(
        id="PLN-DEL-003",
        title="Deleting a container does not delete its content",
        severity=Severity.HIGH,
        types=tuple(EMPTYING),
        check=is_not_emptied,
        controls=("data_destruction",),
        remediation="Leave forceDestroy off; to tear an environment down, write the exemption that plinth:storage.destroy_data asks for.",
    ),
)
