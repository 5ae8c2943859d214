"""Each rule's good, bad and unknown examples, as data: the tests run every one, and docs/rules.md shows them.

A file a family; in it, by rule id, lists of `good`, `bad` and `unknown`. An example maps a resource's name to its inputs, with `$type`,
`$protect` and `$provider` among them; `$says` is what a bad example's message must repeat, `$verdict` what an unknown one comes to where
presence is enough, `$stack` the environment (prod unless said), `$outputs` the stack's outputs. `${name}` and `${name.arn}` refer to
another resource; `${?}` is a value that nobody knows yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from plinth.stack import STACK_TYPE, UNKNOWN, Options, Resource, Source, Stack, build_stack, has_unknown
from policies.model import Status

FOLDER = Path(__file__).parent
KINDS = ("good", "bad", "unknown")
REFERENCE = re.compile(r"^\$\{(\?|[a-z0-9-]+)(?:\.(arn))?\}$")
DOCUMENTS = ("policy", "assumeRolePolicy")
"""Properties that hold a policy document: written as an object, given to the rule as the JSON text that AWS takes."""


@dataclass(frozen=True)
class Example:
    """One example: its kind, its resources as written, and what a message must repeat."""

    rule: str
    kind: str
    number: int
    written: Mapping[str, Any]

    @property
    def says(self) -> str:
        """What the message of a bad example repeats."""
        return str(self.written.get("$says", ""))

    @property
    def verdict(self) -> Status:
        """What the rule says of it."""
        return Status(self.written.get("$verdict", {"good": "pass", "bad": "violation", "unknown": "unknown"}[self.kind]))

    @property
    def resources(self) -> dict[str, Any]:
        """The resources as written, without the example's own keys."""
        return {name: value for name, value in self.written.items() if not name.startswith("$")}

    def stack(self, *, deployed: bool = True) -> Stack:
        """The example as a stack: deployed, or previewed, where every reference is still unknown."""
        name, outputs = self.written.get("$stack", "prod"), _resolved(self.written.get("$outputs", {}), deployed)
        root = Resource(urn=f"urn:pulumi:{name}::example::{STACK_TYPE}::example-{name}", type=STACK_TYPE, name=f"example-{name}", custom=False, outputs=outputs)
        resources = [_resource(self, name, each, written, deployed) for each, written in self.resources.items()]
        return build_stack([root, *resources], project="example", name=name, source=Source.EXPORT if deployed else Source.PREVIEW, outputs=outputs)


@cache
def all_examples() -> tuple[Example, ...]:
    """Every example of every family."""
    return tuple(
        Example(rule, kind, number, written)
        for path in sorted(FOLDER.glob("*.yaml"))
        for rule, kinds in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for kind in KINDS
        for number, written in enumerate(kinds.get(kind) or (), start=1)
    )


def examples_of(rule: str, kind: str) -> tuple[Example, ...]:
    """The examples of one rule and kind."""
    return tuple(example for example in all_examples() if (example.rule, example.kind) == (rule, kind))


def _urn(example: Example, stack: str, name: str) -> str:
    return f"urn:pulumi:{stack}::example::{example.resources[name]['$type']}::{name}"


def _resource(example: Example, stack: str, name: str, written: Mapping[str, Any], deployed: bool) -> Resource:
    given = {key: value for key, value in written.items() if not key.startswith("$")}
    inputs = {key: _document(_resolved(value, deployed)) if key in DOCUMENTS else _resolved(value, deployed) for key, value in given.items()}
    for policy in inputs.get("inlinePolicies") or ():
        policy["policy"] = _document(policy["policy"])
    needs = {key: tuple(_urn(example, stack, each) for each in sorted(_referred(value))) for key, value in given.items()}
    return Resource(
        urn=_urn(example, stack, name),
        type=written["$type"],
        name=name,
        id=f"{name}-id" if deployed else None,
        inputs=inputs,
        outputs={"id": f"{name}-id", "arn": f"arn:aws:example:::{name}"} if deployed else {},
        options=Options(protect=bool(written.get("$protect")), provider=f"{_urn(example, stack, written['$provider'])}::1" if "$provider" in written else None),
        dependencies=tuple(sorted({urn for urns in needs.values() for urn in urns})),
        property_dependencies=needs,
    )


def _resolved(value: Any, deployed: bool) -> Any:
    if isinstance(value, str) and (match := REFERENCE.match(value)):
        if match[1] == "?" or not deployed:
            return UNKNOWN
        return f"arn:aws:example:::{match[1]}" if match[2] else f"{match[1]}-id"
    if isinstance(value, Mapping):
        return {key: _resolved(item, deployed) for key, item in value.items()}
    return [_resolved(item, deployed) for item in value] if isinstance(value, list) else value


def _document(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return UNKNOWN if has_unknown(value) else json.dumps(value)


def _referred(value: Any) -> set[str]:
    if isinstance(value, str) and (match := REFERENCE.match(value)):
        return {match[1]} - {"?"}
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return {name for child in children for name in _referred(child)}
