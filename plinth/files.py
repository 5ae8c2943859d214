"""Files in and out: bounded reads of untrusted text, and writes that are whole or not there."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from plinth.errors import InputError

MAX_TEXT_BYTES = 256 * 1024 * 1024


def read_text(path: Path, *, limit: int = MAX_TEXT_BYTES) -> str:
    """The UTF-8 text of a file of at most `limit` bytes. Raises InputError where it is missing, too large or not UTF-8."""
    try:
        if path.stat().st_size > limit:
            raise InputError("the file is too large", where=path, value=f"{path.stat().st_size:,} bytes", fix=f"give one of at most {limit:,} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "the file is not UTF-8 text", where=f"{path}, byte {error.start:,}", value=error.object[error.start : error.start + 4], fix="save it as UTF-8"
        ) from error
    except OSError as error:
        raise InputError("the file can't be read", where=path, value=error.strerror, fix="check the path and its permissions") from error


def read_json(path: Path) -> Any:
    """The JSON value in a file. Raises InputError with line and column where it is not JSON."""
    text = read_text(path)
    if not text.strip():
        raise InputError("the file is empty", where=path, fix="give a file that holds JSON")
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"{path}, line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(path)
        raise InputError("the file is not JSON", where=where, value=text[:40], fix="give a file that holds JSON") from error


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write a file whole: to a temporary name beside it, then rename. Raises InputError where the place is unwritable."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise InputError("the output can't be written", where=path, value=error.strerror, fix="give --out a place that you may write to") from error
    return path
