"""Where in a csv something stands: bounded reads of its start, and the exact line of a row. Used for headers and for errors only."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from plinth.errors import InputError

MAX_HEADER_BYTES: Final = 4 * 1024 * 1024
"""Room for some 50,000 tag columns."""

csv.field_size_limit(64 * 1024 * 1024)


def is_gzip(path: Path) -> bool:
    """Whether the file begins as a gzip does, whatever its name says (RFC 1952, section 2.3.1)."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unzipped where it is a .gz. Raises InputError where it can't be opened or unzipped."""
    try:
        with gzip.open(path, "rb") if is_gzip(path) else path.open("rb") as file:
            yield cast(IO[bytes], file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError("the gzip file is damaged or cut short", where=path, value=str(error), fix="fetch it again") from error
    except OSError as error:
        raise InputError("the file can't be read", where=path, value=error.strerror, fix="check the path and its permissions") from error


def header_of(path: Path, name: str) -> list[str]:
    """The names in the csv's first line; the user knows the file as `name`.

    Raises InputError where the file is empty, is no csv text, or names a column twice.
    """
    with open_bytes(path) as file:
        raw = file.readline(MAX_HEADER_BYTES)
    try:
        line = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        value = raw[error.start : error.start + 4]
        raise InputError("the csv is not UTF-8 text", where=f"{name}, line 1", value=value, fix="fetch it again, or save it as UTF-8") from error
    if not line.strip():
        raise InputError("the file is empty", where=name, fix="give a bill with a header and rows")
    if "\0" in line:
        raise InputError("the file holds NUL bytes: it is no csv text", where=f"{name}, line 1", value=line[:40], fix="give the csv that AWS delivered")
    try:
        names = next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise InputError("the header is no csv line", where=f"{name}, line 1", value=line[:80], fix="give the csv that AWS delivered") from error
    seen: set[str] = set()
    for column, each in enumerate(names, start=1):
        if each in seen:
            raise InputError("the header names a column twice", where=f"{name}, line 1, column {column}", value=each, fix="fetch the file again")
        seen.add(each)
    return names


def _text(file: IO[bytes]) -> IO[str]:
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")


def line_of_row(path: Path, row: int) -> int:
    """The line on which the csv's row ends, header not counted as a row: a quoted value may span lines."""
    with open_bytes(path) as file:
        reader = csv.reader(_text(file))
        seen = -1
        for fields in reader:
            seen += bool(fields)
            if seen == row:
                return reader.line_num
    return row + 1


def first_uneven_line(path: Path, columns: int) -> int | None:
    """The line of the first row that has not `columns` fields."""
    with open_bytes(path) as file:
        reader = csv.reader(_text(file))
        return next((reader.line_num for fields in reader if fields and len(fields) != columns), None)
