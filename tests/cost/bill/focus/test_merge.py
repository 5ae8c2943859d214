from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cost.bill.charge_table import COLUMNS, COST_KINDS, MONEY, NUMBER, SCHEMA
from cost.bill.focus.merge import merged

DAY = date(2026, 9, 1)


@pytest.fixture
def merge(made_bill, row) -> Callable[..., list[dict[str, Any]]]:
    """Merge rows of the charge table, given as overrides of an hour's charge."""

    def run(*given):
        hours = []
        for number, columns in enumerate(given):
            made = row(DAY, 1)
            start = made["ChargePeriodStart"] + timedelta(hours=number)
            hours.append(made | {"ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1)} | columns)
        bill = made_bill(hours)
        return bill.engine.rows(merged(bill.charges))

    return run


def test_the_hours_of_a_day_become_one_charge_from_the_first_to_the_last(merge):
    rows = merge(*({"PricingQuantity": 2.0, "x_line_item_id": str(hour)} for hour in range(24)))
    assert len(rows) == 1
    only = rows[0]
    assert list(only) == list(SCHEMA.names)
    assert (only["x_lines"], only["BilledCost"], only["PricingQuantity"], only["x_line_item_id"]) == (24, Decimal(24), 48.0, None)
    assert only["ChargePeriodEnd"] - only["ChargePeriodStart"] == timedelta(days=1)


def test_a_unit_price_is_the_cost_over_the_quantity_where_the_rows_had_one(merge):
    priced = merge({"PricingQuantity": 1.0, "ListUnitPrice": 1.0}, {"PricingQuantity": 3.0, "ListUnitPrice": 1 / 3})
    assert (priced[0]["ListUnitPrice"], priced[0]["ContractedUnitPrice"]) == (0.5, None)


def test_a_unit_price_that_all_rows_have_keeps_every_digit(merge):
    price = 4.1234567e-16
    merged_row = merge(*({"PricingQuantity": 1.0, "ListUnitPrice": price, "ListCost": Decimal("4.12E-16")} for _ in range(2)))[0]
    assert (merged_row["ListUnitPrice"], merged_row["PricingQuantity"], merged_row["ListCost"]) == (price, 2.0, Decimal("8.24E-16"))


UNKNOWN = [column for column in COLUMNS if column.nullable and column.type in (MONEY, NUMBER)]


def test_an_unknown_amount_is_never_merged_with_a_known_one(merge):
    values = {column.name: Decimal("0.8") if column.type == MONEY else 0.8 for column in UNKNOWN}
    rows = merge(*({"ResourceId": name, name: known} for name, value in values.items() for known in (None, value, value)))
    assert len(values) > 15
    for name in values:
        assert sorted((row["x_lines"], row[name] is None) for row in rows if row["ResourceId"] == name) == [(1, True), (2, False)], name


def test_what_differs_in_anything_else_stays_apart(merge):
    assert len(merge({}, {"ResourceId": "i-2"}, {"Tags": [("team", "x")]}, {"x_public_on_demand_cost": Decimal(1)}, {"ChargeCategory": "Tax"})) == 5


def test_a_charge_longer_than_a_day_keeps_its_period(merge, row):
    month = row(DAY, 1, days=30)
    times = {name: month[name] for name in ("ChargePeriodStart", "ChargePeriodEnd")}
    rows = merge({}, times, times)
    assert sorted((each["ChargePeriodEnd"] - each["ChargePeriodStart"]).days for each in rows) == [0, 30]


def test_every_sum_of_a_bill_of_every_type_stays_the_same(every_type_bill):
    engine, charges = every_type_bill.engine, every_type_bill.charges
    fewer = merged(charges)

    def sums(table):
        return engine.rows(table.aggregate(lines=table["x_lines"].sum(), **{name: table[name].sum() for name, kind in SCHEMA.items() if kind == MONEY}))

    assert sums(fewer) == sums(charges)
    assert set(COST_KINDS.values()) <= set(fewer.columns)
    assert engine.rows(fewer.count().name("n").as_table())[0]["n"] < engine.rows(charges.count().name("n").as_table())[0]["n"]
