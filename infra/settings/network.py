"""The network's settings: the VPC's range and, zone by zone, its subnets."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from infra.interface_endpoints import ACTION_PREFIXES
from infra.settings.base import Change, Problem, Settings, check, nearest, setting

MINIMUM_ZONES = 3
VPC_PREFIXES = (16, 28)
"""The widest and narrowest VPC and subnet masks. Source: Amazon VPC user guide, VPC CIDR blocks."""
NARROWEST_PRIVATE_PREFIX = 24
"""A pod takes an address of its subnet (VPC CNI), so a private subnet under 251 usable addresses strands GPU nodes."""
RESERVED_BY_SERVICES = IPv4Network("172.17.0.0/16")
"""SageMaker and Cloud9 use it inside. Source: Amazon VPC user guide, VPC CIDR blocks."""


class Zone(Settings):
    """One availability zone's subnets."""

    name: str = setting(change=Change.REPLACES, description="the availability zone's name", pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$")
    public_cidr: IPv4Network = setting(change=Change.REPLACES, description="the public subnet: NAT gateway and load balancers only")
    private_cidr: IPv4Network = setting(change=Change.REPLACES, description="the private subnet: nodes, pods and endpoints")


class NetworkSettings(Settings):
    """`plinth:network`."""

    cidr: IPv4Network = setting(change=Change.REPLACES, description="the VPC's range")
    zones: tuple[Zone, ...] = setting(change=Change.REPLACES, description="the availability zones", min_length=MINIMUM_ZONES, max_length=6)
    extra_interface_endpoints: tuple[str, ...] = setting(
        change=Change.IN_PLACE, description="interface endpoints beyond the profile's, by service name without the region (`bedrock-runtime`)", default=()
    )

    @property
    def subnets(self) -> dict[str, IPv4Network]:
        """Every subnet's range by its key in the config."""
        public = {f"zones[{index}].public_cidr": zone.public_cidr for index, zone in enumerate(self.zones)}
        return public | {f"zones[{index}].private_cidr": zone.private_cidr for index, zone in enumerate(self.zones)}

    @check("cidr")
    def _the_vpc_has_a_size_that_aws_takes(self) -> Iterator[Problem]:
        widest, narrowest = VPC_PREFIXES
        if not widest <= self.cidr.prefixlen <= narrowest:
            yield Problem("cidr", str(self.cidr), f"a mask from /{widest} to /{narrowest}", f"use {self.cidr.network_address}/{widest}")
        if self.cidr.overlaps(RESERVED_BY_SERVICES):
            yield Problem("cidr", str(self.cidr), f"apart from {RESERVED_BY_SERVICES}, which SageMaker uses inside", "choose another range, 10.32.0.0/16 say")

    @check("zones")
    def _zones_are_different(self) -> Iterator[Problem]:
        names = [zone.name for zone in self.zones]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Problem(f"zones[{index}].name", name, "each zone once", "name a zone that the list does not have yet")

    @check("zones")
    def _private_subnets_have_room_for_pods(self) -> Iterator[Problem]:
        for index, zone in enumerate(self.zones):
            if zone.private_cidr.prefixlen > NARROWEST_PRIVATE_PREFIX:
                key, limit = f"zones[{index}].private_cidr", f"a mask of /{NARROWEST_PRIVATE_PREFIX} or wider: every pod takes an address"
                yield Problem(key, str(zone.private_cidr), limit, f"use {zone.private_cidr.network_address}/{NARROWEST_PRIVATE_PREFIX} or wider")

    @check("cidr", "zones")
    def _subnets_lie_in_the_vpc(self) -> Iterator[Problem]:
        for key, subnet in self.subnets.items():
            if not subnet.subnet_of(self.cidr):
                yield Problem(key, str(subnet), f"inside the VPC's {self.cidr}", f"choose a range from {self.cidr[0]} to {self.cidr[-1]}")

    @check("zones")
    def _subnets_do_not_overlap(self) -> Iterator[Problem]:
        for (first_key, first), (key, subnet) in combinations(self.subnets.items(), 2):
            if first.overlaps(subnet):
                yield Problem(key, str(subnet), f"no overlap with {first_key}, {first}", "choose ranges that share no address")

    def zones_outside(self, region: str) -> Iterator[Problem]:
        """A problem for each zone of another region."""
        for index, zone in enumerate(self.zones):
            if zone.name[:-1] != region:
                yield Problem(f"zones[{index}].name", zone.name, f"a zone of aws:region, {region}", f"use {region}{zone.name[-1]}")

    @check("extra_interface_endpoints")
    def _endpoints_are_known(self) -> Iterator[Problem]:
        for index, service in enumerate(self.extra_interface_endpoints):
            if service not in ACTION_PREFIXES:
                limit = "a service of infra/interface_endpoints.py, which knows what may pass"
                yield Problem(f"extra_interface_endpoints[{index}]", service, limit, nearest(service, list(ACTION_PREFIXES)))
