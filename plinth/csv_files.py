"""csv in and out: the rows of a file that people write by hand, each with its line; and cells that a spreadsheet reads as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from plinth.errors import InputError
from plinth.files import read_text

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet read a text as a formula (OWASP, CSV Injection)."""


def read_rows(path: Path, *, limit: int, check: Callable[[list[str]], None]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a csv of at most `limit` bytes, each with its line. `check` gets the header first, and refuses what it lacks.

    Raises InputError with file and line for a column that stands twice, a row that is longer or shorter than the header, and what is no csv.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, limit=limit)), strict=True)
    try:
        header = list(reader.fieldnames or ())
        check(header)
        if len(set(header)) < len(header):
            raise InputError("the file has a column twice", where=f"{path}, line 1", value=header, fix="keep one of them")
        for row in reader:
            if None in row or None in row.values():
                raise InputError("the row has not as many cells as the header", where=f"{path}, line {reader.line_num}", fix="quote cells that hold a comma")
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError("the file is not csv", where=f"{path}, line {reader.line_num}", value=str(error), fix="save it as comma-separated UTF-8") from error


def guarded(text: str) -> str:
    """A text that a spreadsheet reads as text: an apostrophe stands before what would start a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
