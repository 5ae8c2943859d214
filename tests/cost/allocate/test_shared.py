"""Tests of cost.allocate.shared: the arithmetic of splits, on exact amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.rules import Method
from cost.allocate.shared import KINDS, NOTHING, UNPOOLED, Plan, apportion, leaves_of, money, run, units
from cost.bill.groups import SENTINELS, SHARED, SPLIT, UNTAGGED

AMORTIZED = KINDS.index("amortized")


def of(amount: int) -> tuple[int, ...]:
    return (amount,) * len(KINDS)


def split(cells: dict, *plans: Plan):
    leaves = leaves_of({key: of(amount) for key, amount in cells.items()})
    return leaves, run(leaves, plans)


def plan(method: Method = Method.EVEN, **given) -> Plan:
    return Plan(**({"name": "s", "method": method, "over": 0, "basis": AMORTIZED} | given))


def totals(leaves) -> dict:
    found = {path: amounts[AMORTIZED] for path, amounts in leaves.direct.items()}
    for path, amounts in leaves.net.items():
        found[path] = found.get(path, 0) + amounts[AMORTIZED]
    return {path: amount for path, amount in found.items() if amount}


AMOUNT = st.integers(-(10**25), 10**25)


@given(AMOUNT, st.lists(st.integers(0, 10**30), min_size=1, max_size=12).filter(any))
@settings(max_examples=150)
def test_parts_add_up_to_the_amount_and_none_is_a_unit_off_its_quotient(amount, weights):
    parts = apportion(amount, weights)
    assert sum(parts) == amount
    assert all(abs(part * sum(weights) - amount * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True))


def test_the_units_left_over_go_to_the_largest_remainders():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(10, [50, 30, 20]) == [5, 3, 2]
    assert apportion(-100, [1, 1, 1]) == [-34, -33, -33]
    assert apportion(7, [0, 10, 5]) == [0, 5, 2]


GROUPS = ("a", "b", "platform", UNTAGGED, SHARED)
PATH = st.tuples(st.sampled_from(GROUPS), st.sampled_from(("x", "y")))
CELLS = st.dictionaries(st.tuples(PATH, st.integers(UNPOOLED, 2)), st.tuples(*[AMOUNT] * len(KINDS)), min_size=1, max_size=15)
PLAN = st.builds(
    Plan,
    name=st.just("s"),
    method=st.sampled_from((Method.EVEN, Method.PROPORTIONAL)),
    over=st.integers(0, 1),
    basis=st.integers(0, len(KINDS) - 1),
    to=st.none() | st.lists(st.sampled_from(("a", "b", "new", "x")), min_size=1, max_size=2, unique=True).map(tuple),
    weights=st.none() | st.dictionaries(st.sampled_from(("a", "b", "new", "y", SHARED)), st.integers(0, 100), max_size=3),
    empties=st.sampled_from((None, lambda path: path[0] == "platform", lambda path: path[0] == UNTAGGED)),
)


@given(CELLS, st.lists(PLAN, min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_split_makes_or_loses_money_in_any_cost_kind(cells, plans):
    leaves = leaves_of(cells)
    results = run(leaves, plans)
    for kind in range(len(KINDS)):
        assert sum(amounts[kind] for amounts in leaves.direct.values()) == sum(amounts[kind] for amounts in cells.values())
        assert sum(amounts[kind] for amounts in leaves.net.values()) == 0
        for did in results:
            taken, given_away = (sum(amounts[kind] for amounts in part.values()) for part in (did.taken, did.given))
            assert given_away == (taken if did.why is None else 0)


@given(CELLS, st.lists(PLAN, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_no_split_gives_to_our_own_groups_or_to_what_a_split_has_emptied(cells, plans):
    leaves = leaves_of(cells)
    emptied = []
    for each, did in zip(plans, run(leaves, plans), strict=True):
        emptied += [each.empties] if each.empties else []
        assert all(path[each.over] not in SENTINELS for path in did.given)
        assert not any(empty(path) for empty in emptied for path in did.given if path in leaves.direct)


def test_even_shares_are_equal_and_within_a_group_follow_direct_cost():
    leaves, (did,) = split({(("a", "x"), UNPOOLED): 30, (("a", "y"), UNPOOLED): 10, (("b", "x"), UNPOOLED): 1000, ((SHARED, SHARED), 0): 80}, plan())
    assert did.weights == {"a": 1, "b": 1}
    assert totals(leaves) == {("a", "x"): 60, ("a", "y"): 20, ("b", "x"): 1040}


def test_proportional_shares_follow_direct_cost_not_what_was_received():
    leaves, _ = split(
        {(("a",), UNPOOLED): 30, (("b",), UNPOOLED): 10, ((SHARED,), 0): 400, ((UNTAGGED,), 1): 40},
        plan(Method.PROPORTIONAL, to=("a",)),
        plan(Method.PROPORTIONAL),
    )
    assert totals(leaves) == {("a",): 30 + 400 + 30, ("b",): 10 + 10}


def test_one_kinds_proportions_hold_for_every_cost_kind():
    direct = tuple(10 if kind == "amortized" else 0 for kind in KINDS)
    leaves = leaves_of({(("a",), UNPOOLED): direct, (("b",), UNPOOLED): direct, ((SHARED,), 0): of(8)})
    run(leaves, [plan(Method.PROPORTIONAL)])
    assert leaves.net[("a",)] == leaves.net[("b",)] == of(4)


def test_a_group_with_a_negative_direct_cost_gets_no_share_and_it_is_said():
    leaves, (did,) = split({(("a",), UNPOOLED): 10, (("b",), UNPOOLED): -50, ((SHARED,), 0): 6}, plan(Method.PROPORTIONAL))
    assert totals(leaves) == {("a",): 16, ("b",): -50}
    assert "negative direct cost" in did.notes[0]
    assert "b" in did.notes[0]


def test_proportional_to_nothing_leaves_the_cost_where_it_was_and_says_why():
    leaves, (did,) = split({(("a",), UNPOOLED): 0, ((SHARED,), 0): 6}, plan(Method.PROPORTIONAL))
    assert did.why == "no group has direct cost to be in proportion to"
    assert totals(leaves) == {(SHARED,): 6}


def test_without_any_group_the_cost_stays_and_it_is_said():
    leaves, (did,) = split({((UNTAGGED,), UNPOOLED): 5, ((SHARED,), 0): 6}, plan())
    assert did.why == "there is no group to give it to"
    assert totals(leaves) == {(UNTAGGED,): 5, (SHARED,): 6}


def test_a_fixed_share_of_a_group_without_cost_stands_on_its_own_line():
    leaves, (did,) = split({(("a", "x"), UNPOOLED): 5, ((SHARED, SHARED), 0): 100}, plan(Method.FIXED, weights={"a": 60, "new": 40}))
    assert totals(leaves) == {("a", "x"): 65, ("new", SPLIT): 40}
    assert "new" in did.notes[0]


def test_a_metric_gives_nothing_to_groups_that_it_does_not_name_and_says_so():
    leaves, (did,) = split({(("a",), UNPOOLED): 5, (("b",), UNPOOLED): 5, ((SHARED,), 0): 8}, plan(Method.USAGE, weights={"a": 3}))
    assert totals(leaves) == {("a",): 13, ("b",): 5}
    assert did.notes == ("not in the metric, so without a share: b",)


def test_a_metric_without_any_value_leaves_the_cost_in_place():
    _, (did,) = split({(("a",), UNPOOLED): 5, ((SHARED,), 0): 8}, plan(Method.USAGE, weights={"a": 0}))
    assert did.why == "the metric has no value above zero for a group that may receive"


def test_a_group_that_is_split_later_passes_on_what_it_received():
    def platform(path):
        return path[0] == "platform"

    cells = {(("a",), UNPOOLED): 50, (("platform",), 1): 50, ((SHARED,), 0): 10}
    leaves, (tax, step) = split(cells, plan(Method.PROPORTIONAL), plan(empties=platform))
    assert tax.weights == {"a": 50, "platform": 50}
    assert step.taken[("platform",)] == of(55)
    assert totals(leaves) == {("a",): 110}


def test_what_a_group_received_is_passed_on_once():
    def platform(path):
        return path[0] == "platform"

    cells = {(("a",), UNPOOLED): 50, (("platform",), 1): 50, ((SHARED,), 0): 10}
    leaves, (_, _, again) = split(cells, plan(Method.PROPORTIONAL), plan(empties=platform), plan(empties=platform))
    assert again.why == "it matches no cost"
    assert totals(leaves) == {("a",): 110}


def test_a_group_that_is_empty_gets_nothing_from_a_later_split():
    cells = {(("a",), UNPOOLED): 50, (("platform",), 0): 50, ((SHARED,), 1): 10}
    leaves, _ = split(cells, plan(empties=lambda path: path[0] == "platform"), plan())
    assert totals(leaves) == {("a",): 110}


def test_credits_are_split_like_cost_with_their_sign():
    leaves, _ = split({(("a",), UNPOOLED): 50, (("b",), UNPOOLED): 50, ((SHARED,), 0): -11}, plan())
    assert totals(leaves) == {("a",): 44, ("b",): 45}


@given(st.decimals(min_value=-(10**19), max_value=10**19, places=18, allow_nan=False))
def test_units_are_exact_up_to_the_tables_precision(amount):
    assert Decimal(units(amount)) == Decimal(f"{amount:f}".replace(".", ""))


def test_units_become_money_last():
    assert money(units(Decimal("1234.5"))) == pytest.approx(1234.5, abs=0)
    assert len(NOTHING) == len(KINDS)
