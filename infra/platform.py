"""The platform's table of contents: base, platform and workloads, each component once, and the outputs that others read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.alerts import Alerts, AlertsArgs
from infra.autoscaler import Autoscaler
from infra.boundary import ServiceBoundary, ServiceBoundaryArgs
from infra.budgets import Budgets, BudgetsArgs
from infra.capacity import GpuCapacity, GpuCapacityArgs
from infra.cluster import Cluster, ClusterArgs
from infra.cluster_access import AccessPolicy, ClusterAccess
from infra.controller_role import ControllerArgs
from infra.endpoint import InferenceEndpoint, InferenceEndpointArgs
from infra.identity import Identity, IdentityArgs
from infra.images import Images, ImagesArgs
from infra.interruption import InterruptionQueue, InterruptionQueueArgs
from infra.karpenter import Karpenter, KarpenterArgs
from infra.keys import Keys, KeysArgs
from infra.network import Network, NetworkArgs
from infra.place import Place
from infra.settings.endpoint import EndpointSettings
from infra.settings.platform import PlatformSettings, all_change_effects, load_settings
from infra.storage import Storage, StorageArgs
from infra.tags import Tags, tags_for

CLUSTER_ACCESS: Final[Mapping[str, AccessPolicy]] = {"platform-engineer": AccessPolicy.CLUSTER_ADMIN, "auditor": AccessPolicy.VIEW}
"""The personas that reach into the whole cluster; VIEW and not ADMIN_VIEW for the auditor, who would read secrets with it.

