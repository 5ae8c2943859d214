"""Tests of cost.bill.cur_findings: what a reader must know of a report's lines and columns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from cost.bill import read_bill, summarize
from cost.bill.completeness import completeness
from cost.bill.model import Bill, BillWarning

SPLIT = {"lineItem/Operation": "EKSPod-EC2"}
OCTOBER = {
    "identity/TimeInterval": "2026-10-01T00:00:00Z/2026-10-01T01:00:00Z",
    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00.000Z",
    "bill/BillingPeriodEndDate": "2026-11-01T00:00:00.000Z",
    "lineItem/UsageStartDate": "2026-10-01T00:00:00.000Z",
    "lineItem/UsageEndDate": "2026-10-01T01:00:00.000Z",
}


def found(bill: Bill) -> dict[str, BillWarning]:
    return {warning.code: warning for warning in bill.warnings}


def test_split_rows_of_covered_usage_count_nothing_and_leave_amortization_on(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    plan = kit.plan(Decimal(10), Decimal(7), Decimal(8))
    reservation = kit.reservation(Decimal(9), upfront=Decimal(4), recurring=Decimal(2), unused_share=Decimal("0.25"))
    no_values = {"savingsPlan/SavingsPlanEffectiveCost": "", "reservation/EffectiveCost": ""}
    pods = [SPLIT | no_values | {name: line[name] for name in line if "ARN" in name or "LineItemType" in name} for line in (plan[0], reservation[0])]
    whole, repeated = bill_of(*plan, *reservation), bill_of(*plan, *reservation, *pods)
    assert summarize(repeated).totals == summarize(whole).totals
    assert summarize(repeated).commitments == summarize(whole).commitments
    assert (summarize(whole).totals.amortized, summarize(whole).totals.unblended) == (7 + 1 + 6, 10)
    assert (found(repeated)["split_cost_rows"].rows, found(repeated)["split_cost_rows"].amount) == (2, 2)
    assert not {"plans_not_amortized", "reservations_not_amortized"} & set(found(repeated))


def test_only_the_month_of_a_plan_without_its_used_commitment_is_not_amortized(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    september, october = (kit.plan(Decimal(10), Decimal(7), Decimal(8), Decimal(3)) for _ in range(2))
    september[2]["savingsPlan/UsedCommitment"] = ""
    known = [line | OCTOBER | {"savingsPlan/SavingsPlanARN": "arn:known"} for line in october]
    refund = OCTOBER | {"lineItem/LineItemType": "Refund", "lineItem/UnblendedCost": "-100", "lineItem/ProductCode": "MachineLearningSavingsPlans"}
    bill = bill_of(*september, *known, refund | {"lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID 1"})
    summary = summarize(bill)
    plans = {plan.id: (plan.used, plan.unused, plan.utilisation) for plan in summary.commitments}
    assert plans == {kit.PLAN: (None, None, None), "arn:known": (7, 1, 7 / 8)}
    assert (summary.totals.unblended, summary.totals.amortized, summary.totals.upfront) == (5 + 5 - 100, 5 + 8, -100)
    warning = found(bill)["plans_not_amortized"]
    assert warning.rows == 3
    assert "all savings plan lines of 2026-09 keep their unblended cost" in warning.message


def test_a_column_that_one_of_two_parts_lacks_is_said_with_its_lines_and_two_payers_in_two_folders_are_none_twice(kit: SimpleNamespace, tmp_path: Path):
    for name, payer, without in (("a", "1", []), ("b", "2", ["pricing/publicOnDemandCost"])):
        (tmp_path / name).mkdir()
        lines = [{"identity/LineItemId": f"{name}{number}", "bill/PayerAccountId": f"00000000000{payer}", "lineItem/ResourceId": "i"} for number in range(2)]
        kit.write(tmp_path / name / "report.csv", lines, without=without)
    bill = read_bill([tmp_path])
    with closing(bill.engine):
        said = [warning for warning in bill.warnings if warning.code == "missing_column" and "publicOnDemandCost" in warning.message]
        assert [(warning.rows, warning.amount) for warning in said] == [(2, 2.0)]
        assert f"in 1 of 2 files ({tmp_path / 'b' / 'report.csv'})" in said[0].message
        assert "several_folders" not in found(bill)


def test_one_line_as_long_as_the_month_does_not_make_its_days_present(bill_of: Callable[..., Bill]):
    bill = bill_of({}, {"lineItem/UsageEndDate": "2026-10-01T00:00:00Z"})
    account = completeness(bill.engine, bill.charges).accounts[0]
    assert account.days == 1
    assert [(span.first.day, span.last.day) for span in account.missing] == [(2, 30)]
