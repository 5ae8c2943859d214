"""Encryption at rest with a customer-managed key, for the types where that is one property; and how long logs are kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from plinth.stack import Resource, State
from policies.judge import must_have_own_key, unknown, violation
from policies.model import Context, Environment, Problem, Rule, Severity, frameworks

MINIMUM_LOG_DAYS: dict[Environment, int] = {"dev": 90, "staging": 180, "prod": 365}
"""Days. 365 is checkov CKV_AWS_338 and CloudWatch.16; the others are Plinth's own profiles."""

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def has_own_key(resource: Resource, context: Context, *, path: str, otherwise: str) -> Iterator[Problem]:
    """The property at `path` names a customer-managed key."""
    yield from must_have_own_key(resource, path, otherwise)


def keeps_logs(group: Resource, context: Context) -> Iterator[Problem]:
    """Logs are kept for at least the environment's days, and not for ever by oversight."""
    found, least = group.input("retentionInDays"), MINIMUM_LOG_DAYS[context.environment]
    if found.state is State.UNKNOWN:
        yield unknown("retentionInDays")
    elif not found.present or found.value == 0:
        yield violation("retentionInDays", f"retentionInDays is {found.value}: logs are kept, and paid for, without end")
    elif found.value < least:
        yield violation("retentionInDays", f"retentionInDays is {found.value}: {context.environment} keeps logs for at least {least} days")


RULES = (
    Rule(
        id="PLN-LOG-001",
        title="A log group is encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        types=(LOG_GROUP,),
        check=partial(has_own_key, path="kmsKeyId", otherwise="logs are encrypted with a key that AWS manages"),
        frameworks=frameworks(
            checkov="CKV_AWS_158", trivy="AVD-AWS-0017", hipaa="164.308(a)(1)(ii)(B) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv)", soc2="CC7.3 PI1.4"
        ),
        remediation="Set kmsKeyId to a key whose policy lets the logs service of the region use it.",
    ),
    Rule(
        id="PLN-LOG-002",
        title="Logs are kept long enough, and not for ever",
        severity=Severity.MEDIUM,
        types=(LOG_GROUP,),
        check=keeps_logs,
        controls=("log_retention_days",),
        frameworks=frameworks(fsbp="CloudWatch.16", checkov="CKV_AWS_66 CKV_AWS_338", hipaa="164.312(b)", soc2="CC7.2 CC7.3 C1.2"),
        remediation="Set retentionInDays: 365 in prod, 180 in staging, 90 in dev at the least.",
    ),
    Rule(
        id="PLN-SNS-001",
        title="A topic is encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        types=("aws:sns/topic:Topic",),
        check=partial(has_own_key, path="kmsMasterKeyId", otherwise="messages are stored unencrypted"),
        frameworks=frameworks(
            fsbp="SNS.1",
            checkov="CKV_AWS_26",
            trivy="AVD-AWS-0095 AVD-AWS-0136",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv)",
            soc2="PI1.4",
        ),
        remediation="Set kmsMasterKeyId to your own key; CloudWatch alarms can't publish through a key that AWS manages.",
    ),
    Rule(
        id="PLN-SQS-001",
        title="A queue is encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        types=("aws:sqs/queue:Queue",),
        check=partial(has_own_key, path="kmsMasterKeyId", otherwise="messages are encrypted with a key that AWS manages"),
        frameworks=frameworks(fsbp="SQS.1", checkov="CKV_AWS_27 CKV2_AWS_73", trivy="AVD-AWS-0096 AVD-AWS-0135"),
        remediation="Set kmsMasterKeyId to your own key, whose policy lets the services that send to the queue use it.",
    ),
    Rule(
        id="PLN-ECR-001",
        title="An image repository is encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        types=("aws:ecr/repository:Repository",),
        check=partial(has_own_key, path="encryptionConfigurations.0.kmsKey", otherwise="images are encrypted with a key that AWS manages"),
        frameworks=frameworks(fsbp="ECR.5", checkov="CKV_AWS_136", trivy="AVD-AWS-0033"),
        remediation="Give the repository an encryption configuration of type KMS with your own key; changing it later replaces the repository.",
    ),
    Rule(
        id="PLN-EFS-001",
        title="A file system is encrypted with a customer-managed key",
        severity=Severity.HIGH,
        types=("aws:efs/fileSystem:FileSystem", "aws:fsx/lustreFileSystem:LustreFileSystem"),
        check=partial(has_own_key, path="kmsKeyId", otherwise="files are unencrypted, or encrypted with a key that AWS manages"),
        frameworks=frameworks(fsbp="EFS.1", checkov="CKV_AWS_42 CKV_AWS_184 CKV_AWS_190", trivy="AVD-AWS-0037", cis="3.3.1"),
        remediation="Set encrypted and kmsKeyId; changing them later replaces the file system.",
    ),
)
