"""Finding what a resource refers to: a launch template by a node group, a configuration by an endpoint; and which Region it is in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar, cast

from plinth.stack import Resource, Stack

_ARN_REGION = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")
_ZONE_REGION = re.compile(r"^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$")
_IDENTITY_KEYS = ("id", "name", "arn", "bucket")
_Found = TypeVar("_Found")


class References:
    """Look-ups over one stack, indexed once: the resources by what others call them."""

    def __init__(self, stack: Stack):
        self._stack = stack
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
        """A resource's Region: its own, its ARN's, its provider's, else the stack's; None where nothing says."""
        own = resource.output("region")
        if own.known:
            return str(own.value)
        arn = resource.output("arn")
        if arn.known and (match := _ARN_REGION.match(str(arn.value))):
            return match[1]
        return self._provider_regions.get(self._provider_urn(resource)) or self.stack_region

    @property
    def stack_region(self) -> str | None:
        """The stack's Region, configured or inferred."""
        return self._stack.region or self.inferred_region

    @cached_property
    def inferred_region(self) -> str | None:
        """The one Region that the stack's zones and ARNs name, where its configuration names none; None where they name several or none."""
        if self._stack.region is not None:
            return None
        seen: Counter[str] = Counter()
        for resource in self._stack.custom:
            zone, arn = resource.output("availabilityZone"), resource.output("arn")
            for pattern, found in ((_ZONE_REGION, zone), (_ARN_REGION, arn)):
                if found.known and (match := pattern.match(str(found.value))):
                    seen[match[1]] += 1
        return next(iter(seen)) if len(seen) == 1 else None

    @staticmethod
    def _provider_urn(resource: Resource) -> str:
        return (resource.options.provider or "").rsplit("::", 1)[0]

    @cached_property
    def _provider_regions(self) -> dict[str, str]:
        regions: defaultdict[str, str] = defaultdict(str)
        for resource in self._stack.resources:
            region = resource.input("region")
            if resource.type == "pulumi:providers:aws" and region.known:
                regions[resource.urn] = str(region.value)
        return dict(regions)


def _texts(resource: Resource, key: str) -> Iterable[str]:
    yield from (text for text in (resource.input(key).value, resource.output(key).value) if isinstance(text, str))
    yield from resource.property_dependencies.get(key.split(".", 1)[0], ())
