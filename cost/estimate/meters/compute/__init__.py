"""Meters of EC2, Auto Scaling, EKS, ECS, Batch, Lambda and Step Functions; Kubernetes objects that make AWS capacity."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.compute import autoscaling, batch, cluster, ec2, fargate, fleets, kubernetes, pools, reservations, serverless

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        autoscaling,
        batch,
        cluster,
        ec2,
        fargate,
        fleets,
        kubernetes,
        pools,
        reservations,
        serverless,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
