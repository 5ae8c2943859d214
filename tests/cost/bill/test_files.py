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


def test_a_folder_is_searched_below_a_file_given_twice_is_read_once_and_its_format_is_said(kit: SimpleNamespace, tmp_path: Path):
    (tmp_path / "2026").mkdir()
    path = kit.write(tmp_path / "2026" / "a.csv", [{}])
    bill = read_bill([tmp_path, path])
    assert (bill.rows, bill.format) == (1, "legacy CUR csv")
    assert bill.files == (path,)


def test_a_zipped_csv_and_an_awkward_name_are_read(kit: SimpleNamespace, tmp_path: Path):
    folder = tmp_path / "it's [a] *bill*?"
    folder.mkdir()
    plain = kit.write(tmp_path / "a.csv", [{}, {}])
    (folder / "a.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert read_bill([folder]).rows == 2


def test_no_path_a_missing_one_and_an_empty_folder_are_errors(tmp_path: Path):
    with pytest.raises(InputError, match="no bill given"):
        read_bill([])
    assert "no such file" in refused(tmp_path / "missing.csv").what
    assert refused(tmp_path).where == str(tmp_path)


def test_a_parquet_that_is_none_is_an_error(tmp_path: Path):
    path = tmp_path / "bill.parquet"
    path.write_bytes(b"PAR1")
    assert "the parquet is cut off" in refused(path).what


def test_an_unrelated_csv_is_no_bill(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("name,age\nada,36\n")
    assert "no bill of AWS" in refused(path).what


def test_missing_essential_columns_are_all_named(kit: SimpleNamespace, tmp_path: Path):
    path = kit.write(tmp_path / "a.csv", [{}], without=["lineItem/UnblendedCost", "lineItem/CurrencyCode"])
    error = refused(path)
    assert error.value == "lineItem/CurrencyCode, lineItem/UnblendedCost"
    assert str(path) in str(error.where)
