"""What a bill's files are called and how they are told apart: sources, files found, and which names are bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from cost.bill.model import BillWarning

NAMED: Final = 3
DATA_SUFFIXES: Final = (".csv", ".csv.gz", ".gz", ".parquet", ".zip")
STATUS_FILES: Final = (".*", "_*", "*Manifest.json", "*.sql", "*.yml", "*.yaml", "aws-programmatic-access-test-object", "cost_and_usage_data_status*")
STATUS_FOLDERS: Final = ("cost_and_usage_data_status", "_temporary")


class SourceKind(StrEnum):
    """How a source's bytes are to be read."""

    CSV = "csv"
    CSV_GZ = "csv.gz"
    PARQUET = "parquet"


class Role(StrEnum):
    """What a file in a delivery is for."""

    DATA = "data"
    MANIFEST = "manifest"
    STATUS = "status"
    OTHER = "other"


@dataclass(frozen=True)
class Source:
    """One file of a bill: a local path that can be read now, the name that the user knows it by, and the delivery that it is of."""

    path: Path
    name: str
    kind: SourceKind
    period: str | None = None
    assembly: str | None = None


@dataclass(frozen=True)
class Sources:
    """The files of a bill in a fixed order, and what was left out and why."""

    files: tuple[Source, ...]
    notes: tuple[BillWarning, ...]


@dataclass(frozen=True)
class Found:
    """A file that was found and not opened: `key` is its absolute path or S3 URI, `modified` is in seconds since 1970."""

    key: str
    name: str
    size: int
    modified: float


def role_of(parts: Sequence[str]) -> Role:
    """What the file at this path below the given folder is for, by AWS's names for what it delivers beside a bill."""
    name = parts[-1]
    if any(part.startswith(".") or part in STATUS_FOLDERS for part in parts):
        return Role.STATUS
    if name == "Manifest.json" or name.endswith("-Manifest.json"):
        return Role.MANIFEST
    if any(fnmatchcase(name, pattern) for pattern in STATUS_FILES):
        return Role.STATUS
    return Role.DATA if is_data(name) else Role.OTHER


def is_data(name: str) -> bool:
    """Whether a file of this name can hold bill lines: csv, gzip (of a csv), zip or parquet."""
    lower = name.lower()
    if lower.endswith(".gz"):
        return Path(lower.removesuffix(".gz")).suffix in ("", ".csv")
    return lower.endswith(DATA_SUFFIXES)


def note(code: str, message: str) -> BillWarning:
    """A note about files: how many lines and how much money they hold is not known, for they are not read."""
    return BillWarning(code=code, message=message)


def some(names: Sequence[str]) -> str:
    """The first few of the names: `a, b, c and 4 more`."""
    printable = [name if name.isprintable() else name.encode("unicode_escape").decode() for name in names[:NAMED]]
    shown = ", ".join(name if len(name) <= 500 else f"…{name[-499:]}" for name in printable)
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def count(number: int, noun: str) -> str:
    """The number with its noun: `1 file`, `2 files`, `3 assemblies`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
