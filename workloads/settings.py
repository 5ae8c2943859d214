"""The settings of the workloads project, read as infra's are: strict pydantic models, all problems reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import StringConstraints

from infra.instances import gpu_instances
from infra.settings.base import MISSING, Change, Problem, Settings, check, run_checks, setting
from infra.settings.environment import TAG
from infra.settings.parse import nearest, parse_area
from infra.settings.platform import SettingsError, raw_area
from infra.settings.profile import ProfileName

PROJECT: Final = "plinth-workloads"

MIN_FAMILIES: Final = 2
"""Fewest families of a pool with spot: one family's pools run dry together. Source: EC2 user guide, Best practices for Amazon EC2 Spot."""

Duration = Annotated[str, StringConstraints(pattern=r"^([0-9]+(s|m|h))+$")]
"""A Go duration without days. Source: the karpenter.sh/v1 NodePool CRD."""


class EnvironmentSettings(Settings):
    """`plinth-workloads:environment`."""

    profile: ProfileName = setting(
        change=Change.IN_PLACE, description="dev, staging or prod, as the platform's own; decides whether the namespace is protected"
    )
    platform: str | None = setting(
        change=Change.FORBIDDEN,
        description="full name of the platform's stack; unset, <organization>/plinth/<this stack>",
        default=None,
        pattern=r"^[^/]+/[^/]+/[^/]+$",
    )


class Quota(Settings):
    """The most that a team's pods may ask for, all together."""

    gpus: int = setting(change=Change.IN_PLACE, description="GPUs; lowering it stops no running pod", ge=0, le=10_000)
    cpu: int = setting(change=Change.IN_PLACE, description="vCPU", ge=1, le=100_000)
    memory_gib: int = setting(change=Change.IN_PLACE, description="memory in GiB", ge=1, le=1_000_000)
    storage_gib: int = setting(change=Change.IN_PLACE, description="persistent volumes in GiB", ge=0, le=1_000_000)
    pods: int = setting(change=Change.IN_PLACE, description="pods", ge=1, le=10_000)


class TeamSettings(Settings):
    """`plinth-workloads:team`."""

    name: str = setting(change=Change.REPLACES, description="the team: its namespace and its tag", pattern=r"^[a-z][a-z0-9-]{1,28}[a-z0-9]$")
    group: str = setting(
        change=Change.IN_PLACE, description="the Kubernetes group of its people, as the cluster's access entries give it", pattern=r"^[^\s]{3,128}$"
    )
    owner: str = setting(change=Change.IN_PLACE, description="tag: who to ask", **TAG)
    cost_center: str = setting(change=Change.IN_PLACE, description="tag: who pays", **TAG)
    quota: Quota = setting(change=Change.IN_PLACE, description="the most that its pods may ask for")

    @check("name", "group")
    def _names_are_the_teams_own(self) -> Iterator[Problem]:
        if self.name in ("default", "kube-system") or self.name.startswith("kube-"):
            yield Problem("name", self.name, "a namespace of the team's own", "name the team; kube-* and default belong to the cluster")
        if self.group.startswith("system:"):
            yield Problem("group", self.group, "a group of the team's own", "use the group of the team's access entry; system:* are Kubernetes' own")


class GpuPoolSettings(Settings):
    """`plinth-workloads:gpu_pool`."""

    families: tuple[str, ...] = setting(change=Change.ROLLING, description="instance families of one GPU class, all that a job may run on", min_length=1)
    maximum_gpus: int = setting(change=Change.IN_PLACE, description="most GPUs in the pool: the ceiling of the bill", ge=1, le=10_000)
    ami_version: str = setting(change=Change.ROLLING, description="release of the EKS AL2023 image, pinned", pattern=r"^v[0-9]{8}$")
    root_volume_gib: int = setting(change=Change.ROLLING, description="size of the root volume in GiB, images included", default=200, ge=50, le=16384)
    expire_after: Duration = setting(change=Change.ROLLING, description="age at which a node is drained whatever runs on it", default="336h")
    termination_grace_period: Duration = setting(
        change=Change.ROLLING, description="longest that a drain may wait, for karpenter.sh/do-not-disrupt too", default="24h"
    )

    @check("families")
    def _families_are_known_and_alike(self) -> Iterator[Problem]:
        known = _single_gpu_memory()
        for index, family in enumerate(self.families):
            if family not in known:
                yield Problem(f"families[{index}]", family, "a family with a one-GPU type (infra/data/gpu_instances.csv)", nearest(family, sorted(known)))
            elif known[family] != known.get(self.families[0], known[family]):
                value, limit = f"{family} with {known[family]:g} GiB a GPU", f"{known[self.families[0]]:g} GiB, as on {self.families[0]}"
                yield Problem(f"families[{index}]", value, limit, "give each GPU class a pool of its own: a job that fits one fails on the other")

    @check("families")
    def _spot_has_a_choice(self) -> Iterator[Problem]:
        if len(set(self.families)) < MIN_FAMILIES:
            yield Problem("families", ", ".join(self.families), f"at least {MIN_FAMILIES} families", "add one of the same GPU class: g5 beside g6, say")


AREAS: Final[Mapping[str, type[Settings]]] = {"environment": EnvironmentSettings, "team": TeamSettings, "gpu_pool": GpuPoolSettings}


class WorkloadsSettings(Settings):
    """Everything that one environment's workloads decide."""

    environment: EnvironmentSettings
    team: TeamSettings
    gpu_pool: GpuPoolSettings


def load_settings() -> WorkloadsSettings:
    """The settings of the current stack. Raises SettingsError with every problem of every area."""
    stack, config = pulumi.get_stack(), pulumi.Config(PROJECT)
    problems = list(_unknown_areas())
    areas: dict[str, Settings] = {}
    for name, model in AREAS.items():
        raw = raw_area(config, name)
        if raw is None:
            found = [Problem("", MISSING, "required", f"add the area to workloads/Pulumi.{stack}.yaml; docs/workloads.md lists its keys")]
        else:
            areas[name], usable, found = parse_area(model, raw)
            found = [*found, *run_checks(areas[name], usable, None)]
        problems += [replace(problem, key=problem.under(name).key.replace("plinth:", f"{PROJECT}:", 1)) for problem in found]
    if problems:
        raise SettingsError(stack, problems)
    return WorkloadsSettings.model_construct(None, **areas)


def _unknown_areas() -> Iterator[Problem]:
    for key in sorted({*CONFIG.get(), *get_config_env()}):
        namespace, _, area = key.partition(":")
        if namespace == PROJECT and area not in AREAS:
            yield Problem(key, "(an area)", "a known area", nearest(area, list(AREAS)))


def _single_gpu_memory() -> dict[str, float]:
    return {name.rpartition(".")[0]: instance.gpu_memory_gib for name, instance in gpu_instances().items() if instance.gpu_count == 1}
