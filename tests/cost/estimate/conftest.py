"""Stacks written out by hand, and their estimates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import Estimate, EstimateLine, QuantitySource, ResourceEstimate
from plinth.stack import Resource, Source, Stack, build_stack

Declared = tuple[str, str, Mapping[str, Any]]


def _resource(type_: str, name: str, inputs: Mapping[str, Any], **fields: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::sample::{type_}::{name}", type=type_, name=name, inputs=inputs, **fields)


@pytest.fixture
def resource() -> Callable[..., Resource]:
    return _resource


@pytest.fixture
def stack_of() -> Callable[..., Stack]:
    """A stack of (type, name, inputs) or Resources, in us-east-1 unless said otherwise."""

    def make(*declared: Declared | Resource, region: str | None = "us-east-1") -> Stack:
        resources = [item if isinstance(item, Resource) else _resource(*item) for item in declared]
        return build_stack(resources, project="sample", name="dev", source=Source.PROGRAM, region=region)

    return make


@pytest.fixture
def usage_of() -> Callable[[str, Mapping[str, float]], Usage]:
    """A usage file for one Terraform type."""

    def make(terraform_type: str, fields: Mapping[str, float]) -> Usage:
        return Usage(by_type={terraform_type: dict(fields)}, source=QuantitySource.USAGE_FILE)

    return make


@pytest.fixture
def priced(stack_of: Callable[..., Stack]) -> Callable[..., ResourceEstimate]:
    """The estimate of the first resource given, among the others."""

    def make(*declared: Declared | Resource, usage: Usage | None = None, **options: Any) -> ResourceEstimate:
        first = declared[0]
        name = first.name if isinstance(first, Resource) else first[1]
        region = options.pop("region", "us-east-1")
        result: Estimate = estimate(stack_of(*declared, region=region), () if usage is None else (usage,), **options)
        return next(found for found in result.resources if found.name == name)

    return make


@pytest.fixture
def line() -> Callable[[ResourceEstimate, str], EstimateLine]:
    """The one line whose component starts with a text."""

    def find(found: ResourceEstimate, component: str) -> EstimateLine:
        lines = [candidate for candidate in found.lines if candidate.component.startswith(component)]
        assert len(lines) == 1, f"{component!r} is not one of {[candidate.component for candidate in found.lines]} (status {found.status}: {found.reason})"
        return lines[0]

    return find
