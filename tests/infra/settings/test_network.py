"""infra.settings.network: ranges that a VPC can have."""

from ipaddress import IPv4Network, collapse_addresses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.settings.base import run_checks
from infra.settings.network import NetworkSettings, Zone

ZONES = tuple(
    Zone(name=f"us-east-1{letter}", public_cidr=IPv4Network(f"10.0.{index}.0/24"), private_cidr=IPv4Network(f"10.0.{32 * (index + 1)}.0/19"))
    for index, letter in enumerate("abc")
)


def found(**changes) -> list[tuple[str, str]]:
    settings = NetworkSettings(**{"cidr": "10.0.0.0/16", "zones": ZONES, **changes})
    return [(problem.key, problem.limit) for problem in run_checks(settings, frozenset(NetworkSettings.model_fields), None)]


def test_good_ranges_have_no_problem():
    assert found() == []


def test_fewer_than_three_zones_are_refused():
    with pytest.raises(ValidationError, match="at least 3 items"):
        NetworkSettings(cidr=IPv4Network("10.0.0.0/16"), zones=ZONES[:2])


def test_a_range_with_host_bits_is_refused():
    with pytest.raises(ValidationError, match="cidr"):
        NetworkSettings.model_validate({"cidr": "10.0.0.1/16", "zones": ZONES})


def test_a_zone_named_twice_is_a_problem():
    twin = ZONES[1].model_copy(update={"name": "us-east-1a"})
    assert found(zones=(ZONES[0], twin, ZONES[2])) == [("zones[1].name", "each zone once")]


def test_a_subnet_outside_the_vpc_is_a_problem():
    stray = ZONES[2].model_copy(update={"private_cidr": IPv4Network("10.1.0.0/19")})
    assert found(zones=(*ZONES[:2], stray)) == [("zones[2].private_cidr", "inside the VPC's 10.0.0.0/16")]


def test_a_private_subnet_without_room_for_pods_is_a_problem():
    small = ZONES[2].model_copy(update={"private_cidr": IPv4Network("10.0.96.0/25")})
    assert [key for key, _ in found(zones=(*ZONES[:2], small))] == ["zones[2].private_cidr"]


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "172.17.0.0/16"])
def test_a_range_that_aws_does_not_take_is_a_problem(cidr):
    assert "cidr" in [key for key, _ in found(cidr=cidr)]


def test_an_unknown_interface_endpoint_is_a_problem():
    assert [key for key, _ in found(extra_interface_endpoints=("sq",))] == ["extra_interface_endpoints[0]"]


subnets = st.builds(lambda base, prefix: IPv4Network((base << 8, prefix), strict=False), st.integers(0x0A0000, 0x0A00FF), st.integers(18, 24))


@given(st.lists(subnets, min_size=6, max_size=6))
def test_an_overlap_is_reported_if_and_only_if_the_subnets_share_an_address(ranges):
    zones = tuple(zone.model_copy(update={"public_cidr": ranges[2 * i], "private_cidr": ranges[2 * i + 1]}) for i, zone in enumerate(ZONES))
    reported = any(limit.startswith("no overlap") for _, limit in found(zones=zones))
    assert reported == (sum(r.num_addresses for r in collapse_addresses(ranges)) < sum(r.num_addresses for r in ranges))
