"""The reader of `pulumi stack export`: what is deployed, as a Stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plinth.errors import InputError
from plinth.files import read_json
from plinth.stack.model import STACK_TYPE, Source, Stack, build_stack
from plinth.stack.providers import home_region, regions_of
from plinth.stack.resource_v3 import is_provider, parse_resource, stack_identity

VERSIONS = (3, 4)


def read_export(path: Path) -> Stack:
    """The Stack of an export file. What awaits deletion and what is only read is left out, and the notes say so.

    Raises InputError where the file is not an export, or of a version that is not known.
    """
    document = read_json(path)
    states = _states(document, path)
    if not states:
        raise InputError("the stack has no resources", where=path, fix="export a stack that has been deployed: pulumi stack export --file stack.json")
    kept, notes = [], []
    for index, state in enumerate(states):
        resource = parse_resource(state, f"{path}, deployment.resources[{index}]")
        if state.get("delete") or state.get("external"):
            notes.append(f"left out, {'awaiting deletion' if state.get('delete') else 'read, not managed, by this stack'}: {resource.urn}")
        elif not is_provider(state):
            kept.append(resource)
    for operation in document["deployment"].get("pending_operations") or ():
        notes.append(f"pending operation {operation.get('type')}: {(operation.get('resource') or {}).get('urn')}")
    project, name = stack_identity(states[0]["urn"])
    outputs = next((resource.outputs for resource in kept if resource.type == STACK_TYPE), {})
    regions = regions_of(state for state in states if not state.get("delete"))
    return build_stack(
        kept,
        project=project,
        name=name,
        source=Source.EXPORT,
        region=home_region(None, regions),
        provider_regions=regions,
        outputs=outputs,
        notes=tuple(notes),
    )


def _states(document: Any, path: Path) -> list[dict[str, Any]]:
    deployment = document.get("deployment") if isinstance(document, dict) else None
    if not isinstance(deployment, dict):
        raise InputError(
            "this is not a stack export: it has no `deployment`", where=path, value=document, fix="write it by: pulumi stack export --file stack.json"
        )
    if document.get("version") not in VERSIONS:
        raise InputError("the export's version is not known", where=f"{path}, key version", value=document.get("version"), fix=f"known versions: {VERSIONS}")
    resources = deployment.get("resources") or []
    if not isinstance(resources, list):
        raise InputError("`deployment.resources` is not a list", where=path, value=resources, fix="give the file as Pulumi wrote it")
    return resources
