from __future__ import annotations

from pathlib import Path

from cost.bill.cur_columns import CUR_COLUMNS, ESSENTIAL
from cost.bill.line_items import LINE_ITEM_TYPES
from cost.bill.lines import header_of

SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def test_names_stand_once_and_essential_columns_are_in_a_real_bill():
    assert len({column.name for column in CUR_COLUMNS}) == len({column.legacy for column in CUR_COLUMNS}) == len(CUR_COLUMNS)
    assert {column.legacy for column in ESSENTIAL} <= set(header_of(SAMPLE, "a.csv"))


def test_columns_are_needed_by_types_that_exist():
    assert {name for column in CUR_COLUMNS for name in column.needed_by} <= set(LINE_ITEM_TYPES)
