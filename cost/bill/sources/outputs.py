"""What a command writes is kept out of what it reads: an output among a bill's files would destroy one, or be read as one the next time."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from cost.bill.sources.model import DATA_SUFFIXES
from plinth.errors import UsageError


def refuse_among(out: Path, paths: Sequence[Path | str]) -> None:
    """Raise UsageError where `out` is one of these files, or lies, or would lie, in one of these folders or globs and would be read as a bill."""
    local = [str(given) for given in paths if "://" not in str(given)]
    read_again = out.name.lower().endswith(DATA_SUFFIXES)
    if any(_leads_to(given, out.resolve()) if read_again else Path(given).resolve() == out.resolve() for given in local):
        raise UsageError("--out is among the bill's files", where="--out", value=str(out), fix="write it elsewhere: the next reading would count it too")


def _leads_to(given: str, place: Path) -> bool:
    """Whether this file, folder or glob leads to the place, or would once a file is there."""
    path = Path(os.path.expanduser(given))  # noqa: PTH111 - Path.expanduser raises where nobody has that name
    found = [path, *map(Path, glob.glob(str(path), recursive=True))]  # noqa: PTH207 - as the bill's reader expands it
    if any(each.resolve() in (place, *place.parents) for each in found):
        return True
    depth = next((depth for depth, part in enumerate(path.parts) if glob.has_magic(part)), None)
    if depth is None:
        return False
    pattern = (*Path(*path.parts[:depth]).resolve().parts, *path.parts[depth:])
    return any(_matches(each.parts, pattern) for each in (place, *place.parents))


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a glob with `**` matches a path, both in parts."""
    if not pattern or not parts:
        return not parts and all(part == "**" for part in pattern)
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or _matches(parts[1:], pattern)
    return fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
