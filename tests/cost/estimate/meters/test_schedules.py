from __future__ import annotations

import pytest

from cost.estimate.meters.scheduled_sizes import Action, Sizes, year_means
from cost.estimate.meters.schedules import aws_schedule, unix_schedule


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
        ("rate(7 days)", 365 / 7),
        ("cron(0 0 ? * 2#1 *)", 12),
        ("cron(0 0 ? * FRI#5 *)", 4),  # January, May, July and October of 2026 have a fifth Friday
        ("cron(0 0 ? * 6L *)", 12),
        ("cron(0 0 ? * L *)", 52),
        ("cron(0 0 LW * ? *)", 12),
        ("cron(0 0 31W * ? *)", 7),
        ("cron(0,30 8-17 ? * MON-FRI *)", 2 * 10 * 261),
        ("cron(10-50/20 0 1 JAN,JUL ? *)", 6),
        ("at(2026-11-20T13:00:00)", 12),  # once, in the month that it falls in
    ],
)
def test_an_expression_fires_as_often_as_its_fields_say(expression, runs_a_year):
    assert aws_schedule(expression).a_month == pytest.approx(runs_a_year / 12)


@pytest.mark.parametrize(
    ("schedule", "count", "first"),
    [
        (aws_schedule("rate(7 days)"), 53, 0),
        (aws_schedule("at(2026-11-20T13:00:00)"), 0, None),
        (aws_schedule("cron(0 0 3W * ? *)"), 12, 1),  # Saturday the 3rd of January: Friday the 2nd
        (aws_schedule("cron(0 0 1W 2 ? *)"), 1, 32),  # Sunday the 1st of February: Monday the 2nd
        (aws_schedule("cron(0 0 1W 8 ? *)"), 1, 214),  # Saturday the 1st of August: Monday the 3rd, in the same month
        (unix_schedule("0 0 * * sun"), 52, 3),
        (unix_schedule("0 0 * * 7"), 52, 3),
        (unix_schedule("0 0 13 * 5"), 61, 1),  # the 13ths and the Fridays: 12 + 52 less the three Fridays the 13th
    ],
)
def test_times_fall_on_the_calendars_days(schedule, count, first):
    minutes = schedule.minutes(2026)
    assert (len(minutes), minutes[0] // (24 * 60) if minutes else None) == (count, first)


def test_a_time_zone_moves_the_times():
    assert unix_schedule("0 0 1 1 *").minutes(2026, "America/New_York") == (5 * 60,)
    assert unix_schedule("0 12 * * *").minutes(2026, "Asia/Tokyo")[0] == 3 * 60
    with pytest.raises(ValueError, match="time zone 'Mars' is not known"):
        unix_schedule("0 0 1 1 *").minutes(2026, "Mars")


BAD_HOURS = ("cron(61 * ? * * *)", "cron(0/0 * ? * * *)", "cron(0 - * * ? *)", "rate(0 hours)", "rate(1 year)")
BAD_DAYS = ("cron(0 0 32W * ? *)", "cron(0 0 ? * 2#6 *)", "cron(0 0 ? * 9L *)", "cron(0 8 * * ? 2027)")


@pytest.mark.parametrize("expression", ["", "daily", "0 8 * * *", "cron(0 8 * *)", *BAD_HOURS, *BAD_DAYS])
def test_another_syntax_is_refused(expression):
    with pytest.raises(ValueError, match="is no schedule expression"):
        aws_schedule(expression)


@pytest.mark.parametrize("recurrence", ["@daily", "0 25 * * *", "0 x * * *", "*/0 * * * *", "0 0 * * 8", "0 0 0 * *", "- 0 * * *", ""])
def test_another_syntax_is_no_recurrence(recurrence):
    with pytest.raises(ValueError, match="is not five fields of cron"):
        unix_schedule(recurrence)


def _mean(sizes: tuple[float, float, float], *actions: tuple[str, float | None, float | None], demand: bool = True) -> tuple[float, float, float]:
    """The year's means; an action is its expression, floor and ceiling."""
    made = tuple(Action(f"action-{index}", aws_schedule(text), floor, None, ceiling) for index, (text, floor, ceiling) in enumerate(actions))
    found = year_means(made, Sizes(*sizes), 2026, demand=demand)
    return found.floor, found.desired, found.ceiling


def test_limits_are_the_means_of_what_the_schedule_sets():
    day, night = ("cron(0 6 * * ? *)", 4, 8), ("cron(0 18 * * ? *)", 1, None)
    # twelve hours at 4 to 8, twelve at 1 to 8; a wanted count of 2 is raised to 4 by day
    assert _mean((0, 2, 10), day, night) == pytest.approx((2.5, 3.0, 8.0))
    # where nothing but a schedule scales, the 4 of the day stay all night
    assert _mean((0, 2, 10), day, night, demand=False) == pytest.approx((2.5, 4.0, 8.0))


def test_the_year_begins_with_what_the_last_time_of_a_year_left():
    assert _mean((1, 1, 9), ("cron(0 0 1 12 ? *)", 5, 5)) == pytest.approx((5, 5, 5))


def test_a_ceiling_below_the_floor_is_the_floor():
    assert _mean((1, 1, 3), ("rate(1 day)", 5, None)) == pytest.approx((5, 5, 5))


def test_a_single_time_changes_no_mean():
    assert _mean((1, 2, 9), ("at(2026-11-20T13:00:00)", 5, 5)) == (1, 2, 9)
