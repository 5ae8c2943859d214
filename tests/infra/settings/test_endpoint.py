"""The settings of an endpoint: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from infra.settings.base import Problem, run_checks
from infra.settings.endpoint import MAX_VOLUME_GIB, EndpointSettings
from infra.settings.parse import parse_area
from infra.settings.profile import PROFILES, ProfileName

GOOD = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/plinth-dev/serving:1.0.0", "model_key": "models/demo/model.tar.gz"}


def problems(changes: dict[str, Any], profile: ProfileName = ProfileName.DEV) -> list[Problem]:
    settings, usable, found = parse_area(EndpointSettings, {**GOOD, **changes})
    return [*found, *run_checks(settings, usable, PROFILES[profile])]


def only(changes: dict[str, Any], profile: ProfileName = ProfileName.DEV) -> Problem:
    (found,) = problems(changes, profile)
    return found


@pytest.mark.parametrize("profile", ProfileName)
def test_the_defaults_hold_under_every_profile(profile: ProfileName):
    assert not problems({}, profile)


@pytest.mark.parametrize("profile", ProfileName)
def test_one_instance_is_refused_in_every_profile(profile: ProfileName):
    problem = only({"min_instances": 1}, profile)
    assert (problem.key, problem.value) == ("min_instances", 1)
    assert problem.limit == "at least 2: one instance is one zone"
    assert problem.fix == "set it to 2 or more, or leave it out"


def test_a_minimum_above_the_maximum_is_refused():
    problem = only({"min_instances": 5, "max_instances": 3})
    assert (problem.key, problem.value, problem.limit) == ("max_instances", 3, "at least min_instances, 5")


def test_prod_needs_its_own_number_of_replicas():
    problem = only({"min_instances": 2}, ProfileName.PROD)
    assert (problem.key, problem.limit) == ("min_instances", "at least the profile's minimum_replicas, 3")
    assert only({"max_instances": 2}, ProfileName.PROD).key == "max_instances"


def test_an_unknown_instance_type_is_told_the_nearest_ones():
    problem = only({"instance_type": "ml.m5.larg"})
    assert (problem.key, problem.value) == ("instance_type", "ml.m5.larg")
    assert problem.fix == "nearest: ml.m5.large, ml.m5.xlarge, ml.m5.4xlarge"


def test_an_ec2_name_is_no_hosting_type():
    assert only({"instance_type": "m5.large"}).fix == "nearest: ml.m5.large"


def test_the_image_does_not_move_under_the_endpoint():
    image = GOOD["image"].replace("1.0.0", "latest")
    problem = only({"image": image})
    assert (problem.key, problem.value) == ("image", image)
    assert "digest" in problem.fix


@pytest.mark.parametrize("image", ["serving:1.0.0", "docker.io/library/nginx:1.27", GOOD["image"].rpartition(":")[0]])
def test_the_image_is_in_ecr_and_has_a_tag_or_digest(image: str):
    assert only({"image": image}).key == "image"


@pytest.mark.parametrize("key", ["demo/model.tar.gz", "models/demo", "s3://bucket/models/model.tar.gz"])
def test_the_model_lies_where_the_endpoints_role_may_read(key: str):
    assert only({"model_key": key}).key == "model_key"


@pytest.mark.parametrize("changes", [{"capture_percentage": 101}, {"invocations_per_instance": 0}, {"rollback": {"server_error_rate": 1.5}}])
def test_shares_and_targets_have_bounds(changes: dict[str, Any]):
    assert len(problems(changes)) == 1


def test_a_volume_is_30_gib_unless_the_settings_say_otherwise():
    assert EndpointSettings(**GOOD).volume_size_gib == 30
    assert EndpointSettings(**GOOD, volume_gib=100).volume_size_gib == 100
    assert EndpointSettings(**GOOD, instance_type="ml.g5.xlarge").volume_size_gib is None


@pytest.mark.parametrize(("size", "good"), [(0, False), (1, True), (512, True), (513, False)])
def test_a_volume_is_of_a_size_that_sagemaker_gives(size: int, good: bool):
    assert [problem.key for problem in problems({"volume_gib": size})] == ([] if good else ["volume_gib"])


def test_a_type_with_disks_of_its_own_takes_no_volume():
    problem = only({"instance_type": "ml.g5.xlarge", "volume_gib": 30})
    assert (problem.key, problem.value, problem.limit) == ("volume_gib", 30, "none on ml.g5.xlarge, which has NVMe disks of its own")
    assert not problems({"instance_type": "ml.g5.xlarge"})


def test_of_an_unknown_type_nothing_is_said_about_its_volume():
    assert only({"instance_type": "ml.m5.larg", "volume_gib": 30}).key == "instance_type"


def test_the_volumes_limits_are_the_apis():
    limits = get_session().get_service_model("sagemaker").shape_for("ProductionVariant").members["VolumeSizeInGB"].metadata
    assert limits["max"] == MAX_VOLUME_GIB
