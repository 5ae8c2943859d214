"""What a file's first and last bytes are, held against its name: nothing is read as what it is not."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

from plinth.errors import InputError

HEAD_BYTES: Final = 512
_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_MARKS: Final = (
    (_GZIP, "a gzip"),
    (_PARQUET, "a parquet"),
    (b"PARE", "an encrypted parquet"),
    (b"PK\x03\x04", "a zip (or an xlsx)"),
    (b"PK\x05\x06", "an empty zip"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"BZh", "a bzip2 file"),
    (b"%PDF", "a pdf"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"{", "JSON"),
)
_MARKUP: Final = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML document, as S3 answers with an error"))


def named_kind(name: str) -> str:
    """The kind that a file's name promises: `csv`, `csv.gz`, `parquet` or `zip`."""
    lower = name.lower()
    return "csv.gz" if lower.endswith(".gz") else Path(lower).suffix.removeprefix(".")


def check(path: Path, name: str) -> str:
    """The kind that the file's name promises, which its bytes keep. Raises InputError for an empty, cut or misnamed file."""
    kind = named_kind(name)
    head, tail = _ends(path, name)
    actual = looks_like(head)
    expected = {"csv": "text", "csv.gz": "a gzip", "parquet": "a parquet", "zip": "a zip (or an xlsx)"}[kind]
    if actual != expected:
        raise InputError(f"the file is named {kind} and is {actual}", where=name, value=head[:24], fix=_fix(actual))
    if kind == "parquet" and (not tail.endswith(_PARQUET) or path.stat().st_size < 12):
        raise InputError("the parquet is cut off: its end is missing", where=name, value=tail, fix="copy the file again, whole")
    if kind == "csv.gz":
        _check_gzip(path, name)
    return kind


def looks_like(head: bytes) -> str:
    """What these first bytes are, in words; `text` where they are nothing else that is known."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:32].lower()
    words = [words for mark, words in _MARKS if head.startswith(mark)] + [words for mark, words in _MARKUP if start.startswith(mark)]
    return words[0] if words else "a tar archive" if head[257:262] == b"ustar" else "text"


def _fix(actual: str) -> str:
    ends = {"a gzip": ".csv.gz", "a parquet": ".parquet", "a zip (or an xlsx)": ".zip", "text": ".csv"}
    return f"name it {ends[actual]} if it is a bill" if actual in ends else "download the bill again; see docs/bill.md"


def _ends(path: Path, name: str) -> tuple[bytes, bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, path.stat().st_size - 4))
            tail = file.read(4)
    except OSError as error:
        raise InputError("the file can't be read", where=name, value=error.strerror, fix="check its permissions") from error
    if not head:
        raise InputError("the file is empty", where=name, value="0 bytes", fix="copy it again, or take it away if it holds no bill")
    return head, tail


def _check_gzip(path: Path, name: str) -> None:
    try:
        with gzip.open(path) as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("the gzip is damaged or cut off", where=name, value=str(error), fix="copy the file again, whole") from error
    if not head or looks_like(head) != "text":
        raise InputError(f"the gzip holds {looks_like(head) if head else 'nothing'}, not a csv", where=name, value=head[:24], fix="give a gzip of one csv")
