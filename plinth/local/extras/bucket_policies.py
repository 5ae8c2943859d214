"""Bucket policies judged with their conditions: moto ignores every operator but StringEquals, so a Deny with a condition denies all.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Policy evaluation logic" (an explicit Deny wins; a
negated operator and Null are judged where the key is absent). A request on 127.0.0.1 counts as TLS 1.3: the local AWS has no other.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

TRANSPORT = {"aws:securetransport": "true", "s3:tlsversion": "1.3"}
HEADERS = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-acl", "x-amz-storage-class")
_request: ContextVar[Mapping[str, str] | None] = ContextVar("plinth_s3_request", default=None)
_moto_setup: Any = S3Response.setup_class

Operator = Callable[[str, str], bool]
OPERATORS: dict[str, Operator] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda found, wanted: found.lower() == wanted.lower(),
    "NumericEquals": lambda found, wanted: float(found) == float(wanted),
    "NumericLessThan": lambda found, wanted: float(found) < float(wanted),
    "NumericGreaterThan": lambda found, wanted: float(found) > float(wanted),
}
NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike"}


def permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the bucket's policy says of the request under way: an explicit Deny, an Allow, or nothing."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    statements = _listed(json.loads(self.policy).get("Statement", ()))
    context = {**TRANSPORT, **(_request.get() or {})}
    effects = {statement["Effect"] for statement in statements if _applies(statement, action, resource, context)}
    if "Deny" in effects:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if "Allow" in effects else PermissionResult.NEUTRAL


def _applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a statement speaks of the request. A named principal never does: the local AWS's caller is nobody in particular."""
    if statement.get("Principal") not in ("*", {"AWS": "*"}, {"AWS": ["*"]}):
        return False
    return (
        _named(statement, "Action", action)
        and _named(statement, "Resource", resource)
        and all(_holds(operator, key, _listed(wanted), context) for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items())
    )


def _named(statement: Mapping[str, Any], element: str, value: str) -> bool:
    if f"Not{element}" in statement:
        return not _any_like(value, _listed(statement[f"Not{element}"]))
    return _any_like(value, _listed(statement.get(element, ())))


def _any_like(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    """One condition. Raises ValueError for an operator that is not known, so that none is skipped in silence."""
    base, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    found = context.get(key.lower())
    if base == "Null":
        return (found is None) == (str(wanted[0]).lower() == "true")
    if found is None:
        return if_exists or base in NEGATED
    if base in NEGATED:
        return not any(OPERATORS[NEGATED[base]](found, str(value)) for value in wanted)
    if base not in OPERATORS:
        raise ValueError(f"the local AWS can't judge the condition operator {operator!r}; known: {', '.join((*OPERATORS, *NEGATED, 'Null'))}")
    return any(OPERATORS[base](found, str(value)) for value in wanted)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def remember_headers(self: S3Response, request: Any, full_url: Any = None, headers: Any = None) -> None:
    """Keep the request's headers that policies ask for, then let moto set itself up."""
    given = {name.lower(): str(value) for name, value in dict(request.headers).items()}
    _request.set({f"s3:{name}": given[name] for name in HEADERS if name in given})
    _moto_setup(self, request, full_url, headers)


def install() -> None:
    """Have moto's buckets judge by this."""
    FakeBucket.get_permission = permission  # type: ignore[method-assign]
    S3Response.setup_class = remember_headers  # type: ignore[method-assign]
