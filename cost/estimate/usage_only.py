"""What no resource declares and a bill has all the same: data transfer, training jobs. A usage file's keys make them resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cost.estimate.meters import METERS
from cost.estimate.usage import Usage
from plinth.stack import Resource, Stack

REGION = "region"
"""The field that says where such a resource is, if not where the stack is."""


def declared_names(stack: Stack) -> dict[str, frozenset[str]]:
    """The names of the resources that a stack declares, by Terraform type."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for type_, meter in METERS.items():
        if not meter.usage_only:
            names[meter.terraform_type].update(resource.name for resource in stack.of_type(type_))
    return {terraform_type: frozenset(found) for terraform_type, found in names.items()}


def resource_names(stack: Stack) -> dict[str, frozenset[str]]:
    """The names that a usage file's keys must be among, by Terraform type; none for a type of which a key makes a resource."""
    made = {meter.terraform_type for meter in METERS.values() if meter.usage_only}
    return {terraform_type: found for terraform_type, found in declared_names(stack).items() if terraform_type not in made}


def usage_resources(stack: Stack, usages: Sequence[Usage]) -> Iterable[Resource]:
    """A Resource for each written-out key of a usage-only type (`aws_data_transfer.egress`); its token is the Terraform type.

    None where the stack declares a resource of that Terraform type and name (a training job): the key states that one's usage.
    """
    declared = declared_names(stack)
    seen: set[str] = set()
    for entry in (entry for usage in usages for entry in usage.named):
        meter = METERS.get(entry.terraform_type)
        urn = f"urn:pulumi:{stack.name}::{stack.project}::{entry.terraform_type}::{entry.pattern}"
        stands = entry.pattern in declared.get(entry.terraform_type, ())
        if meter is not None and meter.usage_only and entry.exact and not stands and urn not in seen:
            seen.add(urn)
            region = entry.fields.get(REGION)
            yield Resource(urn=urn, type=entry.terraform_type, name=entry.pattern, inputs={} if region is None else {REGION: region})
