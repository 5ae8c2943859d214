"""GPU capacity: managed node groups by pool, spot first over several types and zones, on-demand to fall back on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.settings.capacity import CapacitySettings


@dataclass(frozen=True)
class GpuCapacityArgs:
    """What GPU capacity needs from the other components. `prerequisites` must exist before a node starts: the cluster's `node_prerequisites`."""

    settings: CapacitySettings
    tags: Mapping[str, str]
    cluster_name: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    kubernetes_version: str
    vpc_id: pulumi.Input[str]
    subnet_ids_by_zone: Mapping[str, pulumi.Input[str]]
    node_role_arn: pulumi.Input[str]
    volumes_key_arn: pulumi.Input[str]
    prerequisites: Sequence[pulumi.Resource] = ()
