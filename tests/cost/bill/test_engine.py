from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from plinth.errors import InputError


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_bill([path])
    return caught.value


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@pytest.fixture
def path(kit: SimpleNamespace, tmp_path: Path) -> Path:
    return kit.write(tmp_path / "a.csv", [{}] * 5)


def test_a_line_with_too_many_fields_is_named_with_its_number(path: Path):
    parts = lines(path)
    path.write_bytes(b"".join([*parts[:3], parts[3].rstrip() + b",more\r\n", *parts[4:]]))
    error = refused(path)
    assert "fields where the header has" in error.what
    assert str(error.where).endswith("line 4")


def test_a_csv_cut_in_the_middle_of_a_line_is_an_error(path: Path):
    path.write_bytes(path.read_bytes()[:-60])
    assert str(refused(path).where).endswith("line 6")


def test_a_csv_cut_inside_a_quoted_value_is_an_error(path: Path):
    path.write_bytes(path.read_bytes() + b'x,"2026')
    assert "quoted value" in refused(path).what


def test_a_zip_cut_short_and_a_zip_that_is_none_are_errors(path: Path, tmp_path: Path):
    zipped = gzip.compress(path.read_bytes() * 2000)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(zipped[: len(zipped) // 2])
    assert "damaged or cut short" in refused(cut).what
    plain = tmp_path / "plain.csv.gz"
    plain.write_bytes(path.read_bytes())
    assert "is text" in refused(plain).what


def test_text_that_is_not_utf_8_is_an_error_with_its_line(path: Path):
    path.write_bytes(path.read_bytes().replace(b"BoxUsage", "Boxusagé".encode("latin-1"), 1))
    error = refused(path)
    assert "not UTF-8" in error.what
    assert "line 2" in str(error.where)


def test_the_temporary_database_is_gone_after_an_error_and_after_closing(kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    refused(kit.write(tmp_path / "bad.csv", [{"lineItem/UnblendedCost": "x"}]))
    read_bill([kit.write(tmp_path / "good.csv", [{}])]).engine.close()
    assert list((tmp_path / "tmp").iterdir()) == []
