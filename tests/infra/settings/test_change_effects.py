"""What each setting says that changing it does, against what our own program does with it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from infra.settings.base import Change
from infra.settings.platform import all_change_effects
from plinth.stack import Resource, Stack

TRAINING = {"instance_types": ["g6.8xlarge", "g5.8xlarge"], "efa": True, "zones": ["us-east-1b"]}

ROLLS: Mapping[str, frozenset[str] | None] = {
    "aws:ec2/launchTemplate:LaunchTemplate": None,
    "aws:eks/nodeGroup:NodeGroup": frozenset({"version"}),
    "aws:eks/cluster:Cluster": frozenset({"version"}),
    "aws:eks/addon:Addon": frozenset({"addonVersion"}),
    "aws:sagemaker/model:Model": None,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": None,
    "aws:sagemaker/endpoint:Endpoint": frozenset({"deploymentConfig", "endpointConfigName"}),
}
"""Inputs whose change puts new machines in the place of old ones; None is any but the resource's own tags."""

REPLACES: Mapping[str, frozenset[str]] = {
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock"}),
    "aws:ec2/subnet:Subnet": frozenset({"availabilityZone", "cidrBlock"}),
    "aws:eks/cluster:Cluster": frozenset({"kubernetesNetworkConfig"}),
    "aws:eks/nodeGroup:NodeGroup": frozenset({"amiType", "capacityType", "instanceTypes", "subnetIds"}),
}
"""Inputs that the provider can't change on what stands ("Forces new resource" in its documentation)."""


def zones(index: int, **changes: str) -> list[dict[str, str]]:
    """dev's zones with one of them changed."""
    numbered = enumerate("abc", start=1)
    found = [{"name": f"us-east-1{z}", "public_cidr": f"10.16.{n - 1}.0/24", "private_cidr": f"10.16.{32 * n}.0/19"} for n, z in numbered]
    found[index].update(changes)
    return found


def pool(**changes: Any) -> dict[str, Any]:
    return {"pools": {"gpu-24gib": changes}}


CHANGED: dict[str, dict[str, Any]] = {
    "environment.profile": {"environment": {"profile": "prod"}, "cluster": {"public_access_cidrs": None}},
    "environment.controls.minimum_replicas": {"environment": {"controls": {"minimum_replicas": 3}}},
    "environment.owner": {"environment": {"owner": "someone-else@example.com"}},
    "environment.cost_center": {"environment": {"cost_center": "ml-9999"}},
    "environment.team": {"environment": {"team": "another"}},
    "network.cidr": {"network": {"cidr": "10.16.0.0/17"}},
    "network.zones[].name": {"network": {"zones": zones(2, name="us-east-1d")}},
    "network.zones[].public_cidr": {"network": {"zones": zones(2, public_cidr="10.16.3.0/24")}},
    "network.zones[].private_cidr": {"network": {"zones": zones(2, private_cidr="10.16.128.0/19")}},
    "cluster.kubernetes_version": {"cluster": {"kubernetes_version": "1.34"}},
    "cluster.service_cidr": {"cluster": {"service_cidr": "172.21.0.0/16"}},
    "cluster.system_nodes.instance_types": {"cluster": {"system_nodes": {"instance_types": ["m7i.large"]}}},
    "cluster.system_nodes.root_volume_gib": {"cluster": {"system_nodes": {"root_volume_gib": 80}}},
    "cluster.addon_versions": {"cluster": {"addon_versions": {"coredns": "v1.12.4-eksbuild.1"}}},
    "capacity.pools.*.instance_types": {"capacity": pool(instance_types=["g6.2xlarge", "g5.2xlarge"])},
    "capacity.pools.*.zones": {"capacity": pool(zones=["us-east-1a"])},
    "capacity.pools.*.efa": {"capacity": {"pools": {"training": {"efa": False}}}},
    "capacity.pools.*.root_volume_gib": {"capacity": pool(root_volume_gib=300)},
    "endpoint.image": {"endpoint": {"image": "111111111111.dkr.ecr.us-east-1.amazonaws.com/plinth-dev/serving:0.2.0"}},
    "endpoint.model_key": {"endpoint": {"model_key": "models/digits/0.2.0/model.tar.gz"}},
    "endpoint.volume_gib": {"endpoint": {"volume_gib": 60}},
    "endpoint.min_instances": {"endpoint": {"min_instances": 3}},
    "endpoint.capture_percentage": {"endpoint": {"capture_percentage": 50}},
    "endpoint.rollback.bake_seconds": {"endpoint": {"rollback": {"bake_seconds": 900}}},
}
"""One changed value for each key that rolls or replaces."""

