from __future__ import annotations

from cost.bill.charge_table import COLUMNS, COST_KINDS, FOCUS_COLUMNS, SCHEMA
from cost.bill.model import Bill


def test_focus_1_2_has_57_columns_and_no_name_twice():
    assert len(FOCUS_COLUMNS) == 57
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert all(column.name.startswith("x_") for column in COLUMNS[57:])


def test_a_bill_has_exactly_the_schema(sample: Bill):
    assert sample.charges.schema() == SCHEMA


def test_columns_that_may_not_be_null_are_not_and_values_are_the_allowed_ones(generated_bill: Bill, sample: Bill):
    needed = [column.name for column in COLUMNS if not column.nullable]
    listed = {column.name: set(column.allowed) for column in COLUMNS if column.allowed}
    for bill in (generated_bill, sample):
        nulls = {f"{name} null": bill.charges[name].isnull().sum() for name in needed}
        values = {name: bill.charges[name].collect(distinct=True) for name in listed}
        found = bill.engine.rows(bill.charges.aggregate(**nulls, **values))[0]
        assert {name for name in nulls if found[name]} == set()
        assert {name: set(found[name] or ()) - {None} - allowed for name, allowed in listed.items()} == {name: set() for name in listed}


def test_every_cost_kind_is_money():
    assert {str(SCHEMA[name]) for name in COST_KINDS.values()} == {"decimal(38, 18)"}
