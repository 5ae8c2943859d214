"""What no resource declares and a bill has all the same: data transfer, training jobs. A usage file's keys make them resources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cost.estimate.meters import METERS
from cost.estimate.usage import Usage
from plinth.stack import Resource, Stack

REGION = "region"
"""The field that says where such a resource is, if not where the stack is."""


def usage_resources(stack: Stack, usages: Sequence[Usage]) -> Iterable[Resource]:
    """A Resource for each written-out key of a usage-only type (`aws_data_transfer.egress`); its token is the Terraform type."""
    seen: set[str] = set()
    for entry in (entry for usage in usages for entry in usage.named):
        meter = METERS.get(entry.terraform_type)
        urn = f"urn:pulumi:{stack.name}::{stack.project}::{entry.terraform_type}::{entry.pattern}"
        if meter is not None and meter.usage_only and entry.exact and urn not in seen:
            seen.add(urn)
            region = entry.fields.get(REGION)
            yield Resource(urn=urn, type=entry.terraform_type, name=entry.pattern, inputs={} if region is None else {REGION: region})
