"""Tests of cost.bill.groups: what stands where a charge has no value."""

from __future__ import annotations

import ibis
import pytest

from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.groups import SENTINELS, quoted, resource_usage, tag_key, taggable
from cost.bill.tags import tag_keys


@pytest.fixture(scope="module")
def engine():
    made = Engine()
    yield made
    made.close()


def one(engine, expression):
    return next(iter(engine.rows(expression.name("it").as_table())[0].values()))


@pytest.mark.parametrize("value", SENTINELS)
def test_a_value_that_reads_like_one_of_ours_is_quoted(engine, value):
    assert one(engine, quoted(ibis.literal(value))) == f"'{value}'"
    assert one(engine, quoted(ibis.literal(value.upper()))) == value.upper()


@pytest.mark.parametrize(
    ("category", "status", "folded", "can"),
    [
        ("Usage", None, False, True),
        ("Usage", "Used", False, True),
        ("Usage", "Unused", False, False),
        ("Usage", None, True, False),
        ("Tax", None, False, False),
        ("Credit", None, False, False),
        ("Purchase", None, False, False),
    ],
)
def test_only_usage_that_a_resource_made_can_carry_a_tag(engine, category, status, folded, can):
    values = {"ChargeCategory": category, "CommitmentDiscountStatus": status, "x_folded": folded}
    charge = {name: ibis.literal(value, type=SCHEMA[name].copy(nullable=True)) for name, value in values.items()}
    assert one(engine, taggable(charge)) is can


@pytest.mark.parametrize(("parent", "status", "counts"), [(None, None, True), ("i-1", None, False), (None, "Unused", False)])
def test_a_split_cost_row_repeats_what_its_instance_used(engine, parent, status, counts):
    values = {"ChargeCategory": "Usage", "CommitmentDiscountStatus": status, "x_folded": False, "x_split_parent_resource_id": parent}
    charge = {name: ibis.literal(value, type=SCHEMA[name].copy(nullable=True)) for name, value in values.items()}
    assert one(engine, resource_usage(charge)) is counts


@pytest.mark.parametrize("dialect", ["athena"])
def test_the_expressions_compile_for_the_other_engines(dialect):
    charges = ibis.table(SCHEMA, name="charges")
    assert "SELECT" in str(ibis.to_sql(charges.select(can=taggable(charges), team=quoted(charges["ServiceName"])), dialect=dialect))


def test_a_tag_that_is_asked_for_is_found_as_spelled_or_in_its_normal_form():
    keys = tag_keys(["resourceTags/user:Team", "resourceTags/user:Owner", "resourceTags/user:owner"])
    assert [tag_key(name, keys) for name in ("Team", "team", "Owner", "owner", "CostCenter")] == ["team", "team", "Owner", "owner", "cost_center"]
