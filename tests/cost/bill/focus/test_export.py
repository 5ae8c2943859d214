from __future__ import annotations

from decimal import Decimal

import pytest

from cost.bill.focus.write import write_focus


@pytest.mark.parametrize("negated", ["10", "8"])
def test_negations_that_cancel_are_left_out_and_come_back_and_what_does_not_cancel_stays_billed(bill_of, kit, tmp_path, stage, staged_csv, negated):
    covered, negation, fee = kit.plan(Decimal(10), Decimal(6), Decimal(7))
    bill = bill_of(covered, negation | {"lineItem/UnblendedCost": f"-{negated}"}, fee)
    model = write_focus(bill, tmp_path / "focus.csv")
    assert (model.rows, model.folded_rows) == ((3, 1) if negated == "10" else (4, 0))
    assert model.totals.billed == pytest.approx(float(17 - Decimal(negated)))

    staged = stage(table=staged_csv(tmp_path / "focus.csv"))
    charges = staged.charges()
    sums = {name: charges[name].sum() for name in ("BilledCost", "x_unblended_cost", "x_net_unblended_cost", "x_amortized_cost")}
    read = staged.engine.rows(charges.aggregate(**sums))[0]
    expected = bill.engine.rows(bill.charges.aggregate(**{name: bill.charges[name].sum() for name in sums}))[0]
    assert read == expected
    lines = staged.engine.rows(charges.filter(charges["x_line_item_type"] == "SavingsPlanNegation").select("x_folded", "Tags", "ResourceId", "x_lines"))
    assert {"x_folded": True, "Tags": {}, "ResourceId": None, "x_lines": 0} in lines
