"""The workloads program: one team's namespace, its GPU pool, the autoscaler's preference for spot, and the default storage class."""

from __future__ import annotations

import sys
from pathlib import Path

# Pulumi runs this folder by runpy, which puts it first on the path: its modules would then be importable by two names.
sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != Path(__file__).resolve().parent]

import pulumi  # noqa: E402

from infra.settings.profile import PROFILES  # noqa: E402
from workloads.autoscaler_priorities import autoscaler_priorities  # noqa: E402
from workloads.gpu_node_pool import GpuNodePool, GpuNodePoolArgs  # noqa: E402
from workloads.platform_outputs import kubernetes_provider, read_platform  # noqa: E402
from workloads.settings import load_settings  # noqa: E402
from workloads.storage_class import storage_class  # noqa: E402
from workloads.team_namespace import SERVICE_ACCOUNT, TeamNamespace, TeamNamespaceArgs  # noqa: E402

settings = load_settings()
platform = read_platform(settings.environment.platform)
provider = kubernetes_provider("cluster", platform)
protect = PROFILES[settings.environment.profile].deletion_protection

team = settings.team
namespace = TeamNamespace(team.name, TeamNamespaceArgs(team=team, platform=platform, protect=protect), pulumi.ResourceOptions(providers=[provider]))
gpu_pool = GpuNodePool(f"{team.name}-gpu", GpuNodePoolArgs(team=team, pool=settings.gpu_pool, platform=platform), pulumi.ResourceOptions(providers=[provider]))
autoscaler_priorities("autoscaler-priorities", pulumi.ResourceOptions(provider=provider))
storage_class("gp3", platform, pulumi.ResourceOptions(provider=provider))

pulumi.export("namespace", team.name)
pulumi.export("service_account", SERVICE_ACCOUNT)
pulumi.export("node_pool", gpu_pool.pool_name)
