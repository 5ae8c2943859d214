from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cost.bill.charge_table import SCHEMA
from cost.bill.model import Bill
from cost.insight.commitments import LISTED, by_commitment, by_scope, commitments
from cost.insight.formulas import formulas
from cost.insight.money_model import CommitmentScope

Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]
DAY = date(2026, 9, 1)
PLAN = "arn:aws:savingsplans::1:savingsplan/a"
few_examples = settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
"""Each example writes and reads a bill."""


def covered(row: Row, effective: str, public: str | None, *, plan: str = PLAN, **columns: Any) -> dict[str, Any]:
    own = {
        "CommitmentDiscountId": plan,
        "CommitmentDiscountStatus": "Used",
        "CommitmentDiscountType": "ComputeSavingsPlans",
        "x_purchase_option": "SavingsPlan",
    }
    own |= {"x_line_item_type": "SavingsPlanCoveredUsage", "x_public_on_demand_cost": None if public is None else Decimal(public)}
    return row(DAY, effective, **own | {"x_product_code": "AmazonEC2"} | columns)


def fee(row: Row, total: str, used: str, upfront: str = "0", *, plan: str = PLAN, **columns: Any) -> list[dict[str, Any]]:
    own = {"CommitmentDiscountId": plan, "CommitmentDiscountType": "ComputeSavingsPlans", "x_product_code": "ComputeSavingsPlans"}
    own |= {"x_line_item_type": "SavingsPlanRecurringFee", "x_usage_type": "ComputeSP:1yr"}
    recurring, unused = Decimal(total) - Decimal(upfront), Decimal(total) - Decimal(used)
    costs = {"x_commitment_total_cost": Decimal(total), "x_commitment_used_cost": Decimal(used), "x_trueup_cost": -Decimal(upfront)}
    bought = {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "x_charge_part": "Purchase"}
    purchase = row(DAY, recurring, **own | costs | bought | {"x_amortized_cost": Decimal(0), "x_net_amortized_cost": Decimal(0)} | columns)
    left = {"CommitmentDiscountStatus": "Unused", "x_charge_part": "Unused", "x_lines": 0, "x_unblended_cost": Decimal(0), "BilledCost": Decimal(0)}
    return [purchase, row(DAY, unused, **own | left | columns)]


def open_usage(row: Row, cost: str, public: str | None, **columns: Any) -> dict[str, Any]:
    price = None if public is None else Decimal(public)
    return row(DAY, cost, **{"x_product_code": "AmazonEC2", "x_public_on_demand_cost": price} | columns)


def scopes(bill: Bill) -> Mapping[str, CommitmentScope]:
    return {scope.name: scope for scope in commitments(bill).scopes}


def test_used_and_unused_are_the_purchase_of_every_plan_and_reservation(rich: Any):
    found = commitments(rich.bill)
    assert {each.id for each in found.commitments} == set(rich.made.commitments)
    for each in found.commitments:
        assert each.used is not None and each.unused is not None and each.difference is not None
        assert each.used + each.unused == pytest.approx(each.purchased, abs=1e-6)
        assert each.difference == pytest.approx(0, abs=1e-6)
        assert each.recurring is not None and each.upfront_amortized is not None
        assert each.recurring + each.upfront_amortized == pytest.approx(each.purchased, abs=1e-6)
        made = rich.made.commitments[each.id]
        assert each.utilisation == pytest.approx(float(made.used), abs=1e-9)
    assert found.total is not None
    assert found.total.purchased == pytest.approx(sum(each.purchased or 0 for each in found.commitments))


def test_what_a_commitment_saves_is_the_public_price_of_its_usage_less_all_of_it(rich: Any):
    public: dict[str, Decimal] = defaultdict(Decimal)
    for line in rich.made.lines:
        if line["line_item_line_item_type"] in ("SavingsPlanCoveredUsage", "DiscountedUsage"):
            public[line.get("savings_plan_savings_plan_a_r_n") or line["reservation_reservation_a_r_n"]] += line["pricing_public_on_demand_cost"]
    for each in commitments(rich.bill).commitments:
        if each.id in public:
            assert each.covered_on_demand == pytest.approx(float(public[each.id]))
            assert each.saved == pytest.approx(float(public[each.id]) - (each.purchased or 0), abs=1e-6)
        else:
            assert each.covered_on_demand is None, "nothing was covered: nothing is known of its price"


def test_coverage_and_savings_rate_of_a_small_bill(bill_of: BillOf, row: Row):
    rows = [*fee(row, "10", "8", "4"), covered(row, "8", "12"), open_usage(row, "6", "6"), open_usage(row, "4", "5", x_purchase_option="Spot")]
    scope = scopes(bill_of(rows))["Compute"]
    assert (scope.covered_on_demand, scope.eligible_on_demand, scope.paid) == (12, 6, 16)
    assert scope.coverage == pytest.approx(12 / 18)
    assert scope.effective_savings_rate == pytest.approx(1 - (8 + 2 + 6) / 18), "unused commitment is paid and saves nothing"


