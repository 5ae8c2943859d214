"""Usage: quantities that no program declares (GB, requests), from a file in Infracost's usage-file format over shipped defaults."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from cost.estimate.model import Quantity, QuantitySource
from plinth.errors import InputError
from plinth.strict_yaml import read_document

DEFAULTS = Path(__file__).parent / "usage_defaults.yml"
VERSION = "0.1"
TYPE_DEFAULTS = "resource_type_default_usage"
RESOURCES = "resource_usage"
MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 4

KnownTypes = Mapping[str, tuple[str, frozenset[str]]]
"""Terraform type name or Pulumi token -> (Terraform type name, its usage fields as dotted paths)."""


@dataclass(frozen=True, slots=True)
class NamedUsage:
    """The fields for resources of one type whose name matches a pattern; `key` is the key as the file has it."""

    terraform_type: str
    pattern: str
    key: str
    fields: Mapping[str, float]

    @property
    def exact(self) -> bool:
        """Whether the name is written out, without `*`."""
        return "*" not in self.pattern


@dataclass(frozen=True, slots=True)
class Usage:
    """A usage file: defaults a Terraform type, and fields for named resources."""

    by_type: Mapping[str, Mapping[str, float]]
    named: tuple[NamedUsage, ...] = ()
    path: Path | None = None
    source: QuantitySource = QuantitySource.USAGE_FILE

    def fields(self, terraform_type: str, name: str) -> dict[str, Quantity]:
        """The figures for one resource: a written-out name before a pattern (the later pattern wins), both before the type's defaults."""
        found = dict(self.by_type.get(terraform_type, {}))
        matching = [entry for entry in self.named if entry.terraform_type == terraform_type and fnmatchcase(name, entry.pattern)]
        for entry in sorted(matching, key=lambda entry: entry.exact):
            found.update(entry.fields)
        return {field: Quantity(value, self.source) for field, value in found.items()}


@cache
def default_usage() -> Usage:
    """The quantities that ship with Plinth, for what a usage file leaves out."""
    return read_usage(DEFAULTS, source=QuantitySource.DEFAULT)


def load_usage(path: Path) -> Usage:
    """A usage file. Raises InputError, with the nearest name, for an unknown key, type or field, and for a quantity that is no number of zero or more."""
    return read_usage(path, source=QuantitySource.USAGE_FILE)


def read_usage(path: Path, *, source: QuantitySource) -> Usage:
    """The Usage in a YAML file, each figure marked with its source."""
    from cost.estimate.meters import known_usage_types

    document = read_document(path, fix=f'start it with version: "{VERSION}", in Infracost\'s usage format', limit=MAX_BYTES)
    document.refuse("the usage file")
    content: Mapping[str, Any] = document.value
    known = known_usage_types()
    _refuse_unknown(path, "key", content, ("version", TYPE_DEFAULTS, RESOURCES))
    if str(content.get("version")) != VERSION:
        raise InputError("the usage file has another version", where=f"{path}, version", value=content.get("version"), fix=f'write version: "{VERSION}"')
    by_type: dict[str, dict[str, float]] = {}
    for name, fields in _mapping(path, TYPE_DEFAULTS, content.get(TYPE_DEFAULTS)).items():
        terraform_type, allowed = _known_type(path, f"{TYPE_DEFAULTS}.{name}", str(name), known)
        by_type[terraform_type] = _fields(path, f"{TYPE_DEFAULTS}.{name}", fields, allowed)
    named = tuple(_named(path, str(key), fields, known) for key, fields in _mapping(path, RESOURCES, content.get(RESOURCES)).items())
    return Usage(by_type=by_type, named=named, path=path, source=source)


def check_names(usage: Usage, names: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Check a file's resource names against the stack's, by Terraform type; gives warnings for patterns that match nothing.

    Raises InputError, with the nearest name, for a written-out name that no resource of its type has.
    """
    warnings: list[str] = []
    for entry in usage.named:
        candidates = names.get(entry.terraform_type, frozenset())
        if any(fnmatchcase(name, entry.pattern) for name in candidates):
            continue
        if entry.exact:
            raise InputError(
                "the usage file names a resource that the stack does not have",
                where=f"{usage.path}, {RESOURCES}",
                value=entry.key,
                fix=_nearest(entry.pattern, candidates, f"the stack has no {entry.terraform_type}; take the key out"),
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
    terraform_type, allowed = known[type_]
    return NamedUsage(terraform_type, key[len(type_) + 1 :], key, _fields(path, where, fields, allowed))


def _known_type(path: Path, where: str, name: str, known: KnownTypes) -> tuple[str, frozenset[str]]:
    if name not in known:
        raise _unknown_type(path, where, name, known)
    return known[name]


def _unknown_type(path: Path, where: str, name: str, known: KnownTypes) -> InputError:
    what = "the usage file names a type that Plinth does not price by usage"
    return InputError(what, where=f"{path}, {where}", value=name, fix=_nearest(name, known, "take the key out"))


def _fields(path: Path, where: str, fields: Any, allowed: frozenset[str]) -> dict[str, float]:
    result: dict[str, float] = {}
    for field, value in _flattened(path, where, fields, 0):
        if field not in allowed:
            raise InputError("the usage file has an unknown field", where=f"{path}, {where}", value=field, fix=_nearest(field, allowed, "take the field out"))
        result[field] = _quantity(path, f"{where}.{field}", value)
    return result


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
            fix = _nearest(str(key), allowed, f"use one of {', '.join(allowed)}")
            raise InputError(f"the usage file has an unknown {what}", where=path, value=key, fix=fix)


def _nearest(name: str, candidates: Any, otherwise: str) -> str:
    close = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise
