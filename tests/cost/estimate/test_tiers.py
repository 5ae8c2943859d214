"""Tiers over one resource and over the account, and the free tier: what is paid for a split of a quantity is what is paid for the whole."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.estimate import PriceBook, Usage, estimate
from cost.estimate.meters.base import Charge
from cost.estimate.model import ONE, EstimateLine, Range, Status
from cost.estimate.price import Price
from cost.estimate.prices import TABLES, load_price_book
from cost.estimate.tiers import Pools, cost_of, free_quantities, shared, with_free

BUCKET = "aws:s3/bucket:Bucket"
REGION = "us-east-1"
LIMITS = ((0.0, 10.0, 1.00), (10.0, 100.0, 0.50), (100.0, None, 0.20))


def _ladder(scope="account", limits=LIMITS):
    return tuple(
        Price(
            service="Sample",
            resource_type="sample",
            component="gigabytes",
            unit="GB",
            usd_per_unit=price,
            region=REGION,
            effective_date=date(2026, 1, 1),
            source="here",
            confidence="own price",
            tier_start=start,
            tier_end=end,
            tier_scope=scope,
        )
        for start, end, price in limits
    )


def _charge(quantity, count=ONE):
    return Charge("sample", "gigabytes", quantity if isinstance(quantity, Range) else Range(min=quantity, expected=quantity, max=quantity), count=count)


def _costs(charges, scope="account", *, limits=LIMITS):
    pools = Pools(PriceBook(_ladder(scope, limits)))
    for charge in charges:
        pools.add(charge, REGION)
    found = []
    for charge in charges:
        lines = [line for line in pools.lines(charge, REGION) if isinstance(line, EstimateLine)]
        found.append({name: math.fsum(getattr(line.monthly_cost, name) for line in lines) for name in ("min", "expected", "max")})
    return found


def _sum(costs, name="expected"):
    return math.fsum(cost[name] for cost in costs)


def test_one_resource_climbs_the_ladder():
    # 10 x 1.00 + 90 x 0.50 + 50 x 0.20
    assert _sum(_costs([_charge(150)])) == pytest.approx(65.00)


def test_two_resources_share_the_accounts_tiers_in_proportion():
    costs = _costs([_charge(50), _charge(100)])
    assert _sum(costs) == pytest.approx(65.00)
    assert [cost["expected"] for cost in costs] == pytest.approx([65 / 3, 130 / 3])


def test_a_ladder_of_the_resource_is_not_shared():
    # 50: 10 x 1.00 + 40 x 0.50 = 30.00; 100: 10 x 1.00 + 90 x 0.50 = 55.00
    assert [cost["expected"] for cost in _costs([_charge(50), _charge(100)], scope="resource")] == pytest.approx([30.00, 55.00])


def test_a_count_multiplies_within_the_accounts_pool_and_after_the_resources_ladder():
    three = Range(min=3, expected=3, max=3)
    assert _sum(_costs([_charge(50, three)])) == pytest.approx(65.00)
    assert _sum(_costs([_charge(50, three)], scope="resource")) == pytest.approx(90.00)


def test_each_figure_has_its_own_place_in_the_tiers():
    ranges = [Range(min=0, expected=50, max=100), Range(min=5, expected=100, max=400)]
    costs = _costs([_charge(figure) for figure in ranges])
    # min 5 x 1.00; expected 65.00; max 500: 10 + 45 + 400 x 0.20
    assert [_sum(costs, name) for name in ("min", "expected", "max")] == pytest.approx([5.00, 65.00, 135.00])


amounts = st.floats(min_value=0, max_value=1e6, allow_nan=False).map(lambda value: round(value, 6))


@settings(max_examples=30, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=8))
def test_any_split_of_a_quantity_costs_what_the_whole_costs(parts):
    whole = cost_of(_ladder(), math.fsum(parts))
    assert _sum(_costs([_charge(part) for part in parts])) == pytest.approx(whole, rel=1e-9, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(amounts, min_size=3, max_size=3).map(sorted), min_size=1, max_size=6))
def test_every_figure_of_a_split_is_conserved(parts):
    charges = [_charge(Range(min=low, expected=expected, max=high)) for low, expected, high in parts]
    costs = _costs(charges)
    for place, name in enumerate(("min", "expected", "max")):
        whole = cost_of(_ladder(), math.fsum(part[place] for part in parts))
        assert _sum(costs, name) == pytest.approx(whole, rel=1e-9, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(free=st.floats(min_value=0.01, max_value=1000), quantity=amounts)
def test_a_free_amount_saves_what_the_first_units_cost_and_never_more(free, quantity):
    ladder = _ladder()
    saved = cost_of(ladder, quantity) - cost_of(with_free(ladder, free), quantity)
    assert saved == pytest.approx(cost_of(ladder, min(free, quantity)), rel=1e-9, abs=1e-6)


def test_use_above_the_last_tier_is_not_priced_and_named():
    pools = Pools(PriceBook(_ladder(limits=((0.0, 10.0, 1.0), (10.0, 20.0, 0.5)))))
    pools.add(_charge(30), REGION)
    reasons = [line.reason for line in pools.lines(_charge(30), REGION) if not isinstance(line, EstimateLine)]
    assert reasons == ["the price book has no price above 20 GB"]


def test_two_buckets_share_the_tiers_of_standard_storage(stack_of):
    figures = {"standard.storage_gb": 40_000.0}
    stack = stack_of((BUCKET, "a", {}), (BUCKET, "b", {}))
    result = estimate(stack, (Usage(by_type={"aws_s3_bucket": figures}),))
    lines = [line for found in result.resources for line in found.lines if line.component.startswith("Standard storage")]
    # 51,200 x 0.023 + 28,800 x 0.022
    assert math.fsum(line.monthly_cost.expected for line in lines) == pytest.approx(1811.20)
    assert all("tiers over the account's 80,000 GB-month of 2 resources" in line.assumptions[-1] for line in lines)


def test_the_free_tier_is_off_until_it_is_asked_for(stack_of):
    stack = stack_of(*(("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarm{number}", {"period": 300}) for number in range(15)))
    assert estimate(stack).total.expected == pytest.approx(1.50)
    # ten alarm metrics are free
    assert estimate(stack, free_tier=True).total.expected == pytest.approx(0.50)


def test_a_resource_within_the_free_tier_is_priced_at_nothing_and_says_why(stack_of):
    result = estimate(stack_of(("aws:cloudwatch/dashboard:Dashboard", "d", {})), free_tier=True)
    found = result.resources[0]
    assert (found.status, found.monthly_cost.expected) == (Status.PRICED, 0.0)
    assert found.lines[0].price_source.startswith("AWS free tier: 3 dashboard-month")


LAMBDA = "aws_lambda_function"
SHARERS = [(LAMBDA, "duration, x86", "eu-west-1"), (LAMBDA, "duration, x86", REGION), (LAMBDA, "duration, arm64", REGION)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(amounts, min_size=3, max_size=3).map(sorted), min_size=3, max_size=3))
def test_components_and_regions_share_one_allowance_and_never_more(figures):
    totals = {key: Range(min=low, expected=expected, max=high) for key, (low, expected, high) in zip(SHARERS, figures, strict=True)}
    shares = shared(totals)
    assert math.fsum(shares.values()) == pytest.approx(400_000)
    assert all(share >= 0 for share in shares.values())
    used = math.fsum(min(shares[key], totals[key].expected) for key in SHARERS)
    assert used == pytest.approx(min(400_000, math.fsum(total.expected for total in totals.values())), abs=1e-6), (
        "nothing expected is charged while some is left"
    )


def test_an_allowance_is_taken_in_the_tables_order_then_by_region():
    shares = shared({key: Range(min=0, expected=150_000, max=150_000) for key in reversed(SHARERS)})
    assert [shares[key] for key in SHARERS] == [150_000, 150_000, 100_000]


def test_two_architectures_pay_for_all_but_one_allowance():
    def charge(architecture):
        return Charge(LAMBDA, f"duration, {architecture}", Range(min=300_000, expected=300_000, max=300_000))

    pools = Pools(load_price_book(), free_tier=True)
    charges = [charge("arm64"), charge("x86")]
    for one in charges:
        pools.add(one, REGION)
    costs = [math.fsum(line.monthly_cost.expected for line in pools.lines(one, REGION)) for one in charges]
    # x86 first: all of its 300,000 are given; 100,000 of arm64's are, and 200,000 cost 0.0000133334
    assert costs == pytest.approx([200_000 * 0.0000133334, 0.0])


def test_rows_that_share_an_allowance_have_one_quantity_and_one_unit():
    with (TABLES / "free_tier.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["allowance"]]
    by_name = {row["allowance"]: (row["monthly_quantity"], row["unit"]) for row in rows}
    assert [row for row in rows if (row["monthly_quantity"], row["unit"]) != by_name[row["allowance"]]] == []
    assert by_name.keys() == {"CloudFront requests", "CloudFront data transfer out", "Lambda duration", "SQS requests"}


def test_free_use_counts_into_the_tiers_above_it():
    ladder = with_free(_ladder(), 30.0)
    # 30 free, then 70 x 0.50 up to 100, and 50 x 0.20
    assert cost_of(ladder, 150) == pytest.approx(45.00)


def test_every_row_of_the_free_tier_names_a_component_of_the_book_in_its_unit():
    book = load_price_book()
    with (TABLES / "free_tier.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ladders = [(row, book.ladder(row["resource_type"], row["component"], REGION)) for row in rows]
    assert [(row["resource_type"], row["component"]) for row, ladder in ladders if not ladder] == []
    assert [(row["component"], row["unit"], ladder[0].unit) for row, ladder in ladders if row["unit"] != ladder[0].unit] == []
    assert all(row["source"].startswith("https://aws.amazon.com/") and float(row["monthly_quantity"]) > 0 for row in rows)
    assert len(free_quantities()) == len(rows), "one row a component"


def test_a_blended_price_names_every_tier_it_is_of_and_the_oldest_day():
    first, *rest = _ladder()
    old = replace(first, source="the first tier", effective_date=date(2020, 1, 1))
    pools = Pools(PriceBook([old, *rest]))
    parts = [_charge(1e6), _charge(1e6)]
    for part in parts:
        pools.add(part, REGION)
    line = next(line for line in pools.lines(parts[0], REGION) if isinstance(line, EstimateLine))
    assert line.price_source.startswith("blended over ")
    assert "the first tier" in line.price_source
    assert line.price_date == date(2020, 1, 1)
