from __future__ import annotations

from datetime import date, timedelta

import pytest

from cost.estimate.meters.databases.engine_support import FIRST_YEARS, THIRD_YEAR, support, support_component


@pytest.mark.parametrize(
    ("engine", "version", "day", "expected"),
    [
        ("mysql", "5.7.44", date(2024, 2, 29), None),
        ("mysql", "5.7.44", date(2024, 3, 1), FIRST_YEARS),
        ("mysql", "5.7", date(2026, 2, 28), FIRST_YEARS),
        ("mysql", "5.7", date(2026, 3, 1), THIRD_YEAR),
        ("mysql", "5.7", date(2027, 3, 1), None),
        ("mysql", "8.0.36", date(2026, 7, 20), None),
        ("mysql", "8.0.36", date(2026, 8, 1), FIRST_YEARS),
        ("mysql", "8.4.3", date(2026, 8, 1), None),
        ("postgres", "11.22", date(2025, 1, 1), FIRST_YEARS),
        ("postgres", "1", date(2025, 1, 1), None),
        ("aurora-mysql", "5.7.mysql_aurora.2.11.2", date(2026, 6, 1), FIRST_YEARS),
        ("redis", "5.0.6", date(2026, 1, 31), None),
        ("redis", "5.0.6", date(2026, 2, 1), FIRST_YEARS),
        ("redis", "4.0.10", date(2028, 2, 1), THIRD_YEAR),
        ("redis", "4.0.10", date(2029, 2, 1), None),
        ("mariadb", "10.3", date(2026, 6, 1), None),
    ],
)
def test_a_version_is_charged_from_its_day_to_its_day(engine, version, day, expected):
    assert support_component(engine, version, day) == expected


def test_every_period_is_in_order():
    for versions in support().values():
        for days in versions.values():
            assert days.charged_from < (days.third_year_from or days.ends) <= days.ends
            assert days.ends - days.charged_from < timedelta(days=3 * 366)
