from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

import pytest

from cost.bill.model import Bill


@pytest.fixture(scope="module")
def bill(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """What is folded, each case under a payer of its own."""
    plan, open_plan, noisy = (kit.plan(Decimal("10"), Decimal("7"), Decimal("8")) for _ in range(3))
    noisy[1]["lineItem/UnblendedCost"] = "-10.00000000000000018"
    open_plan[1]["lineItem/UnblendedCost"] = "-9.5"
    second = [line | {"savingsPlan/SavingsPlanARN": "arn:other"} for line in kit.plan(Decimal("4"), Decimal("3"), Decimal("3"))]
    second[1]["lineItem/UnblendedCost"] = "-3"
    cases = {"balanced": plan, "open": open_plan, "without": [plan[0], plan[2]], "two": [*plan, *second], "noisy": noisy}
    made = kit.cases(tmp_path_factory.mktemp("fold") / "a.csv", cases)
    yield made
    made.engine.close()


def test_covered_usage_bills_nothing_and_its_negation_is_folded(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "x_line_item_type", "x_charge_part", "BilledCost", "x_folded", SubAccountId="balanced")
    assert [(row["x_line_item_type"], row["x_charge_part"], row["BilledCost"], row["x_folded"]) for row in rows] == [
        ("SavingsPlanCoveredUsage", None, 0, False),
        ("SavingsPlanNegation", None, 0, True),
        ("SavingsPlanRecurringFee", "Purchase", 8, False),
        ("SavingsPlanRecurringFee", "Unused", 0, False),
    ]


def test_the_noise_of_binary_fractions_cancels(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "BilledCost", "x_folded", SubAccountId="noisy", x_line_item_type="SavingsPlanNegation")
    assert [(row["BilledCost"], row["x_folded"]) for row in rows] == [(0, True)]


def test_what_does_not_cancel_stays_billed_and_is_reported(bill: Bill, kit: SimpleNamespace):
    assert kit.costs(bill)["open"][""]["billed"] == pytest.approx(8.5)
    warning = next(warning for warning in bill.warnings if warning.code == "negation_not_balanced")
    assert (warning.rows, warning.amount) == (2, pytest.approx(0.5 + 1)), "of this case and of two plans"


def test_covered_usage_without_any_negation_stays_billed(bill: Bill, kit: SimpleNamespace):
    assert kit.costs(bill)["without"][""]["billed"] == 18


def test_negations_of_two_plans_are_folded_apart(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "CommitmentDiscountId", "BilledCost", SubAccountId="two", x_line_item_type="SavingsPlanNegation")
    assert [(row["CommitmentDiscountId"], row["BilledCost"]) for row in rows] == [(kit.PLAN, 0), ("arn:other", 1)]
