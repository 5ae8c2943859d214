from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.bill import read_bill, summarize
from cost.bill.line_items import LINE_ITEM_TYPES
from cost.bill.model import Bill

MONEY = st.decimals(min_value=Decimal("0.0000000001"), max_value=Decimal("99999"), places=10)
TEAMS = st.sampled_from(["vision", "language", ""])
PLAIN = st.sampled_from([name for name in LINE_ITEM_TYPES if not name.startswith("SavingsPlan") and name not in ("RIFee", "DiscountedUsage")] + ["NewType"])


def costs(bill: Bill, line_item_type: str) -> dict[str, Any]:
    return summarize(bill).by_line_item_type[line_item_type].model_dump()


def test_the_plan_formulas_on_figures_worked_by_hand(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8"), Decimal("3")))
    assert costs(bill, "SavingsPlanCoveredUsage")["amortized"] == 7
    assert costs(bill, "SavingsPlanNegation")["amortized"] == 0
    fee = costs(bill, "SavingsPlanRecurringFee")
    assert (fee["unblended"], fee["amortized"], fee["trueup"]) == (5, 1, -3)


def test_the_reservation_formulas_on_figures_worked_by_hand(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.reservation(Decimal("9"), upfront=Decimal("4"), recurring=Decimal("2"), unused_share=Decimal("0.25")))
    assert costs(bill, "DiscountedUsage")["amortized"] == 4.5
    fee = costs(bill, "RIFee")
    assert (fee["unblended"], fee["amortized"], fee["trueup"]) == (2, 1.5, -4)


@pytest.mark.parametrize(
    "line",
    [
        {"lineItem/LineItemType": "SavingsPlanUpfrontFee", "lineItem/UnblendedCost": "100"},
        {"lineItem/LineItemType": "Fee", "lineItem/UnblendedCost": "100", "reservation/ReservationARN": "arn:ri"},
        {
            "lineItem/LineItemType": "Refund",
            "lineItem/UnblendedCost": "100",
            "lineItem/ProductCode": "ComputeSavingsPlans",
            "lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID 1",
        },
    ],
)
def test_an_upfront_fee_and_its_refund_are_not_amortized_cost(bill_of: Callable[..., Bill], line: dict[str, str]):
    totals = summarize(bill_of(line)).totals
    assert (totals.unblended, totals.amortized, totals.upfront) == (100, 0, 100)


def test_a_fee_without_a_reservation_is_amortized_as_it_is(bill_of: Callable[..., Bill]):
    assert summarize(bill_of({"lineItem/LineItemType": "Fee", "reservation/SubscriptionId": "1"})).totals.amortized == 1


@pytest.mark.parametrize(("option", "net"), [("No Upfront", Decimal("0.9")), ("All Upfront", Decimal("0.5"))])
def test_net_unused_plan_follows_the_payment_option(bill_of: Callable[..., Bill], kit: SimpleNamespace, option: str, net: Decimal):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"), Decimal("4"))
    lines[2] |= {
        "savingsPlan/PaymentOption": option,
        "savingsPlan/NetRecurringCommitmentForBillingPeriod": "3.6",
        "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod": "2",
    }
    fee = costs(bill_of(*lines), "SavingsPlanRecurringFee")
    assert fee["amortized"] == 1
    assert fee["net_amortized"] == pytest.approx(float(net))


def test_net_reservation_costs_worked_by_hand(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.reservation(Decimal("9"), upfront=Decimal("4"), recurring=Decimal("2"), unused_share=Decimal("0.25"))
    lines[0]["reservation/NetEffectiveCost"] = "3.6"
    lines[1] |= {"reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod": "0.8", "reservation/NetUnusedRecurringFee": "0.4"}
    bill = bill_of(*lines)
    used, fee = costs(bill, "DiscountedUsage"), costs(bill, "RIFee")
    assert (used["amortized"], used["net_amortized"]) == (4.5, 3.6)
    assert (fee["amortized"], fee["net_amortized"]) == (1.5, pytest.approx(1.2))


def test_net_plan_cost_worked_by_hand(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    lines[0]["savingsPlan/NetSavingsPlanEffectiveCost"] = "6.3"
    covered = costs(bill_of(*lines), "SavingsPlanCoveredUsage")
    assert (covered["amortized"], covered["net_amortized"]) == (7, 6.3)


def test_net_columns_set_net_amortized_and_billed(bill_of: Callable[..., Bill]):
    totals = summarize(bill_of({"lineItem/NetUnblendedCost": "0.8"})).totals
    assert (totals.unblended, totals.amortized, totals.net_amortized, totals.billed) == (1, 1, 0.8, 0.8)


def test_plan_lines_without_their_values_keep_their_unblended_cost_and_are_reported(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")), without=["savingsPlan/SavingsPlanEffectiveCost"])
    totals = summarize(bill).totals
    assert totals.amortized == totals.unblended == 8
    assert {"plans_not_amortized", "missing_column"} <= {warning.code for warning in bill.warnings}


@settings(max_examples=6, deadline=None)
@given(
    plain=st.lists(st.tuples(PLAIN, MONEY, TEAMS), min_size=1, max_size=20),
    plan=st.tuples(MONEY, MONEY, MONEY, st.decimals(min_value=0, max_value=1, places=4)),
    reservation=st.tuples(MONEY, MONEY, MONEY, st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5"), Decimal(1)])),
    credit=MONEY,
)
def test_money_is_conserved_for_every_kind_and_grouping(
    kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory, plain: list[Any], plan: Any, reservation: Any, credit: Decimal
):
    on_demand, used, unused, share = plan
    lines = [{"lineItem/LineItemType": name, "lineItem/UnblendedCost": str(cost), "resourceTags/user:team": team} for name, cost, team in plain]
    lines += kit.plan(on_demand, used, used + unused, ((used + unused) * share).quantize(Decimal("1E-10")))
    lines += kit.reservation(*reservation)
    lines += [{"lineItem/LineItemType": "Credit", "lineItem/UnblendedCost": str(-credit), "resourceTags/user:team": "vision"}]
    bill = read_bill([kit.write(tmp_path_factory.mktemp("bill") / "a.csv", lines)])
    summary = summarize(bill)
    totals = summary.totals.model_dump()
    expected = sum((Decimal(line.get("lineItem/UnblendedCost", "1.0")) for line in lines), Decimal(0))
    assert totals["unblended"] == pytest.approx(float(expected), abs=1e-6)
    assert totals["billed"] == pytest.approx(float(expected), abs=1e-6)
    assert totals["unblended"] == pytest.approx(totals["amortized"] + totals["trueup"] + totals["upfront"], abs=1e-6)
    for grouping in (summary.by_service, summary.by_charge_category, summary.by_line_item_type, *(tag.values for tag in summary.tags.values())):
        for kind in ("billed", "list", "contracted", "unblended", "amortized", "net_amortized", "trueup", "upfront"):
            assert sum(getattr(each, kind) for each in grouping.values()) == pytest.approx(totals[kind], abs=1e-6), kind
    bill.engine.close()
