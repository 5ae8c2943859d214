"""`${outputs.lake_bucket}`, `${steps.find.markers}`, `${drill.fault_at}`: how a step's inputs refer to what is known by then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plinth.errors import InputError

REFERENCE = re.compile(r"\$\{([a-z_]+(?:\.[A-Za-z0-9_-]+)+)\}")


def references_in(value: Any) -> Iterator[str]:
    """Every reference in a value, without its braces."""
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references_in(item)


def resolve(value: Any, known: Mapping[str, Any], where: str) -> Any:
    """The value with its references replaced. A text that is one reference becomes the value referred to, whatever its type.

    Raises InputError where a reference leads nowhere.
    """
    if isinstance(value, str):
        whole = REFERENCE.fullmatch(value)
        if whole:
            return _look_up(whole[1], known, where)
        return REFERENCE.sub(lambda found: str(_look_up(found[1], known, where)), value)
    if isinstance(value, Mapping):
        return {key: resolve(item, known, where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, known, where) for item in value]
    return value


def _look_up(reference: str, known: Mapping[str, Any], where: str) -> Any:
    current: Any = known
    for part in reference.split("."):
        if not isinstance(current, Mapping) or part not in current:
            near = ", ".join(sorted(current)) if isinstance(current, Mapping) else "nothing"
            raise InputError("the reference leads nowhere", where=where, value=f"${{{reference}}}", fix=f"known here: {near}")
        current = current[part]
    return current
