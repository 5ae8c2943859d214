"""A resource's inputs as the boto3 calls that create it: which property goes where, and none dropped unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plinth.local.entry import Argument, Call, Entry, Facts, Read, Step, at_path, evaluate
from plinth.local.shapes import member_name, shaped

UNIVERSAL_NOT_SENT = {"region": "it chooses the client's region", "tagsAll": "it is sent as `tags`"}


@dataclass(frozen=True, slots=True)
class Request:
    """One call to make: the operation, its arguments, and for each property that it carries the argument and the value sent."""

    operation: str
    arguments: Mapping[str, Any]
    sent: Mapping[str, tuple[str, Any]]


def input_shape(client: Any, operation: str) -> Any:
    """Botocore's input shape of an operation in snake case. Raises KeyError where the service has no such operation."""
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape


def call_arguments(client: Any, call: Call | Read | Step, facts: Facts) -> dict[str, Any]:
    """The fixed arguments of a call, in the form that botocore asks for; those without a value are left out."""
    arguments = {name: evaluate(expression, facts) for name, expression in call.arguments.items()}
    return shaped({name: value for name, value in arguments.items() if value is not None}, input_shape(client, call.operation)) if arguments else {}


def with_tags(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with the provider's default tags, where they are known, in `tags`."""
    return {**inputs, "tags": inputs["tagsAll"]} if inputs.get("tagsAll") else dict(inputs)


def declared_properties(entry: Entry, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that reach AWS: without nulls and without what the entry says is not sent."""
    return {
        name: value
        for name, value in inputs.items()
        if value is not None and not name.startswith("__") and name not in entry.not_sent and name not in UNIVERSAL_NOT_SENT
    }


def steps_of(entry: Entry, inputs: Mapping[str, Any]) -> list[tuple[Step, dict[str, Any]]]:
    """The steps that create a resource, each with the properties that it carries."""
    properties = declared_properties(entry, inputs)
    claimed = {name for step in entry.steps for name in step.properties}
    plans = [(entry.create, {name: value for name, value in properties.items() if name not in claimed})]
    for step in entry.steps:
        own = {name: properties[name] for name in step.properties if name in properties}
        if own or not step.properties:
            plans.append((step, own))
    return plans


def requests_of(client: Any, step: Step, properties: Mapping[str, Any], facts: Facts) -> list[Request]:
    """The requests of one step: one, or one for each element. Raises UnmappedPropertyError for a property that has no argument."""
    if step.each is None:
        return [_request(client, step, properties, facts)]
    rest = {name: value for name, value in properties.items() if name != step.each}
    return [_request(client, step, rest, {**facts, "element": element}) for element in properties[step.each]]


def sent_properties(client: Any, step: Step, properties: Mapping[str, Any], facts: Facts) -> dict[str, tuple[str, Any]]:
    """For each property of a step the argument's path and the value as sent; an empty path where no single argument holds it."""
    whole = {name: ("", value) for name, value in properties.items() if name == step.each}
    rest = {name: value for name, value in properties.items() if name != step.each}
    return {**whole, **_request(client, step, rest, facts).sent}


def _request(client: Any, step: Step, properties: Mapping[str, Any], facts: Facts) -> Request:
    shape = input_shape(client, step.operation)
    raw: dict[str, Any] = {name: value for name, expression in step.arguments.items() if (value := evaluate(expression, facts)) is not None}
    paths: dict[str, str] = {}
    for name, value in properties.items():
        target = step.sends.get(name, name)
        argument = target if isinstance(target, Argument) else Argument(target)
        first, _, rest = argument.name.partition(".")
        paths[name] = ".".join(part for part in (member_name(shape, first) or first, rest) if part)
        if argument.name:
            _put(raw, paths[name], argument.convert(value) if argument.convert else value)
    arguments = shaped(raw, shape)
    return Request(step.operation, arguments, {name: (path, at_path(arguments, path) if path else properties[name]) for name, path in paths.items()})


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for part in above:
        target = target.setdefault(part, {})
    target[last] = value
