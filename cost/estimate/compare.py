"""Two estimates side by side: what was added, removed or changed, and why: count, size, type, price or usage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import ValidationError

from cost.estimate.model import (
    ChangeKind,
    ChangeReason,
    Comparison,
    Estimate,
    EstimateLine,
    QuantitySource,
    Range,
    ResourceChange,
    ResourceEstimate,
)
from plinth.errors import InputError
from plinth.files import read_json
from plinth.stack import Stack

TOLERANCE = 1e-9
COUNTED_UNITS = frozenset({"hour", "key-month", "secret-month", "alarm metric-month", "alarm-month", "dashboard-month", "resource"})
"""Units whose quantity grows with the number of things, not with the size of one."""


def read_earlier(path: Path, estimated: Callable[[Stack], Estimate]) -> Estimate:
    """The estimate that a file holds, or that `estimated` gives for the preview or stack export that it holds.

    Raises InputError where the file is none of the three.
    """
    document = read_json(path)
    keys = document.keys() if isinstance(document, dict) else frozenset()
    if {"total", "resources", "prices"} <= set(keys):
        try:
            return Estimate.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            where = f"{path}, {'.'.join(map(str, first['loc']))}"
            raise InputError("the file is not an estimate", where=where, value=first["msg"], fix="write it by: plinth cost estimate ENV --json") from error
    from plinth.stack.load import load_stack

    if "steps" in keys:
        return estimated(load_stack(preview=path))
    if "deployment" in keys or "resources" in keys:
        return estimated(load_stack(export=path))
    fix = "give the output of plinth cost estimate --json, of pulumi preview --json or of pulumi stack export"
    raise InputError("the file is no estimate, preview or stack export", where=path, value=sorted(keys)[:5], fix=fix)


def compare(before: Estimate, after: Estimate, *, against: str) -> Comparison:
    """What changed from one estimate to the other, largest change first. Resources are matched by URN without project and stack."""
    earlier, later = ({_identity(resource): resource for resource in side.resources} for side in (before, after))
    changes = [_changed(earlier.get(key), later.get(key)) for key in dict.fromkeys([*earlier, *later])]
    return Comparison(
        against=against,
        before=before.total,
        after=after.total,
        difference=Range(**{name: figure - getattr(before.total, name) for name, figure in after.total}),
        changes=tuple(sorted((change for change in changes if change is not None), key=lambda change: (-abs(change.difference), change.urn))),
    )


def _identity(resource: ResourceEstimate) -> str:
    return resource.urn.split("::", 2)[-1]


def _changed(before: ResourceEstimate | None, after: ResourceEstimate | None) -> ResourceChange | None:
    resource = after or before
    assert resource is not None
    if before is None or after is None:
        if not resource.lines and resource.monthly_cost is not None:
            return None
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
        return _change(kind, resource, before, after, (), ())
    differences = list(_line_differences(before, after))
    reasons = tuple(dict.fromkeys(reason for reason, _ in differences))
    if before.status is not after.status:
        reasons = (ChangeReason.STATUS, *reasons)
    if not reasons:
        return None
    return _change(ChangeKind.CHANGED, resource, before, after, reasons, tuple(text for _, text in differences))


def _change(
    kind: ChangeKind,
    resource: ResourceEstimate,
    before: ResourceEstimate | None,
    after: ResourceEstimate | None,
    reasons: tuple[ChangeReason, ...],
    details: tuple[str, ...],
) -> ResourceChange:
    return ResourceChange(
        kind=kind,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        reasons=reasons,
        details=details,
        before=before.monthly_cost if before else None,
        after=after.monthly_cost if after else None,
    )


def _line_differences(before: ResourceEstimate, after: ResourceEstimate) -> Iterable[tuple[ChangeReason, str]]:
    earlier, later = ({line.component: line for line in side.lines} for side in (before, after))
    counted = [(old, later[old.component]) for old in before.lines if old.instance_type and old.component in later]
    for component in dict.fromkeys([*earlier, *later]):
        old, new = earlier.get(component), later.get(component)
        if old is None or new is None:
            yield ChangeReason.COMPONENT, f"{component} {'added' if old is None else 'removed'}"
        else:
            yield from _differences(old, new, counted)


def _differences(old: EstimateLine, new: EstimateLine, counted: list[tuple[EstimateLine, EstimateLine]]) -> Iterable[tuple[ChangeReason, str]]:
    if old.instance_type != new.instance_type:
        yield ChangeReason.TYPE, f"{old.component}: {old.instance_type} -> {new.instance_type}"
    elif not _close(old.unit_price, new.unit_price):
        yield ChangeReason.PRICE, f"{old.component}: {old.unit_price:g} -> {new.unit_price:g} USD a {old.unit}"
    if not _same(old.quantity, new.quantity):
        yield _quantity_reason(old, new, counted), f"{old.component}: {_figures(old.quantity)} -> {_figures(new.quantity)} {new.unit}"
    elif not _same(old.monthly_cost, new.monthly_cost) and old.instance_type == new.instance_type and _close(old.unit_price, new.unit_price):
        yield ChangeReason.TYPE, f"{old.component}: other candidate types"


def _quantity_reason(old: EstimateLine, new: EstimateLine, counted: list[tuple[EstimateLine, EstimateLine]]) -> ChangeReason:
    """Usage or count where the line is so itself, or where it moves in step with the resource's instances; else size."""
    for one, other in [(old, new), *(pair for pair in counted if _in_step(old, new, *pair))]:
        if QuantitySource.DECLARED not in (one.quantity_source, other.quantity_source) or one.quantity_source is not other.quantity_source:
            return ChangeReason.USAGE
        if other.unit in COUNTED_UNITS:
            return ChangeReason.COUNT
    return ChangeReason.SIZE


def _in_step(old: EstimateLine, new: EstimateLine, old_count: EstimateLine, new_count: EstimateLine) -> bool:
    """Whether a line grew by the same factor as a count did, in every figure: nodes' volumes follow their number."""
    return all(
        _close(figure * getattr(new_count.quantity, name), getattr(new.quantity, name) * getattr(old_count.quantity, name)) for name, figure in old.quantity
    )


def _figures(quantity: Range) -> str:
    figures = dict.fromkeys(f"{figure:,.10g}" for _, figure in quantity)
    return "/".join(figures)


def _same(one: Range, other: Range) -> bool:
    return all(_close(figure, getattr(other, name)) for name, figure in one)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
