from __future__ import annotations

import pytest

from cost.bill.charge_table import EXTENSION_COLUMNS, SCHEMA
from cost.bill.focus.versions import COLUMN_NAMES, ESSENTIAL, LOST, OWN_ESSENTIAL, WRITTEN, columns_of, essential_of, is_focus, is_own, version_of


@pytest.mark.parametrize(("version", "columns"), [("1.0", 43), ("1.1", 50), ("1.2", 57)])
def test_a_version_has_its_columns_and_is_told_from_them(version, columns):
    names = columns_of(version)
    assert len(names) == columns
    assert version_of((*names, "x_Operation")) == version
    assert is_focus(names)
    assert not is_own(names)
    assert set(ESSENTIAL) <= set(names)


def test_a_cost_and_usage_report_is_not_focus():
    assert not is_focus(["lineItem/UnblendedCost", "bill/PayerAccountId"])


def test_an_export_is_known_as_our_own_and_leaves_two_columns_out():
    assert is_own(WRITTEN)
    assert set(SCHEMA.names) - set(WRITTEN) == {"x_folded", "x_file"}
    assert set(LOST) <= set(COLUMN_NAMES)


def test_an_export_that_lost_a_column_is_still_our_own_and_needs_it():
    needed = {column.name for column in EXTENSION_COLUMNS if not column.nullable} - {"x_folded", "x_file"}
    assert set(OWN_ESSENTIAL) == needed >= {"x_unblended_cost", "x_amortized_cost", "x_trueup_cost", "x_lines", "x_line_item_type"}
    for name in needed:
        left = set(WRITTEN) - {name}
        assert is_own(left), name
        assert set(essential_of(left)) - left == {name}


def test_a_file_of_others_needs_none_of_our_columns_though_it_has_one():
    columns = (*columns_of("1.2"), "x_amortized_cost", "x_lines")
    assert not is_own(columns)
    assert essential_of(columns) == ESSENTIAL
