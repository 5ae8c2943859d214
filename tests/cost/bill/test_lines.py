from __future__ import annotations

from pathlib import Path

import pytest

from cost.bill.lines import first_uneven_line, header_of, line_of_row
from plinth.errors import InputError


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path):
    assert header_of(written(tmp_path, b"\xef\xbb\xbfa,b\r\n1,2\r\n"), "a.csv") == ["a", "b"]


def test_a_row_after_a_value_that_spans_lines_is_found_on_its_own_line(tmp_path: Path):
    path = written(tmp_path, b'a,b\n1,"x\ny"\n2,z\n')
    assert line_of_row(path, 2) == 4


def test_the_first_row_with_another_number_of_fields_is_found(tmp_path: Path):
    assert first_uneven_line(written(tmp_path, b'a,b\n1,"x\ny"\n2\n'), 2) == 4
    assert first_uneven_line(written(tmp_path, b"a,b\n1,2\n"), 2) is None


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b,a\n1,2,3\n", "names a column twice"),
        (b"a,\x00b\n", "NUL"),
        ("é,b\n".encode("latin-1"), "not UTF-8"),
        (b'"a,b\n', "no csv line"),
    ],
)
def test_a_bad_header_is_an_error(tmp_path: Path, content: bytes, what: str):
    with pytest.raises(InputError, match=what):
        header_of(written(tmp_path, content), "a.csv")
