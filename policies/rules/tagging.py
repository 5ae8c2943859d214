"""Tags: the thread from a resource to the bill to a team. The names are those of infra/tags.py."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.tags import MAX_TAG_VALUE_LENGTH, REQUIRED_TAGS
from plinth.stack import UNKNOWN, Resource, Stack, State, revealed
from policies.judge import at, is_unknown, items, shown, unknown, violation
from policies.model import Context, Problem, Rule, Severity
from policies.taggable import taggable_types

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCHED = ("instance", "volume")
"""What a launch template starts and the bill lists: a template's own tags, and the provider's, do not reach them."""


def has_required_tags(resource: Resource, context: Context) -> Iterator[Problem]:
    """Every required tag is there, and not empty."""
    given = tags_of(resource, context.stack)
    if given is UNKNOWN:
        yield unknown("tags")
    else:
        yield from _tag_problems("tags", given)


def tags_of(resource: Resource, stack: Stack) -> Any:
    """The resource's tags with its provider's default tags, as a dict; UNKNOWN where they are not known at all."""
    own = revealed(resource.tags)
    if is_unknown(own):
        return UNKNOWN
    if isinstance(own, list):
        own = {tag.get("key"): tag.get("value") for tag in own if isinstance(tag, Mapping)}
    return {**_default_tags(resource, stack), **(own if isinstance(own, Mapping) else {})}


def _default_tags(resource: Resource, stack: Stack) -> Mapping[str, Any]:
    provider = stack.by_urn.get((resource.options.provider or "").rsplit("::", 1)[0])
    found = revealed(provider.inputs.get("defaultTags")) if provider else None
    parsed = json.loads(found) if isinstance(found, str) else found
    tags = parsed.get("tags") if isinstance(parsed, Mapping) else None
    return tags if isinstance(tags, Mapping) else {}


def _tag_problems(path: str, given: Mapping[str, Any]) -> Iterator[Problem]:
    missing = [tag for tag in REQUIRED_TAGS if not is_unknown(given.get(tag)) and not str(given.get(tag) or "").strip()]
    if missing:
        yield violation(path, f"{path} lacks {', '.join(missing)}")
    for tag in REQUIRED_TAGS:
        value = given.get(tag)
        if isinstance(value, str) and len(value) > MAX_TAG_VALUE_LENGTH:
            yield violation(f"{path}.{tag}", f"{tag} is {len(value)} characters long ({shown(value)}): AWS takes {MAX_TAG_VALUE_LENGTH}")


def tags_what_it_launches(template: Resource, context: Context) -> Iterator[Problem]:
    """A launch template tags the instances and volumes that it starts."""
    state, specifications = items(template, "tagSpecifications")
    if state.state is State.UNKNOWN or any(is_unknown(specification) for _, specification in specifications):
        yield unknown("tagSpecifications")
        return
    named = {at(specification, "resourceType").value: (path, at(specification, "tags")) for path, specification in specifications}
    for kind in LAUNCHED:
        path, tags = named.get(kind, ("tagSpecifications", None))
        if tags is None:
            yield violation(path, f"tagSpecifications has none for {kind}: each {kind} it starts is untagged on the bill")
        elif tags.state is State.UNKNOWN:
            yield unknown(f"{path}.tags")
        else:
            yield from _tag_problems(f"{path}.tags", revealed(tags.value or {}))


RULES = (
    Rule(
        id="PLN-TAG-001",
        title="Every resource that takes tags has the required ones",
        severity=Severity.MEDIUM,
        types=taggable_types(),
        check=has_required_tags,
        remediation=f"Give the resource the tags of infra/tags.py: {', '.join(REQUIRED_TAGS)}.",
    ),
    Rule(
        id="PLN-TAG-002",
        title="A launch template tags what it starts",
        severity=Severity.MEDIUM,
        types=(TEMPLATE,),
        check=tags_what_it_launches,
        remediation="Add tagSpecifications for instance and volume with the same tags: default tags do not reach them.",
    ),
)
