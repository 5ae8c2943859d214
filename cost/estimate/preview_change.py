"""What a preview changes by itself: its own creates, updates, replaces, deletes and imports, without an earlier estimate to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cost.estimate.compare import compare
from cost.estimate.model import Comparison, Estimate, EstimateLine, Overlap, QuantitySource, ResourceEstimate
from cost.units import MONTH_HOURS
from plinth.stack import Operation, Resource, Stack
from plinth.stack.preview import PreviewChange, Replacement

AGAINST = "the stack before this preview"
HOURS_A_DAY = 24


def preview_comparison(change: PreviewChange, after: Estimate, estimated: Callable[[Stack], Estimate]) -> Comparison:
    """`after`, the estimate of the stack that the preview leads to, against `estimated` of the one before it."""
    before = estimated(change.before)
    found = compare(before.model_copy(update={"unseen": change.unseen}), after, against=AGAINST)
    operations = {resource.urn: resource.operation for resource in change.after.custom}
    changes = tuple(item.model_copy(update={"operation": _operation(operations.get(item.urn))}) for item in found.changes)
    overlaps = tuple(_overlaps(change, before))
    notes = (*_notes(change, before), *found.notes)
    return found.model_copy(update={"changes": changes, "overlaps": overlaps, "notes": notes})


def _operation(operation: Operation | None) -> str | None:
    return None if operation is None else operation.value


def _overlaps(change: PreviewChange, before: Estimate) -> Iterator[Overlap]:
    """What the old one of each replaced resource costs by the hour, dearest first: it is there until the new one is."""
    old = {resource.urn: resource for resource in before.resources}
    found = [_overlap(old[resource.urn], _order(change, resource)) for resource in _replaced(change.after) if resource.urn in old]
    yield from sorted((item for item in found if item is not None), key=lambda item: (-item.hourly_cost, item.urn))


def _replaced(stack: Stack) -> Iterable[Resource]:
    return (resource for resource in stack.custom if resource.operation is Operation.REPLACE)


def _order(change: PreviewChange, resource: Resource) -> Replacement:
    """Which half comes first: what the steps show stands over the option, which a preview's states do not carry today."""
    shown = change.replacements.get(resource.urn, Replacement.NOT_SHOWN)
    if shown is Replacement.NOT_SHOWN and resource.options.delete_before_replace is not None:
        return Replacement.DELETE_FIRST if resource.options.delete_before_replace else Replacement.CREATE_FIRST
    return shown


def _overlap(old: ResourceEstimate, order: Replacement) -> Overlap | None:
    hourly = sum(line.monthly_cost.expected for line in old.lines if _stands(line)) / MONTH_HOURS
    if order is Replacement.DELETE_FIRST or hourly <= 0:
        return None
    certain = order is Replacement.CREATE_FIRST
    return Overlap(urn=old.urn, type=old.type, name=old.name, hourly_cost=hourly, daily_cost=hourly * HOURS_A_DAY, certain=certain)


def _stands(line: EstimateLine) -> bool:
    """Whether a line is paid for by being there. Traffic and what is stored do not double: they go to one of the two."""
    by_time = line.unit.endswith(("hour", "month"))
    return by_time and (line.quantity_source is QuantitySource.DECLARED or line.instance_type is not None)


def _notes(change: PreviewChange, before: Estimate) -> Iterator[str]:
    if change.unseen:
        yield (
            f"the preview does not show {change.unseen} unchanged resources: the totals lack them, the difference does not, but for tiers that they share"
            " with what changes; --show-sames shows them"
        )
    imported = [resource.name for resource in change.after.custom if resource.operation is Operation.IMPORT]
    if imported:
        yield f"imported, so they exist and are paid for already, and count on both sides: {', '.join(sorted(imported))}"
    costs = {resource.urn: resource.monthly_cost for resource in before.resources}
    for resource in change.after.custom:
        cost = costs.get(resource.urn)
        if resource.operation is Operation.DELETE and resource.options.retain_on_delete:
            figure = "a cost that is not known" if cost is None else f"{cost.expected:,.2f} USD a month"
            yield f"{resource.name} leaves the stack but stays in the account (retainOnDelete), with {figure} that no stack shows"


def overlap_note(overlap: Overlap) -> str:
    """An overlap as a sentence."""
    when = "exist side by side" if overlap.certain else "may exist side by side (the preview does not show which goes first)"
    return f"while {overlap.name} is replaced, old and new {when}: {overlap.hourly_cost:,.4f} USD an hour ({overlap.daily_cost:,.2f} a day) on top of the total"
