"""The estimate as a comment on a pull request: short, its long parts folded, and never longer than GitHub takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cost.estimate.model import Comparison, Estimate, GuardrailResult, Range, ResourceChange, Verdict
from cost.estimate.output.words import (
    amount,
    basis,
    change_amount,
    change_notes,
    change_word,
    cost_of,
    counted,
    cut,
    dearest,
    guardrail_value,
    judged,
    kind,
    line_amount,
    line_words,
    partly_priced,
    percent,
    signed,
    warnings_of,
    why,
)  # fmt: skip
from plinth.markdown import escaped

LIMIT: Final = 65_536
"""The longest comment that GitHub takes, in characters; counted in bytes here, which are never fewer. Source: GitHub API error `body is too long`."""
ROOM: Final = 600
"""Kept for the line that says what was cut."""
LISTED: Final = 5
CELL: Final = 120
FIGURES: Final = (("expected", "**expected**"), ("min", "floor"), ("max", "ceiling"))
MARKS: Final = {Verdict.PASSED: "passed", Verdict.FAILED: "**failed**", Verdict.WAIVED: "waived", Verdict.UNKNOWN: "**unknown**"}


@dataclass(frozen=True)
class _Fold:
    """A part that is folded: its summary, the head of its table or list, and its rows."""

    summary: str
    head: tuple[str, ...]
    rows: tuple[str, ...]
    what: str

    def text(self, rows: int) -> str:
        return "\n".join(["<details>", f"<summary>{self.summary}</summary>", "", *self.head, *self.rows[:rows], "", "</details>"])


def marker(title: str) -> str:
    """The comment by which a bot finds its own earlier comment, to write it anew in its place."""
    return f"<!-- plinth cost estimate {re.sub(r'[^A-Za-z0-9_./]+', '-', title)} -->"


def render_markdown(estimate: Estimate, title: str) -> str:
    """The comment: totals, what changes most, and the rest folded; without a comparison the dearest resources."""
    comparison = estimate.comparison
    parts = [
        marker(title),
        f"### Cost of {escaped(cut(title, CELL))}: {_headline(estimate)}",
        "\n".join(_totals(estimate.total, comparison)),
        "\n".join(_guardrails(estimate.guardrails)),
        "\n".join(_first(estimate)),
        "\n".join(f"> {escaped(note)}" for note in (change_notes(comparison)[:LISTED] if comparison else ())),
    ]
    return _fitted([part for part in parts if part], tuple(_folds(estimate)), f"<sub>{escaped(basis(estimate))} Made by `plinth cost estimate`.</sub>")


def _fitted(parts: Sequence[str], folds: Sequence[_Fold], end: str) -> str:
    """All parts, each fold with as many rows as fit, and a line that says what was cut."""
    rows = _shared(folds, LIMIT - ROOM - sum(_size(part) + 2 for part in (*parts, end)))
    shown = [fold.text(number) for fold, number in zip(folds, rows, strict=True) if number]
    cut_rows = [(fold, len(fold.rows) - number) for fold, number in zip(folds, rows, strict=True) if number < len(fold.rows)]
    missing = ", ".join(f"{number:,} of {len(fold.rows):,} {fold.what}" for fold, number in cut_rows)
    note = [f"Cut to the {LIMIT:,} characters that a comment may have: {missing} are not shown; `--json` has all."] if missing else []
    return "\n\n".join([*parts, *shown, *note, end]) + "\n"


def _shared(folds: Sequence[_Fold], room: int) -> list[int]:
    """How many rows of each fold are shown: the shortest first, each with an equal share of what is left, so that a long one leaves room for the others."""
    rows = [0] * len(folds)
    order = sorted(range(len(folds)), key=lambda number: _size(folds[number].text(len(folds[number].rows))))
    for done, number in enumerate(order):
        share = room // (len(folds) - done)
        used = _size(folds[number].text(0)) + 2
        for row in folds[number].rows:
            if used + _size(row) + 1 > share:
                break
            used += _size(row) + 1
            rows[number] += 1
        room -= used if rows[number] else 0
    return rows


def _size(text: str) -> int:
    return len(text.encode())


def _headline(estimate: Estimate) -> str:
    comparison = estimate.comparison
    if comparison is None:
        return f"{amount(estimate.total)} USD a month expected"
    return f"{signed(comparison.difference.expected)} USD a month expected{percent(comparison)}"


def _totals(total: Range, comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        yield from ("| USD a month | |", "|---|---:|")
        yield from (f"| {word} | {amount(total, name)} |" for name, word in FIGURES)
        return
    partial = " (without what the preview does not show)" if comparison.partial else ""
    yield from (f"| USD a month | before{partial} | after | difference |", "|---|---:|---:|---:|")
    for name, word in FIGURES:
        yield f"| {word} | {amount(comparison.before, name)} | {amount(comparison.after, name)} | {signed(getattr(comparison.difference, name))} |"


def _guardrails(results: Sequence[GuardrailResult]) -> Iterator[str]:
    """What did not pass, each with its reason; the number of those that did."""
    if not results:
        return
    stopping = [result for result in judged(results) if result.verdict is not Verdict.PASSED]
    passed = len(results) - len(stopping)
    yield f"Guardrails: {passed} of {len(results)} passed."
    for result in stopping[: 2 * LISTED]:
        figures = f"{guardrail_value(result)} against a limit of {result.limit:,g} {result.unit}"
        yield f"- {MARKS[result.verdict]}: {escaped(cut(result.name, CELL))}, {escaped(figures)}. {escaped(cut(result.reason, 4 * CELL))}"
    if len(stopping) > 2 * LISTED:
        yield f"- and {len(stopping) - 2 * LISTED} more"


def _first(estimate: Estimate) -> Iterator[str]:
    comparison = estimate.comparison
    if comparison is None:
        yield from _table(("expected", "floor to ceiling", "resource", "type"), 2, _dearest_rows(estimate)[:LISTED])
    elif comparison.changes:
        yield from _change_head()
        yield from map(_change_row, _ordered(comparison)[:LISTED])
    else:
        yield f"Nothing changes in cost against {escaped(comparison.against)}."


def _ordered(comparison: Comparison) -> list[ResourceChange]:
    """The changes that matter most first: by the expected cost, then by the ceiling; what is not priced before what stays the same."""

    def weight(change: ResourceChange) -> tuple[float, bool, float, str]:
        ceilings = [side.max if side else 0.0 for side in (change.before, change.after)]
        return -abs(change.difference), not change.half_known, -abs(ceilings[1] - ceilings[0]), change.urn

    return sorted(comparison.changes, key=weight)


def _change_head() -> tuple[str, ...]:
    return "| USD a month | resource | type | change | why |", "|---:|---|---|---|---|"


def _change_row(change: ResourceChange) -> str:
    cells = (escaped(cut(change.name, CELL)), escaped(kind(change.type)), change_word(change), escaped(cut(why(change), CELL)))
    return f"| {change_amount(change)} | {' | '.join(cells)} |"


def _table(columns: Sequence[str], right: int, rows: Sequence[str]) -> Iterator[str]:
    if rows:
        yield f"| {' | '.join(columns)} |"
        yield f"|{'|'.join('---:' if number < right else '---' for number in range(len(columns)))}|"
        yield from rows


def _dearest_rows(estimate: Estimate) -> list[str]:
    partly = partly_priced(estimate)
    return [
        f"| {cost_of(resource, partly)} | {amount(resource.monthly_cost, 'min')} to {cost_of(resource, partly, 'max')} | "
        f"{escaped(cut(resource.name, CELL))} | {escaped(kind(resource.type))} |"
        for resource in dearest(estimate)
    ]


def _folds(estimate: Estimate) -> Iterator[_Fold]:
    comparison = estimate.comparison
    if comparison is None:
        rows = tuple(_dearest_rows(estimate)[LISTED:])
        head = tuple(_table(("expected", "floor to ceiling", "resource", "type"), 2, [""]))[:2]
        folds = [_Fold(counted(len(rows), "other resource"), head, rows, "resources")]
    else:
        folds = [*_change_folds(comparison)]
    notes = tuple(f"- {escaped(note)}" for note in (*(change_notes(comparison)[LISTED:] if comparison else ()), *warnings_of(estimate)))
    unpriced = tuple(
        f"| {escaped(cut(item.urn.rsplit('::', 1)[-1], CELL))} | {escaped(kind(item.type))} | "
        f"{escaped(cut(f'{item.component}: {item.reason}' if item.component else item.reason, 2 * CELL))} |"
        for item in estimate.unknown
    )
    folds += [
        _Fold(f"{len(unpriced):,} not priced, and not in the totals", ("| resource | type | why |", "|---|---|---|"), unpriced, "that are not priced"),
        _Fold(counted(len(notes), "note"), (), notes, "notes"),
    ]
    return (fold for fold in folds if fold.rows)


def _change_folds(comparison: Comparison) -> Iterator[_Fold]:
    ordered = _ordered(comparison)
    rest = tuple(map(_change_row, ordered[LISTED:]))
    yield _Fold(counted(len(rest), "other change"), _change_head(), rest, "changes")
    lines = tuple(
        f"| {line_amount(change, line)} | {escaped(cut(change.name, CELL))} | {escaped(cut(line.component, CELL))} | {escaped(line_words(line))} |"
        for change in ordered
        for line in change.lines
    )
    head = ("| USD a month | resource | component | quantity and unit price |", "|---:|---|---|---|")
    yield _Fold(f"{counted(len(lines), 'line')} of these changes", head, lines, "lines")
