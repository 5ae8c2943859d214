"""Tests of cost.allocate.dimensions: what can be allocated by."""

from __future__ import annotations

import pytest

from cost.allocate.dimensions import COLUMNS, Dimension, dimension, dimensions, unknown_tag
from cost.bill.charge_table import SCHEMA
from cost.bill.tags import TagKey
from plinth.errors import UsageError

KEYS = (TagKey("team", (), "Team"), TagKey("service", (), "service"), TagKey("Owner", (), "Owner", collides=True))


def test_every_column_is_one_of_the_charge_table():
    assert {name for columns in COLUMNS.values() for name in columns} <= set(SCHEMA.names)


def test_a_name_is_a_column_or_a_tag_in_the_bills_spelling():
    assert dimension("service", KEYS) == Dimension("service")
    assert dimension("tag:service", KEYS) == Dimension("tag:service", "service")
    assert dimension("Team", KEYS).key == "team"
    assert dimension("Owner", KEYS).key == "Owner"


@pytest.mark.parametrize("names", [(), ("",), ("team", ""), ("team", "Team"), ("account", "account")])
def test_an_empty_or_repeated_name_is_refused(names):
    with pytest.raises(UsageError):
        dimensions(names, KEYS)


def test_an_unknown_tag_is_answered_with_the_nearest_ones():
    assert unknown_tag(dimension("tema", KEYS), KEYS) == "did you mean team?"
    assert unknown_tag(dimension("zzz", KEYS), KEYS) == "its tags are team, service, Owner"
    assert unknown_tag(dimension("zzz", ()), ()) == "it has no tags at all"
    assert unknown_tag(dimension("workload", KEYS), KEYS, ["workload"]) is None
    assert unknown_tag(dimension("region", KEYS), KEYS) is None