Teams get their rights by their namespace's RBAC (`workloads`), through the groups in `plinth:cluster.persona_groups`, not by an access policy.
"""


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

    boundary: ServiceBoundary
    keys: Keys
    network: Network
    identity: Identity
    alerts: Alerts
    budgets: Budgets | None
    """None without `plinth:budgets`."""


@dataclass(frozen=True)
class Platform:
    """What workloads run on."""

    storage: Storage
    images: Images
    cluster: Cluster
    capacity: GpuCapacity
    interruptions: InterruptionQueue
    karpenter: Karpenter
    autoscaler: Autoscaler


@dataclass(frozen=True)
class Workloads:
    """What runs outside the cluster; what runs in it is the `workloads` project. No endpoint without `plinth:endpoint`."""

    endpoint: InferenceEndpoint | None


def build() -> None:
    """Read the settings of the current stack, register every component, and export the outputs."""
    context = read_context()
    base = build_base(context)
    platform = build_platform(context, base)
    workloads = build_workloads(context, base, platform)
    export_outputs(context, base, platform, workloads)


def read_context() -> Context:
    """The settings and where they apply. Raises SettingsError, and RunError for another account: either before any resource is registered."""
    settings = load_settings(pulumi.Config("plinth"))
    environment = settings.environment
    # Waited for, unlike the `_output` forms: a check that only some resources wait for would let the others be made.
    account = aws.get_caller_identity().account_id
    if environment.account_id not in (None, account):
        raise pulumi.RunError(f"these credentials are for account {account}; plinth:environment.account_id allows only {environment.account_id}")
    place = Place(f"plinth-{environment.name}", aws.get_partition().partition, aws.get_region().region, account)
    return Context(settings, place, Tags(environment.name, environment.owner, environment.cost_center, team=environment.team))


def build_base(context: Context) -> Base:
    """The boundary of service roles, keys, network, identity, alerts, and budgets where the settings have them."""
    settings, place, tags = context.settings, context.place, context.tags
    profile, cluster_name = settings.profile, context.cluster_name
    boundary = ServiceBoundary(context.name("services"), ServiceBoundaryArgs(place, tags))
    keys = Keys(context.name("keys"), KeysArgs(settings.keys, profile, place, tags, settings.storage.destroy_data))
    network_args = NetworkArgs(settings.network, profile, place, tags, cluster_name, keys.arns["logs"], boundary.arn)
    network = Network(context.name("network"), network_args)
    identity_args = IdentityArgs(settings.identity, place, tags, keys.arns, network.vpc_arn, cluster_name, boundary.arn)
    identity = Identity(context.name("identity"), identity_args)
    alerts = Alerts(context.name("alerts"), AlertsArgs(place, tags, keys.arns["endpoint"], settings.environment.alarm_emails))
    return Base(boundary, keys, network, identity, alerts, _budgets(context))


def _budgets(context: Context) -> Budgets | None:
    settings, environment = context.settings.budgets, context.settings.environment
    if settings is None:
        return None
    args = BudgetsArgs(context.place, context.tags, settings.limits(), settings.emails or environment.alarm_emails, settings.notify_at_percent)
    return Budgets(context.name("budgets"), args)


def build_platform(context: Context, base: Base) -> Platform:
    """Storage, images, cluster, GPU capacity, the queue of interruptions, Karpenter's and the autoscaler's rights."""
    settings, place, tags, keys = context.settings, context.place, context.tags, base.keys.arns
    storage = Storage(context.name("storage"), StorageArgs(settings.storage, settings.profile, place, tags, keys))
    images = Images(context.name("images"), ImagesArgs(place, settings.profile, tags, keys["artifacts"], settings.storage.destroy_data))
    cluster = Cluster(context.name("cluster"), _cluster_args(context, base))
    capacity = GpuCapacity(context.name("gpu"), _capacity_args(context, base, cluster))
    interruptions = InterruptionQueue(context.name("interruptions"), InterruptionQueueArgs(tags, context.cluster_name, keys["cluster"]))
    karpenter = Karpenter(context.name("karpenter"), _karpenter_args(context, base, cluster, interruptions))
    autoscaler = Autoscaler(context.name("autoscaler"), ControllerArgs(place, tags, context.cluster_name, cluster.cluster_name, base.boundary.arn))
    return Platform(storage, images, cluster, capacity, interruptions, karpenter, autoscaler)


def build_workloads(context: Context, base: Base, platform: Platform) -> Workloads:
    """The inference endpoint, where the settings have one: its image and its model must exist first, which they can't on a first `up`."""
    if context.settings.endpoint is None:
        return Workloads(None)
    args = _endpoint_args(context, context.settings.endpoint, base, platform)
    return Workloads(InferenceEndpoint(context.name("endpoint"), args))


def _endpoint_args(context: Context, settings: EndpointSettings, base: Base, platform: Platform) -> InferenceEndpointArgs:
    network, keys = base.network, base.keys.arns
    return InferenceEndpointArgs(
        settings=settings,
        profile=context.settings.profile,
        tags=context.tags,
        endpoint_name=context.name("inference"),
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        vpc_endpoints_security_group_id=network.endpoints.security_group_id,
        s3_prefix_list_id=network.endpoints.s3_prefix_list_id,
        execution_role_arn=base.identity.endpoint_role_arn,
        artifact_bucket=platform.storage.artifacts.bucket_name,
        artifact_key_arn=keys["artifacts"],
        endpoint_key_arn=keys["endpoint"],
        log_key_arn=keys["logs"],
        alarm_topic_arns=[base.alerts.topic_arn],
    )


def _cluster_args(context: Context, base: Base) -> ClusterArgs:
    return ClusterArgs(
        settings=context.settings.cluster,
        profile=context.settings.profile,
        place=context.place,
        tags=context.tags,
        cluster_name=context.cluster_name,
        subnet_ids=base.network.private_subnet_ids,
        node_role_arn=base.identity.node_role_arn,
        cluster_key_arn=base.keys.arns["cluster"],
        log_key_arn=base.keys.arns["logs"],
        boundary_arn=base.boundary.arn,
        access=_cluster_access(context.settings.cluster.persona_groups, base.identity.persona_role_arns),
    )


