"""One entry of the table: how a Pulumi resource type is created, read and deleted through boto3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]
"""What is known of one resource: its inputs by provider name, its real outputs, `id`, and `region`."""


@dataclass(frozen=True, slots=True)
class Constant:
    """An argument that is always the same."""

    value: Any


Expression = str | list | Constant | Callable[[Facts], Any]
"""An argument's value: a dotted path in the facts, a list of expressions, a constant, or a function of the facts."""


def evaluate(expression: Expression, facts: Facts) -> Any:
    """The value of an expression; None where a path leads nowhere."""
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, list):
        return [evaluate(item, facts) for item in expression]
    if callable(expression):
        return expression(facts)
    return at_path(facts, expression)


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path (`Vpc.VpcId`, `identities.0.issuer`); None where the path leads nowhere. The whole value for an empty path."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


@dataclass(frozen=True, slots=True)
class Argument:
    """Where a property goes (a dotted argument name; empty where making the call says it) and, where its form is irregular, how it is reshaped."""

    name: str
    convert: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A boto3 operation in snake case and its arguments."""

    operation: str
    arguments: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A call that carries properties. A step after the first is made where one of its properties is set and `when` agrees.

    With `each`, a list property, it is made once for every element, which `arguments` know as `element`.
    """

    operation: str
    arguments: Mapping[str, Expression] = field(default_factory=dict)
    sends: Mapping[str, str | Argument] = field(default_factory=dict)
    when: Callable[[Facts], bool] | None = None
    each: str | None = None

    @property
    def properties(self) -> frozenset[str]:
        """The properties that this step carries by name."""
        return frozenset({*self.sends, self.each} - {None})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Read:
    """A call that reads the resource back; `path` leads to the item in the response, `when` names the property that makes it worth asking.

    Its arguments may use what the reads before it found. With `into`, what it finds stands under that name in the item.
    """

    operation: str
    arguments: Mapping[str, Expression] = field(default_factory=dict)
    path: str | Callable[[Any, Facts], Any] = ""
    when: str | None = None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """How all resources of a type are listed, to find what a destroy left: the operation, the path to the list, and the field that names one."""

    operation: str
    path: str
    key: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ignore: Callable[[Any, Any], bool] | None = None


Delete = Call | Callable[[Any, Facts], None]
"""A call, or a function of the client and the facts where one call is not enough."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource type. Every input must be sent by `create` or a step, or stand in `not_sent` with the reason.

    `create.sends` renames what differs from botocore's argument names; the rest is matched by name, ignoring case.
    `id` and `outputs` are expressions over the create response, the item read back, and the inputs.
    `echoes` says where a property is found in the item read back, where not under its argument's name. `goes_with` names the
    resource whose deletion takes this one along, so that `deletes` may be empty; `lingers` says how it outlives its deletion.
    """

    type: str
    service: str
    create: Step
    id: Expression
    reads: tuple[Read, ...]
    deletes: tuple[Delete, ...]
    naming: str | None = None
    steps: tuple[Step, ...] = ()
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    echoes: Mapping[str, Expression] = field(default_factory=dict)
    not_sent: Mapping[str, str] = field(default_factory=dict)
    listing: Listing | None = None
    goes_with: str | None = None
    lingers: str | None = None


def one_of(path: str, key: str, fact: Expression) -> Callable[[Any, Facts], Any]:
    """For a Read that lists: the item whose `key` equals the fact; None where there is none."""
    return lambda response, facts: next((item for item in at_path(response, path) or () if at_path(item, key) == evaluate(fact, facts)), None)
