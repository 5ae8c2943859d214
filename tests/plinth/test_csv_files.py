"""Tests of plinth.csv_files: rows with their lines, and cells that run nothing."""

from __future__ import annotations

import pytest

from plinth.csv_files import guarded, read_rows
from plinth.errors import InputError


def rows(tmp_path, text, check=lambda header: None, limit=1000):
    path = tmp_path / "a.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path, limit=limit, check=check))


def test_a_row_has_the_line_that_it_ends_on(tmp_path):
    assert rows(tmp_path, '\ufeffa,b\n1,"x\ny"\n\n2,z\n') == [(3, {"a": "1", "b": "x\ny"}), (5, {"a": "2", "b": "z"})]


def test_the_header_is_checked_before_a_row_is_read(tmp_path):
    seen: list[list[str]] = []
    assert rows(tmp_path, "a,b\n", check=seen.append) == []
    assert seen == [["a", "b"]]
    assert rows(tmp_path, "", check=seen.append) == []
    assert seen[1:] == [[]]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a,b\n1,2\n3\n", "not as many cells", "line 3"),
        ("a,b\n1,2,3\n", "not as many cells", "line 2"),
        ("a,a\n1,2\n", "a column twice", "line 1"),
        ('a,b\n"1,2\n', "not csv", "a.csv, line "),
        (b"a\n\xff\n", "not UTF-8", "byte 2"),
        ("a\n" + "1\n" * 500, "too large", "a.csv"),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_line(tmp_path, text, what, line):
    with pytest.raises(InputError) as caught:
        rows(tmp_path, text)
    assert what in caught.value.what and line in str(caught.value.where)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_text_that_would_start_a_formula_is_quoted(start):
    assert guarded(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("text", ["vision", "", "a=1", "'x", "1"])
def test_other_text_stays(text):
    assert guarded(text) == text
