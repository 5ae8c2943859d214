"""infra.settings.storage: transitions in an order that S3 takes."""

import pytest

from infra.settings.base import run_checks
from infra.settings.storage import StorageSettings, Tiers

GOOD = Tiers(infrequent_access_after_days=30, archive_after_days=60)


@pytest.mark.parametrize(("first", "second", "problems"), [(30, 60, []), (30, 89, []), (45, 74, ["lake.archive_after_days"]), (45, 75, [])])
def test_thirty_days_lie_between_the_transitions(first, second, problems):
    settings = StorageSettings(lake=Tiers(infrequent_access_after_days=first, archive_after_days=second), artifacts=GOOD)
    assert [problem.key for problem in run_checks(settings, frozenset(StorageSettings.model_fields), None)] == problems


def test_data_is_not_destroyed_by_default():
    assert not StorageSettings(lake=GOOD, artifacts=GOOD).destroy_data
