"""Declared against found: what was sent to AWS compared with what it answers, leaf by leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Absent(Enum):
    """Stands for what the answer does not hold at all, which null is not."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Difference:
    """One leaf that is not as declared; `found` is ABSENT where the service does not echo it."""

    path: str
    declared: Any
    found: Any


def differences(declared: Any, found: Any, path: str = "") -> Iterator[Difference]:
    """The leaves of `declared` that `found` lacks or has otherwise. What `found` holds beyond them is not a difference."""
    declared, found = _parsed(declared), _parsed(found)
    if isinstance(declared, Mapping) and isinstance(found, Mapping):
        for key, item in declared.items():
            inner = f"{path}.{key}" if path else key
            yield from differences(item, found.get(key, ABSENT), inner)
    elif isinstance(declared, list) and isinstance(found, list):
        yield from _list_differences(declared, found, path)
    elif found is ABSENT or (found is None and declared is not None):
        yield Difference(path, declared, ABSENT)
    elif not _same(declared, found):
        yield Difference(path, declared, found)


def _list_differences(declared: list[Any], found: list[Any], path: str) -> Iterator[Difference]:
    """Lists are compared without regard to order, as AWS gives no order; each found item answers for one declared item."""
    left = list(found)
    unmatched: list[tuple[int, Any]] = []
    for index, item in enumerate(declared):
        match = next((candidate for candidate in left if not list(differences(item, candidate))), ABSENT)
        if match is ABSENT:
            unmatched.append((index, item))
        else:
            left.remove(match)
    if len(declared) != len(found):
        yield Difference(path, declared, found)
    else:
        for (index, item), candidate in zip(unmatched, left, strict=True):
            yield from differences(item, candidate, f"{path}.{index}" if path else str(index))


def _parsed(value: Any) -> Any:
    """A JSON document in a string as data, so that spacing and key order do not count; a tuple as a list."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value


def _same(declared: Any, found: Any) -> bool:
    """Equal as AWS means it: a policy's one-item list equals its item, numbers and booleans equal their text."""
    if isinstance(declared, list) != isinstance(found, list):
        single, many = (found, declared) if isinstance(declared, list) else (declared, found)
        return many == [single]
    if isinstance(declared, bool) or isinstance(found, bool):
        return str(declared).lower() == str(found).lower()
    if isinstance(declared, (int, float)) or isinstance(found, (int, float)):
        return _number(declared) == _number(found)
    return declared == found


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def tags_as_mapping(tags: Any) -> Any:
    """Tags in any of AWS's forms as one mapping; ABSENT where there are none to read."""
    if isinstance(tags, Mapping):
        return dict(tags)
    if isinstance(tags, list):
        return {tag.get("Key", tag.get("TagKey", tag.get("key"))): tag.get("Value", tag.get("TagValue", tag.get("value"))) for tag in tags}
    return ABSENT


def find(item: Any, path: str) -> Any:
    """What an item holds under an argument's path, ignoring case: the whole path, or the path without its first part. ABSENT where nothing does."""
    whole = _descend(item, path.split("."))
    return _descend(item, path.split(".")[1:]) if whole is ABSENT and "." in path else whole


def _descend(item: Any, parts: list[str]) -> Any:
    for part in parts:
        if not isinstance(item, Mapping):
            return ABSENT
        key = next((key for key in item if key.lower() == part.lower()), None)
        if key is None:
            return ABSENT
        item = item[key]
    return ABSENT if item is None else item
