"""The reader of `pulumi preview --json`: what an update would do, as a Stack of the state after it, deletions marked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plinth.errors import InputError
from plinth.files import read_json
from plinth.stack.model import STACK_TYPE, Operation, Resource, Source, Stack, build_stack
from plinth.stack.resource_v3 import is_provider, parse_resource, provider_region, stack_identity
from plinth.stack.values import decode

OPERATIONS = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "same": Operation.SAME,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "import": Operation.IMPORT,
    "import-replacement": Operation.REPLACE,
}
"""The engine's step kinds (pkg/display/json.go); a replacement's own delete, discard and read steps say nothing more."""
SILENT = frozenset({"delete-replaced", "discard-replaced", "remove-pending-replace", "read", "read-replacement", "discard", "refresh"})


def read_preview(path: Path) -> Stack:
    """The Stack that a preview describes; each resource carries its `operation`. Raises InputError where the file is not a preview."""
    document = read_json(path)
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or ("changeSummary" not in document and not steps):
        raise InputError(
            "this is not a preview: it has no `steps`", where=path, value=document, fix="write it by: pulumi preview --json --show-sames > preview.json"
        )
    found: dict[str, Resource] = {}
    notes: list[str] = []
    for index, step in enumerate(steps):
        _take_step(step, f"{path}, steps[{index}]", found, notes)
    if not found:
        raise InputError("the preview names no resources", where=path, fix="add --show-sames: pulumi preview --json --show-sames > preview.json")
    unseen = _unseen(document, steps)
    if unseen:
        notes.append(f"{unseen} unchanged resources are not in this preview; add --show-sames to see the whole stack")
    states = [step.get("newState") or step.get("oldState") or {} for step in steps]
    project, name = stack_identity(next(iter(found)))
    outputs = next((resource.outputs for resource in found.values() if resource.type == STACK_TYPE), {})
    region = provider_region(states) or (document.get("config") or {}).get("aws:region")
    return build_stack(list(found.values()), project=project, name=name, source=Source.PREVIEW, region=region, outputs=outputs, notes=tuple(notes))


def _unseen(document: dict[str, Any], steps: list[Any]) -> int:
    counted = (document.get("changeSummary") or {}).get("same") or 0
    return max(0, int(counted) - sum(1 for step in steps if step["op"] == "same"))


def _take_step(step: Any, where: str, found: dict[str, Resource], notes: list[str]) -> None:
    if not isinstance(step, dict) or not isinstance(step.get("op"), str):
        raise InputError("this step has no `op`", where=where, value=step, fix="give the unchanged output of `pulumi preview --json`")
    operation = OPERATIONS.get(step["op"])
    state = step.get("oldState") if operation is Operation.DELETE else step.get("newState") or step.get("oldState")
    if step["op"] in SILENT or (state is not None and is_provider(state)):
        return
    if operation is None:
        notes.append(f"a step of unknown kind {step['op']!r} was kept without an operation: {step.get('urn')}")
    resource = parse_resource(
        state, where, operation=operation, replaced_for=tuple(step.get("replaceReasons") or ()), previous_inputs=_previous_inputs(step, operation)
    )
    earlier = found.get(resource.urn)
    if earlier is None or _rank(resource.operation) >= _rank(earlier.operation):
        found[resource.urn] = resource


def _previous_inputs(step: dict[str, Any], operation: Operation | None) -> Any:
    if operation not in (Operation.UPDATE, Operation.REPLACE):
        return None
    return decode((step.get("oldState") or {}).get("inputs") or {})


def _rank(operation: Operation | None) -> int:
    """A replacement has several steps for one URN; the one that says most stands."""
    order: Iterable[Operation | None] = (None, Operation.SAME, Operation.DELETE, Operation.UPDATE, Operation.CREATE, Operation.IMPORT, Operation.REPLACE)
    return list(order).index(operation) if operation in list(order) else 0
