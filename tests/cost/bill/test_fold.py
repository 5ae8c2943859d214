from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from cost.bill import summarize
from cost.bill.model import Bill


def test_covered_usage_bills_nothing_and_its_negation_is_folded(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")))
    rows = kit.rows(bill, "x_line_item_type", "x_charge_part", "BilledCost", "x_folded")
    assert [(row["x_line_item_type"], row["x_charge_part"], row["BilledCost"], row["x_folded"]) for row in rows] == [
        ("SavingsPlanCoveredUsage", None, 0, False),
        ("SavingsPlanNegation", None, 0, True),
        ("SavingsPlanRecurringFee", "Purchase", 8, False),
        ("SavingsPlanRecurringFee", "Unused", 0, False),
    ]


def test_what_does_not_cancel_stays_billed_and_is_reported(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    lines[1]["lineItem/UnblendedCost"] = "-9.5"
    bill = bill_of(*lines)
    assert summarize(bill).totals.billed == pytest.approx(8.5)
    assert {warning.code: warning.amount for warning in bill.warnings}["negation_not_balanced"] == pytest.approx(0.5)


def test_covered_usage_without_any_negation_stays_billed(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    assert summarize(bill_of(lines[0], lines[2])).totals.billed == 18


def test_negations_of_two_plans_are_folded_apart(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    first = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    second = [line | {"savingsPlan/SavingsPlanARN": "arn:other"} for line in kit.plan(Decimal("4"), Decimal("3"), Decimal("3"))]
    second[1]["lineItem/UnblendedCost"] = "-3"
    rows = kit.rows(bill_of(*first, *second), "CommitmentDiscountId", "BilledCost", x_line_item_type="SavingsPlanNegation")
    assert [(row["CommitmentDiscountId"], row["BilledCost"]) for row in rows] == [(kit.PLAN, 0), ("arn:other", 1)]
