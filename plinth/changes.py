"""What differs between two stacks, resource by resource: an earlier export or preview, and the program as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from plinth.stack import Operation, Resource, Stack, has_unknown
from plinth.stack.values import Value, revealed

SAFETY_OPTIONS = ("protect", "retain_on_delete", "deleted_with")
"""The resource options that decide what a delete does; the others say how, not whether."""


class ResourceChange(BaseModel):
    """One resource's change. `undecided` names properties that only a deployment can compare, since they hold another resource's values
    or one that is unknown; where nothing else differs, `operation` is None: it may be an update, it may be none.
    """

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    operation: Operation | None
    properties: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def changes_between(before: Stack, after: Stack) -> tuple[ResourceChange, ...]:
    """The creates, updates and deletes that lead from `before` to `after`, in stack order, deletes last; what stays the same is left out.

    Raises InputError where the two are not the same stack: their URNs could not match.
    """
    if (before.project, before.name) != (after.project, after.name):
        raise InputError(
            "the file to compare with is of another stack",
            where="--compare",
            value=f"{before.project}/{before.name}",
            fix=f"give an export or a preview of {after.project}/{after.name}",
        )
    earlier = {resource.urn: resource for resource in before.custom if resource.operation is not Operation.DELETE}
    changes = [change for resource in after.custom for change in _change(earlier.get(resource.urn), resource)]
    kept = {resource.urn for resource in after.custom}
    changes += [_whole(resource, Operation.DELETE) for urn, resource in earlier.items() if urn not in kept]
    return tuple(changes)


def _whole(resource: Resource, operation: Operation | None) -> ResourceChange:
    return ResourceChange(urn=resource.urn, type=resource.type, name=resource.name, operation=operation)


def _change(before: Resource | None, after: Resource) -> Iterator[ResourceChange]:
    if before is None:
        yield _whole(after, Operation.CREATE)
        return
    changed, undecided = [], []
    for key in sorted({*before.inputs, *after.inputs} - {"__defaults"}):
        linked = before.property_dependencies.get(key) or after.property_dependencies.get(key)
        old, new = before.inputs.get(key), after.inputs.get(key)
        if has_unknown(old) or has_unknown(new):
            undecided.append(key)
        elif _differs(old, new):
            (undecided if linked and old is not None and new is not None else changed).append(key)
    options = tuple(name for name in SAFETY_OPTIONS if getattr(before.options, name) != getattr(after.options, name))
    if changed or undecided or options:
        found = {"properties": tuple(changed), "undecided": tuple(undecided), "options": options}
        yield _whole(after, Operation.UPDATE if changed or options else None).model_copy(update=found)


def _differs(old: Value, new: Value) -> bool:
    """Whether two inputs differ; the engine keeps numbers and booleans of some providers as text, and drops nulls."""
    return _canonical(revealed(old)) != _canonical(revealed(new))


def _canonical(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items() if item is not None and key != "__defaults"}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
