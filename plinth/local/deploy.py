"""Deploy a stack to the local AWS: every resource in dependency order through boto3, which validates each argument."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plinth.local.aws import LocalAws
from plinth.local.compare import ABSENT, find
from plinth.local.deployment import DeployedResource, Deployment, Status
from plinth.local.entry import Entry, Facts, at_path, evaluate
from plinth.local.inventory import inventory
from plinth.local.requests import call_arguments, requests_of, steps_of, with_tags
from plinth.local.services import TABLE, reason_not_held
from plinth.local.substitution import Substitution, UnresolvedError, leaves, made_up_values
from plinth.stack.model import Resource, Stack
from plinth.stack.values import Secret, has_unknown, revealed

OnProgress = Callable[[DeployedResource, int, int], None]
"""Called after each resource with it, how many are done, and how many there are."""


@dataclass
class _Attempt:
    """What is known of a resource while it is created; a failure half-way keeps its id, so that destroy finds it."""

    region: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    outputs: dict[str, Any] = field(default_factory=dict)


def deploy(stack: Stack, aws: LocalAws, on_progress: OnProgress | None = None) -> Deployment:
    """Create every resource of the stack on the local AWS. A resource that fails or can't be held is reported, and the rest goes on."""
    started = time.perf_counter()
    entries = {type_: TABLE[type_] for type_ in stack.by_type if type_ in TABLE}
    before = inventory(aws, entries.values(), regions_of(stack, aws))
    substitution = Substitution.of(stack)
    done: dict[str, DeployedResource] = {}
    for resource in stack.custom:
        done[resource.urn] = _deploy_one(resource, stack, aws, substitution, done)
        if on_progress is not None:
            on_progress(done[resource.urn], len(done), len(stack.custom))
    return Deployment(
        project=stack.project,
        stack=stack.name,
        region=aws.region,
        resources=tuple(done.values()),
        outputs=substitution.apply(stack.outputs),
        replacements={made_up: real for made_up, real in substitution.real.items() if made_up != real},
        before=before,
        seconds=time.perf_counter() - started,
    )


def region_of(resource: Resource, stack: Stack, default: str) -> str:
    """The region of a resource: its own `region`, else its provider's, else the default."""
    own = revealed(resource.inputs.get("region"))
    provider = stack.by_urn.get((resource.options.provider or "").rpartition("::")[0])
    given = own or (revealed(provider.inputs.get("region")) if provider else None)
    return given if isinstance(given, str) else default


def regions_of(stack: Stack, aws: LocalAws) -> list[str]:
    """Every region that the stack's resources are in."""
    return sorted({region_of(resource, stack, aws.region) for resource in stack.custom})


def sources_of(resource: Resource) -> set[str]:
    """The resources that an input's value may come from: an output reaches another resource only through a dependency."""
    return {*resource.dependencies, *(urn for urns in resource.property_dependencies.values() for urn in urns)}


def _deploy_one(resource: Resource, stack: Stack, aws: LocalAws, substitution: Substitution, done: Mapping[str, DeployedResource]) -> DeployedResource:
    attempt = _Attempt(region_of(resource, stack, aws.region))
    started = time.perf_counter()
    status, reason = Status.NOT_HELD, reason_not_held(resource.type)
    if reason is None:
        try:
            attempt.inputs = substitution.apply(resource.inputs, sources_of(resource))
            _create(resource, TABLE[resource.type], aws, attempt)
            _learn(resource, attempt, substitution)
            status = Status.CREATED
        except UnresolvedError as error:
            owner = done.get(error.owner)
            status = Status.NOT_HELD if owner is not None and owner.status is Status.NOT_HELD else Status.FAILED
            reason = str(error)
        except Exception as error:  # whatever moto raises belongs in the report, with the resource's name
            status, reason = Status.FAILED, redacted(f"{type(error).__name__}: {error}", resource.inputs)
    return DeployedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        status=status,
        id=attempt.id,
        seconds=time.perf_counter() - started,
        reason=reason,
        region=attempt.region,
        inputs=attempt.inputs,
        outputs=attempt.outputs,
        options=resource.options,
    )


