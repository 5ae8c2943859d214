"""KMS keys: rotation, and who may use them."""

from __future__ import annotations

from collections.abc import Iterator

from plinth.stack import Resource, State
from policies.documents import documents
from policies.judge import lets_no_one_in, must_be, unknown
from policies.model import Context, Problem, Rule, Severity, frameworks

KEY = "aws:kms/key:Key"


def rotates(key: Resource, context: Context) -> Iterator[Problem]:
    """Rotation is on; only symmetric encryption keys with KMS's own material can rotate (KMS Developer Guide, Rotating keys)."""
    spec, store = key.input("customerMasterKeySpec"), key.input("customKeyStoreId")
    if spec.state is State.UNKNOWN:
        yield unknown("customerMasterKeySpec")
    elif not store.present and spec.value in (None, "SYMMETRIC_DEFAULT"):
        yield from must_be(key, "enableKeyRotation", True, "the key material never changes")


def is_not_public(key: Resource, context: Context) -> Iterator[Problem]:
    """The key policy allows no one in any account, unless a condition fixes who."""
    for document in documents(key, "policy"):
        yield from lets_no_one_in(document, "and no condition fixes who")


RULES = (
    Rule(
        id="PLN-KMS-001",
        title="A customer-managed key rotates",
        severity=Severity.HIGH,
        types=(KEY,),
        check=rotates,
        frameworks=frameworks(fsbp="KMS.4", checkov="CKV_AWS_7", trivy="AVD-AWS-0065", cis="4.6", hipaa="164.312(a)(2)(iv)", soc2="PI1.5"),
        remediation="Set enableKeyRotation; old ciphertext stays readable, and nothing has to be re-encrypted.",
    ),
    Rule(
        id="PLN-KMS-002",
        title="A key policy names its principals",
        severity=Severity.CRITICAL,
        types=(KEY,),
        check=is_not_public,
        frameworks=frameworks(fsbp="KMS.5", checkov="CKV_AWS_33"),
        remediation="Name accounts, roles or services as principals, or add a condition such as kms:CallerAccount.",
    ),
)
