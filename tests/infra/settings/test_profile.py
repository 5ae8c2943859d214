"""infra.settings.profile: what each environment fixes. A flipped default must be changed here too, on purpose."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.settings.profile import PROFILES, ControlOverrides, Profile, ProfileName, effective_profile, loosened

FIXED = {
    "nat_per_zone": (False, True, True),
    "full_interface_endpoints": (False, True, True),
    "cluster_api_private": (False, True, True),
    "deletion_protection": (False, True, True),
    "minimum_replicas": (2, 2, 3),
    "key_deletion_window_days": (7, 14, 30),
    "backup_retention_days": (7, 35, 90),
    "log_retention_days": (90, 180, 365),
}


@pytest.mark.parametrize("control", FIXED)
@pytest.mark.parametrize(("index", "name"), list(enumerate(ProfileName)))
def test_the_profile_fixes(control, index, name):
    assert getattr(PROFILES[name], control) == FIXED[control][index]


def test_no_control_is_left_out_of_the_table_above():
    assert set(Profile.model_fields) == set(FIXED)


def test_every_control_can_be_set_by_an_environment():
    assert set(ControlOverrides.model_fields) == set(Profile.model_fields)


def test_each_profile_is_at_least_as_safe_as_the_one_before():
    for before, after in [(ProfileName.DEV, ProfileName.STAGING), (ProfileName.STAGING, ProfileName.PROD)]:
        assert not [name for name in FIXED if getattr(PROFILES[after], name) < getattr(PROFILES[before], name)]


def test_the_table_and_its_rows_can_not_be_changed():
    with pytest.raises(TypeError):
        PROFILES[ProfileName.DEV] = PROFILES[ProfileName.PROD]  # pyright: ignore
    with pytest.raises(ValidationError):
        PROFILES[ProfileName.PROD].nat_per_zone = False


def test_an_override_below_the_profile_is_loosened_and_one_above_is_not():
    overrides = ControlOverrides(nat_per_zone=False, log_retention_days=400, key_deletion_window_days=7)
    assert loosened(ProfileName.PROD, overrides) == {"nat_per_zone": False, "key_deletion_window_days": 7}
    assert effective_profile(ProfileName.PROD, overrides).log_retention_days == 400


def test_log_retention_is_one_that_cloudwatch_takes():
    with pytest.raises(ValidationError):
        ControlOverrides(log_retention_days=100)  # pyright: ignore


def test_the_guide_shows_the_profiles_as_they_are():
    text = (Path(__file__).resolve().parents[3] / "docs" / "platform.md").read_text()
    shown = {cells[1].strip(): tuple(cell.strip() for cell in cells[2:5]) for cells in (line.split("|") for line in text.splitlines()) if len(cells) == 7}
    words = {True: "yes", False: "no"}
    for control, values in FIXED.items():
        assert shown[control] == tuple(words[value] if isinstance(value, bool) else str(value) for value in values)
