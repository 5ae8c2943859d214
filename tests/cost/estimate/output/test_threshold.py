"""The threshold below which a report says nothing: in every figure, and never where something is not known."""

from __future__ import annotations

import pytest

from cost.estimate.model import GuardrailResult, Verdict
from cost.estimate.output.threshold import parse_threshold
from plinth.errors import UsageError

VOLUME = "aws:ebs/volume:Volume"
GROUP = "aws:eks/nodeGroup:NodeGroup"


@pytest.fixture
def grown(compared):
    """A volume of 100 GB (8 USD) that grows by 25 GB (2 USD, 25 %)."""
    return compared([(VOLUME, "v", {"type": "gp3", "size": 100})], [(VOLUME, "v", {"type": "gp3", "size": 125})])


@pytest.mark.parametrize(("text", "hidden"), [("2", False), ("2.01", True), ("0", False), ("25%", False), ("25.1 %", True), ("0%", False)])
def test_a_change_at_the_threshold_is_shown_and_below_it_is_not(grown, text, hidden):
    assert parse_threshold(text).hides(grown) is hidden


def test_a_ceiling_that_grows_is_a_change(compared):
    def group(most):
        return [(GROUP, "pool", {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": most}})]

    assert not parse_threshold("10").hides(compared(group(1), group(9)))


def test_no_change_is_below_any_percentage_even_of_nothing(compared):
    assert parse_threshold("1%").hides(compared([], []))


def test_a_percentage_of_nothing_or_of_a_part_is_not_hidden(compared, grown):
    assert not parse_threshold("99%").hides(compared([], [(VOLUME, "v", {"type": "gp3", "size": 1})]))
    partial = grown.model_copy(update={"comparison": grown.comparison.model_copy(update={"partial": True})})
    assert not parse_threshold("99%").hides(partial)
    assert parse_threshold("99").hides(partial), "the amount is right although the totals are of a part"


def test_what_is_not_priced_is_not_hidden(compared):
    assert not parse_threshold("1000").hides(compared([], [("aws:example/thing:Thing", "thing", {})]))


def test_a_guardrail_that_failed_is_not_hidden(grown):
    rail = GuardrailResult(name="r", limit=1, value=2, unit="USD a month", verdict=Verdict.FAILED, reason="")
    assert not parse_threshold("1000").hides(grown.model_copy(update={"guardrails": (rail,)}))


@pytest.mark.parametrize("text", ["", "ten", "-1", "nan", "inf", "%", "5%%"])
def test_what_is_no_threshold_is_a_usage_error(text):
    with pytest.raises(UsageError, match="no amount and no percentage"):
        parse_threshold(text)
