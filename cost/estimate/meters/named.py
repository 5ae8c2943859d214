"""Who names whom: the resources of a type by what one of their properties says, or depends on, indexed once an estimate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from weakref import WeakKeyDictionary

from cost.estimate.lookup import References
from cost.estimate.meters.base import Context
from plinth.stack import Resource

Index = Mapping[str, tuple[Resource, ...]]
_INDEXES: WeakKeyDictionary[References, dict[tuple[str, str], Index]] = WeakKeyDictionary()
"""An estimate's indexes live as long as its References."""


def named(context: Context, type_: str, key: str, value: object) -> tuple[Resource, ...]:
    """The stack's resources of a type whose property `key` is a text, or is made from an output of the resource with that URN."""
    if not isinstance(value, str):
        return ()
    indexes = _INDEXES.setdefault(context.references, {})
    if (type_, key) not in indexes:
        indexes[type_, key] = _indexed(context, type_, key)
    return indexes[type_, key].get(value, ())


def belonging(context: Context, owner: Resource, type_: str, key: str, *names: object) -> tuple[Resource, ...]:
    """The resources of a type whose property `key` is one of the owner's names, or is made from one of its outputs."""
    return tuple({found.urn: found for name in (*names, owner.urn) for found in named(context, type_, key, name)}.values())


def referred_or_named(context: Context, resource: Resource, path: str, type_: str, key: str) -> Resource | None:
    """What a property refers to; where nothing shows it, the first resource of the type whose `key` says the same text."""
    found = context.references.referred(resource, path, type_)
    return found or next(iter(named(context, type_, key, resource.input(path).value)), None)


def by_text(context: Context, type_: str, path: str) -> Index:
    """The stack's resources of a type by the text of an input; those whose input is unknown, or no text, are in none."""
    named(context, type_, path, "")
    return _INDEXES[context.references][type_, path]


def naming(context: Context, type_: str, path: str, name: object) -> tuple[Resource, ...]:
    """The resources of a type whose input at `path` is a name, or is made from an output of the context's resource."""
    return belonging(context, context.resource, type_, path, name)


def _indexed(context: Context, type_: str, key: str) -> Index:
    found: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
    for resource in context.stack.of_type(type_):
        for text in _texts(resource, key):
            found[text][resource.urn] = resource
    return {text: tuple(resources.values()) for text, resources in found.items()}


def _texts(resource: Resource, key: str) -> Iterable[str]:
    yield from (text for text in (resource.input(key).value, resource.output(key).value) if isinstance(text, str))
    yield from resource.property_dependencies.get(key.split(".", 1)[0], ())
