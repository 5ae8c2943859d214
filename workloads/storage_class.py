"""The cluster's default storage class: gp3 volumes under the cluster's key, tagged for the bill, kept when their claim goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

from infra.tags import DATA_CLASS, MANAGED_BY, TEAM, WORKLOAD
from workloads.platform_outputs import PlatformOutputs

DRIVER: Final = "ebs.csi.aws.com"
OF_THE_CLAIM: Final = {TEAM: "{{ .PVCNamespace }}", WORKLOAD: "volumes", DATA_CLASS: "confidential", MANAGED_BY: DRIVER}
"""A namespace bears its team's name, so that each volume is billed to the team that claimed it. Source: EBS CSI driver docs, tagging.md."""


def storage_class(name: str, platform: PlatformOutputs, opts: pulumi.ResourceOptions) -> Any:
    """The class of claims that name none; EKS's own gp2 class is no default since Kubernetes 1.30. Source: EBS CSI driver docs, parameters.md."""
    return kubernetes.storage.v1.StorageClass(
        name,
        metadata={"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        provisioner=DRIVER,
        parameters=pulumi.Output.all(platform.cluster_key_arn, platform.tags).apply(lambda found: _parameters(*found)),
        # In the zone where the pod is placed, and not in one where it can't be.
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        # A claim goes with its namespace; the data must not.
        reclaim_policy="Retain",
        opts=opts,
    )


def _parameters(key_arn: str, platform_tags: Mapping[str, str]) -> dict[str, str]:
    tags = {**platform_tags, **OF_THE_CLAIM}
    specifications = {f"tagSpecification_{number}": f"{key}={tags[key]}" for number, key in enumerate(sorted(tags), start=1)}
    return {"type": "gp3", "encrypted": "true", "kmsKeyId": key_arn, **specifications}
