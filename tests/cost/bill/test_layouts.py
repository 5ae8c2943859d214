"""Tests of cost.bill.layouts: where files of different layouts keep a column and a tag."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.cur_columns import CUR_COLUMNS
from cost.bill.layouts import BillFormat, layout_of

SNAKE = {column.legacy: column.name for column in CUR_COLUMNS}
PRODUCT_NAME = next(column for column in CUR_COLUMNS if column.name == "product_product_name")


@pytest.mark.parametrize(
    ("bill_format", "header", "types", "has"),
    [
        (BillFormat.LEGACY_CUR_CSV, ("product/ProductName",), {}, True),
        (BillFormat.LEGACY_CUR_CSV, ("product_product_name", "product"), {}, False),
        (BillFormat.CUR_2, ("product",), {}, True),
        (BillFormat.CUR_2, ("product",), {"product": "MAP(VARCHAR, VARCHAR)"}, True),
        (BillFormat.CUR_2, ("product",), {"product": "DOUBLE"}, False),
        (BillFormat.LEGACY_CUR_PARQUET, ("product_product_name",), {"product_product_name": "VARCHAR"}, True),
    ],
)
def test_a_product_attribute_is_a_column_or_a_key_of_the_map(bill_format: BillFormat, header: tuple[str, ...], types: dict[str, str], has: bool):
    assert layout_of(header, bill_format, types).has(PRODUCT_NAME) is has


def test_a_tag_spelled_in_a_csv_and_in_snake_case_in_another_file_is_one_key(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "legacy.csv", [{"resourceTags/user:Team": "vision"}])
    later = {SNAKE[name]: value for name, value in kit.BASE.items()} | {"bill_payer_account_id": "000000000009", "resource_tags_user_team": "vision"}
    with (tmp_path / "snake.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([later.keys(), later.values()])
    bill = read_bill([tmp_path])
    with closing(bill.engine):
        assert [(key.key, key.spelling, key.collides) for key in bill.tag_keys] == [("team", "Team", False)]
        assert [row["Tags"] for row in bill.engine.rows(bill.charges.select("Tags"))] == [{"team": "vision"}] * 2
