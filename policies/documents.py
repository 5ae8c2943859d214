"""IAM policy documents as data: parsed from JSON text or an object, with unknown parts kept as unknown.

Source of the grammar: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plinth.stack import UNKNOWN, Lookup, Resource, State, Unknown, revealed
from policies.conditions import fixes_principal

INLINE = {
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
    "aws:iam/role:Role": ("inlinePolicies",),
}
"""Where identity policies stand."""
RESOURCE_POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": ("policy",),
    "aws:s3/bucket:Bucket": ("policy",),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy",),
    "aws:sqs/queue:Queue": ("policy",),
    "aws:sns/topicPolicy:TopicPolicy": ("policy",),
    "aws:sns/topic:Topic": ("policy",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy",),
}
"""Where policies on a resource stand."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. A list may hold UNKNOWN; `principals` are (kind, value) pairs, ("*", "*") for anyone."""

    path: str
    sid: Any
    effect: Any
    actions: tuple[Any, ...]
    not_actions: tuple[Any, ...]
    resources: tuple[Any, ...]
    not_resources: tuple[Any, ...]
    principals: tuple[tuple[str, Any], ...]
    not_principals: bool
    condition: Any

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow, or is not known and may be."""
        return self.effect == "Allow" or isinstance(self.effect, Unknown)

    @property
    def public(self) -> bool | None:
        """Whether it allows anyone in any account, and no condition fixes who; None where that is known only after a deployment."""
        fixed, named = fixes_principal(self.condition), [value for _, value in self.principals]
        if not self.allows or fixed:
            return False
        if "*" in named:
            return None if fixed is None else True
        return None if any(isinstance(value, Unknown) for value in named) else False


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document at a property: its statements; or `unknown`, or the `error` that makes it unreadable."""

    path: str
    statements: tuple[Statement, ...] = ()
    unknown: bool = False
    error: str | None = None


def documents(resource: Resource, *paths: str) -> Iterator[Document]:
    """The policy documents at the given properties that are set; `inlinePolicies` holds a list of them."""
    for path in paths:
        found = resource.input(path)
        if not found.present:
            continue
        if path == "inlinePolicies" and found.known and isinstance(found.value, list):
            yield from (parse_document(f"{path}.{index}.policy", resource.input(f"{path}.{index}.policy")) for index in range(len(found.value)))
        else:
            yield parse_document(path, found)


def parse_document(path: str, found: Lookup) -> Document:
    """One policy document from a property's value."""
    if found.state is State.ABSENT:
        return Document(path)
    if found.state is State.UNKNOWN:
        return Document(path, unknown=True)
    value = revealed(found.value)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (json.JSONDecodeError, RecursionError) as error:
            return Document(path, error=f"{path} is not JSON: {error}")
    statements = value.get("Statement") if isinstance(value, Mapping) else None
    if isinstance(statements, Unknown):
        return Document(path, unknown=True)
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(statement, Mapping | Unknown) for statement in statements):
        return Document(path, error=f"{path} is no policy document: it has no list of statements")
    known = [(index, statement) for index, statement in enumerate(statements) if isinstance(statement, Mapping)]
    parsed = tuple(_statement(f"{path}.Statement.{index}", statement) for index, statement in known)
    return Document(path, parsed, unknown=len(known) != len(statements))


def _statement(path: str, raw: Mapping[str, Any]) -> Statement:
    return Statement(
        path=path,
        sid=raw.get("Sid"),
        effect=raw.get("Effect"),
        actions=_many(raw.get("Action")),
        not_actions=_many(raw.get("NotAction")),
        resources=_many(raw.get("Resource")),
        not_resources=_many(raw.get("NotResource")),
        principals=tuple(_principals(raw.get("Principal"))),
        not_principals="NotPrincipal" in raw,
        condition=raw.get("Condition"),
    )


def _many(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _principals(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for kind, named in value.items():
            yield from ((kind, principal) for principal in _many(named))
    elif isinstance(value, Unknown):
        yield "?", UNKNOWN
    elif value is not None:
        yield "*", value
