from __future__ import annotations

from cost.bill.charge_table import SERVICE_CATEGORIES
from cost.bill.services import SERVICE_COLUMNS, SERVICES


def test_each_code_and_each_name_stands_once_and_in_a_focus_category():
    assert len({row[0] for row in SERVICES}) == len(SERVICES)
    assert len({row[1] for row in SERVICES}) == len(SERVICES)
    assert {row[2] for row in SERVICES} <= set(SERVICE_CATEGORIES)
    assert {len(row) for row in SERVICES} == {len(SERVICE_COLUMNS)}


def test_a_subcategory_has_one_category():
    assert len({row[3] for row in SERVICES}) == len({row[2:] for row in SERVICES})
