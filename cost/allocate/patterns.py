"""Glob patterns over text columns as Ibis conditions: `*` is any text, `?` is any one character, all else is itself."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import ibis

_SPECIAL: Final = frozenset("\\.^$|+()[]{}")


def matches(column: Any, patterns: Sequence[str]) -> Any:
    """Whether the text matches one of the patterns; null is the empty text, and the answer is never null."""
    text = column.fill_null("")
    plain = [pattern for pattern in patterns if not is_glob(pattern)]
    globs = [pattern for pattern in patterns if is_glob(pattern)]
    conditions = ([text.isin(plain)] if plain else []) + ([text.re_search(_regex(globs))] if globs else [])
    return ibis.or_(*conditions)


def matches_text(text: str, patterns: Sequence[str]) -> bool:
    """The same for one text."""
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in patterns)


def is_glob(pattern: str) -> bool:
    """Whether the pattern has a wildcard."""
    return "*" in pattern or "?" in pattern


def _regex(patterns: Sequence[str]) -> str:
    """One anchored expression that RE2 (DuckDB), Java (Spark) and Joni (Athena) read alike."""
    return f"(?s)^(?:{'|'.join(''.join(_part(character) for character in pattern) for pattern in patterns)})\\z"


def _part(character: str) -> str:
    if character == "*":
        return ".*"
    if character == "?":
        return "."
    return f"\\{character}" if character in _SPECIAL else character
