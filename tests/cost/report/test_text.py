from __future__ import annotations

from datetime import date

import pytest

from cost.report.text import figure, percent, short, signed, span


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "unknown"), (0.0, "0.00"), (1234.5, "1,234.50"), (-0.5, "-0.50"), (0.00123, "0.0012"), (1e-9, "0.00"), (-2e-10, "0.00"), (0.0000673, "0.000067")],
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
