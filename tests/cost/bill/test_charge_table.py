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
    for bill in (generated_bill, sample):
        for column in COLUMNS:
            values = bill.charges[column.name]
            if not column.nullable:
                assert bill.engine.rows(bill.charges.aggregate(nulls=values.isnull().sum()))[0]["nulls"] == 0, column.name
            if column.allowed:
                found = {row["value"] for row in bill.engine.rows(bill.charges.select(value=values).distinct())}
                assert found - {None} <= set(column.allowed), column.name


def test_every_cost_kind_is_money():
    assert {str(SCHEMA[name]) for name in COST_KINDS.values()} == {"decimal(38, 18)"}
