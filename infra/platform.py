"""The platform's table of contents: base, platform and workloads, each component once, and the outputs that others read."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.alerts import Alerts, AlertsArgs
from infra.identity import Identity, IdentityArgs
from infra.keys import Keys, KeysArgs
from infra.network import Network, NetworkArgs
from infra.place import Place
from infra.settings.platform import PlatformSettings, all_change_effects, load_settings
from infra.storage import Storage, StorageArgs
from infra.tags import Tags, tags_for


@dataclass(frozen=True)
class Context:
    """What every layer knows: the settings, the place, the tags and the names that components share."""

    settings: PlatformSettings
    place: Place
    tags: Tags

    @property
    def cluster_name(self) -> str:
        """The cluster's physical name."""
        return self.place.prefix

    def name(self, component: str) -> str:
        """A component's logical name."""
        return f"{self.place.prefix}-{component}"


@dataclass(frozen=True)
class Base:
    """What stands first and falls last: nothing in it needs the cluster."""

    keys: Keys
    network: Network
    identity: Identity
    alerts: Alerts


@dataclass(frozen=True)
class Platform:
    """What workloads run on."""

    storage: Storage


def build_platform() -> None:
    """Read the settings of the current stack, register every component, and export the outputs."""
    context = read_context()
    base = build_base(context)
    platform = build_layer(context, base)
    export_outputs(context, base, platform)


def read_context() -> Context:
    """The settings and where they apply. Raises SettingsError; a run against another account fails at its first resource."""
    settings = load_settings(pulumi.Config("plinth"))
    environment = settings.environment
    account = aws.get_caller_identity_output().account_id.apply(lambda found: _allowed_account(found, environment.account_id))
    place = Place(f"plinth-{environment.name}", aws.get_partition_output().partition, aws.get_region_output().region, account)
    return Context(settings, place, Tags(environment.name, environment.owner, environment.cost_center, team=environment.team))


def build_base(context: Context) -> Base:
    """Keys, network, identity, alerts."""
    settings, place, tags = context.settings, context.place, context.tags
    profile, cluster_name = settings.profile, context.cluster_name
    keys = Keys(context.name("keys"), KeysArgs(settings.keys, profile, place, tags))
    network = Network(context.name("network"), NetworkArgs(settings.network, profile, place, tags, cluster_name, keys.arns["logs"]))
    identity = Identity(context.name("identity"), IdentityArgs(settings.identity, place, tags, keys.arns, network.vpc_arn, cluster_name))
    alerts = Alerts(context.name("alerts"), AlertsArgs(place, tags, keys.arns["endpoint"], settings.environment.alarm_emails))
    return Base(keys, network, identity, alerts)


def build_layer(context: Context, base: Base) -> Platform:
    """Storage."""
    settings = context.settings
    storage = Storage(context.name("storage"), StorageArgs(settings.storage, settings.profile, context.place, context.tags, base.keys.arns))
    return Platform(storage)


def export_outputs(context: Context, base: Base, platform: Platform) -> None:
    """The stack's outputs: flat, and kept by name once released, as runbooks and workloads read them."""
    outputs = {
        "environment": context.settings.environment.name,
        "region": context.place.region,
        "account_id": context.place.account_id,
        "vpc_id": base.network.vpc_id,
        "private_subnet_ids": base.network.private_subnet_ids,
        "public_subnet_ids": base.network.public_subnet_ids,
        "node_role_arn": base.identity.node_role.arn,
        "node_role_name": base.identity.node_role.name,
        "pod_role_arn": base.identity.pod_role.arn,
        "training_role_arn": base.identity.training_role.arn,
        "endpoint_role_arn": base.identity.endpoint_role.arn,
        "lake_bucket": platform.storage.lake.bucket_name,
        "artifact_bucket": platform.storage.artifacts.bucket_name,
        "access_log_bucket": platform.storage.access_logs.bucket_name,
        "lake_key_arn": base.keys.arns["lake"],
        "artifact_key_arn": base.keys.arns["artifacts"],
        "exemptions": [exemption.model_dump(mode="json") for exemption in context.settings.exemptions],
        "tags": tags_for(context.tags, workload="platform"),
        "change_effects": all_change_effects(),
    }
    for name, value in outputs.items():
        pulumi.export(name, value)


def _allowed_account(found: str, allowed: str | None) -> str:
    if allowed is not None and found != allowed:
        raise pulumi.RunError(f"these credentials are for account {found}; plinth:environment.account_id allows only {allowed}")
    return found
