"""Usage: quantities that no program declares (GB, requests), from a file in Infracost's usage-file format over shipped presets."""

from __future__ import annotations

import fnmatch
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cost.estimate.model import Quantity, QuantitySource
from plinth.errors import InputError, nearest
from plinth.strict_yaml import read_document

VERSION = "0.1"
TYPE_DEFAULTS = "resource_type_default_usage"
RESOURCES = "resource_usage"
LEARNED_FROM = "learned_from"
"""Ours: `plinth cost usage learn` writes here which bill and month the figures are from; lines that rest on them say `learned`."""
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 4

Choices = tuple[str, ...]
"""The words that a text field takes; empty where any text will do (an instance type)."""


@dataclass(frozen=True, slots=True)
class UsageType:
    """What a usage file may say of a type: numbers, and texts with their choices, each as a dotted path."""

    terraform_type: str
    numbers: frozenset[str]
    texts: Mapping[str, Choices]

    @property
    def fields(self) -> frozenset[str]:
        """Every field."""
        return self.numbers | self.texts.keys()


KnownTypes = Mapping[str, UsageType]
"""Terraform type name or Pulumi token -> what a usage file may say of it."""

Figure = float | str


@dataclass(frozen=True, slots=True)
class NamedUsage:
    """The fields for resources of one type whose name matches a pattern; `key` is the key as the file has it."""

    terraform_type: str
    pattern: str
    key: str
    fields: Mapping[str, Figure]

    @property
    def exact(self) -> bool:
        """Whether the name is written out, without `*`."""
        return "*" not in self.pattern

    def matches(self, name: str) -> bool:
        """Whether it is about a resource of this name; `*` alone stands for anything."""
        return name == self.pattern if self.exact else _expression(self.pattern).match(name) is not None


@lru_cache(maxsize=65536)
def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern as `fnmatch` compiles it, which bounds the time of a match with many stars; its other signs stand for themselves."""
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]").replace("?", "[?]")))


class _Patterns:
    """The patterns of a type by what their matches begin and end with, so that a name is compared with few of them."""

    def __init__(self, entries: Iterable[NamedUsage]):
        self._by_ends: defaultdict[tuple[str, str], list[tuple[int, NamedUsage]]] = defaultdict(list)
        for place, entry in enumerate(entries):
            self._by_ends[entry.pattern.split("*", 1)[0], entry.pattern.rsplit("*", 1)[1]].append((place, entry))
        self._lengths = {(len(start), len(end)) for start, end in self._by_ends}

    def of(self, name: str) -> tuple[NamedUsage, ...]:
        """The patterns that match a name, in the file's order."""
        near = (self._by_ends.get((name[:start], name[len(name) - end :]), ()) for start, end in self._lengths if start + end <= len(name))
        found = [(place, entry) for entries in near for place, entry in entries if entry.matches(name)]
        return tuple(entry for _, entry in sorted(found, key=lambda item: item[0]))


@dataclass(frozen=True)
class Usage:
    """A usage file: defaults a Terraform type, and fields for named resources."""

    by_type: Mapping[str, Mapping[str, Figure]]
    named: tuple[NamedUsage, ...] = ()
    path: Path | None = None
    source: QuantitySource = QuantitySource.USAGE_FILE
    label: str = ""
    """Which preset, which bill: what a line says beside its source."""

    def fields(self, terraform_type: str, name: str) -> dict[str, Quantity]:
        """The figures for one resource: a written-out name before a pattern (the later pattern wins), both before the type's defaults."""
        found = self._figures(terraform_type, name)
        return {field: Quantity(value, self.source, self.label) for field, value in found.items() if not isinstance(value, str)}

    def texts(self, terraform_type: str, name: str) -> dict[str, str]:
        """The texts for one resource, such as `operating_system: windows`."""
        return {field: value for field, value in self._figures(terraform_type, name).items() if isinstance(value, str)}

    def patterns(self, terraform_type: str, name: str) -> tuple[NamedUsage, ...]:
        """The keys with `*` that match a resource, in the file's order."""
        found = self._patterns.get(terraform_type)
        return () if found is None else found.of(name)

    def _figures(self, terraform_type: str, name: str) -> Mapping[str, Figure]:
        """Numbers and texts for one resource; worked out once, for its meter's neighbours ask too."""
        asked = (terraform_type, name)
        if asked not in self._answers:
            exact = self._exact.get(asked)
            entries = (*self.patterns(terraform_type, name), *(() if exact is None else (exact,)))
            self._answers[asked] = {**self.by_type.get(terraform_type, {}), **{field: value for entry in entries for field, value in entry.fields.items()}}
        return self._answers[asked]

    @cached_property
    def _answers(self) -> dict[tuple[str, str], Mapping[str, Figure]]:
        return {}

    @cached_property
    def _patterns(self) -> Mapping[str, _Patterns]:
        found: defaultdict[str, list[NamedUsage]] = defaultdict(list)
        for entry in self.named:
            if not entry.exact:
                found[entry.terraform_type].append(entry)
        return {terraform_type: _Patterns(entries) for terraform_type, entries in found.items()}

    @cached_property
    def _exact(self) -> Mapping[tuple[str, str], NamedUsage]:
        return {(entry.terraform_type, entry.pattern): entry for entry in self.named if entry.exact}


