"""Tests of cost.allocate.pools: what a split is measured by."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.pools import in_period, read_metric, source_tags
from cost.allocate.rules import Source
from plinth.errors import InputError


def metric(tmp_path, text):
    path = tmp_path / "metric.csv"
    path.write_text(text, encoding="utf-8")
    return read_metric(path)


def test_a_metric_without_periods_holds_for_every_period(tmp_path):
    made = metric(tmp_path, "group,value\na,1.5\nb,0\n")
    assert in_period(made, "2026-10") == {"a": 1_500_000_000_000, "b": 0}


def test_a_metric_with_periods_has_nothing_for_others(tmp_path):
    made = metric(tmp_path, "period,group,value\n2026-10,a,2\n")
    assert in_period(made, "2026-10") == {"a": 2 * 10**12}
    assert in_period(made, "2026-11") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group,amount\na,1\n", "line 1"),
        ("group,value\na,x\n", "line 2"),
        ("group,value\na,-1\n", "zero or more"),
        ("group,value\na,NaN\n", "zero or more"),
        ("group,value\na,1e999999\n", "zero or more"),
        ("group,value\na,1\na,2\n", "line 3"),
        ("group,value\na,1,2\n", "line 2"),
        ("period,group,value\n,a,1\n2026-10,a,2\n", "some lines have a period"),
        ("", "no column group"),
    ],
)
def test_a_metric_that_can_not_be_read_is_refused_with_its_line(text, said, tmp_path):
    with pytest.raises(InputError, match=said):
        metric(tmp_path, text)


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_metric_or_an_error_for_people(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "metric.csv"
    path.write_text("group,value\n" + text, encoding="utf-8", newline="")
    with suppress(InputError):
        assert all(value >= 0 for values in read_metric(path).values() for value in values.values())


def test_untagged_is_a_value_of_its_tag():
    source = Source.model_validate({"untagged": "Team", "tags": {"CostCenter": "1*"}})
    assert source_tags(source, ()) == {"cost_center": ("1*",), "team": ("(untagged)",)}
