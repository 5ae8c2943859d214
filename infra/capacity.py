"""GPU capacity: managed node groups by pool, spot first over several types and zones, on-demand to fall back on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.fabric import create_fabric
from infra.launch_template import launch_template_of, node_launch_template
from infra.settings.capacity import CapacitySettings, GpuPool, NodeCount
from infra.tags import Tags, tags_for

WORKLOAD: Final = "gpu-capacity"
GPU: Final = "nvidia.com/gpu"
POOL_LABEL: Final = "plinth.dev/pool"
CAPACITY_LABEL: Final = "plinth.dev/capacity"
ACCELERATOR_LABEL: Final = "k8s.amazonaws.com/accelerator"
"""With it, the autoscaler waits for a new node's GPUs instead of adding another node. Source: cluster-autoscaler, cloudprovider/aws/README.md."""
NODE_TEMPLATE: Final = "k8s.io/cluster-autoscaler/node-template"
CAPACITY_TYPES: Final = {"spot": "SPOT", "on-demand": "ON_DEMAND"}


@dataclass(frozen=True)
class GpuCapacityArgs:
    """What GpuCapacity needs. `prerequisites` must exist before a node starts: the cluster's `node_prerequisites`."""

    settings: CapacitySettings
    tags: Tags
    cluster_name: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    kubernetes_version: str
    vpc_id: pulumi.Input[str]
    subnet_ids_by_zone: Mapping[str, pulumi.Input[str]]
    node_role_arn: pulumi.Input[str]
    volume_key_arn: pulumi.Input[str]
    prerequisites: Sequence[pulumi.Resource] = ()


class GpuCapacity(ComponentResource):
    """The GPU pools. `node_group_names` by pool and capacity."""

    node_group_names: dict[str, dict[str, pulumi.Output[str]]]

    def __init__(self, name: str, args: GpuCapacityArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:GpuCapacity", name, None, opts)
        self._name, self._args = name, args
        self.node_group_names = {pool_name: self._pool(pool_name, pool) for pool_name, pool in args.settings.pools.items()}
        self.register_outputs({"node_group_names": self.node_group_names})

    def _pool(self, pool_name: str, pool: GpuPool) -> dict[str, pulumi.Output[str]]:
        name, tags = f"{self._name}-{pool_name}", tags_for(self._args.tags, workload=WORKLOAD)
        fabric = create_fabric(self, name, self._args.vpc_id, self._args.cluster_security_group_id, pool.instances[0], tags) if pool.efa else None
        template = node_launch_template(
            f"{name}-template",
            parent=self,
            tags=tags,
            volume_key_arn=self._args.volume_key_arn,
            root_volume_gib=pool.root_volume_gib,
            network_interfaces=fabric.network_interfaces if fabric else None,
            placement_group=fabric.placement_group_name if fabric else None,
        )
        return {capacity: self._group(pool_name, pool, capacity, count, template, tags) for capacity, count in pool.groups.items()}

    def _group(
        self, pool_name: str, pool: GpuPool, capacity: str, count: NodeCount, template: aws.ec2.LaunchTemplate, tags: Mapping[str, str]
    ) -> pulumi.Output[str]:
        args, labels = self._args, node_labels(pool_name, pool, capacity)
        group = aws.eks.NodeGroup(
            group_name(self._name, pool_name, capacity),
            cluster_name=args.cluster_name,
            node_role_arn=args.node_role_arn,
            subnet_ids=[args.subnet_ids_by_zone[zone] for zone in pool.zones or args.subnet_ids_by_zone],
            version=args.kubernetes_version,
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type=CAPACITY_TYPES[capacity],
            instance_types=list(pool.instance_types),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(min_size=count.minimum, desired_size=count.initial, max_size=count.maximum),
            launch_template=launch_template_of(template),
            labels=labels,
            taints=[aws.eks.NodeGroupTaintArgs(key=GPU, value="true", effect="NO_SCHEDULE")],
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            tags=tags,
            # The autoscaler owns the number of nodes from the first minute on.
            opts=ResourceOptions(parent=self, depends_on=args.prerequisites, ignore_changes=["scalingConfig.desiredSize"]),
        )
        self._tell_the_autoscaler(group_name(self._name, pool_name, capacity), group, autoscaler_hints(pool, labels))
        return group.node_group_name

    def _tell_the_autoscaler(self, name: str, group: aws.eks.NodeGroup, hints: Mapping[str, str]) -> None:
        """Tag the group's Auto Scaling group; EKS passes a node group's own tags on to nothing (aws/containers-roadmap#608)."""
        scaling_group = group.resources.apply(lambda resources: resources[0].autoscaling_groups[0].name)
        for key, value in hints.items():
            aws.autoscaling.Tag(
                f"{name}-{key.replace('/', '-')}",
                autoscaling_group_name=scaling_group,
                tag=aws.autoscaling.TagTagArgs(key=f"{NODE_TEMPLATE}/{key}", value=value, propagate_at_launch=False),
                opts=ResourceOptions(parent=self),
            )


def group_name(name: str, pool_name: str, capacity: str) -> str:
    """A node group's logical name. EKS names its Auto Scaling group `eks-<node group>-<uuid>`, and the autoscaler's priorities go by
    `-spot-` and `-on-demand-` in that name (`workloads.autoscaler_priorities`).
    """
    return f"{name}-{pool_name}-{capacity}"


def node_labels(pool_name: str, pool: GpuPool, capacity: str) -> dict[str, str]:
    """The labels that nodes of a group carry."""
    models = sorted({instance.gpu_model.lower().replace(" ", "-") for instance in pool.instances})
    return {POOL_LABEL: pool_name, CAPACITY_LABEL: capacity, ACCELERATOR_LABEL: "-".join(["nvidia", *models])}


def autoscaler_hints(pool: GpuPool, labels: Mapping[str, str]) -> dict[str, str]:
    """What the autoscaler must know of a group without nodes: labels, taint, GPUs. Source: cluster-autoscaler, cloudprovider/aws/README.md."""
    resources = {f"resources/{GPU}": str(pool.instances[0].gpu_count), "resources/ephemeral-storage": f"{pool.root_volume_gib}Gi"}
    return {**{f"label/{key}": value for key, value in labels.items()}, f"taint/{GPU}": "true:NoSchedule", **resources}
