"""What a NodePool's requirements say of an EC2 instance type: the well-known node labels, and whether a type satisfies one."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping
from typing import Any

from cost.estimate.meters.base import UndecidableError, as_list, as_number
from cost.estimate.prices import InstanceSpec

CAPACITY_TYPE = "karpenter.sh/capacity-type"
OS = "kubernetes.io/os"
KARPENTER_PREFIX, AUTO_MODE_PREFIX = "karpenter.k8s.aws/", "eks.amazonaws.com/"
"""EKS Auto Mode's labels are Karpenter's under its own prefix. Source: EKS user guide, Create a node pool for EKS Auto Mode."""
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {"Gt": operators.gt, "Lt": operators.lt, "Gte": operators.ge, "Lte": operators.le}

LABELS: Mapping[str, Callable[[InstanceSpec], str]] = {
    "node.kubernetes.io/instance-type": lambda spec: spec.instance_type,
    "kubernetes.io/arch": lambda spec: "arm64" if spec.architecture == "arm64" else "amd64",
    "karpenter.k8s.aws/instance-family": lambda spec: spec.instance_type.split(".", 1)[0],
    "karpenter.k8s.aws/instance-size": lambda spec: spec.instance_type.split(".", 1)[1],
    "karpenter.k8s.aws/instance-category": lambda spec: _letters(spec.instance_type),
    "karpenter.k8s.aws/instance-generation": lambda spec: _generation(spec.instance_type),
    "karpenter.k8s.aws/instance-cpu": lambda spec: f"{spec.vcpu:g}",
    "karpenter.k8s.aws/instance-cpu-manufacturer": lambda spec: _manufacturer(spec),
    "karpenter.k8s.aws/instance-memory": lambda spec: f"{spec.memory_gib * 1024:g}",
    "karpenter.k8s.aws/instance-gpu-count": lambda spec: f"{spec.gpu_count:g}",
    "karpenter.k8s.aws/instance-gpu-name": lambda spec: spec.gpu_model.removeprefix("NVIDIA ").lower().replace(" ", "-"),
    "karpenter.k8s.aws/instance-local-nvme": lambda spec: f"{spec.local_nvme_gb:g}" if spec.local_nvme_gb else "",
}
"""What a well-known node label says of an instance type. Source: Karpenter docs, Scheduling, well-known labels."""

NEUTRAL_LABELS = frozenset({OS, "topology.kubernetes.io/zone", "topology.kubernetes.io/region", CAPACITY_TYPE, "karpenter.k8s.aws/instance-hypervisor"})
"""Labels that leave the set of types as it is: prices here are Linux's and the same in every zone."""


def allows(requirement: Mapping[str, Any], spec: InstanceSpec) -> bool:
    """Whether a type satisfies one requirement. Raises UndecidableError where its key or operator is not understood."""
    key = str(requirement.get("key")).replace(AUTO_MODE_PREFIX, KARPENTER_PREFIX)
    operator, values = requirement.get("operator"), [str(value) for value in as_list("values", requirement.get("values"))]
    if key == OS and "linux" not in values and operator == "In":
        raise UndecidableError(f"its nodes run {', '.join(values)}, and prices here are Linux's")
    if key in NEUTRAL_LABELS or (key not in LABELS and not key.startswith((KARPENTER_PREFIX, "node.kubernetes.io/"))):
        return True
    if key not in LABELS:
        raise UndecidableError(f"its requirement on {key} is not understood")
    label = LABELS[key](spec)
    if operator in ("In", "NotIn"):
        return (label in values) is (operator == "In")
    if operator in ("Exists", "DoesNotExist"):
        return bool(label) is (operator == "Exists")
    compare = COMPARISONS.get(str(operator))
    if compare is not None and values:
        return compare(as_number(key, label or 0), as_number(key, values[0]))
    raise UndecidableError(f"its requirement on {key} has the operator {operator}")


def _letters(instance_type: str) -> str:
    family = instance_type.split(".", 1)[0]
    for index, letter in enumerate(family):
        if letter.isdigit():
            return family[:index]
    return family


def _generation(instance_type: str) -> str:
    return "".join(letter for letter in instance_type.split(".", 1)[0][len(_letters(instance_type)) :] if letter.isdigit())[:1]


def _manufacturer(spec: InstanceSpec) -> str:
    """`aws`, `amd` or `intel`, by the letters after the generation. Source: EC2 instance type naming conventions."""
    if spec.architecture == "arm64":
        return "aws"
    letters = spec.instance_type.split(".", 1)[0][len(_letters(spec.instance_type)) :].lstrip("0123456789")
    return "amd" if letters.startswith("a") else "intel"
