"""Settings of the EKS cluster: version, who reaches its API, its system nodes and add-ons."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from infra.instances import kubernetes_versions
from infra.personas import PERSONAS
from infra.settings.base import Change, Problem, Settings, check, nearest, profile_check, setting
from infra.settings.profile import Profile

MIN_PUBLIC_PREFIX: Final = 16
"""The widest range that may reach a public API endpoint; our own limit, so that 0.0.0.0/0 can't come back as two halves."""
SERVICE_PREFIXES: Final = (12, 24)
"""The widest and narrowest range of Kubernetes services. Source: EKS API reference, KubernetesNetworkConfigRequest."""

AddonName = Literal["vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "eks-node-monitoring-agent", "aws-ebs-csi-driver"]

GroupName = Annotated[str, StringConstraints(pattern=r"^[^\s]{3,128}$")]


class SystemNodes(Settings):
    """The on-demand node group that carries add-ons and controllers."""

    instance_types: tuple[str, ...] = setting(
        change=Change.REPLACES, description="types to launch, the first preferred", default=("m6i.large", "m5.large"), min_length=1
    )
    minimum: int = setting(change=Change.IN_PLACE, description="fewest nodes; two, so that a zone's outage leaves one", default=2, ge=2)
    maximum: int = setting(change=Change.IN_PLACE, description="most nodes", default=4, ge=2, le=50)
    root_volume_gib: int = setting(change=Change.ROLLING, description="size of the root volume in GiB", default=50, ge=20, le=16384)
    dedicated: bool = setting(change=Change.IN_PLACE, description="taint CriticalAddonsOnly, so that workloads stay off", default=True)


class ClusterSettings(Settings):
    """`plinth:cluster`."""

    kubernetes_version: str = setting(change=Change.ROLLING, description="control plane and nodes; one minor version at a time, never back", default="1.35")
    public_access_cidrs: tuple[IPv4Network, ...] = setting(
        change=Change.IN_PLACE, description="networks that reach the API from outside the VPC; none, and it is private", default=()
    )
    service_cidr: IPv4Network = setting(change=Change.REPLACES, description="addresses of Kubernetes services", default=IPv4Network("172.20.0.0/16"))
    system_nodes: SystemNodes = setting(change=Change.ROLLING, description="the system node group", default=SystemNodes())
    addon_versions: dict[AddonName, str] = setting(
        change=Change.ROLLING, description="pinned add-on versions, v1.2.3-eksbuild.4; unset, EKS's default for the Kubernetes version", default={}
    )

    persona_groups: dict[str, tuple[GroupName, ...]] = setting(
        change=Change.IN_PLACE,
        description="Kubernetes groups by persona; a team's namespace gives its rights to one (`plinth-workloads:team.group`)",
        default={},
    )

    @check("kubernetes_version")
    def _version_is_in_standard_support(self) -> Iterator[Problem]:
        known = kubernetes_versions()
        if self.kubernetes_version not in known:
            limit = "a version in EKS standard support as of infra/data/kubernetes_versions.csv"
            yield Problem("kubernetes_version", self.kubernetes_version, limit, f"use {' or '.join(f'{name} (to {end})' for name, end in known.items())}")

    @check("public_access_cidrs")
    def _public_access_is_narrow(self) -> Iterator[Problem]:
        for index, network in enumerate(self.public_access_cidrs):
            if network.prefixlen < MIN_PUBLIC_PREFIX:
                limit = f"a mask of /{MIN_PUBLIC_PREFIX} or narrower; this one is {network.num_addresses:,} addresses"
                yield Problem(f"public_access_cidrs[{index}]", str(network), limit, "give the office's or the VPN's own range, or none for a private API")

    @profile_check("public_access_cidrs")
    def _a_private_api_has_no_public_access(self, profile: Profile) -> Iterator[Problem]:
        if profile.cluster_api_private and self.public_access_cidrs:
            given = ", ".join(map(str, self.public_access_cidrs))
            fix = "remove them; or set controls.cluster_api_private to false with an exemption of that name"
            yield Problem("public_access_cidrs", given, "none where the profile keeps the API private (cluster_api_private)", fix)

    @check("service_cidr")
    def _service_range_is_one_that_eks_takes(self) -> Iterator[Problem]:
        widest, narrowest = SERVICE_PREFIXES
        if not self.service_cidr.is_private or not widest <= self.service_cidr.prefixlen <= narrowest:
            yield Problem("service_cidr", str(self.service_cidr), f"a private range with a mask from /{widest} to /{narrowest}", "use 172.20.0.0/16")

    @check("system_nodes")
    def _system_nodes_are_in_order(self) -> Iterator[Problem]:
        nodes = self.system_nodes
        if nodes.minimum > nodes.maximum:
            yield Problem("system_nodes.minimum", nodes.minimum, f"at most system_nodes.maximum, {nodes.maximum}", f"raise maximum to {nodes.minimum} or more")

    @check("addon_versions")
    def _addon_versions_are_eks_builds(self) -> Iterator[Problem]:
        for addon, version in self.addon_versions.items():
            if not version.startswith("v") or "-eksbuild." not in version:
                fix = f"take one from `aws eks describe-addon-versions --addon-name {addon}`"
                yield Problem(f"addon_versions.{addon}", version, "an EKS build, like v1.2.3-eksbuild.4", fix)

    @check("persona_groups")
    def _groups_are_of_personas_and_their_own(self) -> Iterator[Problem]:
        for persona, groups in self.persona_groups.items():
            if persona not in PERSONAS:
                yield Problem(f"persona_groups.{persona}", persona, f"a persona: {', '.join(PERSONAS)}", nearest(persona, list(PERSONAS)))
            for index, group in enumerate(groups):
                if group.startswith("system:"):
                    fix = "name a group of a team's own, plinth:vision say; system:* are Kubernetes' own"
                    yield Problem(f"persona_groups.{persona}[{index}]", group, "no group that starts with system:", fix)
