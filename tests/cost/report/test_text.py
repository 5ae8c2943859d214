from __future__ import annotations

from datetime import date

import pytest

from cost.insight.contributions import LISTED
from cost.insight.model import Anomaly, Contribution, Untagged
from cost.report.headline import points
from cost.report.text import BEHIND_LISTED, and_more, figure, named, percent, short, signed, span


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "unknown"),
        (0.0, "0.00"),
        (1234.5, "1,234.50"),
        (-0.5, "-0.50"),
        (0.00123, "0.0012"),
        (1e-9, "0.00"),
        (-2e-10, "0.00"),
        (0.0000673, "0.000067"),
        (4e-7, "0.00000040"),
    ],
)
def test_small_amounts_are_not_rounded_away_and_noise_is(value: float | None, shown: str):
    assert figure(value) == shown


def test_a_sign_is_only_on_what_is_something():
    assert (signed(1, "USD"), signed(-1, "USD"), signed(0, "USD")) == ("+1.00 USD", "-1.00 USD", "0.00 USD")


def test_days_are_said_in_short():
    assert span(date(2026, 10, 13), date(2026, 10, 15)) == "13 to 15 Oct 2026"
    assert span(date(2026, 9, 30), date(2026, 10, 1)) == "30 Sep to 1 Oct 2026"
    assert span(date(2026, 9, 30), date(2026, 9, 30)) == "30 Sep 2026"


def test_an_unknown_share_is_unknown():
    assert (percent(None), percent(-0.0001), percent(0.123)) == ("unknown", "0.0%", "12.3%")


def test_long_identifiers_keep_their_end():
    assert short("arn:aws:s3:::" + "x" * 50 + "end", 10) == "…xxxxxxend"


def behind(count: int) -> tuple[Contribution, ...]:
    return tuple(Contribution(name=f"i-{number}", detail="g5.xlarge", amount=1.0) for number in range(count))


def test_what_a_list_leaves_out_is_counted():
    assert (and_more(2, 2), and_more(4, 2), and_more(0, 2)) == ("", " and 2 more", "")
    assert named(behind(4), 3).endswith("i-2 g5.xlarge +1.00 and 1 more")
    assert named(()) == "no resource or usage type named"


def test_a_list_that_was_cut_says_at_least():
    assert BEHIND_LISTED == LISTED
    assert and_more(LISTED, 2) == " and at least 4 more"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "behind it i-0 (g5.xlarge)."),
        (2, "behind it i-0 (g5.xlarge) and i-1 (g5.xlarge)."),
        (4, "behind it i-0 (g5.xlarge), i-1 (g5.xlarge) and 2 more."),
    ],
)
def test_a_spikes_sentence_names_two_resources_and_counts_the_others(count: int, said: str):
    day = date(2026, 10, 13)
    found = Anomaly(
        group="vision", service="s", first_day=day, last_day=day, actual=2, expected=1, excess=1, score=9, usage_types=(), resources=behind(count), series=()
    )
    untagged = Untagged(amount=0, share=None, shared=0, by_service=(), resources=(), resources_not_listed=0)
    assert points([found], (), untagged, (), None, "USD")[0].endswith(said)
