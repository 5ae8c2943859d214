"""IAM beyond moto: a resource path of `*` in an IAM ARN, which moto's own message allows and its check refuses; and no waste at start.

moto makes an IAM for each of AWS's partitions, and in each, AWS's thousand managed policies anew. The local AWS has one partition.
"""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend
from moto.iam.policy_validation import VALID_RESOURCE_PATH_STARTING_VALUES

PARTITION = "aws"
_moto_policies: Any = IAMBackend._init_aws_policies


def managed_policies(backend: IAMBackend) -> list[Any]:
    """AWS's managed policies in the partition that the local AWS has; none in the others."""
    return _moto_policies(backend) if backend.region_name == PARTITION else []


def install() -> None:
    """Add `*` to the paths that a policy may name (`arn:aws:iam::123456789012:*`), and make managed policies once an account."""
    paths = VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"]
    if "*" not in paths:
        paths.append("*")
    IAMBackend._init_aws_policies = managed_policies  # type: ignore[method-assign]
