"""Meters of SageMaker and Bedrock."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.machine_learning import bedrock, endpoints, hyperpod, sagemaker_features, sagemaker_jobs, sagemaker_studio

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        bedrock,
        endpoints,
        hyperpod,
        sagemaker_features,
        sagemaker_jobs,
        sagemaker_studio,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
