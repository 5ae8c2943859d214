"""Which Resource elements stand for every resource of a type: AWS's own ARN formats (policies/data/iam_resources.json)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "data" / "iam_resources.json"
ANY_NAME = "\0" * 64
"""Stands for a name that no one has: a pattern that matches it matches every name."""
TYPE_ONLY = re.compile(r"[\w-]*[:/]?[*?:/]*")
EVERYTHING = "*"
PUBLISHERS = frozenset({"763104351884"})
"""Accounts of AWS whose every resource is published to all customers: Deep Learning Containers (their documentation, "Available images")."""


@cache
def _formats() -> Mapping[str, tuple[str, ...]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))["services"]


def every(value: Any) -> tuple[str, ...]:
    """The resource types of which an element names every resource (`role`, `key`), or `*` for all of them; none where it names some.

    An account or a region in the ARN changes nothing: `arn:aws:iam::123456789012:role/*` is every role that there is.
    """
    if not isinstance(value, str):
        return ()
    parts = value.split(":", 5)
    if len(parts) < 6:
        return (EVERYTHING,) if value.endswith("*") else ()
    if parts[4] in PUBLISHERS:
        return ()
    return _types(parts[2], parts[5])


@cache
def _types(service: str, path: str) -> tuple[str, ...]:
    if not path.strip("*?:/"):
        return (EVERYTHING,)
    if not re.search(r"[*?]", path):
        return ()
    formats = _formats().get(service)
    if formats is None:
        return (EVERYTHING,) if TYPE_ONLY.fullmatch(path) else ()
    pattern = re.compile(translate(path.replace("[", "[[]")))
    return tuple(re.split("[:/]", each)[0] for each in formats if pattern.fullmatch(each.replace("{}", ANY_NAME)))
