from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest

from cost.bill import summarize
from cost.bill.charge_table import COST_KINDS, SCHEMA
from cost.bill.model import Bill
from cost.insight.close import CHANGES, MONTHS, by_month, close, corrections_of, invoices_of
from cost.insight.money_model import Close, MonthClose
from plinth.errors import UsageError

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
FEBRUARY = [date(2026, 2, 1) + timedelta(days=number) for number in range(28)]
MARCH = [date(2026, 3, 1) + timedelta(days=number) for number in range(31)]


@pytest.fixture(scope="module")
def found(rich: Any) -> Close:
    return close(rich.bill)


def items(month: MonthClose) -> dict[str, bool]:
    return {item.code: item.done for item in month.checklist}


def test_the_months_add_up_to_the_bill(rich: Any, found: Close):
    totals = summarize(rich.bill).totals
    for kind in COST_KINDS:
        assert sum(getattr(month.totals, kind) for month in found.months) == pytest.approx(getattr(totals, kind), abs=1e-6), kind
    assert [month.period for month in found.months] == ["2026-10", "2026-09"]


def test_tax_credits_refunds_and_one_time_fees_are_what_was_billed(rich: Any, found: Close):
    billed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in rich.made.lines:
        billed[f"{line['bill_billing_period_start_date']:%Y-%m}", line["line_item_line_item_type"]] += line["truth"].billed
    for month in found.months:
        assert month.tax == pytest.approx(float(billed[month.period, "Tax"]), abs=1e-6)
        assert month.credits == pytest.approx(float(billed[month.period, "Credit"]), abs=1e-6)
        assert month.refunds == month.corrections == pytest.approx(float(billed[month.period, "Refund"]), abs=1e-6)
        once = billed[month.period, "Fee"] + billed[month.period, "SavingsPlanUpfrontFee"]
        assert month.one_time == pytest.approx(float(once), abs=1e-6)
        assert sum(each.amount for each in month.correction_lines) == pytest.approx(month.corrections, abs=1e-6)


def test_changes_by_service_and_by_type_add_up_to_the_months_change(found: Close):
    month = found.months[0]
    assert month.change is not None
    assert month.change.current == pytest.approx(month.totals.amortized)
    for changes in (month.by_service, month.by_line_item_type):
        assert sum(each.change.amount for each in changes) == pytest.approx(month.change.amount, abs=1e-6)
        assert len(changes) <= CHANGES + 1
    assert found.months[1].change is None and found.months[1].by_service == ()


def test_an_unknown_type_and_corrections_are_on_the_checklist(found: Close):
    for month in found.months:
        assert (items(month)["line_item_types"], items(month)["corrections"], items(month)["balance"]) == (False, False, True)
        assert any("SomethingNewFee" in item.text for item in month.checklist)


def test_a_longer_month_is_no_change(bill_of: BillOf, row: Row):
    hours = [row(day, 24, ConsumedUnit="Hrs") for day in (*FEBRUARY, *MARCH)]
    stored = [row(days[0], 100, days=len(days), ConsumedUnit="GB-Mo", ServiceName="S3") for days in (FEBRUARY, MARCH)]
    month = close(bill_of([*hours, *stored])).months[0]
    assert month.change is not None and month.change.amount == pytest.approx(0, abs=1e-9)
    assert [each.name for each in month.by_service] == ["(other)"], "what did not move is not listed"
    assert month.closed and all(item.done for item in month.checklist)


def test_the_percent_of_negative_months_has_the_sign_of_the_change(bill_of: BillOf, row: Row):
    credits = [row(day, -100 if day in FEBRUARY else -50, ServiceName="Credits", ChargeCategory="Credit") for day in (*FEBRUARY, *MARCH[:28])]
    usage = [row(day, 1) for day in (*FEBRUARY, *MARCH[:28])]
    (found,) = [each for each in close(bill_of([*usage, *credits])).months[0].by_service if each.name == "Credits"]
    assert found.change.percent is not None
    assert found.change.amount > 0 and found.change.percent > 0


def test_an_unknown_cost_kind_is_refused(bill_of: BillOf, row: Row):
    with pytest.raises(UsageError, match="amortized"):
        close(bill_of([row(MARCH[0])]), cost="nope")


def test_an_open_month_is_compared_on_the_days_it_has(bill_of: BillOf, row: Row):
    rows = [row(day, 10, ConsumedUnit="Hrs") for day in FEBRUARY] + [row(day, 15, ConsumedUnit="Hrs", InvoiceId=None) for day in MARCH[:14]]
    month = close(bill_of(rows)).months[0]
    assert month.change is not None
    assert (month.change.previous, month.change.current) == (pytest.approx(140), 210)
    assert (month.closed, month.invoiced, month.invoices, month.compared_with) == (False, False, 0, "2026-02")
    assert (items(month)["invoice"], items(month)["days"]) == (False, False)


def test_a_month_that_lacks_days_in_between_says_whose(bill_of: BillOf, row: Row):
    rows = [row(day, 1, SubAccountId="1") for day in FEBRUARY] + [row(day, 1, SubAccountId="2") for day in FEBRUARY if day.day not in (10, 11)]
    (month,) = close(bill_of(rows)).months
    assert not items(month)["gaps"]
    assert any(item.text == "days without usage in between: 2 (26 of 28 days)" for item in month.checklist)


def test_a_month_without_the_tax_and_credits_of_the_one_before_is_asked_about(bill_of: BillOf, row: Row):
    usual = [row(day, 1) for day in (*FEBRUARY, *MARCH)]
    extra = [row(FEBRUARY[0], 3, ChargeCategory="Tax", x_line_item_type="Tax"), row(FEBRUARY[0], -2, ChargeCategory="Credit", x_line_item_type="Credit")]
    month = close(bill_of([*usual, *extra])).months[0]
    assert (items(month)["tax"], items(month)["credits"]) == (False, False)
    assert month.closed, "it is invoiced to its end all the same"


def test_a_correction_is_listed_with_what_it_says(bill_of: BillOf, row: Row):
    evil = "<script>" + "x" * 9_000
    refund = row(MARCH[0], -5, ChargeCategory="Adjustment", ChargeClass="Correction", x_line_item_type="Refund", ChargeDescription=evil)
    (month,) = close(bill_of([row(MARCH[0], 9), refund])).months
    (line,) = month.correction_lines
    assert (line.amount, line.line_item_type, len(line.description)) == (-5, "Refund", 200)


def test_only_the_newest_months_are_shown(bill_of: BillOf, row: Row):
    found = close(bill_of([row(date(2026, month, 1), month) for month in range(1, MONTHS + 3)]))
    assert (len(found.months), found.months_not_shown, found.months[0].period) == (MONTHS, 2, f"2026-{MONTHS + 2:02}")
    assert found.months[-1].change is not None, "the oldest shown is compared with one that is not"


def test_the_sample_is_not_closed(sample: Bill):
    (month,) = close(sample).months
    assert (month.period, month.closed, month.totals.unblended) == ("2023-11", False, pytest.approx(1.6823086974))
    assert [item.code for item in month.checklist if not item.done] == ["invoice", "days"]


def test_the_generated_bill_is_closed_and_its_change_is_ec2(generated_bill: Bill):
    month = close(generated_bill).months[0]
    assert month.closed and month.change is not None
    assert month.by_service[0].name == "Amazon Elastic Compute Cloud", "the spike"
    assert sum(each.change.amount for each in month.by_service) == pytest.approx(month.change.amount, abs=1e-6)


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    for expression in (by_month(charges), corrections_of(charges), invoices_of(charges)):
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