def _cluster_access(groups: Mapping[str, Sequence[str]], role_arns: Mapping[str, pulumi.Input[str]]) -> dict[str, ClusterAccess]:
    """The personas with a policy or a group; the others have no business in the cluster."""
    return {
        persona: ClusterAccess(arn, CLUSTER_ACCESS.get(persona), groups=groups.get(persona, ()))
        for persona, arn in role_arns.items()
        if persona in CLUSTER_ACCESS or groups.get(persona)
    }


def _karpenter_args(context: Context, base: Base, cluster: Cluster, interruptions: InterruptionQueue) -> KarpenterArgs:
    return KarpenterArgs(
        place=context.place,
        tags=context.tags,
        cluster_name=context.cluster_name,
        cluster=cluster.cluster_name,
        node_role_arn=base.identity.node_role_arn,
        queue_arn=interruptions.queue_arn,
        key_arn=base.keys.arns["cluster"],
        boundary_arn=base.boundary.arn,
    )


def _capacity_args(context: Context, base: Base, cluster: Cluster) -> GpuCapacityArgs:
    return GpuCapacityArgs(
        settings=context.settings.capacity,
        tags=context.tags,
        cluster_name=cluster.cluster_name,
        cluster_security_group_id=cluster.security_group_id,
        kubernetes_version=context.settings.cluster.kubernetes_version,
        vpc_id=base.network.vpc_id,
        subnet_ids_by_zone=dict(zip(base.network.zones, base.network.private_subnet_ids, strict=True)),
        node_role_arn=base.identity.node_role_arn,
        volume_key_arn=base.keys.arns["cluster"],
        prerequisites=cluster.node_prerequisites,
    )


def export_outputs(context: Context, base: Base, platform: Platform, workloads: Workloads) -> None:
    """The stack's outputs: flat, and kept by name once released, as runbooks and workloads read them. `endpoint_name` only with an endpoint."""
    outputs = {
        "environment": context.settings.environment.name,
        "profile": context.settings.environment.profile.value,
        "region": context.place.region,
        "account_id": context.place.account_id,
        "vpc_id": base.network.vpc_id,
        "private_subnet_ids": base.network.private_subnet_ids,
        "public_subnet_ids": base.network.public_subnet_ids,
        "cluster_name": platform.cluster.cluster_name,
        "cluster_endpoint": platform.cluster.endpoint,
        "cluster_certificate_authority": platform.cluster.certificate_authority,
        "cluster_security_group_id": platform.cluster.security_group_id,
        "cluster_key_arn": base.keys.arns["cluster"],
        "interruption_queue_name": platform.interruptions.queue_name,
        "karpenter_role_arn": platform.karpenter.role_arn,
        "autoscaler_role_arn": platform.autoscaler.role_arn,
        "node_role_arn": base.identity.node_role_arn,
        "node_role_name": base.identity.node_role_name,
        "pod_role_arn": base.identity.pod_role_arn,
        "training_role_arn": base.identity.training_role_arn,
        "endpoint_role_arn": base.identity.endpoint_role_arn,
        "lake_bucket": platform.storage.lake.bucket_name,
        "artifact_bucket": platform.storage.artifacts.bucket_name,
        "access_log_bucket": platform.storage.access_logs.bucket_name,
        "lake_key_arn": base.keys.arns["lake"],
        "artifact_key_arn": base.keys.arns["artifacts"],
        **{f"{container}_repository_url": url for container, url in platform.images.urls.items()},
        "alarm_topic_arn": base.alerts.topic_arn,
        "exemptions": [exemption.model_dump(mode="json") for exemption in context.settings.exemptions],
        "tags": tags_for(context.tags, workload="platform"),
        "change_effects": all_change_effects(),
    }
    if workloads.endpoint is not None:
        outputs["endpoint_name"] = workloads.endpoint.endpoint_name
    for name, value in outputs.items():
        pulumi.export(name, value)
