"""Small hand-made stacks: resources with the recorder's made-up ids, and dependencies found from the values that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plinth.local import LocalAws
from plinth.stack import Options, Resource, Source, Stack, build_stack
from plinth.stack.identities import identify

REGION = "us-east-1"


class Maker:
    """Makes resources one after another; a value that an earlier one made up makes it a dependency."""

    def __init__(self) -> None:
        self.resources: list[Resource] = []

    def __call__(self, type_: str, name: str, inputs: dict[str, Any] | None = None, *, outputs: dict[str, Any] | None = None, **options: Any) -> Resource:
        inputs = inputs or {}
        urn = f"urn:pulumi:test::hand-made::{type_}::{name}"
        identity, made_up = identify(type_, name, urn, inputs, REGION)
        text = repr(inputs)
        dependencies = tuple(
            r.urn for r in self.resources if any(str(value) in text for value in (r.id, *r.outputs.values()) if isinstance(value, str) and value)
        )
        resource = Resource(
            urn=urn,
            type=type_,
            name=name,
            inputs=inputs,
            id=identity,
            outputs={**inputs, **made_up, **(outputs or {})},
            dependencies=dependencies,
            options=Options(**options),
        )
        self.resources.append(resource)
        return resource

    def stack(self, outputs: dict[str, Any] | None = None) -> Stack:
        return build_stack(self.resources, project="hand-made", name="test", source=Source.PROGRAM, region=REGION, outputs=outputs or {})


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws(REGION) as local:
        yield local


@pytest.fixture
def trust() -> Callable[[str], str]:
    return lambda service: f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}'
