from __future__ import annotations

from datetime import date
from decimal import Decimal

from cost.bill.focus.layout import as_csv, as_parquet, is_guarded, plain_number, unguarded
from cost.bill.focus.versions import WRITTEN

DAY = date(2026, 9, 1)

HOSTILE = ("=1+1", "+1", "-1", "@x", "\tx", "\rx", "'quoted", 'a "b",\nc', "{x}", "-")


def test_a_double_is_written_without_an_exponent_and_reads_back_the_same(values):
    numbers = [0.0, 1.0, -2.5, 1.2e-07, -3.0e-12, 4e-16, 4.1234567e-16, 1.23456789012345e-05, 1e16, -1.5e21, 1 / 3, 123456789.125]
    engine, table = values(numbers)
    texts = [row["text"] for row in engine.rows(table.select(text=plain_number(table["v"])))]
    assert [float(text) for text in texts] == numbers
    assert not any("e" in text.lower() or text.endswith(".0") for text in texts)


def test_the_guard_is_undone_for_every_text(values):
    texts = [*HOSTILE, "''", "x", " =1"]
    engine, table = values(texts)
    guarded = is_guarded(table["v"]).ifelse("'" + table["v"], table["v"])
    assert [each["back"] for each in engine.rows(table.select(back=unguarded(guarded)))] == texts


def test_a_row_is_written_in_plain_cells_under_the_keys_that_people_gave(made_bill, row):
    bill = made_bill([row(DAY, Decimal("1E-18"), PricingQuantity=1e-7, x_charge_part=None, Tags={"cost_center": "1", "other": "{x}"})])
    cells = bill.engine.rows(as_csv(bill.charges, {"cost_center": "CostCenter"}))[0]
    assert tuple(cells) == WRITTEN
    assert (cells["BilledCost"], cells["PricingQuantity"], cells["x_lines"]) == ("0.000000000000000001", "0.0000001", "1")
    assert (cells["ChargePeriodStart"], cells["x_charge_part"], cells["Tags"]) == ("2026-09-01T00:00:00Z", None, '{"CostCenter":"1","other":"{x}"}')


def test_parquet_keeps_its_types_and_has_tags_as_json_text(made_bill, row):
    bill = made_bill([row(DAY, 2, Tags={"team": "vision"})])
    cells = bill.engine.rows(as_parquet(bill.charges, {}))[0]
    assert tuple(cells) == WRITTEN
    assert (cells["BilledCost"], cells["Tags"], cells["x_lines"]) == (Decimal(2), '{"team":"vision"}', 1)
