"""The reader of `pulumi preview --json`: what an update would do, as a Stack of the state after it, deletions marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from plinth.errors import InputError
from plinth.files import read_json
from plinth.stack.model import STACK_TYPE, Operation, Resource, Source, Stack, build_stack
from plinth.stack.providers import default_region, home_region, regions_of
from plinth.stack.resource_v3 import is_provider, parse_resource, stack_identity
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


class Replacement(StrEnum):
    """In which order a resource is replaced, as far as the preview's steps show (`--show-replacement-steps` shows both halves)."""

    CREATE_FIRST = "create first"
    DELETE_FIRST = "delete first"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class PreviewChange:
    """A preview's two sides. `unseen` unchanged resources are in neither, and what is imported is in both: it exists already."""

    before: Stack
    after: Stack
    replacements: Mapping[str, Replacement]
    unseen: int


def read_preview(path: Path) -> Stack:
    """The Stack that a preview describes; each resource carries its `operation`. Raises InputError where the file is not a preview."""
    document, steps = _document(path)
    return _after(path, document, steps)


def read_preview_change(path: Path) -> PreviewChange:
    """The stack before a preview's update and after it, of one reading. Raises InputError where the file is not a preview."""
    document, steps = _document(path)
    after = _after(path, document, steps)
    return PreviewChange(_before(path, document, steps, after), after, _replacements(steps), _unseen(document, steps))


def _document(path: Path) -> tuple[dict[str, Any], list[Any]]:
    document = read_json(path)
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or ("changeSummary" not in document and not steps):
        raise InputError(
            "this is not a preview: it has no `steps`", where=path, value=document, fix="write it by: pulumi preview --json --show-sames > preview.json"
        )
    return document, steps


def _after(path: Path, document: dict[str, Any], steps: list[Any]) -> Stack:
    found: dict[str, Resource] = {}
    notes: list[str] = []
    for index, step in enumerate(steps):
        _take_step(step, f"{path}, steps[{index}]", found, notes)
    if not found:
        raise InputError("the preview names no resources", where=path, fix="add --show-sames: pulumi preview --json --show-sames > preview.json")
    unseen = _unseen(document, steps)
    if unseen:
        notes.append(f"{unseen} unchanged resources are not in this preview; add --show-sames to see the whole stack")
    regions = regions_of(step.get("newState") or step.get("oldState") or {} for step in steps if not _deletes(step))
    project, name = stack_identity(next(iter(found)))
    outputs = next((resource.outputs for resource in found.values() if resource.type == STACK_TYPE), {})
    return build_stack(
        list(found.values()),
        project=project,
        name=name,
        source=Source.PREVIEW,
        region=home_region(_configured(document, "aws:region"), regions),
        provider_regions=regions,
        outputs=outputs,
        notes=tuple(notes),
        unseen=unseen,
    )


def _before(path: Path, document: dict[str, Any], steps: list[Any], after: Stack) -> Stack:
    """The stack as the preview's old states have it, under the URNs that the resources have afterwards."""
    found: dict[str, Resource] = {}
    for index, step in enumerate(steps):
        operation, old = OPERATIONS.get(step["op"]), step.get("oldState")
        state = step.get("newState") if operation is Operation.IMPORT else old
        if operation in (None, Operation.CREATE) or state is None or is_provider(state) or _pending(step):
            continue
        named = {**state, "urn": step.get("urn") or state.get("urn")}
        resource = parse_resource(named, f"{path}, steps[{index}], oldState")
        found.setdefault(resource.urn, resource)
    regions = regions_of(step.get("oldState") or {} for step in steps)
    region = default_region(regions) or after.region
    return build_stack(
        list(found.values()),
        project=after.project,
        name=after.name,
        source=Source.PREVIEW,
        region=region,
        provider_regions={**after.provider_regions, **regions},
    )


def _replacements(steps: list[Any]) -> dict[str, Replacement]:
    """Each replaced resource's order: the half that stands first. The engine orders a resource's steps as it takes them."""
    found: dict[str, Replacement] = {}
    halves = {"create-replacement": Replacement.CREATE_FIRST, "import-replacement": Replacement.CREATE_FIRST, "delete-replaced": Replacement.DELETE_FIRST}
    for step in steps:
        urn, half = str(step.get("urn")), halves.get(step["op"])
        if half is not None and found.get(urn, Replacement.NOT_SHOWN) is Replacement.NOT_SHOWN:
            found[urn] = half
        elif step["op"] == "replace":
            found.setdefault(urn, Replacement.NOT_SHOWN)
    return found


def _pending(step: Mapping[str, Any]) -> bool:
    """Whether the step deletes what an earlier replacement left behind: another resource has its URN since."""
    return step["op"] == "delete" and bool((step.get("oldState") or {}).get("delete"))


def _configured(document: Mapping[str, Any], key: str) -> Any:
    config = document.get("config")
    return config.get(key) if isinstance(config, Mapping) else None


def _deletes(step: Mapping[str, Any]) -> bool:
    """Whether the step's state is gone after the update."""
    return step["op"] in ("delete", "delete-replaced", "discard", "discard-replaced")


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
    if _pending(step):
        notes.append(f"left out, awaiting deletion since an earlier replacement: {step.get('urn')}")
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
