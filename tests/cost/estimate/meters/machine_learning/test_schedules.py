from __future__ import annotations

import pytest

from cost.estimate.meters.machine_learning.schedules import Setting, firing_minutes, mean_limits, runs_a_month


@pytest.mark.parametrize(
    ("expression", "runs_a_year"),
    [
        ("cron(0 * ? * * *)", 8760),
        ("cron(0 0 * * ? *)", 365),
        ("cron(30 8 ? * MON-FRI *)", 261),
        ("cron(0/15 8-10 ? * SAT,SUN *)", 4 * 3 * 104),
        ("cron(0 0 1,15 * ? *)", 24),
        ("cron(0 0 L * ? *)", 12),
        ("cron(0 0 ? JAN-MAR 2 *)", 13),
        ("cron(0 0 ? * FRI-MON *)", 208),
        ("rate(1 hour)", 8760),
        ("rate(12 hours)", 730),
        ("rate(7 days)", 53),
        ("at(2026-11-20T13:00:00)", 0),
    ],
)
def test_an_expression_fires_as_often_as_its_fields_say(expression, runs_a_year):
    assert len(firing_minutes(expression)) == runs_a_year
    assert runs_a_month(expression) == pytest.approx(runs_a_year / 12)


@pytest.mark.parametrize(
    "expression", ["", "daily", "cron(0 8 * *)", "cron(61 * ? * * *)", "cron(0 0 1W * ? *)", "rate(0 hours)", "cron(0/0 * ? * * *)", "rate(1 year)"]
)
def test_another_syntax_is_refused(expression):
    with pytest.raises(ValueError, match="is no schedule expression"):
        firing_minutes(expression)


def test_limits_are_the_means_of_what_the_schedule_sets():
    day, night = Setting("cron(0 6 * * ? *)", 4, 8), Setting("cron(0 18 * * ? *)", 1, None)
    # twelve hours at 4 to 8, twelve at 1 to 8; a wanted count of 2 is raised to 4 by day
    assert mean_limits((day, night), 0, 10, 2) == pytest.approx((2.5, 3.0, 8.0))


def test_the_year_begins_with_what_the_last_time_of_a_year_left():
    assert mean_limits((Setting("cron(0 0 1 12 ? *)", 5, 5),), 1, 9, 1) == pytest.approx((5, 5, 5))


def test_a_ceiling_below_the_floor_is_the_floor():
    assert mean_limits((Setting("rate(1 day)", 5, None),), 1, 3, 1) == pytest.approx((5, 5, 5))


def test_a_single_time_changes_no_mean():
    assert mean_limits((Setting("at(2026-11-20T13:00:00)", 5, 5),), 1, 9, 2) == (1, 2, 9)
