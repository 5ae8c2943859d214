"""Tag keys: many spellings of one tag brought to one key, and the spellings that would collide kept apart.

`Team`, `team` and `TEAM` are three tags to AWS and one to Athena: where a bill has more than one of them, each keeps its own
spelling as its key and the bill says so. Source: facts/cost.md 3.2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TAG_SECTION: Final = "resourceTags/"
COST_CATEGORY_SECTION: Final = "costCategory/"
UNTAGGED: Final = ""
"""The value under which untagged cost is shown."""

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class TagKey:
    """One key of the Tags map, the columns it came from and how they spell it; `collides` where its normal form has several spellings."""

    key: str
    columns: tuple[str, ...]
    spelling: str
    collides: bool = False


def normalise_tag_key(key: str) -> str:
    """The key in lower snake case: `CostCenter`, `cost-center` and `cost_center` are `cost_center`; `aws:createdBy` is `aws:created_by`."""
    prefix, separator, rest = key.partition(":")
    if separator and prefix == "user":
        return _snake(rest)
    if separator and prefix in ("aws", "cost_category"):
        return f"{prefix}:{_snake(rest)}"
    return _snake(key)


def _snake(text: str) -> str:
    words = _SEPARATORS.sub("_", _WORD_BOUNDARY.sub("_", text).lower()).strip("_")
    return words or text


def spelling_of(column: str) -> str | None:
    """How a legacy csv column spells its tag: `resourceTags/user:Team` is `Team`; None where the column is no tag."""
    if column.startswith(TAG_SECTION):
        return column.removeprefix(TAG_SECTION).removeprefix("user:")
    if column.startswith(COST_CATEGORY_SECTION):
        return f"cost_category:{column.removeprefix(COST_CATEGORY_SECTION)}"
    return None


def tag_keys(columns: Iterable[str]) -> tuple[TagKey, ...]:
    """The tag keys of a bill from all its files' columns. Spellings that normalise alike keep their own spelling as key."""
    by_spelling: dict[str, set[str]] = defaultdict(set)
    for column in columns:
        spelling = spelling_of(column)
        if spelling:
            by_spelling[spelling].add(column)
    by_normal: dict[str, list[str]] = defaultdict(list)
    for spelling in sorted(by_spelling):
        by_normal[normalise_tag_key(spelling)].append(spelling)
    return tuple(
        TagKey(key=normal if len(spellings) == 1 else spelling, columns=tuple(sorted(by_spelling[spelling])), spelling=spelling, collides=len(spellings) > 1)
        for normal, spellings in sorted(by_normal.items())
        for spelling in spellings
    )
