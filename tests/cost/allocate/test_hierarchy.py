"""Tests of cost.allocate.hierarchy: nested totals."""

from __future__ import annotations

from cost.allocate.hierarchy import Total, nodes
from cost.allocate.shared import KINDS, NOTHING


def leaf(direct, shared=0, rows=1):
    made = Total()
    made.add(rows, (direct * 10**18,) * len(KINDS), (shared * 10**18,) * len(KINDS))
    return made


def test_parents_come_before_their_children_and_the_largest_first():
    made = nodes({("a", "x"): leaf(1), ("a", "y"): leaf(5), ("b", "x"): leaf(4), ("c", "x"): leaf(-9)}, "amortized")
    assert [node.path for node in made] == [("c",), ("c", "x"), ("a",), ("a", "y"), ("a", "x"), ("b",), ("b", "x")]
    assert [node.leaf for node in made] == [False, True, False, True, True, False, True]


def test_a_node_adds_up_what_is_below_it():
    parent = nodes({("a", "x"): leaf(1, 2, rows=3), ("a", "y"): leaf(5, -1, rows=4)}, "billed")[0]
    assert (parent.rows, parent.direct.billed, parent.shared.list, parent.total.upfront) == (7, 6, 1, 7)


def test_equal_groups_stand_in_the_order_of_their_names():
    assert [node.path for node in nodes({("b",): leaf(1), ("a",): leaf(1)}, "list")] == [("a",), ("b",)]


def test_direct_and_shared_make_the_total():
    assert leaf(3, -3).whole() == NOTHING
