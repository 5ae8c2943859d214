"""One team's GPU nodes under Karpenter: spot first over several families and all zones, on-demand in the same pool to fall back on.

The Karpenter CRDs must be in the cluster before a preview: docs/adr/0022.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from infra.tags import COST_CENTER, DATA_CLASS, MANAGED_BY, OWNER, TEAM, WORKLOAD
from workloads.platform_outputs import PlatformOutputs
from workloads.settings import GpuPoolSettings, TeamSettings


@dataclass(frozen=True)
class GpuNodePoolArgs:
    """What a team's GPU pool needs."""

    team: TeamSettings
    pool: GpuPoolSettings
    platform: PlatformOutputs


class GpuNodePool(pulumi.ComponentResource):
    """An EC2NodeClass (what a node is) and a NodePool (when there is one)."""

    def __init__(self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("plinth:workloads:GpuNodePool", name, None, opts)
        self.pool_name = f"{args.team.name}-gpu"
        node_class = kubernetes.apiextensions.CustomResource(
            f"{name}-node-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata={"name": self.pool_name},
            spec=_node_class_spec(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        kubernetes.apiextensions.CustomResource(
            f"{name}-node-pool",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": self.pool_name},
            spec=_node_pool_spec(self.pool_name, args),
            # So that on the way down the pool, and with it its nodes, goes before what the nodes are made of.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[node_class]),
        )
        self.register_outputs({"node_pool": self.pool_name})


def _node_class_spec(args: GpuNodePoolArgs) -> dict[str, Any]:
    platform, pool = args.platform, args.pool
    volume = {
        "volumeType": "gp3",
        "volumeSize": f"{pool.root_volume_gib}Gi",
        "encrypted": True,
        "kmsKeyID": platform.cluster_key_arn,
        "deleteOnTermination": True,
    }
    return {
        "role": platform.node_role_name,
        # Pinned: `@latest` would replace every node whenever AWS publishes an image. Karpenter takes the image's NVIDIA variant for GPU types.
        "amiSelectorTerms": [{"alias": f"al2023@{pool.ami_version}"}],
        "subnetSelectorTerms": platform.private_subnet_ids.apply(lambda ids: [{"id": subnet} for subnet in ids]),
        "securityGroupSelectorTerms": [{"id": platform.cluster_security_group_id}],
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": True, "ebs": volume}],
        # One hop: a pod can't reach the node's credentials.
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1, "httpProtocolIPv6": "disabled"},
        "tags": platform.tags.apply(lambda tags: _node_tags(tags, args.team)),
    }


def _node_pool_spec(pool_name: str, args: GpuNodePoolArgs) -> dict[str, Any]:
    node = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": pool_name},
        "requirements": [
            # The order here means nothing: Karpenter itself tries spot before on-demand, within milliseconds, when a pool allows both.
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
            {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": list(args.pool.families)},
            {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "In", "values": ["1"]},
            {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
            {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
        ],
        "taints": [
            {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"},
            # The nodes are tagged and billed as the team's, so another team's pods must not land on them.
            {"key": TEAM, "value": args.team.name, "effect": "NoSchedule"},
        ],
        "expireAfter": args.pool.expire_after,
        # Expiry is forceful and do-not-disrupt would then block the drain for ever: this ends it.
        "terminationGracePeriod": args.pool.termination_grace_period,
    }
    return {
        "template": {"metadata": {"labels": {TEAM: args.team.name}}, "spec": node},
        "limits": {"nvidia.com/gpu": str(args.pool.maximum_gpus)},
        "disruption": {
            # Moving a half-full GPU node's work costs the steps since its checkpoint; an empty one costs nothing to drop.
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "5m",
            "budgets": [{"nodes": "10%"}, {"nodes": "0", "reasons": ["Drifted"], "schedule": "0 6 * * mon-fri", "duration": "14h"}],
        },
    }


def _node_tags(platform_tags: Mapping[str, str], team: TeamSettings) -> dict[str, str]:
    own = {TEAM: team.name, OWNER: team.owner, COST_CENTER: team.cost_center, WORKLOAD: "training", DATA_CLASS: "none", MANAGED_BY: "karpenter"}
    return {**platform_tags, **own}
