"""Which resource a property refers to: by the value where it is known (id, ARN, name), else by the property's dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from plinth.stack import STACK_TYPE, Resource, Secret, Source, Stack, State, Unknown
from plinth.stack.values import lookup

IDENTIFYING = ("id", "arn", "name", "bucket", "keyId", "urn")
"""The outputs, and inputs, by which other resources name a resource."""


@dataclass(frozen=True, slots=True)
class References:
    """The resources that a property refers to. `complete` is False where a part of the value could not be traced."""

    found: tuple[Resource, ...]
    complete: bool


def is_partial(stack: Stack) -> bool:
    """Whether the stack is a preview without its unchanged resources: what is absent from it may still exist."""
    return stack.source is Source.PREVIEW and (not stack.of_type(STACK_TYPE) or any("--show-sames" in note for note in stack.notes))


def identities(resource: Resource) -> frozenset[str]:
    """Every known string that names the resource."""
    named = [resource.id, *(values.get(key) for values in (resource.outputs, resource.inputs) for key in IDENTIFYING)]
    return frozenset(value for value in named if isinstance(value, str) and value)


def referred(stack: Stack, resource: Resource, path: str, *types: str) -> References:
    """The resources of the given types that a property (a reference, or a list of them) refers to."""
    known, unknown = _split(resource, path)
    candidates = [candidate for type_ in types for candidate in stack.of_type(type_)]
    found = {candidate.urn: candidate for candidate in candidates for value in known if value in identities(candidate)}
    traced = sum(any(value in identities(candidate) for candidate in candidates) for value in known)
    if not unknown:
        return References(tuple(found.values()), traced == len(known))
    # The dependencies name everything that the property came from: a known value needs no second answer from them.
    depended = [c for c in _depended(stack, resource, path.split(".", 1)[0], set(types)) if c.urn not in found]
    return References((*found.values(), *depended), traced == len(known) and len(depended) >= unknown)


def referring(stack: Stack, target: Resource, path: str, *types: str) -> References:
    """The resources of the given types whose property refers to the target: a bucket's side-cars.

    Not complete where one of them refers to something that can't be traced, which may be the target, or where the stack is a partial preview.
    """
    found, complete = [], not is_partial(stack)
    for type_ in types:
        for candidate in stack.of_type(type_):
            references = referred(stack, candidate, path, target.type)
            if any(reference.urn == target.urn for reference in references.found):
                found.append(candidate)
            elif not references.complete and lookup(candidate.inputs, path).state is State.UNKNOWN:
                complete = False
    return References(tuple(found), complete)


def _split(resource: Resource, path: str) -> tuple[list[str], int]:
    """The known strings at a path, and how many values there are unknown."""
    found = resource.input(path)
    if not found.present:
        return [], 0
    if not found.known:
        return [], 1
    values = list(_leaves(found.value))
    return [value for value in values if isinstance(value, str)], sum(isinstance(value, Unknown) for value in values)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Secret):
        yield from _leaves(value.value)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _depended(stack: Stack, resource: Resource, property_: str, types: set[str]) -> list[Resource]:
    """The resources of the types behind a property, looking through others (a side-car's own `bucket`) on the way."""
    seen: dict[str, Resource] = {}
    urns: list[str] = list(resource.property_dependencies.get(property_, ()))
    visited: set[str] = set()
    while urns:
        urn = urns.pop(0)
        if urn in visited or urn not in stack.by_urn:
            continue
        visited.add(urn)
        candidate = stack.by_urn[urn]
        if candidate.type in types:
            seen[urn] = candidate
        else:
            urns += _behind(candidate, property_)
    return list(seen.values())


def _behind(resource: Resource, property_: str) -> Iterable[str]:
    return resource.property_dependencies.get(property_, ())
