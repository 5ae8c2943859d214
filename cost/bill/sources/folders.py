"""Local paths to files: one file, a folder with all below it, or a glob; each file once, whatever names lead to it."""

from __future__ import annotations

import glob
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cost.bill.model import BillWarning
from cost.bill.sources.model import Found, Role, is_data, note, role_of, some
from plinth.errors import InputError

WANTED = "give a csv, a csv.gz, a zip, a parquet, a folder or a glob of them, or an s3:// URI"


def walk(text: str) -> list[tuple[Found, Role]]:
    """What one argument leads to, with what each file is for. Raises InputError where it leads to nothing that can be read."""
    try:
        return _walk(Path(text).expanduser(), text)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError("the path can't be read", where=text, value=str(error), fix="check the path and its permissions") from error


def _walk(path: Path, text: str) -> list[tuple[Found, Role]]:
    if not path.exists():
        if path.is_symlink() or not glob.has_magic(str(path)):
            raise InputError("there is no such file or folder" if not path.is_symlink() else "the link leads nowhere", where=text, fix=WANTED)
        return _expand(path)
    if path.is_dir():
        return list(_below(path))
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError("the path is no regular file", where=text, fix=WANTED)
    role = role_of((path.name.lstrip("._"),))
    if role is Role.MANIFEST:
        raise InputError("the file is a manifest, which holds no bill lines", where=text, fix="give the folder that holds it and the files that it names")
    if not is_data(path.name) and path.suffix.lower() != ".gz":
        raise InputError("the file is no bill by its name", where=text, value=path.suffix or "no suffix", fix=WANTED)
    return [(_found(path), role)]


def _expand(pattern: Path) -> list[tuple[Found, Role]]:
    matches = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern and follows no links
    if not matches:
        raise InputError("no file matches the pattern", where=str(pattern), fix="quote the pattern; ** stands for any number of folders")
    fixed = next(depth for depth, part in enumerate(pattern.parts) if glob.has_magic(part))
    _refuse_closed_folders(pattern, fixed)
    found: list[tuple[Found, Role]] = []
    for match in map(Path, matches):
        found += _below(match) if match.is_dir() else [(_found(match), role_of(match.parts[fixed:]))]
    return found


def _refuse_closed_folders(pattern: Path, fixed: int) -> None:
    """Raise InputError where a folder that the pattern leads through can't be listed: glob passes over it in silence."""
    for depth in range(fixed, len(pattern.parts)):
        above = Path(*pattern.parts[:depth]) if depth else Path()
        for match in glob.glob(str(above), recursive=True):  # noqa: PTH207 - as above
            if Path(match).is_dir():
                try:
                    os.scandir(match).close()
                except OSError as error:
                    _unreadable(error)


def _below(folder: Path) -> Iterator[tuple[Found, Role]]:
    """Every file below the folder, links to folders followed once."""
    seen: set[tuple[int, int]] = set()
    for directory, folders, files in os.walk(folder, followlinks=True, onerror=_unreadable):
        status = Path(directory).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        for name in sorted(files):
            path = Path(directory) / name
            role = role_of(path.relative_to(folder).parts)
            if role is Role.DATA and not path.exists():
                raise InputError("the link leads nowhere", where=path, fix="mend the link or take it away")
            if path.is_file():
                yield _found(path), role


def _unreadable(error: OSError) -> None:
    raise InputError("the folder can't be read", where=error.filename, value=error.strerror, fix="check its permissions") from error


def _found(path: Path) -> Found:
    status = path.stat()
    return Found(Path(os.path.abspath(path)).as_posix(), str(path), status.st_size, status.st_mtime)  # noqa: PTH100 - resolve() would lose the link's own name


def each_once(found: Iterable[Found]) -> tuple[list[Found], list[BillWarning]]:
    """The files without further names of the same one (links, overlapping arguments), and a note where names differ; S3 objects are told by URI."""
    unique = {file.key: file for file in sorted(found, key=lambda one: (one.key, one.name))}
    same: dict[object, list[Found]] = defaultdict(list)
    for file in unique.values():
        same[_identity(file.key)].append(file)
    kept = [min(files, key=lambda one: (os.path.realpath(one.key) != one.key, one.key)) for files in same.values()]
    twice = [" = ".join(sorted(file.name for file in files)) for files in same.values() if len(files) > 1]
    message = f"files given under several names are counted once: {some(twice)}"
    return sorted(kept, key=lambda one: one.key), [note("same_file_twice", message)] if twice else []


def _identity(key: str) -> object:
    if key.startswith("s3://"):
        return key
    status = Path(key).stat()
    return status.st_dev, status.st_ino


def passed_over(names: Sequence[str]) -> list[BillWarning]:
    """One note on the files in the given folders that are no bills."""
    if not names:
        return []
    verb = "file that is no bill is" if len(names) == 1 else "files that are no bills are"
    return [note("other_files", f"{len(names):,} {verb} passed over: {some(sorted(names))}")]
