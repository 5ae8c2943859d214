"""Two estimates side by side: what was added, removed or changed, and why: count, size, type, price or usage."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from cost.estimate.compare_lines import line_changes, reasons_of
from cost.estimate.model import ChangeKind, ChangeReason, Comparison, Estimate, Range, ResourceChange, ResourceEstimate
from plinth.errors import InputError
from plinth.files import read_json
from plinth.stack import Stack

SHOWN = 5
"""So many names are written out in a note."""

Unknowns = dict[str, str]
"""Component -> why it has no price; the empty text is the whole resource."""
Sides = tuple[Mapping[str, Unknowns], Mapping[str, Unknowns]]
"""What has no price before and after, by URN."""


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
    """What changed from one estimate to the other, largest change first.

    Resources are matched by URN without project and stack; the stack's name within a resource's name (`plinth-prod-nat`) counts for nothing either.
    """
    earlier, later = _by_identity(before), _by_identity(after)
    unknown = _unknown_by_urn(before), _unknown_by_urn(after)
    found = [_changed(earlier.get(key), later.get(key), unknown) for key in dict.fromkeys([*earlier, *later])]
    changes = sorted((change for change in found if change is not None), key=lambda change: (-abs(change.difference), change.urn))
    return Comparison(
        against=against,
        before=before.total,
        after=after.total,
        difference=Range(**{name: sum(change.moved(name) for change in changes) + unchanged for name, unchanged in _unlisted(before, after, changes)}),
        changes=tuple(changes),
        partial=bool(before.unseen or after.unseen),
        notes=tuple(_unknown_sides(changes)),
    )


def _unlisted(before: Estimate, after: Estimate, changes: list[ResourceChange]) -> list[tuple[str, float]]:
    """What the totals differ by beside the listed changes, figure by figure: nothing but rounding."""
    return [(name, figure - getattr(before.total, name) - sum(_full(change, name) for change in changes)) for name, figure in after.total]


def _full(change: ResourceChange, figure: str) -> float:
    return (getattr(change.after, figure) if change.after else 0.0) - (getattr(change.before, figure) if change.before else 0.0)


def _unknown_sides(changes: list[ResourceChange]) -> list[str]:
    names = [change.undecided_name for change in changes if change.undecided]
    return [f"the difference lacks what is not priced before or after: {listed(names)}"] if names else []


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _unknown_by_urn(side: Estimate) -> Mapping[str, Unknowns]:
    found: defaultdict[str, Unknowns] = defaultdict(dict)
    for item in side.unknown:
        found[item.urn][item.component or ""] = item.reason
    return found


def _by_identity(side: Estimate) -> dict[str, ResourceEstimate]:
    """The resources by what two environments' URNs have in common; by more where two resources would have that in common."""
    found: dict[str, ResourceEstimate] = {}
    for resource in side.resources:
        head, _, rest = resource.urn.split("::", 2)
        stack = re.escape(head.removeprefix("urn:pulumi:"))
        common = re.sub(rf"(?<![A-Za-z0-9]){stack}(?![A-Za-z0-9])", "*", rest)
        found[rest if common in found else common] = resource
    return found


def _changed(before: ResourceEstimate | None, after: ResourceEstimate | None, unknown: Sides) -> ResourceChange | None:
    resource = after or before
    assert resource is not None
    unpriced = _unpriced(before, after, unknown)
    if before is None or after is None:
        if not resource.lines and resource.monthly_cost is not None and not unpriced:
            return None
        return _change(ChangeKind.ADDED if before is None else ChangeKind.REMOVED, resource, before, after, unpriced)
    if before.status is after.status and before.lines == after.lines and not unpriced:
        return None
    changed = _change(ChangeKind.CHANGED, resource, before, after, unpriced)
    return changed if changed.reasons else None


def _unpriced(before: ResourceEstimate | None, after: ResourceEstimate | None, unknown: Sides) -> tuple[str, ...]:
    """The components without a price whose cost may differ: all of a resource that came, went or declares other inputs; else those whose reason is another."""
    old, new = ({} if side is None else found.get(side.urn, {}) for side, found in zip((before, after), unknown, strict=True))
    whole = before is None or after is None or before.inputs_digest != after.inputs_digest
    return tuple(name for name in dict.fromkeys([*old, *new]) if whole or old.get(name) != new.get(name))


def _change(
    kind: ChangeKind, resource: ResourceEstimate, before: ResourceEstimate | None, after: ResourceEstimate | None, unpriced: tuple[str, ...]
) -> ResourceChange:
    found = list(line_changes(before, after))
    lines = tuple(line for line, _ in found)
    reasons: tuple[ChangeReason, ...] = ()
    if before is not None and after is not None:
        # Where a side has no lines, that each of the other's came or went says nothing more than the status.
        reasons = ((ChangeReason.STATUS,) if before.status is not after.status else ()) + (reasons_of(lines) if before.lines and after.lines else ())
        if unpriced and ChangeReason.STATUS not in reasons:
            reasons = (*reasons, ChangeReason.UNPRICED)
    return ResourceChange(
        kind=kind,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        reasons=reasons,
        details=tuple(text for _, texts in found for text in texts) if reasons else (),
        before=before.monthly_cost if before else None,
        after=after.monthly_cost if after else None,
        tags=resource.tags,
        unknown_tags=resource.unknown_tags,
        lines=lines,
        unpriced=unpriced,
    )
