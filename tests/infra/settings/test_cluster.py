"""The settings of the cluster: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from infra.instances import kubernetes_versions
from infra.settings.base import Problem, run_checks
from infra.settings.cluster import ClusterSettings
from infra.settings.parse import parse_area
from infra.settings.profile import PROFILES, ProfileName


def problems(raw: dict[str, Any], profile: ProfileName = ProfileName.DEV) -> list[Problem]:
    settings, usable, found = parse_area(ClusterSettings, raw)
    return [*found, *run_checks(settings, usable, PROFILES[profile])]


def only(raw: dict[str, Any], profile: ProfileName = ProfileName.DEV) -> Problem:
    (found,) = problems(raw, profile)
    return found


@pytest.mark.parametrize("profile", ProfileName)
def test_the_defaults_hold_under_every_profile(profile: ProfileName):
    assert not problems({}, profile)


def test_the_api_is_private_by_default():
    assert ClusterSettings().public_access_cidrs == ()


@pytest.mark.parametrize(("cidr", "addresses"), [("0.0.0.0/0", "4,294,967,296"), ("128.0.0.0/1", "2,147,483,648"), ("10.0.0.0/8", "16,777,216")])
def test_the_api_is_never_open_to_the_world(cidr: str, addresses: str):
    problem = only({"public_access_cidrs": ["203.0.113.0/24", cidr]})
    assert (problem.key, problem.value) == ("public_access_cidrs[1]", cidr)
    assert addresses in problem.limit and "/16 or narrower" in problem.limit
    assert "private API" in problem.fix


def test_an_office_range_may_reach_a_dev_api():
    assert not problems({"public_access_cidrs": ["203.0.113.0/24"]})


@pytest.mark.parametrize("profile", [ProfileName.STAGING, ProfileName.PROD])
def test_a_profile_with_a_private_api_takes_no_public_range(profile: ProfileName):
    problem = only({"public_access_cidrs": ["203.0.113.0/24"]}, profile)
    assert problem.value == "203.0.113.0/24"
    assert "cluster_api_private" in problem.limit and "exemption" in problem.fix


@pytest.mark.parametrize("text", ["office", "203.0.113.7/24", "2001:db8::/32"])
def test_what_is_no_network_is_refused(text: str):
    assert only({"public_access_cidrs": [text]}).key == "public_access_cidrs[0]"


def test_a_version_out_of_support_is_told_the_supported_ones_and_their_end():
    problem = only({"kubernetes_version": "1.30"})
    assert (problem.key, problem.value) == ("kubernetes_version", "1.30")
    assert problem.fix == "use 1.34 (to 2026-12-02) or 1.35 (to 2027-03-27)"


def test_the_default_version_is_the_one_that_is_supported_longest():
    assert ClusterSettings().kubernetes_version == max(kubernetes_versions(), key=kubernetes_versions().__getitem__)


def test_system_nodes_are_at_least_two():
    assert only({"system_nodes": {"minimum": 1}}).key == "system_nodes.minimum"
    assert ClusterSettings().system_nodes.minimum == 2


def test_system_nodes_are_in_order():
    problem = only({"system_nodes": {"minimum": 5, "maximum": 3}})
    assert (problem.value, problem.limit, problem.fix) == (5, "at most system_nodes.maximum, 3", "raise maximum to 5 or more")


@pytest.mark.parametrize("cidr", ["172.20.0.0/25", "10.0.0.0/8", "8.8.0.0/16"])
def test_the_service_range_is_one_that_eks_takes(cidr: str):
    problem = only({"service_cidr": cidr})
    assert (problem.key, problem.value, problem.fix) == ("service_cidr", cidr, "use 172.20.0.0/16")


def test_a_pinned_addon_version_is_an_eks_build():
    problem = only({"addon_versions": {"coredns": "1.11"}})
    assert (problem.key, problem.value) == ("addon_versions.coredns", "1.11")
    assert "describe-addon-versions --addon-name coredns" in problem.fix
    assert not problems({"addon_versions": {"coredns": "v1.12.4-eksbuild.1"}})


def test_an_addon_that_the_cluster_does_not_have_is_refused():
    assert "addon_versions" in only({"addon_versions": {"metrics-server": "v1.0.0-eksbuild.1"}}).key


def test_no_persona_has_a_group_unless_the_settings_give_it_one():
    assert ClusterSettings().persona_groups == {}
    assert not problems({"persona_groups": {"ml-engineer": ["plinth:vision", "plinth:speech"], "auditor": []}})


def test_a_group_of_an_unknown_persona_is_told_the_nearest_one():
    problem = only({"persona_groups": {"ml-enginer": ["plinth:vision"]}})
    assert (problem.key, problem.value, problem.fix) == ("persona_groups.ml-enginer", "ml-enginer", "did you mean ml-engineer?")


@pytest.mark.parametrize("group", ["system:masters", "system:authenticated"])
def test_kubernetes_own_groups_are_not_given_away(group: str):
    problem = only({"persona_groups": {"ml-engineer": ["plinth:vision", group]}})
    assert (problem.key, problem.value, problem.limit) == ("persona_groups.ml-engineer[1]", group, "no group that starts with system:")


@pytest.mark.parametrize("group", ["", "two words"])
def test_what_is_no_group_name_is_refused(group: str):
    assert only({"persona_groups": {"ml-engineer": [group]}}).key == "persona_groups.ml-engineer[0]"
