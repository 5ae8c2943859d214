"""Finding what a resource refers to: a launch template by a node group, a configuration by an endpoint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar, cast

from cost.estimate.placement import Places
from plinth.stack import Resource, Stack

_IDENTITY_KEYS = ("id", "name", "arn", "bucket")
_Found = TypeVar("_Found")


class References:
    """Look-ups over one stack, indexed once: the resources by what others call them."""

    def __init__(self, stack: Stack):
        self._stack = stack
        self.places = Places(stack)
        self._referring: dict[tuple[str, str, str], dict[str, tuple[Resource, ...]]] = {}
        self._named: dict[tuple[str, str], dict[str, tuple[Resource, ...]]] = {}
        self._worked_out: dict[Callable[[Stack], Any], Any] = {}

    def referred(self, resource: Resource, property_path: str, type_: str) -> Resource | None:
        """The resource of `type_` that a property refers to: by the engine's property dependencies, else by an equal id, name or ARN."""
        top = property_path.split(".", 1)[0]
        for urn in resource.property_dependencies.get(top, ()):
            found = self._stack.by_urn.get(urn)
            if found is not None and found.type == type_:
                return found
        value = resource.input(property_path)
        return self._by_identity.get((type_, value.value)) if value.known and isinstance(value.value, str) else None

    def referring(self, resource: Resource, property_path: str, type_: str) -> tuple[Resource, ...]:
        """The resources of `type_` whose property refers to this one."""
        key = (property_path, type_, resource.type)
        if key not in self._referring:
            found: defaultdict[str, list[Resource]] = defaultdict(list)
            for other in self._stack.of_type(type_):
                target = self.referred(other, property_path, resource.type)
                if target is not None:
                    found[target.urn].append(other)
            self._referring[key] = {urn: tuple(others) for urn, others in found.items()}
        return self._referring[key].get(resource.urn, ())

    def named(self, type_: str, key: str, value: object) -> tuple[Resource, ...]:
        """The resources of a type whose property `key` is a text, or is made from an output of the resource with that URN."""
        if not isinstance(value, str):
            return ()
        if (type_, key) not in self._named:
            self._named[type_, key] = self._by_text(type_, key)
        return self._named[type_, key].get(value, ())

    def belonging(self, owner: Resource, type_: str, key: str, *names: object) -> tuple[Resource, ...]:
        """The resources of a type whose property `key` is one of the owner's names, or is made from one of its outputs."""
        return tuple({found.urn: found for name in (*names, owner.urn) for found in self.named(type_, key, name)}.values())

    def referred_or_named(self, resource: Resource, path: str, type_: str, key: str) -> Resource | None:
        """What a property refers to; where nothing shows it, the first resource of the type whose `key` says the same text."""
        found = self.referred(resource, path, type_)
        return found or next(iter(self.named(type_, key, resource.input(path).value)), None)

    def once(self, work: Callable[[Stack], _Found]) -> _Found:
        """What a function makes of the whole stack, worked out once an estimate."""
        if work not in self._worked_out:
            self._worked_out[work] = work(self._stack)
        return cast("_Found", self._worked_out[work])

    def _by_text(self, type_: str, key: str) -> dict[str, tuple[Resource, ...]]:
        found: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        for resource in self._stack.of_type(type_):
            for text in _texts(resource, key):
                found[text][resource.urn] = resource
        return {text: tuple(resources.values()) for text, resources in found.items()}

    @cached_property
    def _by_identity(self) -> dict[tuple[str, str], Resource]:
        index: dict[tuple[str, str], Resource] = {}
        for resource in self._stack.custom:
            names = [resource.id, *(resource.output(key).value for key in _IDENTITY_KEYS)]
            for name in names:
                if isinstance(name, str):
                    index.setdefault((resource.type, name), resource)
        return index

    def region(self, resource: Resource) -> str | None:
        """A resource's Region; None where nothing says, or where what says it contradicts itself."""
        return self.places.of(resource).region

    @property
    def stack_region(self) -> str | None:
        """The stack's Region, configured or inferred."""
        return self.places.stack_region


def _texts(resource: Resource, key: str) -> Iterable[str]:
    yield from (text for text in (resource.input(key).value, resource.output(key).value) if isinstance(text, str))
    yield from resource.property_dependencies.get(key.split(".", 1)[0], ())
