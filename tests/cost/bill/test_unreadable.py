"""Tests of cost.bill.unreadable: a value that can't be read is refused with its place, whatever its folder is called and whatever stands beside it."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.cur_columns import CUR_COLUMNS
from plinth.errors import InputError

SNAKE = {column.legacy: column.name for column in CUR_COLUMNS}


def test_product_attributes_that_are_no_json_are_refused(kit: SimpleNamespace, tmp_path: Path):
    line = {SNAKE[name]: value for name, value in kit.BASE.items() if name != "product/ProductName"} | {
        "identity_line_item_id": "1",
        "product": '{"product_name": ',
    }
    path = tmp_path / "cur2.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([line.keys(), line.values()])
    with pytest.raises(InputError, match="product is no map") as caught:
        read_bill([path])
    assert (caught.value.where, caught.value.value) == (f"{path}, column product", '{"product_name": ')


def test_an_uneven_csv_below_a_folder_named_for_parquet_is_a_csv(kit: SimpleNamespace, tmp_path: Path):
    folder = tmp_path / "my-parquet-bills"
    folder.mkdir()
    path = kit.write(folder / "a.csv", [{}, {}])
    path.write_bytes(path.read_bytes().rstrip() + b",more\r\n")
    with pytest.raises(InputError, match="fields where the header has") as caught:
        read_bill([folder])
    assert caught.value.where == f"{path}, line 3"
    assert "parquet" not in caught.value.what


def test_an_empty_part_beside_full_ones_is_no_error(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "1.csv", [])
    header = kit.write(tmp_path / "full.csv", [{}]).read_bytes().splitlines(keepends=True)[0]
    (tmp_path / "1.csv").write_bytes(header)
    bill = read_bill([tmp_path])
    with closing(bill.engine):
        assert bill.rows == 1
