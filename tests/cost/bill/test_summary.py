from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from cost.bill import summarize
from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Bill, BillSummary


def test_the_real_sample_gives_its_known_totals(sample: Bill):
    summary = summarize(sample)
    assert summary.totals.unblended == pytest.approx(1.6823086974, abs=1e-12)
    assert summary.totals.list == pytest.approx(3.3561726949, abs=1e-12)
    assert summary.totals.tax == pytest.approx(0.08, abs=1e-12)
    assert summary.by_line_item_type["Usage"].unblended == pytest.approx(1.6023086974, abs=1e-12)
    assert summary.rows == 1281
    assert summary.tags == {}


def test_the_json_has_the_documented_names(sample: Bill):
    assert set(BillSummary.model_fields) == {
        "files", "format", "synthetic", "rows", "currency", "periods", "totals", "by_service", "by_charge_category",
        "by_line_item_type", "tags", "commitments", "completeness", "warnings",
    }  # fmt: skip
    totals = summarize(sample).model_dump()["totals"]
    assert {"billed", "list", "contracted", "unblended", "amortized", "net_amortized", "tax", "credit"} <= set(totals)


def test_untagged_is_a_value_and_coverage_is_of_usage(bill_of: Callable[..., Bill]):
    tag = "resourceTags/user:team"
    bill = bill_of({tag: "vision", "lineItem/UnblendedCost": "3"}, {}, {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "0.5"})
    team = summarize(bill).tags["team"]
    assert team.coverage == pytest.approx(0.75)
    assert team.values["vision"].amortized == 3
    assert team.values[""].amortized == 1.5


def test_untagged_is_what_charges_without_the_key_cost(generated_bill: Bill):
    charges = generated_bill.charges
    untagged = charges.filter(~charges["Tags"].contains("team"))
    kinds = {kind: column for kind, column in COST_KINDS.items() if kind not in ("list", "contracted")}
    sums = generated_bill.engine.rows(untagged.aggregate(**{kind: charges[column].sum() for kind, column in kinds.items()}))
    shown = summarize(generated_bill).tags["team"].values[""].model_dump()
    for kind, amount in sums[0].items():
        assert shown[kind] == pytest.approx(float(amount), abs=1e-6), kind


def test_a_tag_without_usage_has_unknown_coverage(bill_of: Callable[..., Bill]):
    bill = bill_of({"lineItem/LineItemType": "Tax", "resourceTags/user:team": "x"})
    assert summarize(bill).tags["team"].coverage is None


def test_used_and_unused_make_the_purchase_of_each_commitment(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("6"), Decimal("8")), *kit.reservation(Decimal("9"), Decimal("0"), Decimal("2"), Decimal("0.5")))
    reservation, plan = summarize(bill).commitments
    assert (plan.id, plan.used, plan.unused, plan.purchased, plan.utilisation) == (kit.PLAN, 6, 2, 8, 0.75)
    assert (reservation.id, reservation.used, reservation.unused, reservation.purchased, reservation.utilisation) == (kit.RESERVATION, 1, 1, 2, 0.5)


def test_list_cost_is_counted_once_for_covered_usage(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    totals = summarize(bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")))).totals
    assert (totals.list, totals.contracted) == (1, 10)


@pytest.mark.parametrize("plan", [{"savingsPlan/SavingsPlanARN": "arn:plan"}, {}])
def test_neither_a_commitments_purchase_nor_its_refund_is_list_cost(bill_of: Callable[..., Bill], plan: dict[str, str]):
    fee = {"lineItem/LineItemType": "SavingsPlanUpfrontFee", "lineItem/UnblendedCost": "96", "savingsPlan/SavingsPlanARN": "arn:plan"}
    refund = plan | {
        "lineItem/LineItemType": "Refund",
        "lineItem/UnblendedCost": "-96",
        "pricing/publicOnDemandCost": "",
        "lineItem/ProductCode": "ComputeSavingsPlans",
        "lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID 1",
    }
    totals = summarize(bill_of({}, fee, refund)).totals
    assert (totals.unblended, totals.list, totals.contracted) == (1, 1, 1)


def test_a_refund_of_usage_is_list_cost(bill_of: Callable[..., Bill]):
    totals = summarize(bill_of({}, {"lineItem/LineItemType": "Refund", "lineItem/UnblendedCost": "-0.25", "pricing/publicOnDemandCost": ""})).totals
    assert (totals.list, totals.contracted) == (0.75, 0.75)


def test_a_million_tiny_rows_would_not_drift(bill_of: Callable[..., Bill]):
    bill = bill_of(*[{"lineItem/UnblendedCost": "0.1"}] * 30, {"lineItem/UnblendedCost": "-3"})
    assert summarize(bill).totals.unblended == 0.0


def test_fees_that_name_no_commitment_and_taxes_without_a_public_price_are_no_list_cost(bill_of: Callable[..., Bill]):
    fees = [{"lineItem/LineItemType": kind, "lineItem/UnblendedCost": "300"} for kind in ("RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee")]
    tax = {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "55", "pricing/publicOnDemandCost": ""}
    totals = summarize(bill_of({"lineItem/UnblendedCost": "1"}, *fees, tax)).totals
    assert (totals.list, totals.contracted, totals.billed) == (1.0, 56.0, 956.0)
