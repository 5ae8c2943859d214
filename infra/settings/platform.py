"""An environment's whole configuration: every area read from `Pulumi.<env>.yaml`, with all problems of all areas reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ConfigDict, Field

from infra.settings.base import MISSING, Problem, Settings, nearest, run_checks
from infra.settings.budgets import BudgetsSettings
from infra.settings.capacity import CapacitySettings
from infra.settings.cluster import ClusterSettings
from infra.settings.endpoint import EndpointSettings
from infra.settings.environment import EnvironmentSettings
from infra.settings.identity import IdentitySettings
from infra.settings.keys import KeysSettings
from infra.settings.network import NetworkSettings
from infra.settings.parse import change_effects, parse_area
from infra.settings.profile import DATA_DESTRUCTION, PROFILES, Exemption, Profile, effective_profile, loosened
from infra.settings.storage import StorageSettings

AREAS: Final[Mapping[str, type[Settings]]] = {
    "environment": EnvironmentSettings,
    "network": NetworkSettings,
    "keys": KeysSettings,
    "identity": IdentitySettings,
    "storage": StorageSettings,
    "cluster": ClusterSettings,
    "capacity": CapacitySettings,
    "endpoint": EndpointSettings,
    "budgets": BudgetsSettings,
}
OPTIONAL: Final = frozenset({"endpoint", "budgets"})
"""Areas that may be absent. The endpoint: its image and model are put into what the first `pulumi up` makes (docs/endpoints.md). The budgets:
their limits come from an estimate of the stack (docs/guardrails.md).
"""
EXEMPTIONS: Final = "exemptions"


class SettingsError(pulumi.RunError):
    """The config is wrong; the text lists every problem by key, value, limit and fix. Pulumi prints it without a traceback."""

    def __init__(self, environment: str, problems: list[Problem]):
        self.problems = tuple(problems)
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        super().__init__("\n\n".join([f"{count} in the settings of {environment} (Pulumi.{environment}.yaml)", *map(str, problems)]))


class _Exemptions(Settings):
    exemptions: tuple[Exemption, ...] = Field(description="a list of {control, reason, expires, approved_by}")


class PlatformSettings(Settings):
    """Everything that one environment decides."""

    model_config = ConfigDict(ignored_types=(cached_property,))

    environment: EnvironmentSettings
    network: NetworkSettings
    keys: KeysSettings
    identity: IdentitySettings
    storage: StorageSettings
    cluster: ClusterSettings
    capacity: CapacitySettings
    endpoint: EndpointSettings | None = None
    budgets: BudgetsSettings | None = None
    exemptions: tuple[Exemption, ...] = ()

    @cached_property
    def profile(self) -> Profile:
        """What the environment fixes for safety: its profile with its own controls laid over it."""
        return effective_profile(self.environment.profile, self.environment.controls)


def load_settings(config: pulumi.Config) -> PlatformSettings:
    """The settings of the current stack. Raises SettingsError with every problem of every area."""
    stack = pulumi.get_stack()
    problems = list(_unknown_areas())
    raw = {name: raw_area(config, name) for name in (*AREAS, EXEMPTIONS)}
    areas: dict[str, Settings] = {}
    usable: dict[str, frozenset[str]] = {}
    for name, model in AREAS.items():
        if raw[name] is None and name in OPTIONAL:
            continue
        if raw[name] is None:
            problems.append(Problem("", MISSING, "required", f"add the area to Pulumi.{stack}.yaml; docs/platform.md lists its keys").under(name))
            continue
        areas[name], usable[name], found = parse_area(model, raw[name])
        problems += [problem.under(name) for problem in found]
    exemptions, _, found = parse_area(_Exemptions, {EXEMPTIONS: raw[EXEMPTIONS] or []})
    problems += [Problem(f"plinth:{problem.key}", problem.value, problem.limit, problem.fix) for problem in found]
    problems += _cross_checks(stack, areas, usable, () if found else exemptions.exemptions)
    if problems:
        raise SettingsError(stack, problems)
    return PlatformSettings.model_construct(None, **areas, exemptions=exemptions.exemptions)


def all_change_effects() -> dict[str, str]:
    """What changing each key of each area does: `network.zones[].private_cidr` → `replaces`."""
    return {f"{name}.{key}": effect for name, model in AREAS.items() for key, effect in change_effects(model).items()}


def raw_area(config: pulumi.Config, area: str) -> Any:
    """An area as the config has it, before any check; None where it is absent."""
    try:
        return config.get_object(area)
    except pulumi.ConfigTypeError:
        return config.get(area)  # plain text where a mapping belongs: its parse says so, along with every other problem


def _unknown_areas() -> Iterator[Problem]:
    for key in sorted({*CONFIG.get(), *get_config_env()}):
        namespace, _, area = key.partition(":")
        if namespace == "plinth" and area not in (*AREAS, EXEMPTIONS):
            yield Problem(key, "(an area)", "a known area", nearest(area, [*AREAS, EXEMPTIONS]))


def _cross_checks(stack: str, areas: Mapping[str, Settings], usable: Mapping[str, frozenset[str]], exemptions: tuple[Exemption, ...]) -> Iterator[Problem]:
    profile: Profile | None = None
    environment = areas.get("environment")
    if isinstance(environment, EnvironmentSettings):
        if "name" in usable["environment"] and environment.name != stack:
            fix = f"set it to {stack}, or select the stack that the file is for"
            yield Problem("name", environment.name, f"the stack's name, {stack}", fix).under("environment")
        if usable["environment"] >= {"profile", "controls"}:
            profile = effective_profile(environment.profile, environment.controls)
            yield from _loosened_without_exemption(environment, exemptions)
    storage = areas.get("storage")
    if isinstance(storage, StorageSettings) and "destroy_data" in usable["storage"] and storage.destroy_data:
        yield from _unless_exempted(DATA_DESTRUCTION, "plinth:storage.destroy_data", True, "False without an exemption", exemptions)
    yield from _budgets_told_to_nobody(areas, usable)
    for name, settings in areas.items():
        yield from (problem.under(name) for problem in run_checks(settings, usable[name], profile))
    yield from _against_the_network(areas, usable)


def _budgets_told_to_nobody(areas: Mapping[str, Settings], usable: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    budgets, environment = areas.get("budgets"), areas.get("environment")
    if not isinstance(budgets, BudgetsSettings) or not isinstance(environment, EnvironmentSettings):
        return
    readable = "emails" in usable["budgets"] and "alarm_emails" in usable["environment"]
    if readable and not budgets.emails and not environment.alarm_emails:
        yield Problem("emails", (), "at least one address", "add one, or set plinth:environment.alarm_emails").under("budgets")


def _loosened_without_exemption(environment: EnvironmentSettings, exemptions: tuple[Exemption, ...]) -> Iterator[Problem]:
    for control, value in loosened(environment.profile, environment.controls).items():
        fixed = getattr(PROFILES[environment.profile], control)
        limit = f"{fixed} or safer in profile {environment.profile.value}"
        yield from _unless_exempted(control, f"plinth:environment.controls.{control}", value, limit, exemptions)


def _unless_exempted(control: str, key: str, value: Any, limit: str, exemptions: tuple[Exemption, ...]) -> Iterator[Problem]:
    if control not in {exemption.control for exemption in exemptions}:
        yield Problem(key, value, limit, f"remove it, or add {{control: {control}, reason, expires, approved_by}} to plinth:exemptions")


def _against_the_network(areas: Mapping[str, Settings], usable: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """The region, the cluster and the capacity against the network's zones and range."""
    region = pulumi.Config("aws").get("region")
    if region is None:
        yield Problem("aws:region", MISSING, "required", "add it: the region that the environment stands in, us-east-1 say")
    network, cluster, capacity = areas.get("network"), areas.get("cluster"), areas.get("capacity")
    if not isinstance(network, NetworkSettings):
        return
    if "zones" in usable["network"]:
        if region is not None:
            yield from (problem.under("network") for problem in network.zones_outside(region))
        if isinstance(capacity, CapacitySettings) and "pools" in usable["capacity"]:
            zones = tuple(zone.name for zone in network.zones)
            yield from (problem.under("capacity") for problem in capacity.zones_outside(zones))
    if (
        isinstance(cluster, ClusterSettings)
        and "service_cidr" in usable["cluster"]
        and "cidr" in usable["network"]
        and cluster.service_cidr.overlaps(network.cidr)
    ):
        limit = f"apart from the VPC's {network.cidr}"
        yield Problem("service_cidr", str(cluster.service_cidr), limit, "choose another range, 172.20.0.0/16 say").under("cluster")
