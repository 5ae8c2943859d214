"""Tests of cost.allocate.cells: the one read of the charges, and the bound on how many groups there are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cost.allocate import allocate, cells
from cost.allocate.rules import AllocationRules

DAY = date(2026, 10, 1)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(cells, "MAX_LEAVES", 3)


def test_the_smallest_groups_beyond_the_bound_are_added_up_and_it_is_said(bill_of, row, few):
    bill = bill_of([row(DAY, Decimal(number), ResourceId=f"i-{number}", Tags={"team": "a"}) for number in range(1, 8)])
    made = allocate(bill, by=("team", "resource"))
    assert {node.path[1]: node.total.billed for node in made.nodes if node.leaf} == {"i-7": 7, "i-6": 6, "i-5": 5, "(other)": 10}
    assert set(made.conservation.values()) == {0.0}
    assert [warning.code for warning in made.warnings] == ["groups_folded"]


def test_what_a_split_needs_is_never_folded(bill_of, row, few):
    bill = bill_of([row(DAY, number, Tags={"team": f"t{number}"}) for number in range(1, 8)])
    rules = AllocationRules.model_validate({"splits": [{"name": "s", "from": {"tags": {"team": "t1"}}, "method": "even"}]})
    made = allocate(bill, rules=rules)
    assert len(made.nodes) == 7
    assert made.warnings == ()
