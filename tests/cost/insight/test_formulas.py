from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from cost.bill import summarize
from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight import formulas as module
from cost.insight.formulas import INVOICES_LISTED, TYPES_LISTED, formulas
from cost.insight.money_model import Formulas, ToolFormula

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
DAY = date(2026, 9, 1)


@pytest.fixture(scope="module")
def found(rich: Any) -> Formulas:
    return formulas(rich.bill)


def tool(found: Formulas, name: str) -> ToolFormula:
    return next(each for each in found.tools if each.name == name)


def by_hand(rich: Any, amount: Callable[[dict[str, Any]], Decimal]) -> dict[str, float]:
    """A tool's formula over the lines as AWS writes them, without the charge table."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in rich.made.lines:
        split = line.get("line_item_operation") == "EKSPod-EC2"
        sums[line["line_item_line_item_type"]] += Decimal(0) if split else amount(line)
    return {kind: float(total) for kind, total in sums.items()}


def cid(line: dict[str, Any]) -> Decimal:
    kind, unblended = line["line_item_line_item_type"], line["line_item_unblended_cost"]
    refund = line.get("line_item_line_item_description") or ""
    if kind == "SavingsPlanCoveredUsage":
        return line["savings_plan_savings_plan_effective_cost"]
    if kind == "SavingsPlanRecurringFee":
        return line["savings_plan_total_commitment_to_date"] - line["savings_plan_used_commitment"]
    if kind in ("SavingsPlanNegation", "SavingsPlanUpfrontFee") or (kind == "Fee" and line.get("reservation_reservation_a_r_n")):
        return Decimal(0)
    if kind == "DiscountedUsage":
        return line["reservation_effective_cost"]
    if kind == "RIFee":
        return line["reservation_unused_amortized_upfront_fee_for_billing_period"] + line["reservation_unused_recurring_fee"]
    if kind == "Refund" and line["line_item_product_code"] == "ComputeSavingsPlans" and refund.startswith("Refund for one-time fee for Savings Plan ID"):
        return Decimal(0)
    return unblended


def opencost(line: dict[str, Any]) -> Decimal:
    kind = line["line_item_line_item_type"]
    if kind not in ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "EdpDiscount", "PrivateRateDiscount"):
        return Decimal(0)
    effective = {"DiscountedUsage": "reservation_effective_cost", "SavingsPlanCoveredUsage": "savings_plan_savings_plan_effective_cost"}
    return line[effective.get(kind, "line_item_unblended_cost")]


def koku(line: dict[str, Any]) -> Decimal:
    if line["line_item_line_item_type"] in ("SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee"):
        return line.get("savings_plan_savings_plan_effective_cost") or Decimal(0)
    return line["line_item_unblended_cost"]


def optscale(line: dict[str, Any]) -> Decimal:
    return Decimal(0) if line["line_item_line_item_type"] == "Credit" else line["line_item_blended_cost"]


@pytest.mark.parametrize(
    ("name", "amount"),
    [("CID", cid), ("OpenCost", opencost), ("koku", koku), ("OptScale", optscale), ("unblended", lambda line: line["line_item_unblended_cost"])],
)
def test_a_tools_formula_is_what_it_makes_of_the_lines_themselves(rich: Any, found: Formulas, name: str, amount: Callable[[dict[str, Any]], Decimal]):
    expected = by_hand(rich, amount)
    for line in found.rows:
        assert line.values[name] == pytest.approx(expected[line.line_item_type], abs=1e-6), line.line_item_type
    assert tool(found, name).total == pytest.approx(sum(expected.values()), abs=1e-6)


def test_the_rows_add_up_to_the_totals_and_the_totals_are_the_bills(rich: Any, found: Formulas):
    totals = summarize(rich.bill).totals
    for name in found.names:
        assert sum(line.values[name] or 0 for line in found.rows) == pytest.approx(found.totals.values[name], abs=1e-6)
    assert found.totals.values["amortized"] == pytest.approx(totals.amortized, abs=1e-9)
    assert found.totals.values["net amortized"] == pytest.approx(totals.net_amortized, abs=1e-9)
    assert found.totals.values["unblended"] == pytest.approx(totals.amortized + found.totals.trueup + found.totals.upfront, abs=1e-6)
    assert found.totals.lines == rich.bill.rows == sum(line.lines for line in found.rows)


def test_ours_is_cids_summary_view(found: Formulas):
    assert tool(found, "CID").difference == pytest.approx(0, abs=1e-6)
    assert "its other copies count it" in tool(found, "CID").not_reproduced[0]


def test_reasons_name_the_types_that_make_the_difference_with_their_amounts(found: Formulas):
    opencost_reason = tool(found, "OpenCost").reason
    assert "one-time fees are left out (Fee -" in opencost_reason
    made = {line.line_item_type: (line.values["OpenCost"] or 0) - (line.values["amortized"] or 0) for line in found.rows}
    largest = max(made, key=lambda kind: abs(made[kind]))
    assert f"({largest} {made[largest]:+,.2f}" in opencost_reason
    assert tool(found, "net amortized").reason.count("negotiated discounts are taken off") == 1, "one reason, said once, for all its types"
    assert "reservations are not amortized" in tool(found, "koku").reason or "reservation's upfront fee is counted" in tool(found, "koku").reason
    for each in found.tools:
        assert each.reason.endswith(".") and each.reason.count(".\n") == 0


def test_what_the_table_cant_tell_is_said(found: Formulas):
    assert any("split cost rows" in note for note in tool(found, "koku").not_reproduced)
    assert any("fee and negation lines is not kept" in note for note in tool(found, "koku").not_reproduced)
    assert any("net columns" in note for note in tool(found, "OpenCost").not_reproduced)


def test_credits_taxes_and_unused_commitment_vanish_in_the_tools_that_drop_them(bill_of: BillOf, row: Row):
    rows = [
        row(DAY, 100, x_blended_cost=Decimal(100)),
        row(DAY, 8, x_line_item_type="Tax", ChargeCategory="Tax", x_blended_cost=Decimal(8)),
        row(DAY, -30, x_line_item_type="Credit", ChargeCategory="Credit", x_blended_cost=Decimal(-30)),
    ]
    found = formulas(bill_of(rows))
    assert (tool(found, "OpenCost").total, tool(found, "OptScale").total, tool(found, "koku").total) == (100, 108, 78)
    assert tool(found, "OptScale").reason == "30.00 above ours: credits are ignored (Credit +30.00)."


def test_a_bill_without_blended_costs_leaves_them_unknown(bill_of: BillOf, row: Row):
    found = formulas(bill_of([row(DAY, 5)]))
    assert found.totals.values["blended"] is None and found.totals.values["OptScale"] is None
    assert tool(found, "blended").difference is None
    assert "does not give the blended cost" in tool(found, "OptScale").reason


def test_commitment_lines_without_their_commitment_are_named(bill_of: BillOf, row: Row):
    fee = {"x_line_item_type": "SavingsPlanRecurringFee", "ChargeCategory": "Purchase", "CommitmentDiscountId": "a"}
    notes = tool(formulas(bill_of([row(DAY, 5, **fee)])), "CID").not_reproduced
    assert notes and "have no total commitment" in notes[0]


def test_without_commitment_columns_as_in_focus_cids_unused_part_is_ours(bill_of: BillOf, row: Row):
    plan = {"x_line_item_type": "SavingsPlanRecurringFee", "CommitmentDiscountId": "a"}
    purchase = row(DAY, 5, **plan, ChargeCategory="Purchase", x_charge_part="Purchase", x_amortized_cost=Decimal(0))
    found = formulas(bill_of([purchase, row(DAY, 2, **plan, CommitmentDiscountStatus="Unused", x_charge_part="Unused")]))
    assert (tool(found, "CID").total, tool(found, "CID").difference) == (2, 0)
    assert "our unused part" in tool(found, "CID").not_reproduced[0]


def test_an_invoice_is_the_sum_of_its_billed_cost(rich: Any, found: Formulas):
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for line in rich.made.lines:
        billed[line["bill_invoice_id"]] += line["truth"].billed
    assert {each.invoice: pytest.approx(each.billed, abs=1e-6) for each in found.invoices} == {name: float(total) for name, total in billed.items()}
    assert [each.periods for each in sorted(found.invoices, key=lambda each: each.periods)] == [("2026-09",), ("2026-10",)]
    assert all(each.tax > 0 > each.credit for each in found.invoices)


def test_what_is_not_invoiced_is_its_own_line(sample: Bill):
    (invoice,) = formulas(sample).invoices
    assert (invoice.invoice, invoice.periods, invoice.lines) == (None, ("2023-11",), 1281)
    assert invoice.billed == pytest.approx(1.6823086974)
    assert {each.name: each.difference for each in formulas(sample).tools}["OpenCost"] == pytest.approx(-0.08)


def test_the_generated_bills_differences_are_its_tax_and_unused_commitment(generated_bill: Bill):
    found = formulas(generated_bill)
    kinds = {line.line_item_type: line.values for line in found.rows}
    unused, tax = kinds["SavingsPlanRecurringFee"]["amortized"] or 0, kinds["Tax"]["amortized"] or 0
    assert unused > 0
    assert tool(found, "OpenCost").difference == pytest.approx(-unused - tax)
    assert tool(found, "koku").difference == pytest.approx(-unused)
    assert tool(found, "CID").difference == pytest.approx(0, abs=1e-9)


def test_many_types_and_invoices_are_added_up_and_not_dropped(bill_of: BillOf, row: Row):
    many = INVOICES_LISTED + 9
    found = formulas(bill_of([row(DAY, number + 1, x_line_item_type=f"Kind{number}", InvoiceId=f"I{number}") for number in range(many)]))
    assert (len(found.rows), len(found.invoices)) == (TYPES_LISTED, INVOICES_LISTED + 1)
    assert sum(line.values["amortized"] or 0 for line in found.rows) == sum(each.billed for each in found.invoices) == many * (many + 1) / 2


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    for expression in (module.by_type(charges), module.by_invoice(charges), module.facts(charges)):
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
