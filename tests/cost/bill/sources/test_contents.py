from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cost.bill.sources.contents import check
from plinth.errors import InputError

CSV = b"identity/LineItemId,x\n1,2\n"
PARQUET = b"PAR1" + b"\0" * 20 + b"PAR1"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", CSV, "csv"),
        ("a.csv", b"\xef\xbb\xbf" + CSV, "csv"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0), "csv.gz"),
        ("a.gz", gzip.compress(CSV, mtime=0), "csv.gz"),
        ("a.CSV.GZ", gzip.compress(CSV, mtime=0), "csv.gz"),
        ("a.snappy.parquet", PARQUET, "parquet"),
        ("a.zip", b"PK\x03\x04" + b"\0" * 30, "zip"),
    ],
)
def test_a_file_is_what_its_name_says(tmp_path: Path, name: str, content: bytes, kind: str):
    (tmp_path / name).write_bytes(content)
    assert check(tmp_path / name, name) == kind


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.csv", gzip.compress(CSV, mtime=0), "named csv and is a gzip"),
        ("a.csv", PARQUET, "named csv and is a parquet"),
        ("a.csv", b"PK\x03\x04xxxx", "named csv and is a zip"),
        ("a.csv", b"\n <!DOCTYPE html><html>Sign in", "is a web page"),
        ("a.csv", b'<?xml version="1.0"?><Error><Code>AccessDenied', "S3 answers with an error"),
        ("a.csv", "a,b\n".encode("utf-16"), "text in UTF-16"),
        ("a.csv", b'{"error": "x"}', "is JSON"),
        ("a.csv.gz", CSV, "named csv.gz and is text"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "the gzip holds nothing"),
        ("a.csv.gz", gzip.compress(PARQUET, mtime=0), "the gzip holds a parquet"),
        ("a.gz", gzip.compress(b"x" * 257 + b"ustar" + b"x" * 300, mtime=0), "the gzip holds a tar archive"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)[:12], "damaged or cut off"),
        ("a.csv.gz", b"\x1f\x8b" + b"nonsense" * 4, "damaged or cut off"),
        ("a.parquet", CSV, "named parquet and is text"),
        ("a.parquet", PARQUET[:-3], "cut off"),
        ("a.parquet", b"PAR1", "cut off"),
        ("a.parquet", b"PARE" + PARQUET, "an encrypted parquet"),
        ("a.zip", b"Rar!", "named zip and is text"),
        ("a.zip", b"PK\x05\x06" + b"\0" * 18, "an empty zip"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_an_error(tmp_path: Path, name: str, content: bytes, what: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=what) as caught:
        check(tmp_path / name, f"known as {name}")
    assert caught.value.where == f"known as {name}"
    assert caught.value.fix
