from __future__ import annotations

from collections.abc import Callable, Iterator
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


Costs = dict[str, dict[str, dict[str, float]]]


@pytest.fixture(scope="module")
def costs(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Costs]:
    """Each case's costs by line item type."""
    bill = kit.cases(tmp_path_factory.mktemp("cases") / "a.csv", dict(_cases(kit)))
    yield kit.costs(bill)
    bill.engine.close()


UPFRONT = {
    "plan's fee": {"lineItem/LineItemType": "SavingsPlanUpfrontFee"},
    "reservation's fee": {"lineItem/LineItemType": "Fee", "reservation/ReservationARN": "arn:ri"},
    "refund": {
        "lineItem/LineItemType": "Refund",
        "lineItem/ProductCode": "ComputeSavingsPlans",
        "lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID 1",
    },
}
OPTIONS = {"No Upfront": 0.9, "All Upfront": 0.5}
"""What the net cost is of a plan's unused dollar, by payment option."""


def _cases(kit: SimpleNamespace) -> Iterator[tuple[str, list[dict[str, str]]]]:
    yield "plan", kit.plan(Decimal("10"), Decimal("7"), Decimal("8"), Decimal("3"))
    reserved = {"upfront": Decimal("4"), "recurring": Decimal("2"), "unused_share": Decimal("0.25")}
    yield "reservation", kit.reservation(Decimal("9"), **reserved)
    yield from ((name, [line | {"lineItem/UnblendedCost": "100"}]) for name, line in UPFRONT.items())
    yield "support", [{"lineItem/LineItemType": "Fee", "reservation/SubscriptionId": "1"}]
    for option in OPTIONS:
        lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"), Decimal("4"))
        lines[2] |= {
            "savingsPlan/PaymentOption": option,
            "savingsPlan/NetRecurringCommitmentForBillingPeriod": "3.6",
            "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod": "2",
        }
        yield option, lines
    net = kit.reservation(Decimal("9"), **reserved)
    net[0]["reservation/NetEffectiveCost"] = "3.6"
    net[1] |= {"reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod": "0.8", "reservation/NetUnusedRecurringFee": "0.4"}
    yield "net reservation", net
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    lines[0]["savingsPlan/NetSavingsPlanEffectiveCost"] = "6.3"
    yield "net plan", lines
    yield "net usage", [{"lineItem/NetUnblendedCost": "0.8"}]


def test_the_plan_formulas_on_figures_worked_by_hand(costs: Costs):
    found = costs["plan"]
    assert found["SavingsPlanCoveredUsage"]["amortized"] == 7
    assert found["SavingsPlanNegation"]["amortized"] == 0
    fee = found["SavingsPlanRecurringFee"]
    assert (fee["unblended"], fee["amortized"], fee["trueup"]) == (5, 1, -3)


def test_the_reservation_formulas_on_figures_worked_by_hand(costs: Costs):
    assert costs["reservation"]["DiscountedUsage"]["amortized"] == 4.5
    fee = costs["reservation"]["RIFee"]
    assert (fee["unblended"], fee["amortized"], fee["trueup"]) == (2, 1.5, -4)


@pytest.mark.parametrize("case", UPFRONT)
def test_an_upfront_fee_and_its_refund_are_not_amortized_cost(costs: Costs, case: str):
    totals = costs[case][""]
    assert (totals["unblended"], totals["amortized"], totals["upfront"]) == (100, 0, 100)


def test_a_fee_without_a_reservation_is_amortized_as_it_is(costs: Costs):
    assert costs["support"][""]["amortized"] == 1


@pytest.mark.parametrize(("option", "net"), OPTIONS.items())
def test_net_unused_plan_follows_the_payment_option(costs: Costs, option: str, net: float):
    fee = costs[option]["SavingsPlanRecurringFee"]
    assert fee["amortized"] == 1
    assert fee["net_amortized"] == pytest.approx(net)


def test_net_reservation_costs_worked_by_hand(costs: Costs):
    used, fee = costs["net reservation"]["DiscountedUsage"], costs["net reservation"]["RIFee"]
    assert (used["amortized"], used["net_amortized"]) == (4.5, 3.6)
    assert (fee["amortized"], fee["net_amortized"]) == (1.5, pytest.approx(1.2))


def test_net_plan_cost_worked_by_hand(costs: Costs):
    covered = costs["net plan"]["SavingsPlanCoveredUsage"]
    assert (covered["amortized"], covered["net_amortized"]) == (7, 6.3)


def test_net_columns_set_net_amortized_and_billed(costs: Costs):
    totals = costs["net usage"][""]
    assert (totals["unblended"], totals["amortized"], totals["net_amortized"], totals["billed"]) == (1, 1, 0.8, 0.8)


def test_plan_lines_without_their_values_keep_their_unblended_cost_and_are_reported(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")), without=["savingsPlan/SavingsPlanEffectiveCost"])
    totals = summarize(bill).totals
    assert totals.amortized == totals.unblended == 8
    assert {"plans_not_amortized", "missing_column"} <= {warning.code for warning in bill.warnings}


@settings(max_examples=3, derandomize=True, deadline=None)
@given(
    plain=st.lists(st.tuples(PLAIN, MONEY, TEAMS), min_size=10, max_size=40),
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
