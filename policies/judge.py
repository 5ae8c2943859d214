"""The small judgements that rules are made of. A value rule that meets an unknown yields an unknown; a presence rule takes it as set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plinth.errors import shortened
from plinth.stack import Lookup, Resource, Secret, State, Unknown, revealed
from plinth.stack.values import lookup
from policies.documents import Document
from policies.model import Problem

UNKNOWN_UNTIL_DEPLOYED = "its value is known only after a deployment"


def violation(path: str, message: str, resource: Resource | None = None) -> Problem:
    """A broken rule at a property."""
    return Problem(path, message, resource=resource)


def unknown(path: str, why: str = UNKNOWN_UNTIL_DEPLOYED, resource: Resource | None = None) -> Problem:
    """A property that can't be judged yet, and why."""
    return Problem(path, f"{path or 'the resource'} can't be judged: {why}", unknown=True, resource=resource)


def shown(value: object) -> str:
    """The value as a message repeats it, on one line and cut to a length that fits a table."""
    return shortened(value, 60)


def said(found: Lookup) -> str:
    """What a message says of a property: its value, or that it is not set."""
    return shown(found.value) if found.present else "not set"


def present(resource: Resource, path: str) -> bool:
    """Whether the property is set at all, be its value known or not."""
    return resource.input(path).present


def must_be(resource: Resource, path: str, wanted: Any, otherwise: str) -> Iterator[Problem]:
    """The property has this value; `otherwise` says what follows where it is not set."""
    found = resource.input(path)
    if found.state is State.UNKNOWN:
        yield unknown(path)
    elif not found.present:
        yield violation(path, f"{path} is not set: {otherwise}")
    elif found.value != wanted:
        yield violation(path, f"{path} is {shown(found.value)}: it must be {shown(wanted)}")


def must_not_be(resource: Resource, path: str, refused: Any, otherwise: str) -> Iterator[Problem]:
    """The property may be left unset but has not this value."""
    found = resource.input(path)
    if found.state is State.UNKNOWN:
        yield unknown(path)
    elif found.present and found.value == refused:
        yield violation(path, f"{path} is {shown(refused)}: {otherwise}")


def must_have_own_key(resource: Resource, path: str, otherwise: str) -> Iterator[Problem]:
    """The property names a customer-managed KMS key. A key made in the same stack is unknown in a preview, and counts as named."""
    found = resource.input(path)
    if not found.present:
        yield violation(path, f"{path} is not set: {otherwise}")
    elif found.known and is_aws_managed_key(found.value):
        yield violation(path, f"{path} is {shown(found.value)}, a key that AWS manages: name a customer-managed key")


def is_aws_managed_key(value: Any) -> bool:
    """Whether a key reference is empty or names an AWS-managed alias (`alias/aws/s3`)."""
    return not isinstance(value, str) or not value or value.split(":")[-1].startswith("alias/aws/")


def items(resource: Resource, path: str) -> tuple[Lookup, list[tuple[str, Any]]]:
    """A list property's state, and its items with their own paths; an item may itself be UNKNOWN."""
    found = resource.input(path)
    if not found.known or not isinstance(found.value, list | tuple):
        return found, []
    return found, [(f"{path}.{index}", value) for index, value in enumerate(found.value)]


def peeled(value: Any) -> Any:
    """A value without its Secret wrapper; the message that repeats it is withheld later, by path."""
    return revealed(value) if isinstance(value, Secret) else value


def at(value: Any, path: str) -> Lookup:
    """Look up a dotted path inside an item of a list."""
    return lookup(value, path)


def unreadable(document: Document, resource: Resource | None = None) -> Iterator[Problem]:
    """What stands in the way of judging a policy document: a part that is unknown, or that is no policy."""
    if document.unknown:
        yield unknown(document.path, resource=resource)
    if document.error:
        yield violation(document.path, document.error, resource)


def lets_no_one_in(document: Document, otherwise: str, resource: Resource | None = None) -> Iterator[Problem]:
    """No statement allows anyone in any account, unless a condition fixes who; `otherwise` says what is missing."""
    yield from unreadable(document, resource)
    for statement in document.statements:
        if statement.public is None:
            yield unknown(f"{statement.path}.Principal", resource=resource)
        elif statement.public:
            yield violation(f"{statement.path}.Principal", f"principal '*' is allowed {shown(list(statement.actions))} {otherwise}", resource)


def is_unknown(value: Any) -> bool:
    """Whether the value itself is UNKNOWN."""
    return isinstance(value, Unknown)