def _create(resource: Resource, entry: Entry, aws: LocalAws, attempt: _Attempt) -> None:
    """Make the resource's calls and read it back; fills the attempt as it goes."""
    if has_unknown(attempt.inputs):
        raise ValueError("an input is not known before a real deployment")
    client = aws.client(entry.service, attempt.region)
    attempt.inputs = with_tags(attempt.inputs)
    if entry.naming and attempt.inputs.get(entry.naming) is None:
        name = at_path(revealed(resource.outputs), entry.naming) or resource.id or resource.name
        attempt.inputs = {**attempt.inputs, entry.naming: name}
    inputs = revealed(attempt.inputs)
    facts: dict[str, Any] = {**inputs, "region": attempt.region, "account": aws.account}
    response: dict[str, Any] = {}
    for index, (step, properties) in enumerate(steps_of(entry, inputs)):
        if step.when is not None and not step.when(facts):
            continue
        answers = [getattr(client, step.operation)(**request.arguments) for request in requests_of(client, step, properties, facts)]
        if index == 0:
            response = {key: value for key, value in answers[0].items() if key != "ResponseMetadata"}
            attempt.id = _id_of(entry, {**facts, **response})
            facts["id"] = attempt.id
            attempt.outputs.update(_mapped_outputs(entry, {**facts, **response}))
            facts = {**response, **attempt.outputs, **facts}
    item = read_item(entry, client, facts)
    attempt.outputs.update(_mapped_outputs(entry, {**facts, **response, **item}))
    for name in resource.outputs:
        found = find(item, name)
        if name not in attempt.outputs and name not in inputs and found is not ABSENT:
            attempt.outputs[name] = found


def _id_of(entry: Entry, scope: Facts) -> str:
    found = evaluate(entry.id, scope)
    if found is None:
        raise LookupError(f"{entry.create.operation} gives no id: {scope.get('Unsuccessful') or 'its answer holds none'}")
    return str(found)


def _mapped_outputs(entry: Entry, scope: Facts) -> dict[str, Any]:
    return {name: value for name, expression in entry.outputs.items() if (value := evaluate(expression, scope)) is not None}


def read_item(entry: Entry, client: Any, facts: Facts) -> dict[str, Any]:
    """The resource as the service describes it now, its reads merged. Raises LookupError where a read finds nothing."""
    item: dict[str, Any] = {}
    for read in entry.reads:
        if read.when is not None and facts.get(read.when) is None:
            continue
        answer = getattr(client, read.operation)(**call_arguments(client, read, {**facts, **item}))
        response = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        found = at_path(response, read.path) if isinstance(read.path, str) else read.path(response, facts)
        if not isinstance(found, Mapping):
            raise LookupError(f"{read.operation} does not find it")
        item.update({read.into: found} if read.into else found)
    return item


def _learn(resource: Resource, attempt: _Attempt, substitution: Substitution) -> None:
    """Record what each made-up string became, by the output's path."""
    for path, made_up in made_up_values(resource).items():
        real = attempt.id if path == "id" else attempt.outputs.get(path) or at_path(attempt.outputs, path) or at_path(revealed(attempt.inputs), path)
        if real is not None:
            substitution.learn(made_up, str(real))


def redacted(text: str, inputs: Mapping[str, Any]) -> str:
    """The text without any secret that the inputs hold, on one line."""
    for secret in sorted(_secret_texts(inputs), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return " ".join(text.split())


def _secret_texts(value: Any) -> set[str]:
    if isinstance(value, Secret):
        return {str(item) for _, item in leaves(value) if item not in (None, "", True, False)}
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return {text for item in items for text in _secret_texts(item)}
