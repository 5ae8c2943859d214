"""The interruption queue: what EC2 says before it takes a node away, where Karpenter reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class InterruptionQueueArgs:
    """`queue_name` is the physical name; Karpenter is given it as settings.interruptionQueue, by custom the cluster's name."""

    tags: Mapping[str, str]
    queue_name: str