def test_unused_commitment_can_make_the_savings_rate_negative(bill_of: BillOf, row: Row):
    rate = scopes(bill_of([*fee(row, "100", "1"), covered(row, "1", "2")]))["Compute"].effective_savings_rate
    assert rate == pytest.approx(1 - 100 / 2)


def test_negotiated_discounts_are_in_the_net_rate_only(bill_of: BillOf, row: Row):
    scope = scopes(bill_of([open_usage(row, "10", "10", x_net_amortized_cost=Decimal(9))]))["Compute"]
    assert (scope.effective_savings_rate, scope.net_effective_savings_rate) == (0, pytest.approx(0.1))


def test_usage_without_a_public_price_leaves_the_rates_unknown(bill_of: BillOf, row: Row):
    found = commitments(bill_of([*fee(row, "10", "8"), covered(row, "8", None), open_usage(row, "6", "6")]))
    assert found.scopes[0].effective_savings_rate is None and found.scopes[0].coverage is None
    assert found.scopes[0].unpriced == 8
    assert "no public price" in found.scopes[0].notes[0]
    assert found.commitments[0].saved is None and found.commitments[0].utilisation == pytest.approx(0.8)


def test_a_little_usage_without_a_price_is_left_out_and_said(bill_of: BillOf, row: Row):
    scope = scopes(bill_of([open_usage(row, "999", "1110"), open_usage(row, "1", None)]))["Compute"]
    assert (scope.eligible_on_demand, scope.unpriced) == (1110, 1)
    assert scope.effective_savings_rate == pytest.approx(1 - 999 / 1110)


def test_spot_free_tier_and_data_transfer_are_not_eligible(bill_of: BillOf, row: Row):
    rows = [
        open_usage(row, "5", "9", x_purchase_option="Spot"),
        open_usage(row, "0", "3"),
        open_usage(row, "5", "5", x_usage_type="USE1-DataTransfer-Out-Bytes"),
        open_usage(row, "-1", "0", x_line_item_type="EdpDiscount"),
    ]
    assert commitments(bill_of(rows)).scopes == ()


def test_eligible_usage_is_known_by_product_and_usage_type(bill_of: BillOf, row: Row):
    known = {
        ("AWSLambda", "USE1-Lambda-GB-Second-ARM"): ("Compute", 1),
        ("AmazonECS", "USE1-Fargate-vCPU-Hours:perCPU"): ("Compute", 2),
        ("AmazonEKS", "EU-Fargate-ARM-GB-Hours"): ("Compute", 4),
        ("AmazonSageMaker", "USE1-Train:ml.g5.xlarge"): ("SageMaker", 8),
        ("AmazonRDS", "EUC1-Multi-AZUsage:db.r6g.large"): ("Databases", 16),
        ("AmazonElastiCache", "NodeUsage:cache.r6g.large"): ("Databases", 32),
        ("AmazonECS", "USE1-Fargate-EphemeralStorage-GB-Hours"): (None, 64),
        ("AmazonSageMaker", "USE1-VolumeUsage.gp2"): (None, 128),
    }
    rows = [open_usage(row, str(cost), str(cost), x_product_code=product, x_usage_type=usage) for (product, usage), (_, cost) in known.items()]
    assert {name: scope.eligible_on_demand for name, scope in scopes(bill_of(rows)).items()} == {"Compute": 7, "SageMaker": 8, "Databases": 48}


def test_a_plan_whose_fee_is_in_another_account_has_no_purchase(bill_of: BillOf, row: Row):
    (found,) = commitments(bill_of([covered(row, "8", "12")])).commitments
    assert (found.used, found.purchased, found.unused, found.utilisation, found.saved) == (8, None, None, None, None)
    assert "not in this bill" in found.notes[0]


def test_a_fee_that_could_not_be_amortized_leaves_used_and_unused_unknown(bill_of: BillOf, row: Row):
    purchase = fee(row, "10", "8")[0] | {"x_charge_part": None, "x_commitment_total_cost": None, "x_commitment_used_cost": None}
    (found,) = commitments(bill_of([purchase, covered(row, "12", "12")])).commitments
    assert (found.purchased, found.used, found.unused, found.utilisation) == (10, None, None, None)
    assert "lacks the columns" in found.notes[0]


def test_focus_which_has_no_amortized_upfront_fee_gives_the_same(bill_of: BillOf, row: Row):
    """Reading FOCUS makes the trueup of used and unused commitment minus its cost, and of its recurring fee the fee."""
    rows = [*fee(row, "10", "8", "4"), covered(row, "8", "12")]
    for each in rows:
        each |= {"x_trueup_cost": each["x_unblended_cost"] - each["x_amortized_cost"], "x_commitment_total_cost": None, "x_commitment_used_cost": None}
    rows[2] |= {"x_unblended_cost": Decimal(0), "x_trueup_cost": Decimal(-8)}
    (found,) = commitments(bill_of(rows)).commitments
    assert (found.recurring, found.upfront_amortized, found.purchased, found.used, found.unused) == (6, 4, 10, 8, 2)
    assert (found.utilisation, found.saved) == (0.8, 2)


