"""What a policy's condition comes to: whether it fixes who calls, the subject of a token, the resource, or the service that a role is passed to.

Only an operator that asks for a match counts. A negated one, `...IfExists`, `ForAllValues:` and `Null` all hold where the key is absent from the
request, so they fix nothing (IAM User Guide, "IAM JSON policy elements: Condition operators"). Each answer is None where it hangs on a value
that is known only after a deployment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from plinth.stack import Unknown

Condition = Any
Fixes = Callable[[str], bool]

MATCHING = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
ANY_OF = "foranyvalue:"
"""Of a key with many values it asks that one matches, and is false where there is none."""
VARIABLE = re.compile(r"\$\{[^*?$][^}]*\}")
GLOB = re.compile(r"[*?]")


def _whole(value: str) -> bool:
    return bool(value) and not GLOB.search(value) and not VARIABLE.search(value)


def _arn(value: str) -> bool:
    """An ARN without wildcards, or one whose account is fixed; a bucket's has no account, and anyone can take a name that a prefix leaves open."""
    parts = value.split(":", 5)
    return _whole(value) or (len(parts) == 6 and parts[4].isdigit() and not VARIABLE.search(value))


def _organization_path(value: str) -> bool:
    return value.startswith("o-") and _whole(value.split("/", 1)[0])


FIXES_PRINCIPAL: Mapping[str, Fixes] = {
    # S3 User Guide, Blocking public access, "The meaning of public": fixed values of these make a grant to `*` not public.
    "aws:sourcearn": _arn,
    "aws:sourceaccount": _whole,
    "aws:sourceowner": _whole,
    "aws:sourcevpc": _whole,
    "aws:sourcevpce": _whole,
    "s3:dataaccesspointarn": _arn,
    "s3:dataaccesspointaccount": _whole,
    # IAM User Guide, "AWS global condition context keys", properties of the principal and of the caller.
    "aws:principalarn": _arn,
    "aws:principalaccount": _whole,
    "aws:principalorgid": _whole,
    "aws:principalorgpaths": _organization_path,
    "aws:sourceorgid": _whole,
    "aws:sourceorgpaths": _organization_path,
    "aws:sourcevpcarn": _arn,
    # KMS Developer Guide, "AWS KMS condition keys". kms:ViaService says by which service, not whose: it fixes no one without kms:CallerAccount.
    "kms:calleraccount": _whole,
}
"""The keys that fix a principal, in lower case (IAM reads keys without regard to case), and what of a value fixes it.

aws:SourceIp is left out: a network is not a principal, though S3 takes one as not public (docs/adr/0060).
"""
TOKEN_KEYS: Mapping[str, tuple[str, ...]] = {
    "oidc-provider/": (":sub",),
    "cognito-identity.amazonaws.com": (":aud", ":sub"),
    "accounts.google.com": (":aud", ":sub"),
    "www.amazon.com": (":app_id", ":user_id"),
    "graph.facebook.com": (":app_id", ":id"),
}
"""By what a federated principal's name holds, how the keys end that fix its token (IAM User Guide, "Available keys for AWS OIDC federation").

Of an issuer that the account registered, an audience says nothing of who asks: on GitHub's every workflow can ask for any.
A SAML provider is the account's own, and asks for a condition at all.
"""
SUBJECT_TYPES = ("repo:", "repository_owner:", "project_path:", "organization:", "org/", "system:serviceaccount:")
"""How subjects begin before anything in them names someone: GitHub, GitLab, HCP Terraform, CircleCI, Kubernetes."""
SUBJECT_HEAD = re.compile(r"^[^*?]*[:/]")

FIXES_RESOURCE = ("aws:resourcetag/", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:requesttag/", "aws:calledvia")
"""Of the global keys, those that say what is acted on or by which service (IAM User Guide, "AWS global condition context keys", properties of the
resource and of the request). The rest, such as aws:SecureTransport or aws:MultiFactorAuthPresent, say how a request comes."""
FIXES_NO_RESOURCE = frozenset({"s3:tlsversion", "s3:authtype", "s3:signatureversion", "s3:signatureage", "s3:x-amz-content-sha256"})
"""Keys of a service itself that say how a request comes (Service Authorization Reference, Amazon S3); any other of its keys says what it is about."""


def fixes_principal(condition: Condition) -> bool | None:
    """Whether a condition fixes the account, organization, network or ARN that calls."""
    return _fixed(condition, (_each(values, FIXES_PRINCIPAL[key]) for key, values in _matches(condition) if key in FIXES_PRINCIPAL))


def fixes_subject(condition: Condition, federated: str) -> bool | None:
    """Whether a condition fixes the subject of a federated principal's token; of SAML, whether there is a condition at all."""
    endings = next((endings for name, endings in TOKEN_KEYS.items() if name in federated), None)
    if endings is None:
        return bool(condition)
    return _fixed(condition, (_each(values, _subject) for key, values in _matches(condition) if key.endswith(endings)))


def fixes_resource(condition: Condition) -> bool | None:
    """Whether a condition narrows what an action may be done to, so that Resource `*` is not everything."""
    tests = _matches(condition, MATCHING | {"bool"})
    return _fixed(condition, (_each(values, lambda value: bool(value.strip("*?"))) for key, values in tests if _tells_resource(key)))


def fixes_service(condition: Condition) -> bool | None:
    """Whether a condition fixes the service that a role may be passed to (IAM User Guide, iam:PassedToService)."""
    return _fixed(condition, (_each(values, _whole) for key, values in _matches(condition) if key == "iam:passedtoservice"))


def _tells_resource(key: str) -> bool:
    return key.startswith(FIXES_RESOURCE) if key.startswith("aws:") else key not in FIXES_NO_RESOURCE


def _subject(value: str) -> bool:
    """A subject without wildcards, or one that is fixed up to a separator past the words that only say what kind it is."""
    if not GLOB.search(value):
        return bool(value)
    head = SUBJECT_HEAD.match(value)
    begins = head[0] if head else ""
    kind = next((each for each in SUBJECT_TYPES if begins.startswith(each)), begins.split(":")[0].split("/")[0])
    return bool(begins[len(kind) :].strip(":/"))


def _matches(condition: Condition, operators: frozenset[str] = MATCHING) -> Iterator[tuple[str, list[Any]]]:
    """The condition's tests that ask for a match, as (key in lower case, values)."""
    for name, tests in condition.items() if isinstance(condition, Mapping) else ():
        if _operator(name) in operators and isinstance(tests, Mapping):
            yield from ((str(key).lower(), list(value) if isinstance(value, list | tuple) else [value]) for key, value in tests.items())


def _operator(name: Any) -> str:
    return str(name).lower().removeprefix(ANY_OF)


def _each(values: list[Any], fixes: Fixes) -> bool | None:
    """Whether every value fixes it, for any one of them is enough to match."""
    known = [value for value in values if not isinstance(value, Unknown)]
    if not values or not all(fixes(str(value)) for value in known):
        return False
    return True if len(known) == len(values) else None


def _fixed(condition: Condition, answers: Iterable[bool | None]) -> bool | None:
    """True where one test fixes it; None where one may, or where the tests themselves are unknown; else False."""
    tests = [tests for name, tests in condition.items() if _operator(name) in MATCHING] if isinstance(condition, Mapping) else [condition]
    found = [*answers, *(None for each in tests if isinstance(each, Unknown))]
    return True if True in found else None if None in found else False
