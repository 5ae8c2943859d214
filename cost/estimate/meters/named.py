"""Who names whom: the resources of a type by the text of an input, indexed once an estimate, for what a meter asks of every resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from cost.estimate.lookup import References
from cost.estimate.meters.base import Context
from plinth.stack import Resource

Index = Mapping[str, tuple[Resource, ...]]
_INDEXES: WeakKeyDictionary[References, dict[tuple[str, str], Index]] = WeakKeyDictionary()
"""An estimate's indexes live as long as its References."""


def by_text(context: Context, type_: str, path: str) -> Index:
    """The stack's resources of a type by the text of an input; those whose input is unknown, or no text, are in none."""
    indexes = _INDEXES.setdefault(context.references, {})
    if (type_, path) not in indexes:
        indexes[type_, path] = _indexed(context, type_, path)
    return indexes[type_, path]


def naming(context: Context, type_: str, path: str, name: object) -> tuple[Resource, ...]:
    """The resources of a type whose input at `path` is a name, or is made from an output of the context's resource."""
    named = by_text(context, type_, path).get(name, ()) if isinstance(name, str) else ()
    top = path.split(".", 1)[0]
    dependent = (other for other in context.stack.dependents(context.resource, type_) if context.resource.urn in other.property_dependencies.get(top, ()))
    return tuple({other.urn: other for other in (*named, *dependent)}.values())


def _indexed(context: Context, type_: str, path: str) -> Index:
    found: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in context.stack.of_type(type_):
        value = resource.input(path)
        if value.known and isinstance(value.value, str):
            found[value.value].append(resource)
    return {text: tuple(resources) for text, resources in found.items()}