def test_columns_that_disagree_are_said(bill_of: BillOf, row: Row):
    (found,) = commitments(bill_of([*fee(row, "10", "8"), covered(row, "7", "12")])).commitments
    assert found.difference == pytest.approx(1)
    assert "disagree" in found.notes[0]


def test_many_commitments_are_added_up_and_not_dropped(bill_of: BillOf, row: Row):
    rows = [each for number in range(LISTED + 5) for each in fee(row, str(number + 1), "0", plan=f"{PLAN}{number:03}")]
    found = commitments(bill_of(rows))
    assert len(found.commitments) == LISTED
    assert found.commitments[-1].id == "(other)"
    assert found.total is not None
    assert sum(each.purchased or 0 for each in found.commitments) == found.total.purchased == sum(range(1, LISTED + 6))


def test_a_bill_without_commitments_has_none_and_its_eligible_usage_is_not_covered(sample: Bill, bill_of: BillOf, row: Row):
    found = commitments(sample)
    assert (found.commitments, found.total, found.scopes, found.all_scopes.coverage) == ((), None, (), None)
    scope = scopes(bill_of([open_usage(row, "6", "6")]))["Compute"]
    assert (scope.coverage, scope.effective_savings_rate) == (0, 0)


def test_the_generated_plan_saves_what_its_terms_say(generated: Any, generated_bill: Bill):
    (found,) = commitments(generated_bill).commitments
    terms = generated[0].plan
    assert found.id == terms.arn
    assert found.used == pytest.approx((found.covered_on_demand or 0) * (1 - terms.discount), rel=1e-6)
    assert found.utilisation is not None and 0.5 < found.utilisation < 1
    assert (found.first_day, found.last_day) == (date(2026, 9, 1), date(2026, 10, 31))


def test_every_made_bill_keeps_the_identities_of_commitments_and_formulas(every_type: ModuleType, read_made: Callable[[Any], Bill]):
    @few_examples
    @given(shape=every_type.shapes())
    def holds(shape: Any) -> None:
        bill = read_made(every_type.make(shape))
        with closing(bill.engine):
            for each in commitments(bill).commitments:
                assert each.difference == pytest.approx(0, abs=1e-6)
            made = formulas(bill)
            for line in (*made.rows, made.totals):
                assert line.values["CID"] == pytest.approx(line.values["amortized"], abs=1e-6)
            whole = made.totals
            assert whole.values["unblended"] == pytest.approx((whole.values["amortized"] or 0) + whole.trueup + whole.upfront, abs=1e-6)

    holds()


@given(amounts=st.lists(st.tuples(st.decimals("0.01", "99", places=4), st.decimals("0", "1", places=3)), min_size=1, max_size=6))
@settings(max_examples=3, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_totals_are_the_sums_of_their_commitments(bill_of: BillOf, row: Row, amounts: list[tuple[Decimal, Decimal]]):
    rows: list[dict[str, Any]] = []
    for number, (total, share) in enumerate(amounts):
        used = (total * share).quantize(Decimal("0.0001"))
        rows += [*fee(row, str(total), str(used), plan=f"{PLAN}{number}"), covered(row, str(used), str(used * 2 + 1), plan=f"{PLAN}{number}")]
    found = commitments(bill_of(rows))
    assert found.total is not None and found.total.used is not None and found.total.unused is not None
    assert found.total.used + found.total.unused == pytest.approx(float(sum(total for total, _ in amounts)), abs=1e-6)
    assert found.all_scopes.paid == pytest.approx(found.total.used + found.total.unused, abs=1e-6)


def test_the_coverage_of_all_is_without_what_is_covered_in_no_known_scope(bill_of: BillOf, row: Row):
    other = covered(row, "60", "100", x_product_code="Weird", x_usage_type="w", CommitmentDiscountType="X")
    bill = bill_of([other, covered(row, "30", "50", x_usage_type="BoxUsage:m5.large"), open_usage(row, "150", "150", x_usage_type="BoxUsage:m5.large")])
    found = commitments(bill)
    assert {each.name: each.coverage for each in found.scopes} == {"Compute": 0.25, "Other": None}
    assert (found.all_scopes.coverage, found.all_scopes.paid) == (0.25, 240)
    assert "without Other" in found.all_scopes.notes[-1]


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect: str):
    charges: Any = ibis.table(SCHEMA, name="charges")
    for expression in (by_commitment(charges), by_scope(charges)):
        assert "SELECT" in str(ibis.to_sql(expression, dialect=dialect))
