"""AWS's folders: which report, billing period and assembly a file is of, by its path alone.

Legacy CUR: `<report>/<YYYYMMDD-YYYYMMDD>/[<assemblyId>/]` and `<report>/<report>/year=YYYY/month=M/`
(docs.aws.amazon.com/cur/latest/userguide/understanding-report-versions.html).
Data Exports (CUR 2.0, FOCUS): `<export>/data/BILLING_PERIOD=YYYY-MM/[<timestamp>-<executionId>/]`, manifests below `metadata/`
(…/dataexports-export-delivery.html); FOCUS exports write `billing_period=` in lower case. A folder `2026-10` of one's own counts where it
is the file's own or an assembly's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_LEGACY: Final = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])[0-9]{2}-[0-9]{8}")
_EXPORT: Final = re.compile(r"billing_period=([0-9]{4})-(0[1-9]|1[0-2])(?:-[0-9]{2})?", re.IGNORECASE)
_YEAR: Final = re.compile(r"year=([0-9]{4})", re.IGNORECASE)
_MONTH: Final = re.compile(r"month=(0?[1-9]|1[0-2])", re.IGNORECASE)
_PLAIN: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_STAMP: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2})[:_-]?(\d{2})[:_-]?(\d{2})(?:\.(\d{1,9}))?Z(?:-.+)?", re.ASCII)
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a file lies in AWS's folders: the report's own folder, the period (`2026-10`) and the assembly's folder, where there is one."""

    root: str
    period: str | None
    assembly: str | None

    @property
    def delivery(self) -> tuple[str, str | None]:
        """What all assemblies of one report's period have in common."""
        return self.root, self.period


def stamp_of(assembly: str | None) -> str | None:
    """The time in an assembly's folder name as text that sorts by time: `20230805T165709Z`, `2025-12-28T13:14:37.728Z-8c5a…`; None where there is none."""
    match = _STAMP.fullmatch(assembly or "")
    return "".join(match.groups()[:6]) + (match[7] or "").ljust(9, "0") if match else None


def is_assembly(folder: str) -> bool:
    """Whether a folder's name can only be an assembly's: a time, a time and an execution, or an identifier."""
    return stamp_of(folder) is not None or _IDENTIFIER.fullmatch(folder) is not None


@lru_cache(maxsize=100_000)
def place_of(key: str) -> Place | None:
    """The place of the file at this path or S3 URI; None where its folders are not AWS's."""
    *folders, _ = key.split("/")
    for depth in reversed(range(len(folders))):
        found = _period(folders, depth)
        if found:
            period, root, loose = found
            below = folders[depth + 1 :]
            return Place("/".join(root), period, below[0] if below and (loose or is_assembly(below[0])) else None)
    for depth in reversed(range(len(folders))):
        if is_assembly(folders[depth]):
            return Place("/".join(folders[:depth]), None, folders[depth])
    return None


def _period(folders: list[str], depth: int) -> tuple[str, list[str], bool] | None:
    """The period, the report's folder, and whether any folder below is an assembly's (legacy assembly ids have no fixed form)."""
    name, above = folders[depth], folders[:depth]
    if match := _LEGACY.fullmatch(name):
        return f"{match[1]}-{match[2]}", above, True
    if match := _EXPORT.fullmatch(name):
        return f"{match[1]}-{match[2]}", above[:-1] if above and above[-1] in ("data", "metadata") else above, False
    if (month := _MONTH.fullmatch(name)) and above and (year := _YEAR.fullmatch(above[-1])):
        root = above[:-1]
        return f"{year[1]}-{int(month[1]):02d}", root[:-1] if len(root) > 1 and root[-1] == root[-2] else root, False
    if _PLAIN.fullmatch(name) and all(map(is_assembly, folders[depth + 1 :])):
        return name, above, False
    return None
