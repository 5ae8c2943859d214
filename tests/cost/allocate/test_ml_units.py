"""Tests of cost.allocate.ml_units: counts against what the counted resources cost on the counted days, without a bill."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from cost.allocate.ml_charge import MlCharge, charge_of
from cost.allocate.ml_counts import Count, Counts
from cost.allocate.ml_model import MlResource, UnitCost
from cost.allocate.ml_units import billed_days, unit_costs
from cost.bill.model import BillWarning

ARN = "arn:aws:sagemaker:us-east-1:000000000001:endpoint/ranker"
OCTOBER = [date(2026, 10, 1) + timedelta(days=number) for number in range(31)]
NAMES = ("user_identifier", "principal", "usage_type", "tag_profile", "tag_owner", "tag_user", "tag_workload", "tag_experiment", "tag_model")


def charge(day: date, cost: float = 10.0, *, team: str = "a", component: str = "compute", **more: Any) -> MlCharge:
    row = dict.fromkeys(NAMES, "") | {
        "resource": ARN, "usage_kind": "endpoint", "service": "", "sagemaker": True, "bedrock": False, "tag_team": team,
        "day": day, "component": component, "cost": cost, "hours": 24.0,
    }  # fmt: skip
    return charge_of(row | more)


RANKER = MlResource(
    kind="endpoint", name="ranker", resource_id=ARN, account="1", team="a", workload="", experiment="", model="", user="", cost=310.0, components={},
    spot_cost=0.0, hours=744.0, instance_types=("ml.g5.xlarge",),
)  # fmt: skip


def units_of(
    charges: Iterable[MlCharge], *counts: tuple[str, str, float], metric: Any = "predictions", billed: Iterable[date] | None = None
) -> tuple[tuple[UnitCost, ...], tuple[BillWarning, ...]]:
    charges = list(charges)
    asked = tuple(Count(resource=name, metric=metric, period=period, value=value, line=2) for name, period, value in counts)
    days = {charge.row["day"] for charge in charges} if billed is None else set(billed)
    return unit_costs(Counts(source="c.csv", counts=asked), charges, [RANKER], lambda ids: [each for each in charges if each.row["resource"] in ids], days)


def test_months_beyond_the_bills_days_are_not_counted_and_are_named():
    months = [("ranker", f"2026-{month}", 310_000.0) for month in ("08", "09", "10")]
    (unit,), warnings = units_of(map(charge, OCTOBER), *months)
    assert (unit.count, unit.cost, unit.unit_cost, unit.uncounted_cost) == (310_000, 310, pytest.approx(1.0), 0)
    assert [(warning.code, warning.rows) for warning in warnings] == [("count_outside_bill", 2)]
    assert "ranker (2026-08, 2026-09)" in warnings[0].message


def test_a_month_of_which_the_bill_has_ten_days_has_an_unknown_unit_cost():
    (unit,), warnings = units_of(map(charge, OCTOBER[:10]), ("ranker", "2026-10", 310_000.0))
    assert (unit.count, unit.cost, unit.unit_cost, unit.uncounted_cost, unit.idle_cost) == (None, 0, None, 100, None)
    assert [warning.code for warning in warnings] == ["count_outside_bill"], "it is counted: no warning that it is not"
    assert "2026-10" in warnings[0].message


def test_an_endpoint_that_ran_for_part_of_a_month_that_the_bill_has_is_counted():
    (unit,), warnings = units_of(map(charge, OCTOBER[4:10]), ("ranker", "2026-10", 1_000.0), billed=OCTOBER)
    assert (unit.count, unit.unit_cost, warnings) == (1_000, pytest.approx(60), ())


def test_counted_days_meet_their_own_cost_and_idle_days_are_told():
    (unit,), warnings = units_of(map(charge, OCTOBER[:4]), ("ranker", "2026-10-01", 5_000.0), ("ranker", "2026-10-02", 0.0))
    assert (unit.cost, unit.uncounted_cost, unit.idle_cost, unit.idle_hours) == (20, 20, 10, 24)
    assert (unit.unit_cost, warnings) == (pytest.approx(4), ())


def test_a_count_of_days_on_which_nothing_was_billed_is_told():
    (unit,), warnings = units_of([charge(OCTOBER[0])], ("ranker", "2026-10-05", 5.0), billed=OCTOBER)
    assert (unit.count, unit.unit_cost, unit.uncounted_cost) == (5, None, 10)
    assert [warning.code for warning in warnings] == ["count_without_cost"]


def test_where_a_resources_team_changed_each_teams_count_meets_that_teams_charges():
    charges = [charge(day, team="a" if place < 6 else "b") for place, day in enumerate(OCTOBER[:10])]
    units, warnings = units_of(charges, ("team:a", "2026-10", 1_000.0), ("team:b", "2026-10", 1_000.0), billed=OCTOBER)
    assert [(unit.subject, unit.cost, unit.unit_cost) for unit in units] == [("team:a", 60, pytest.approx(60)), ("team:b", 40, pytest.approx(40))]
    assert warnings == ()


def test_an_empty_value_is_no_team():
    units, warnings = units_of([charge(OCTOBER[0], team="")], ("team:", "2026-10-01", 5.0))
    assert [unit.count for unit in units] == [None]
    assert [warning.code for warning in warnings] == ["count_not_in_bill", "endpoint_without_count"]


def test_the_bills_days_are_those_of_its_daily_usage_and_of_longer_charges_only_where_there_are_no_others():
    daily = {"long": False, "first": OCTOBER[0], "last": OCTOBER[1]}
    monthly = {"long": True, "first": OCTOBER[0], "last": OCTOBER[-1]}
    assert billed_days([daily, monthly]) == set(OCTOBER[:2])
    assert billed_days([monthly]) == set(OCTOBER)
