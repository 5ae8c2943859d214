"""The table: how each resource type is created, read and deleted on the local AWS; one family a file, one entry a type."""

from __future__ import annotations

from plinth.local.entry import Entry
from plinth.local.services import appautoscaling, autoscaling, compute, ec2, ecr, eks, iam, kms, messaging, monitoring, s3, sagemaker, security_groups

FAMILIES = (appautoscaling, autoscaling, compute, ec2, ecr, eks, iam, kms, messaging, monitoring, s3, sagemaker, security_groups)

TABLE: dict[str, Entry] = {entry.type: entry for family in FAMILIES for entry in family.ENTRIES}
"""Every type that the local AWS holds, by type token."""

NOT_HELD_PACKAGES = {"kubernetes": "there is no Kubernetes API server on the local AWS"}
NOT_HELD: dict[str, str] = {}
"""Types that moto can't hold, with the reason."""


def reason_not_held(type_: str) -> str | None:
    """Why the local AWS can't hold a type; None where it can."""
    if type_ in TABLE:
        return None
    return NOT_HELD_PACKAGES.get(type_.split(":", 1)[0]) or NOT_HELD.get(type_) or "the local AWS's table does not know this type"
