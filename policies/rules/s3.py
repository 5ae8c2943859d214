"""Buckets: public access, encryption, TLS, versioning. Each setting is read from the bucket and from its side-car resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plinth.stack import Resource, State
from policies.documents import Statement, documents
from policies.judge import at as within
from policies.judge import is_aws_managed_key, items, lets_no_one_in, said, shown, unknown, violation
from policies.model import Context, Problem, Rule, Scope, Severity, frameworks
from policies.references import References, referring

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
PUBLIC_ACCESS_BLOCK = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
VERSIONING = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
POLICY = ("aws:s3/bucketPolicy:BucketPolicy",)
ACL = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
LOGGING = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
UNTRACED = "a side-car that can't be traced yet, or that this preview leaves out, may set it"
KMS_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})


def sidecars(bucket: Resource, context: Context, types: tuple[str, ...]) -> References:
    """The side-cars of a bucket, of the given types."""
    return referring(context.stack, bucket, "bucket", *types)


def _absent(found: References, path: str, message: str) -> Problem:
    return violation(path, message) if found.complete else unknown(path, UNTRACED)


def blocks_public_access(bucket: Resource, context: Context) -> Iterator[Problem]:
    """All four settings of a public access block are on."""
    found = sidecars(bucket, context, PUBLIC_ACCESS_BLOCK)
    if not found.found:
        yield _absent(found, "bucket", "the bucket has no public access block of its own")
    for block in found.found:
        for setting in BLOCKS:
            state = block.input(setting)
            if state.state is State.UNKNOWN:
                yield unknown(setting, resource=block)
            elif state.value is not True:
                yield violation(setting, f"{setting} is {said(state)}: it must be True", block)


def is_encrypted(bucket: Resource, context: Context) -> Iterator[Problem]:
    """Default encryption is SSE-KMS with a customer-managed key; a target of server access logs may only have SSE-S3."""
    found = sidecars(bucket, context, ENCRYPTION)
    inline = bucket.input("serverSideEncryptionConfiguration")
    subjects = [(each, "rules") for each in found.found]
    if not subjects and inline.present:
        subjects = [(bucket, "serverSideEncryptionConfiguration.rule"), (bucket, "serverSideEncryptionConfiguration.rules")]
        subjects = [(each, path) for each, path in subjects if each.input(path).present] or [(bucket, "serverSideEncryptionConfiguration")]
    if not subjects:
        yield _absent(found, "serverSideEncryptionConfiguration", "no default encryption is set: S3 uses a key that AWS manages")
    for subject, path in subjects:
        yield from _encryption_problems(subject, path, is_log_target(bucket, context))


def _encryption_problems(subject: Resource, path: str, log_target: bool) -> Iterator[Problem]:
    state, rules = items(subject, path)
    if state.known and isinstance(state.value, dict):
        rules = [(path, state.value)]
    if state.state is State.UNKNOWN:
        yield unknown(path, resource=subject)
    elif not rules:
        yield violation(path, f"{path} is {said(state)}: it sets no default encryption", subject)
    for where, rule in rules:
        where = f"{where}.applyServerSideEncryptionByDefault"
        algorithm, key = within(rule, "applyServerSideEncryptionByDefault.sseAlgorithm"), within(rule, "applyServerSideEncryptionByDefault.kmsMasterKeyId")
        if algorithm.state is State.UNKNOWN:
            yield unknown(f"{where}.sseAlgorithm", resource=subject)
        elif log_target and algorithm.value == "AES256":
            continue
        elif algorithm.value not in KMS_ALGORITHMS:
            yield violation(f"{where}.sseAlgorithm", f"sseAlgorithm is {said(algorithm)}: it must be 'aws:kms' with a customer-managed key", subject)
        elif not key.present:
            yield violation(f"{where}.kmsMasterKeyId", "kmsMasterKeyId is not set: S3 uses the key that AWS manages", subject)
        elif key.known and is_aws_managed_key(key.value):
            yield violation(f"{where}.kmsMasterKeyId", f"kmsMasterKeyId is {shown(key.value)}, a key that AWS manages", subject)


def is_log_target(bucket: Resource, context: Context) -> bool:
    """Whether server access logs are delivered to it: S3 then takes SSE-S3 only (S3 User Guide, Enabling server access logging)."""
    return bool(referring(context.stack, bucket, "targetBucket", *LOGGING).found)


def refuses_plain_http(bucket: Resource, context: Context) -> Iterator[Problem]:
    """A policy denies every action to everyone where aws:SecureTransport is false."""
    found = sidecars(bucket, context, POLICY)
    read = [(each, document) for each in (bucket, *found.found) for document in documents(each, "policy")]
    if any(_denies_plain_http(statement) for _, document in read for statement in document.statements):
        return
    hidden = [(each, document) for each, document in read if document.unknown]
    if hidden:
        yield unknown(hidden[0][1].path, resource=hidden[0][0])
    else:
        yield _absent(found, "policy", "no bucket policy denies s3:* where aws:SecureTransport is false")


def _denies_plain_http(statement: Statement) -> bool:
    """A Deny of everything to everyone, under the one condition that TLS is not used; a further condition would narrow it."""
    condition = statement.condition if isinstance(statement.condition, Mapping) else {}
    tests = condition.get("Bool") if set(condition) == {"Bool"} else None
    if statement.effect != "Deny" or not isinstance(tests, Mapping) or set(tests) != {"aws:SecureTransport"}:
        return False
    values = tests["aws:SecureTransport"]
    refused = [str(value).lower() for value in (values if isinstance(values, list) else [values])]
    everyone = any(value == "*" for kind, value in statement.principals if kind in ("*", "AWS"))
    return everyone and refused == ["false"] and any(action in ("s3:*", "*") for action in statement.actions)


def is_versioned(bucket: Resource, context: Context) -> Iterator[Problem]:
    """Versioning is Enabled, by the side-car or on the bucket."""
    found = sidecars(bucket, context, VERSIONING)
    subjects = [(each, "versioningConfiguration.status", "Enabled") for each in found.found]
    if not subjects and bucket.input("versioning").present:
        subjects = [(bucket, "versioning.enabled", True)]
    if not subjects:
        yield _absent(found, "versioning", "versioning is not set: what is overwritten or deleted is gone")
    for subject, path, wanted in subjects:
        state = subject.input(path)
        if state.state is State.UNKNOWN:
            yield unknown(path, resource=subject)
        elif state.value != wanted:
            yield violation(path, f"{path} is {said(state)}: it must be {shown(wanted)}", subject)


def is_private(bucket: Resource, context: Context) -> Iterator[Problem]:
    """No policy or ACL opens the bucket to the world, in effect: what the public access block neutralises is not open."""
    blocks = sidecars(bucket, context, PUBLIC_ACCESS_BLOCK).found
    if not _blocked(blocks, "restrictPublicBuckets") and not _blocked(blocks, "blockPublicPolicy"):
        for subject in (bucket, *sidecars(bucket, context, POLICY).found):
            yield from _public_statements(subject)
    if not _blocked(blocks, "ignorePublicAcls"):
        for subject in (bucket, *sidecars(bucket, context, ACL).found):
            acl = subject.input("acl")
            if acl.state is State.UNKNOWN:
                yield unknown("acl", resource=subject)
            elif acl.value in PUBLIC_ACLS:
                yield violation("acl", f"acl is {shown(acl.value)} and no public access block ignores it", subject)


def _blocked(blocks: tuple[Resource, ...], setting: str) -> bool:
    return any(block.input(setting).value is True for block in blocks)


def _public_statements(subject: Resource) -> Iterator[Problem]:
    for document in documents(subject, "policy"):
        yield from lets_no_one_in(document, "and neither a condition nor a public access block restricts it", subject)


RULES = (
    Rule(
        id="PLN-S3-001",
        title="A bucket blocks public access by all four settings",
        severity=Severity.HIGH,
        types=BUCKETS,
        check=blocks_public_access,
        scope=Scope.STACK,
        reads=PUBLIC_ACCESS_BLOCK,
        frameworks=frameworks(
            fsbp="S3.8",
            checkov="CKV_AWS_53 CKV_AWS_54 CKV_AWS_55 CKV_AWS_56 CKV2_AWS_6",
            trivy="AVD-AWS-0086 AVD-AWS-0087 AVD-AWS-0091 AVD-AWS-0093 AVD-AWS-0094",
            cis="3.1.4",
        ),
        remediation="Add an aws.s3.BucketPublicAccessBlock for the bucket with all four of its settings on.",
    ),
    Rule(
        id="PLN-S3-002",
        title="A bucket is encrypted by default with a customer-managed key",
        severity=Severity.HIGH,
        types=BUCKETS,
        check=is_encrypted,
        scope=Scope.STACK,
        reads=(*ENCRYPTION, *LOGGING),
        frameworks=frameworks(
            fsbp="S3.17 S3.4",
            checkov="CKV_AWS_145 CKV_AWS_19",
            trivy="AVD-AWS-0132 AVD-AWS-0088",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv)",
            soc2="PI1.4",
        ),
        remediation="Add an aws.s3.BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and the kmsMasterKeyId of your own key.",
    ),
    Rule(
        id="PLN-S3-003",
        title="A bucket refuses plain HTTP",
        severity=Severity.HIGH,
        types=BUCKETS,
        check=refuses_plain_http,
        scope=Scope.STACK,
        reads=POLICY,
        frameworks=frameworks(fsbp="S3.5", checkov="CKV_AWS_379", cis="3.1.1", hipaa="164.308(a)(1)(ii)(B) 164.312(a)(2)(iv) 164.312(c)(1)"),
        remediation="Add a bucket policy that denies s3:* to principal * on the bucket and its objects where aws:SecureTransport is false.",
    ),
    Rule(
        id="PLN-S3-004",
        title="A bucket keeps versions",
        severity=Severity.MEDIUM,
        types=BUCKETS,
        check=is_versioned,
        scope=Scope.STACK,
        reads=VERSIONING,
        frameworks=frameworks(
            fsbp="S3.14", checkov="CKV_AWS_21", trivy="AVD-AWS-0090", hipaa="164.308(a)(1)(ii)(B) 164.308(a)(7)(i) 164.308(a)(7)(ii)(A)", soc2="CC7.4 A1.1 C1.2"
        ),
        remediation="Add an aws.s3.BucketVersioning with status Enabled, and a lifecycle rule that ends old versions.",
    ),
    Rule(
        id="PLN-S3-005",
        title="No policy or ACL opens a bucket to the world",
        severity=Severity.CRITICAL,
        types=BUCKETS,
        check=is_private,
        scope=Scope.STACK,
        reads=(*PUBLIC_ACCESS_BLOCK, *POLICY, *ACL),
        frameworks=frameworks(
            fsbp="S3.2 S3.3",
            checkov="CKV_AWS_20 CKV_AWS_57 CKV_AWS_70 CKV_AWS_375 CKV2_AWS_43",
            trivy="AVD-AWS-0092",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(3)(i) 164.312(a)(1)",
            soc2="CC6.1",
        ),
        remediation="Name the principals that may read, or let the public access block restrict public policies and ignore public ACLs.",
    ),
)
