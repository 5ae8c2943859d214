"""infra.settings.platform: every problem of every area, in one message that says the way out."""

import json

import pulumi
import pytest

from infra.settings.platform import AREAS, SettingsError, all_change_effects, load_settings
from infra.settings.profile import ProfileName
from plinth.errors import InputError

TIERS = {"infrequent_access_after_days": 30, "archive_after_days": 90}
ZONES = [
    {"name": f"us-east-1{letter}", "public_cidr": f"10.0.{index}.0/24", "private_cidr": f"10.0.{32 * (index + 1)}.0/19"} for index, letter in enumerate("abc")
]
GOOD = {
    "environment": {"name": "dev", "profile": "dev", "owner": "ml@example.com", "cost_center": "ml-1"},
    "network": {"cidr": "10.0.0.0/16", "zones": ZONES},
    "keys": {"multi_region": False},
    "identity": {},
    "storage": {"lake": TIERS, "artifacts": TIERS},
    "cluster": {},
    "capacity": {},
    "endpoint": {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1", "model_key": "models/m.tar.gz"},
}


@pytest.fixture(autouse=True)
def _a_stack_named_dev(monkeypatch):
    # Not set_mocks: what it leaves behind makes a later recording in this process wait for ever.
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    yield
    pulumi.runtime.set_all_config({})


def load(areas: dict, **more: str):
    config = {"aws:region": "us-east-1", **{f"plinth:{name}": json.dumps(value) for name, value in areas.items()}, **more}
    pulumi.runtime.set_all_config(config)
    return load_settings(pulumi.Config("plinth"))


def problems(areas: dict, **more: str) -> dict[str, tuple[str, str, str]]:
    with pytest.raises(SettingsError) as raised:
        load(areas, **more)
    return {problem.key: (str(problem.value), problem.limit, problem.fix) for problem in raised.value.problems}


def test_good_settings_load_with_their_profile():
    settings = load(GOOD)
    assert settings.environment.profile is ProfileName.DEV
    assert settings.profile.log_retention_days == 90
    assert settings.exemptions == ()


def test_an_environment_without_an_endpoint_is_whole():
    assert load({area: values for area, values in GOOD.items() if area != "endpoint"}).endpoint is None


def test_an_empty_endpoint_is_no_absent_one():
    assert set(problems({**GOOD, "endpoint": {}})) == {"plinth:endpoint.image", "plinth:endpoint.model_key"}


def test_all_problems_of_all_areas_are_listed_at_once_with_key_value_limit_and_fix():
    bad = {
        **GOOD,
        "environment": {"name": "prod", "profil": "dev", "owner": "ml", "cost_center": 7, "controls": {"log_retention_days": 30}, "profile": "dev"},
        "network": {"cidr": "10.0.0.0/16", "zones": [ZONES[0], {**ZONES[1], "private_cidr": "10.0.0.0/20"}, {**ZONES[2], "public_cidr": "10.9.2.0/24"}]},
        "keys": {"multi_region": "no", "rotation_days": 30},
        "storage": {"lake": {**TIERS, "infrequent_access_after_days": 75}, "artifacts": TIERS, "destroy_data": True},
        "exemptions": [{"control": "destroy", "reason": "because", "expires": "soon", "approved_by": "Ada"}],
        "identiti": {},
    }
    del bad["identity"]
    with pytest.raises(SettingsError) as raised:
        load(bad)
    assert str(raised.value) == MESSAGE


MESSAGE = """\
15 problems in the settings of dev (Pulumi.dev.yaml)

plinth:identiti
  value: '(an area)'
  limit: a known area
  fix:   did you mean identity?

plinth:environment.cost_center
  value: 7
  limit: text
  fix:   put it in quotes: tag: who pays

plinth:environment.profil
  value: 'dev'
  limit: a known key
  fix:   did you mean profile?

plinth:keys.multi_region
  value: 'no'
  limit: a valid boolean
  fix:   correct it: keys that a second region can hold replicas of; a key can't be converted, so a flip makes a new one that reads nothing of what is there

plinth:keys.rotation_days
  value: 30
  limit: greater than or equal to 90
  fix:   correct it: days between rotations of the key material

plinth:identity
  value: (missing)
  limit: required
  fix:   add the area to Pulumi.dev.yaml; docs/platform.md lists its keys

plinth:exemptions[0].reason
  value: 'because'
  limit: String should have at least 10 characters
  fix:   correct it: why the control can't be kept

plinth:exemptions[0].expires
  value: 'soon'
  limit: a valid date in the format YYYY-MM-DD, input is too short
  fix:   correct it: the last day it holds, YYYY-MM-DD

plinth:environment.name
  value: 'prod'
  limit: the stack's name, dev
  fix:   set it to dev, or select the stack that the file is for

plinth:environment.controls.log_retention_days
  value: 30
  limit: 90 or safer in profile dev
  fix:   remove it, or add {control: log_retention_days, reason, expires, approved_by} to plinth:exemptions

plinth:storage.destroy_data
  value: True
  limit: False without an exemption
  fix:   remove it, or add {control: data_destruction, reason, expires, approved_by} to plinth:exemptions

plinth:network.zones[2].public_cidr
  value: '10.9.2.0/24'
  limit: inside the VPC's 10.0.0.0/16
  fix:   choose a range from 10.0.0.0 to 10.0.255.255

plinth:network.zones[1].private_cidr
  value: '10.0.0.0/20'
  limit: no overlap with zones[0].public_cidr, 10.0.0.0/24
  fix:   choose ranges that share no address

plinth:network.zones[1].private_cidr
  value: '10.0.0.0/20'
  limit: no overlap with zones[1].public_cidr, 10.0.1.0/24
  fix:   choose ranges that share no address

plinth:storage.lake.archive_after_days
  value: 90
  limit: at least 30 days after infrequent_access_after_days, 75
  fix:   set it to 105 or more"""


def test_an_area_that_is_missing_is_a_problem():
    assert problems({name: area for name, area in GOOD.items() if name != "keys"})["plinth:keys"][:2] == ("Absent.MISSING", "required")


def test_an_unknown_area_names_the_nearest_one():
    assert problems({**GOOD, "netwrok": {}})["plinth:netwrok"][2] == "did you mean network?"


def test_an_unknown_key_deep_inside_names_the_nearest_one():
    zones = [{**ZONES[0], "privat_cidr": "10.0.4.0/24"}, *ZONES[1:]]
    assert problems({**GOOD, "network": {"cidr": "10.0.0.0/16", "zones": zones}})["plinth:network.zones[0].privat_cidr"][2] == "did you mean private_cidr?"


@pytest.mark.parametrize("profile", ["production", "", 3])
def test_an_unknown_profile_names_the_three(profile):
    value, limit, _ = problems({**GOOD, "environment": {**GOOD["environment"], "profile": profile}})["plinth:environment.profile"]
    assert value == str(profile)
    assert limit == "'dev', 'staging' or 'prod'"


def test_an_area_that_is_not_a_mapping_is_a_problem():
    assert problems({**GOOD, "keys": [1]})["plinth:keys"][0] == "[1]"


def test_an_area_that_is_not_json_is_a_problem():
    assert "plinth:keys" in problems(GOOD, **{"plinth:keys": "{"})


def test_a_number_in_quotes_is_not_a_number():
    assert problems({**GOOD, "keys": {"multi_region": False, "rotation_days": "365"}})["plinth:keys.rotation_days"] == (
        "365",
        "a valid integer",
        "correct it: days between rotations of the key material",
    )


def test_an_account_id_without_quotes_is_told_to_take_some():
    with pytest.raises(SettingsError, match="put it in quotes"):
        load({**GOOD, "environment": {**GOOD["environment"], "account_id": 123456789012}})


def test_the_name_must_be_the_stacks():
    assert problems({**GOOD, "environment": {**GOOD["environment"], "name": "prod"}})["plinth:environment.name"][1] == "the stack's name, dev"


def test_loosening_a_control_needs_an_exemption():
    loosened = {**GOOD, "environment": {**GOOD["environment"], "controls": {"log_retention_days": 30}}}
    assert list(problems(loosened)) == ["plinth:environment.controls.log_retention_days"]
    exemption = {"control": "log_retention_days", "reason": "no one reads them", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    settings = load({**loosened, "exemptions": [exemption]})
    assert settings.profile.log_retention_days == 30
    assert settings.exemptions[0].model_dump(mode="json") == exemption


def test_an_exemption_for_one_control_does_not_loosen_another():
    loosened = {**GOOD["environment"], "controls": {"log_retention_days": 30}}
    exemption = {"control": "nat_per_zone", "reason": "no one reads them", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    assert list(problems({**GOOD, "environment": loosened, "exemptions": [exemption]})) == ["plinth:environment.controls.log_retention_days"]


def test_tightening_a_control_needs_no_exemption():
    assert load({**GOOD, "environment": {**GOOD["environment"], "controls": {"nat_per_zone": True}}}).profile.nat_per_zone


def test_destroying_data_needs_the_setting_and_an_exemption():
    storage = {**GOOD["storage"], "destroy_data": True}
    assert list(problems({**GOOD, "storage": storage})) == ["plinth:storage.destroy_data"]
    exemption = {"control": "data_destruction", "reason": "a throw-away environment", "expires": "2030-01-31", "approved_by": "Ada Lovelace"}
    assert load({**GOOD, "storage": storage, "exemptions": [exemption]}).storage.destroy_data


def test_zones_are_of_the_stacks_region():
    assert problems(GOOD, **{"aws:region": "eu-west-1"})["plinth:network.zones[0].name"][2] == "use eu-west-1a"


def test_a_pool_in_a_zone_that_the_network_lacks_is_a_problem():
    pools = {"gpu-24gib": {"instance_types": ["g6.2xlarge", "g5.2xlarge"], "zones": ["us-east-1f"]}}
    assert "plinth:capacity.pools.gpu-24gib.zones[0]" in problems({**GOOD, "capacity": {"pools": pools}})


def test_the_clusters_services_lie_apart_from_the_vpc():
    network = {"cidr": "172.20.0.0/16", "zones": [{key: value.replace("10.0.", "172.20.") for key, value in zone.items()} for zone in ZONES]}
    assert problems({**GOOD, "network": network})["plinth:cluster.service_cidr"][1] == "apart from the VPC's 172.20.0.0/16"


def test_every_field_of_every_area_says_what_changing_it_does():
    effects = all_change_effects()
    assert set(effects.values()) <= {"in place", "rolling", "replaces", "forbidden"}
    assert {key.split(".")[0] for key in effects} == set(AREAS)
    assert effects["network.zones[].private_cidr"] == "replaces"
    assert effects["keys.multi_region"] == "forbidden"


def test_a_wrong_setting_is_bad_input_and_not_a_traceback(altered):
    with pytest.raises(InputError, match=r"plinth:keys\.rotation_days") as raised:
        altered("dev", {"plinth:keys": {"rotation_days": 3}})
    assert raised.value.exit_code == 3
    assert "Traceback" not in str(raised.value)
