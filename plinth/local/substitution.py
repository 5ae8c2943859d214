"""Made-up names to real ones: the recorder's invented ids, ARNs and outputs are replaced by what the local AWS answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from plinth.stack.model import Resource, Stack
from plinth.stack.values import Secret

MIN_LENGTH = 6
"""Shorter made-up outputs (`1`, `on`) are words, not names: replacing them inside a policy document would break it."""


class UnresolvedError(Exception):
    """An input uses a made-up value that the local AWS never gave a real one for."""

    def __init__(self, made_up: str, owner: str):
        self.made_up, self.owner = made_up, owner
        super().__init__(f"it needs {made_up!r}, which {owner} did not give on the local AWS")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each scalar inside a value with its dotted path; secrets are looked into."""
    if isinstance(value, Secret):
        yield from leaves(value.value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}.{index}" if path else str(index))
    else:
        yield path, value


def made_up_values(resource: Resource) -> dict[str, str]:
    """The strings that the recorder invented for a resource, by output path (`id` for the id): those that its own inputs do not hold."""
    given = {item for _, item in leaves(resource.inputs) if isinstance(item, str)}
    found = {path: item for path, item in leaves(resource.outputs) if isinstance(item, str) and len(item) >= MIN_LENGTH and item not in given}
    if resource.id and resource.id not in given:
        found["id"] = resource.id
    return found


def without_scheme(text: str) -> str:
    """A URL without `https://`; any other text as it is."""
    return text.removeprefix("https://")


def map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every string in it changed; keys of mappings too, and secrets stay secret."""
    if isinstance(value, Secret):
        return Secret(map_strings(value.value, change))
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key) if isinstance(key, str) else key: map_strings(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_strings(item, change) for item in value]
    return value


class Substitution:
    """Which made-up string became which real one. A made-up string without a real one yet is known too, so that it can't slip through."""

    def __init__(self, owners: Mapping[str, str] | None = None, real: Mapping[str, str] | None = None):
        self._owners = dict(owners or {})
        self.real: dict[str, str] = dict(real or {})
        self._pattern: re.Pattern[str] | None = None

    @classmethod
    def of(cls, stack: Stack) -> Substitution:
        """The substitution of a stack that is not deployed yet: its names that one resource alone makes up, none real."""
        by_resource = {resource.urn: set(made_up_values(resource).values()) for resource in stack.custom}
        counts = Counter(value for values in by_resource.values() for value in values)
        owners = {value: urn for urn, values in by_resource.items() for value in values if counts[value] == 1}
        return cls({**{without_scheme(value): urn for value, urn in owners.items()}, **owners})

    def learn(self, made_up: str, real: str) -> None:
        """Record what a made-up string is in the local AWS; of a URL also what stands behind the scheme, as trust policies write it."""
        if made_up in self._owners:
            self.real[without_scheme(made_up)] = without_scheme(real)
            self.real[made_up] = real

    def apply(self, value: Any, sources: Collection[str] = ()) -> Any:
        """The value with every made-up string in it, whole or inside another, replaced; the longest first.

        `sources` are the resources that the value may come from (its resource's dependencies): where one of them gave no real value,
        it raises UnresolvedError. What no dependency brought is the program's own text, an ARN put together from names, say, and stays.
        """

        def real_of(match: re.Match[str]) -> str:
            made_up = match.group()
            if made_up not in self.real and self._owners.get(made_up) in sources:
                raise UnresolvedError(made_up, self._owners[made_up])
            return self.real.get(made_up, made_up)

        pattern = self._pattern_of_all()
        return map_strings(value, lambda text: pattern.sub(real_of, text))

    def _pattern_of_all(self) -> re.Pattern[str]:
        if self._pattern is None:
            longest_first = sorted({*self._owners, *self.real}, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return self._pattern