def load_usage(path: Path) -> Usage:
    """A usage file. Raises InputError, with the nearest name, for an unknown key, type or field, and for a quantity that is no number of zero or more."""
    from cost.estimate.meters import known_usage_types

    document = read_document(path, fix=f'start it with version: "{VERSION}", in Infracost\'s usage format', limit=MAX_BYTES)
    document.refuse("the usage file")
    content: Mapping[str, Any] = document.value
    known = known_usage_types()
    _refuse_unknown(path, "key", content, ("version", LEARNED_FROM, TYPE_DEFAULTS, RESOURCES))
    if str(content.get("version")).removeprefix("v") != VERSION:
        raise InputError("the usage file has another version", where=f"{path}, version", value=content.get("version"), fix=f'write version: "{VERSION}"')
    by_type: dict[str, dict[str, Figure]] = {}
    for name, fields in _mapping(path, TYPE_DEFAULTS, content.get(TYPE_DEFAULTS)).items():
        type_ = _known_type(path, f"{TYPE_DEFAULTS}.{name}", str(name), known)
        by_type[type_.terraform_type] = _fields(path, f"{TYPE_DEFAULTS}.{name}", fields, type_)
    named = tuple(_named(path, str(key), fields, known) for key, fields in _mapping(path, RESOURCES, content.get(RESOURCES)).items())
    learned = content.get(LEARNED_FROM)
    source = QuantitySource.USAGE_FILE if learned is None else QuantitySource.LEARNED
    return Usage(by_type=by_type, named=named, path=path, source=source, label="" if learned is None else str(learned))


def check_names(usage: Usage, names: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Check a file's resource names against the stack's, by Terraform type; gives warnings for patterns that match nothing.

    A type that is not in `names` is usage only: its key makes the resource, so it is not checked.

    Raises InputError, with the nearest name, for a written-out name that no resource of its type has.
    """
    warnings: list[str] = []
    matched = {entry.key for terraform_type, found in names.items() for name in found for entry in usage.patterns(terraform_type, name)}
    for entry in usage.named:
        candidates = names.get(entry.terraform_type)
        if candidates is None or entry.key in matched or (entry.exact and entry.pattern in candidates):
            continue
        if entry.exact:
            raise InputError(
                "the usage file names a resource that the stack does not have",
                where=f"{usage.path}, {RESOURCES}",
                value=entry.key,
                fix=nearest(entry.pattern, candidates, f"the stack has no {entry.terraform_type}; take the key out"),
            )
        warnings.append(f"usage file: {entry.key} matches no resource of the stack")
    return tuple(warnings)


def _mapping(path: Path, key: str, value: Any) -> Mapping[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError("the value is no mapping", where=f"{path}, {key}", value=_plain(value), fix="indent its fields below it")
    return value


def _named(path: Path, key: str, fields: Any, known: KnownTypes) -> NamedUsage:
    where = f"{RESOURCES}.{key}"
    type_ = next((name for name in sorted(known, key=len, reverse=True) if key.startswith(f"{name}.")), None)
    if type_ is None:
        guess = key.rsplit(".", 1)[0]
        raise _unknown_type(path, where, guess, known)
    return NamedUsage(known[type_].terraform_type, key[len(type_) + 1 :], key, _fields(path, where, fields, known[type_]))


def _known_type(path: Path, where: str, name: str, known: KnownTypes) -> UsageType:
    if name not in known:
        raise _unknown_type(path, where, name, known)
    return known[name]


def _unknown_type(path: Path, where: str, name: str, known: KnownTypes) -> InputError:
    what = "the usage file names a type that Plinth does not price by usage"
    return InputError(what, where=f"{path}, {where}", value=name, fix=nearest(name, known, "take the key out"))


def _fields(path: Path, where: str, fields: Any, type_: UsageType) -> dict[str, Figure]:
    result: dict[str, Figure] = {}
    for field, value in _flattened(path, where, fields, 0):
        if field not in type_.fields:
            fix = nearest(field, type_.fields, "take the field out")
            raise InputError("the usage file has an unknown field", where=f"{path}, {where}", value=field, fix=fix)
        place = f"{where}.{field}"
        result[field] = _text(path, place, value, type_.texts[field]) if field in type_.texts else _quantity(path, place, value)
    return result


def _text(path: Path, where: str, value: Any, choices: Choices) -> str:
    fix = f"use one of {', '.join(choices)}" if choices else "give it as text"
    if not isinstance(value, str) or not value:
        raise InputError("the field takes a text", where=f"{path}, {where}", value=_plain(value), fix=fix)
    if choices and value not in choices:
        raise InputError("the field does not take this word", where=f"{path}, {where}", value=value, fix=fix)
    return value


def _flattened(path: Path, where: str, fields: Any, depth: int) -> Iterator[tuple[str, Any]]:
    for field, value in _mapping(path, where, fields).items():
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            yield from ((f"{field}.{inner}", leaf) for inner, leaf in _flattened(path, f"{where}.{field}", value, depth + 1))
        else:
            yield str(field), value


def _quantity(path: Path, where: str, value: Any) -> float:
    number = math.nan
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number) or number < 0:
        raise InputError(
            "the quantity is not a number of zero or more", where=f"{path}, {where}", value=_plain(value), fix="give a monthly quantity such as 120.5"
        )
    return number


def _plain(value: Any) -> object:
    """The value where it is a scalar, else its kind: aliases can make a small file's repr huge."""
    return value if isinstance(value, (str, int, float)) else type(value).__name__


def _refuse_unknown(path: Path, what: str, found: Mapping[Any, Any], allowed: tuple[str, ...]) -> None:
    for key in found:
        if key not in allowed:
            fix = nearest(str(key), allowed, f"use one of {', '.join(allowed)}")
            raise InputError(f"the usage file has an unknown {what}", where=path, value=key, fix=fix)