IN_PLACE: dict[str, Any] = {
    "environment": {
        "controls": {
            "nat_per_zone": True,
            "full_interface_endpoints": True,
            "cluster_api_private": True,
            "deletion_protection": True,
            "key_deletion_window_days": 30,
            "backup_retention_days": 30,
            "log_retention_days": 365,
        },
        "alarm_emails": ["ml-oncall@example.com"],
    },
    "network": {"extra_interface_endpoints": ["sqs"]},
    "keys": {"rotation_days": 180},
    "identity": {"trusted_account_ids": ["222222222222"], "session_hours": 2, "mfa_age_hours": 1},
    "storage": {
        "lake": {"infrequent_access_after_days": 60, "archive_after_days": 120},
        "artifacts": {"infrequent_access_after_days": 60, "archive_after_days": 120},
        "access_log_retention_days": 100,
        "destroy_data": True,
    },
    "cluster": {
        "public_access_cidrs": None,
        "system_nodes": {"minimum": 3, "maximum": 5, "dedicated": False},
        "persona_groups": {"platform-engineer": ["plinth:vision"]},
    },
    "capacity": pool(spot={"minimum": 1, "desired": 2, "maximum": 6}, on_demand={"minimum": 1, "desired": 2, "maximum": 3}),
    "endpoint": {
        "max_instances": 8,
        "invocations_per_instance": 300,
        "scale_out_cooldown_seconds": 30,
        "scale_in_cooldown_seconds": 600,
        "utilization_alarm_percent": 70,
        "rollback": {"server_error_rate": 0.05, "model_error_rate": 0.05, "latency_p99_ms": 500},
    },
    "budgets": {"file": "tests/data/budgets.dev.json", "emails": ["ml-costs@example.com"], "notify_at_percent": [50, 90]},
}
"""All that says it changes in place, changed at once."""
EXEMPTED = [{"control": "data_destruction", "reason": "only a test of settings", "expires": "2027-01-31", "approved_by": "Ada Lovelace"}]


def effect(before: Stack, after: Stack) -> Change:
    """The strongest thing that the changes of the stack's resources do."""
    effects = {found for old in before.custom for found in _effects(old, after.by_urn.get(old.urn))}
    return next(change for change in (Change.REPLACES, Change.ROLLING, Change.IN_PLACE) if change in effects | {Change.IN_PLACE})


def _effects(old: Resource, new: Resource | None) -> Iterator[Change]:
    if new is None:
        if old.type in REPLACES:
            yield Change.REPLACES
        return
    changed = {key for key in {*old.inputs, *new.inputs} if old.inputs.get(key) != new.inputs.get(key)}
    if changed & REPLACES.get(old.type, frozenset()):
        yield Change.REPLACES
    if old.type in ROLLS and changed & (ROLLS[old.type] or changed - {"tags"}):
        yield Change.ROLLING


def keys_of(changes: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The keys of nested changes as the effects name them."""
    for key, value in changes.items():
        name = "*" if prefix == "capacity.pools." else key
        if isinstance(value, Mapping) and f"{prefix}{name}" not in all_change_effects():
            yield from keys_of(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.fixture(scope="module")
def with_changes(altered: Callable[..., Stack]) -> Callable[[Mapping[str, Any]], Stack]:
    """dev with a second pool, which has EFA, and with changes."""

    def evaluate(changes: Mapping[str, Any]) -> Stack:
        pools = changes.get("capacity", {}).get("pools", {})
        capacity = {"pools": {**pools, "training": {**TRAINING, **pools.get("training", {})}}}
        return altered("dev", {f"plinth:{area}": values for area, values in {**changes, "capacity": capacity}.items()})

    return evaluate


@pytest.fixture(scope="module")
def base(with_changes) -> Stack:
    return with_changes({})


@pytest.mark.parametrize("key", CHANGED)
def test_what_rolls_or_replaces_says_so(with_changes, base: Stack, key: str):
    assert all_change_effects()[key] == effect(base, with_changes(CHANGED[key])).value


def test_what_says_that_it_changes_in_place_neither_rolls_nor_replaces(with_changes, base: Stack):
    after = with_changes({**IN_PLACE, "exemptions": EXEMPTED})
    assert after != base
    assert effect(base, after) is Change.IN_PLACE


def test_every_setting_was_changed_but_those_that_forbid_it():
    effects = all_change_effects()
    forbidden = {key for key, said in effects.items() if said == Change.FORBIDDEN.value}
    assert forbidden == {"environment.name", "environment.account_id", "keys.multi_region", "endpoint.instance_type"}
    assert {*CHANGED, *keys_of(IN_PLACE)} == set(effects) - forbidden
    assert {effects[key] for key in keys_of(IN_PLACE)} == {Change.IN_PLACE.value}
