"""Verify a deployment: every created resource read back, each property that was sent compared with what the service answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from plinth.local.aws import LocalAws
from plinth.local.compare import ABSENT, differences, find, tags_as_mapping
from plinth.local.deploy import read_item, redacted
from plinth.local.deployment import DeployedResource, Deployment, Finding, PropertyVerdict, Status, VerifyReport
from plinth.local.entry import Entry, evaluate
from plinth.local.requests import sent_properties, steps_of
from plinth.local.services import TABLE
from plinth.stack.values import WITHHELD_TEXT, Secret, has_unknown, revealed


def verify(deployment: Deployment, aws: LocalAws) -> VerifyReport:
    """Read every created resource back and judge each property: matched, differs, not echoed by the service, or withheld."""
    started = time.perf_counter()
    verdicts: list[PropertyVerdict] = []
    missing: dict[str, str] = {}
    created = deployment.of_status(Status.CREATED)
    for resource in created:
        try:
            verdicts.extend(_judged(resource, TABLE[resource.type], aws))
        except Exception as error:  # whatever the read raises means that the resource can't be vouched for
            missing[resource.urn] = redacted(f"{type(error).__name__}: {error}", resource.inputs)
    return VerifyReport(verdicts=tuple(verdicts), missing=missing, read=len(created) - len(missing), seconds=time.perf_counter() - started)


def facts_of(resource: DeployedResource, aws: LocalAws) -> dict[str, Any]:
    """What the table's expressions may use of a deployed resource; a property whose secret was not kept is left out."""
    inputs = {name: value for name, value in resource.inputs.items() if not has_unknown(value)}
    return {**revealed(resource.outputs), **revealed(inputs), "id": resource.id, "region": resource.region, "account": aws.account}


def _judged(resource: DeployedResource, entry: Entry, aws: LocalAws) -> Iterator[PropertyVerdict]:
    client = aws.client(entry.service, resource.region)
    facts = facts_of(resource, aws)
    item = read_item(entry, client, facts)
    for name, value in resource.inputs.items():
        if has_unknown(value) and name not in entry.not_sent:
            yield PropertyVerdict(urn=resource.urn, property=name, finding=Finding.WITHHELD)
    known = {name: value for name, value in revealed(resource.inputs).items() if not has_unknown(value)}
    found_by = _found_by(entry)
    for step, properties in steps_of(entry, known):
        for name, (path, sent) in sent_properties(client, step, properties, facts).items():
            declared, found = (known["tags"], _found_tags(entry, item)) if name == "tags" else (sent, _found(entry, item, name, path))
            if found is ABSENT and name in found_by:
                found = declared
            yield from _verdicts(resource, name, declared, found)


def _found_by(entry: Entry) -> set[str]:
    """The properties that the reads ask by: an answer confirms them."""
    expressions = [part for read in entry.reads for value in read.arguments.values() for part in (value if isinstance(value, list) else [value])]
    return {expression for expression in expressions if isinstance(expression, str)}


def _found(entry: Entry, item: dict[str, Any], name: str, path: str) -> Any:
    if name not in entry.echoes:
        return find(item, path or name)
    found = evaluate(entry.echoes[name], item)
    return ABSENT if found is None else found


def _found_tags(entry: Entry, item: dict[str, Any]) -> Any:
    if "tags" in entry.echoes:
        return tags_as_mapping(evaluate(entry.echoes["tags"], item))
    return next((tags_as_mapping(item[key]) for key in ("Tags", "tags", "TagSet", "TagList") if key in item), ABSENT)


def _verdicts(resource: DeployedResource, name: str, declared: Any, found: Any) -> Iterator[PropertyVerdict]:
    """One verdict where the whole property matches or is not echoed; else one for each leaf that is not as declared."""
    secret = _holds_secret(resource.inputs.get(name))
    off = list(differences(declared, found))
    if not off:
        yield PropertyVerdict(urn=resource.urn, property=name, finding=Finding.MATCHED)
    for difference in off:
        finding = Finding.NOT_ECHOED if difference.found is ABSENT else Finding.DIFFERS
        path = f"{name}.{difference.path}" if difference.path else name
        shown = None if finding is Finding.NOT_ECHOED else WITHHELD_TEXT if secret else difference.found
        yield PropertyVerdict(urn=resource.urn, property=path, finding=finding, declared=WITHHELD_TEXT if secret else difference.declared, found=shown)


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Secret):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(_holds_secret(item) for item in items)
