"""IAM beyond moto: a resource path of `*` in an IAM ARN, which moto's own message allows and its check refuses."""

from __future__ import annotations

from moto.iam.policy_validation import VALID_RESOURCE_PATH_STARTING_VALUES


def install() -> None:
    """Add `*` to the paths that a policy may name (`arn:aws:iam::123456789012:*`)."""
    paths = VALID_RESOURCE_PATH_STARTING_VALUES["iam"]["values"]
    if "*" not in paths:
        paths.append("*")
