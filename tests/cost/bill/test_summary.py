from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
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


def test_untagged_is_a_value_and_coverage_is_of_usage_and_unknown_without_any(bill_of: Callable[..., Bill]):
    tag = "resourceTags/user:team"
    bill = bill_of({tag: "vision", "lineItem/UnblendedCost": "3"}, {}, {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "0.5"})
    team = summarize(bill).tags["team"]
    taxes = bill.charges.filter(bill.charges["ChargeCategory"] == "Tax")
    assert summarize(replace(bill, charges=taxes)).tags["team"].coverage is None
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


def test_used_and_unused_make_the_purchase_of_each_commitment(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("6"), Decimal("8")), *kit.reservation(Decimal("9"), Decimal("0"), Decimal("2"), Decimal("0.5")))
    reservation, plan = summarize(bill).commitments
    assert (plan.id, plan.used, plan.unused, plan.purchased, plan.utilisation) == (kit.PLAN, 6, 2, 8, 0.75)
    assert (reservation.id, reservation.used, reservation.unused, reservation.purchased, reservation.utilisation) == (kit.RESERVATION, 1, 1, 2, 0.5)


REFUND = {
    "lineItem/LineItemType": "Refund",
    "lineItem/UnblendedCost": "-96",
    "pricing/publicOnDemandCost": "",
    "lineItem/ProductCode": "ComputeSavingsPlans",
    "lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID 1",
}
FEE = {"lineItem/LineItemType": "SavingsPlanUpfrontFee", "lineItem/UnblendedCost": "96", "savingsPlan/SavingsPlanARN": "arn:plan"}


@pytest.fixture(scope="module")
def totals(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, float]]]:
    """Each case's costs of every kind."""
    cases = {
        "covered": kit.plan(Decimal("10"), Decimal("7"), Decimal("8")),
        "refund of the plan": [{}, FEE, REFUND | {"savingsPlan/SavingsPlanARN": "arn:plan"}],
        "refund without the plan": [{}, FEE, REFUND],
        "refund of usage": [{}, {"lineItem/LineItemType": "Refund", "lineItem/UnblendedCost": "-0.25", "pricing/publicOnDemandCost": ""}],
        "tiny rows": [*[{"lineItem/UnblendedCost": "0.1"}] * 30, {"lineItem/UnblendedCost": "-3"}],
    }
    bill = kit.cases(tmp_path_factory.mktemp("cases") / "a.csv", cases)
    yield {name: costs[""] for name, costs in kit.costs(bill).items()}
    bill.engine.close()


def test_list_cost_is_counted_once_for_covered_usage(totals: dict[str, dict[str, float]]):
    assert (totals["covered"]["list"], totals["covered"]["contracted"]) == (1, 10)


@pytest.mark.parametrize("case", ["refund of the plan", "refund without the plan"])
def test_neither_a_commitments_purchase_nor_its_refund_is_list_cost(totals: dict[str, dict[str, float]], case: str):
    assert (totals[case]["unblended"], totals[case]["list"], totals[case]["contracted"]) == (1, 1, 1)


def test_a_refund_of_usage_is_list_cost(totals: dict[str, dict[str, float]]):
    assert (totals["refund of usage"]["list"], totals["refund of usage"]["contracted"]) == (0.75, 0.75)


def test_a_million_tiny_rows_would_not_drift(totals: dict[str, dict[str, float]]):
    assert totals["tiny rows"]["unblended"] == 0.0
