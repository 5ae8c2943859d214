"""What an ML charge is: read from its resource's ARN, or, where it has none, from its usage type.

Sources: ARN formats, AWS Service Authorization Reference, "Resource types defined by Amazon SageMaker" and "… by Amazon Bedrock". Usage types
as AWS's price list writes them (`USE1-Train:ml.g5.xlarge`, `USE1-Host:…`, `USE1-Notebk:…`, `USE1-Studio:JupyterLab-ml…`, `USE1-Processing:…`,
`USE1-Tsform:…`, `USE1-AsyncInf:…`, `USE1-Studio:VolumeUsage.gp3`); a usage type not listed is `other`, and never lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cost.allocate.ml_model import MlKind

ARN_KINDS: Final[Mapping[str, MlKind]] = {
    "training-job": "training",
    "hyper-parameter-tuning-job": "tuning",
    "automl-job": "tuning",
    "processing-job": "processing",
    "transform-job": "transform",
    "endpoint": "endpoint",
    "inference-component": "endpoint",
    "notebook-instance": "notebook",
    "app": "studio",
    "space": "studio",
    "user-profile": "studio",
    "domain": "studio",
    "cluster": "hyperpod",
    "feature-group": "feature store",
    "mlflow-tracking-server": "experiment tracking",
    "foundation-model": "model call",
    "inference-profile": "model call",
    "application-inference-profile": "model call",
    "provisioned-model": "model call",
    "custom-model": "model call",
    "imported-model": "model call",
}
"""The ARN's resource type and the kind of work it is. `cluster` is a HyperPod cluster's, and only in a SageMaker ARN."""
NAMED_MODELS: Final = ("foundation-model", "inference-profile", "custom-model", "imported-model")
"""Bedrock resource types whose ARN ends in the model's name."""
USAGE_KINDS: Final[tuple[tuple[str, MlKind], ...]] = (
    ("Train", "training"),
    ("Notebk", "notebook"),
    ("Studio", "studio"),
    ("Processing", "processing"),
    ("Tsform", "transform"),
    ("Host", "endpoint"),
    ("AsyncInf", "endpoint"),
    ("ServerlessInf", "endpoint"),
    ("Cluster", "hyperpod"),
    ("FeatureStore", "feature store"),
    ("MLflow", "experiment tracking"),
)
"""Part of a SageMaker usage type and the kind, the first that fits."""
OTHER: Final[MlKind] = "other"
"""The kind of a SageMaker usage type that is not listed."""
BEDROCK_EDITION: Final = " (Amazon Bedrock Edition)"
"""How a Marketplace model's service is named: `Claude … (Amazon Bedrock Edition)`."""
_ML_ARN: Final = re.compile(r"^arn:aws[a-z-]*:(sagemaker|bedrock):[^:]*:[^:]*:([a-z-]+)/(.*)$", re.DOTALL)
_REGION: Final = re.compile(r"^(?:[A-Z]{2,4}\d?|[a-z]{2}(?:-[a-z]+)+-\d)-")
_TOKENS: Final = re.compile(r"-(?:cache-(?:read|write)-)?(?:input|output|text|image)s?-.*$|-(?:input|output)-?tokens?.*$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What an ARN or a usage type says: the kind, the name, and the user and the model where it holds one."""

    kind: MlKind
    name: str
    user: str = ""
    model: str = ""


def named(resource_id: str, *, usage_type: str, usage_kind: MlKind, service: str, bedrock: bool, sagemaker: bool) -> Named:
    """The charge's kind and name; `usage_kind` is what USAGE_KINDS makes of its usage type. What is no ML resource and no ML service's charge
    carries a tag that made it one."""
    match = _ML_ARN.match(resource_id)
    if match and (kind := ARN_KINDS.get(match[2])):
        return _of_arn(kind, match[2], match[3], model_of(usage_type, service))
    if bedrock:
        return Named("model call", resource_id or model_of(usage_type, service), model=model_of(usage_type, service))
    if sagemaker:
        return Named(usage_kind, resource_id or f"(no resource) {usage_type}".strip())
    return Named("tagged resource", resource_id or f"(no resource) {usage_type}".strip())


def _of_arn(kind: MlKind, type_: str, rest: str, charged: str) -> Named:
    parts = rest.split("/")
    if kind == "studio" and type_ in ("app", "space", "user-profile") and len(parts) >= 2:
        # app/DOMAIN/USER-OR-SPACE/TYPE/NAME, space/DOMAIN/SPACE, user-profile/DOMAIN/USER
        return Named(kind, "/".join(parts[1:]), user="" if type_ == "space" else parts[1])
    if kind == "model call":
        # The ids of profiles and provisioned models say nothing of the model; what is charged does.
        return Named(kind, rest, model=parts[-1] if type_ in NAMED_MODELS else charged)
    return Named(kind, parts[0])


def model_of(usage_type: str, service: str) -> str:
    """The model of a Bedrock charge without an ARN: a Marketplace model's service name, else the usage type less Region and token words."""
    if service.endswith(BEDROCK_EDITION):
        return service.removesuffix(BEDROCK_EDITION)
    return _TOKENS.sub("", _REGION.sub("", usage_type))


def last_part(arn: str) -> str:
    """The last part of an ARN or a path: who a principal is, which profile a user has."""
    return arn.rsplit("/", 1)[-1]
