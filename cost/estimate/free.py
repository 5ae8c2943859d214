"""What costs nothing: a table of resource types, each with the reason; types that merely carry no charge of their own are in it too."""

from __future__ import annotations

import csv
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "free.csv"


@cache
def free_types() -> dict[str, str]:
    """Resource type, or a pattern with `*`, to the reason why it is free."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["type"]: row["reason"] for row in csv.DictReader(file)}


@cache
def free_reason(type_: str) -> str | None:
    """Why a resource type costs nothing, or None where it is not known to be free."""
    table = free_types()
    exact = table.get(type_)
    return exact or next((reason for pattern, reason in table.items() if "*" in pattern and fnmatchcase(type_, pattern)), None)
