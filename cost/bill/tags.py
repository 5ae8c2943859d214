"""Tag keys: many spellings of one tag brought to one key, and the spellings that would collide kept apart.

`Team`, `team` and `TEAM` are three tags to AWS and one to Athena: where a bill has more than one of them, each keeps its own
spelling as its key and the bill says so. Source: facts/cost.md 3.2.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LEGACY_TAG_SECTIONS: Final = ("resourceTags/", "costCategory/")
SNAKE_TAG_SECTIONS: Final = ("resource_tags_", "cost_category_")
TAG_MAPS: Final = ("tags", "cost_category", "resource_tags")
"""CUR 2.0's maps of tags."""

_PREFIXES: Final = {
    "resourceTags/": "", "resource_tags_": "", "costCategory/": "cost_category:", "cost_category_": "cost_category:",
    "accountTag/": "account_tag:", "userAttribute/": "user_attribute:", "iamPrincipal/": "iam_principal:",
}  # fmt: skip
"""What a column or a key of the map `tags` starts with, and what its tag's spelling starts with. Source: facts/cost.md 3.2."""
_OWNERS: Final = {"user:": "", "user_": "", "aws_": "aws:"}
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


def merged_keys(found: Sequence[tuple[TagKey, ...]]) -> tuple[TagKey, ...]:
    """The tag keys of files of several formats as one list: a key that two have is one, and it says where they spell it differently."""
    by_key: dict[str, TagKey] = {}
    for tag in (tag for keys in found for tag in keys):
        known = by_key.get(tag.key)
        if known is None:
            by_key[tag.key] = tag
            continue
        snake = all(map(_is_snake, tag.columns)) or all(map(_is_snake, known.columns))
        spellings = dict.fromkeys([known.spelling] if snake else [known.spelling, tag.spelling])
        columns = tuple(sorted({*known.columns, *tag.columns}))
        by_key[tag.key] = TagKey(tag.key, columns, " and ".join(spellings), known.collides or tag.collides or len(spellings) > 1)
    return tuple(by_key[key] for key in sorted(by_key))


def normalise_tag_key(key: str) -> str:
    """The key in lower snake case: `CostCenter`, `cost-center` and `cost_center` are `cost_center`; `aws:createdBy` is `aws:created_by`."""
    prefix, separator, rest = key.partition(":")
    if separator and prefix == "user":
        return _snake(rest)
    if separator and prefix in ("aws", "cost_category", "account_tag", "user_attribute", "iam_principal"):
        return f"{prefix}:{_snake(rest)}"
    return _snake(key)


def _snake(text: str) -> str:
    words = _SEPARATORS.sub("_", _WORD_BOUNDARY.sub("_", text).lower()).strip("_")
    return words or text


def spelling_of(column: str) -> str:
    """How a column or a map's key spells its tag: `resourceTags/user:Team` is `Team`, `resource_tags_aws_created_by` is `aws:created_by`.

    A key of CUR 2.0's map `cost_category` is to be given as `cost_category_KEY`.
    """
    prefix = next((prefix for prefix in _PREFIXES if column.startswith(prefix)), None)
    if prefix is None:
        return _owned(column)
    return _PREFIXES[prefix] + (_owned(column.removeprefix(prefix)) if not _PREFIXES[prefix] else column.removeprefix(prefix))


def _owned(key: str) -> str:
    owner = next((owner for owner in _OWNERS if key.startswith(owner) and key != owner), None)
    return key if owner is None else _OWNERS[owner] + key.removeprefix(owner)


def tag_keys(columns: Iterable[str]) -> tuple[TagKey, ...]:
    """The tag keys of a bill from all its tag columns and map keys. Spellings that normalise alike keep their own spelling as key.

    A snake-case column (`resource_tags_user_team`) has lost its spelling: it is of the one tag that is spelled out, where there is one.
    """
    spelled: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for column in columns:
        spelling = spelling_of(column)
        spelled[normalise_tag_key(spelling)][spelling].add(column)
    for spellings in spelled.values():
        exact = [spelling for spelling, known in spellings.items() if not all(map(_is_snake, known))]
        for spelling in [each for each in spellings if each not in exact] if len(exact) == 1 else []:
            spellings[exact[0]] |= spellings.pop(spelling)
    return tuple(
        TagKey(key=normal if len(spellings) == 1 else spelling, columns=tuple(sorted(spellings[spelling])), spelling=spelling, collides=len(spellings) > 1)
        for normal, spellings in sorted(spelled.items())
        for spelling in sorted(spellings)
    )


def _is_snake(column: str) -> bool:
    return column.startswith((*SNAKE_TAG_SECTIONS, "user_", "aws_"))


def rank_of(column: str) -> str:
    """Of two columns of one tag the higher rank's value is taken: CUR 2.0's own map of resource tags before its map `tags`."""
    return "0" if column.startswith(tuple(prefix for prefix in _PREFIXES if prefix.endswith("/"))) else "1"
