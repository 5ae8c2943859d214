"""What the cluster autoscaler prefers among the platform's managed node groups: spot groups, and on-demand where they have no capacity."""

from __future__ import annotations

import json
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

PRIORITIES: Final = {50: [".*-spot-.*"], 10: [".*-on-demand-.*"], 1: [".*"]}
"""Highest first, by the name of the group's Auto Scaling group, `eks-<node group>-<id>`. The last line catches the system nodes."""


def autoscaler_priorities(name: str, opts: pulumi.ResourceOptions) -> Any:
    """The ConfigMap of the priority expander. Its name and namespace are fixed by the autoscaler (expander/priority/readme.md)."""
    return kubernetes.core.v1.ConfigMap(
        name,
        metadata={"name": "cluster-autoscaler-priority-expander", "namespace": "kube-system"},
        # JSON is YAML, which is what the autoscaler reads; its integer keys have to be written by hand.
        data={"priorities": "".join(f"{priority}: {json.dumps(patterns)}\n" for priority, patterns in PRIORITIES.items())},
        opts=opts,
    )
