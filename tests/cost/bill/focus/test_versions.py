from __future__ import annotations

import pytest

from cost.bill.charge_table import SCHEMA
from cost.bill.focus.versions import COLUMN_NAMES, ESSENTIAL, LOST, WRITTEN, columns_of, is_focus, is_own, version_of


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
