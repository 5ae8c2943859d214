"""What differs between two stacks, resource by resource: an earlier export or preview, and the program as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from plinth.stack import Operation, Resource, Stack, has_unknown
from plinth.stack.values import Value, revealed


class ResourceChange(BaseModel):
    """One resource's change. `undecided` names properties that only a deployment can compare, since they hold another resource's values."""

    model_config = ConfigDict(frozen=True)

    urn: str
    type: str
    name: str
    operation: Operation
    properties: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def changes_between(before: Stack, after: Stack) -> tuple[ResourceChange, ...]:
    """The creates, updates and deletes that lead from `before` to `after`, in stack order, deletes last; what stays the same is left out."""
    earlier = {resource.urn: resource for resource in before.custom if resource.operation is not Operation.DELETE}
    changes = [change for resource in after.custom for change in _change(earlier.get(resource.urn), resource)]
    kept = {resource.urn for resource in after.custom}
    changes += [_whole(resource, Operation.DELETE) for urn, resource in earlier.items() if urn not in kept]
    return tuple(changes)


def _whole(resource: Resource, operation: Operation) -> ResourceChange:
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
    if changed:
        yield _whole(after, Operation.UPDATE).model_copy(update={"properties": tuple(changed), "undecided": tuple(undecided)})


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
