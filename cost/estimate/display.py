"""The estimate as people read it in a terminal: the dearest resources, the total, what is not priced, how old the prices are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost.estimate.model import Comparison, Estimate, GuardrailResult, Range, ResourceChange, ResourceEstimate, Status, total
from cost.estimate.output.words import (
    basis,
    change_amount,
    change_notes,
    change_word,
    cost_of,
    cut,
    guardrail_value,
    judged,
    kind,
    line_amount,
    line_words,
    partly_priced,
    warnings_of,
    why,
)
from plinth.console import console, money, table

TOP = 25
CHANGES = 15
LINES = 4
"""So many lines of a changed resource are shown; all are in the JSON."""
FIGURES = ("min", "expected", "max")
NAME_WIDTH = 40
LINE_WIDTH = 30


def show(estimate: Estimate, title: str, output: Any = None) -> None:
    """Print an estimate, and its comparison where it has one, within 100 columns: on stdout, or on a console that is given."""
    output = output or console()
    output.print(_costs(estimate, title))
    output.print(_unpriced(estimate))
    if estimate.comparison is not None:
        output.print(_changes(estimate.comparison))
    if estimate.guardrails:
        output.print(_guardrails(estimate.guardrails))
    output.print(f"Expected {money(estimate.total.expected, estimate.currency)} a month. {basis(estimate)}", soft_wrap=False)
    for note in (*(change_notes(estimate.comparison) if estimate.comparison else ()), *warnings_of(estimate)):
        output.print(f"note: {note}", markup=False)


def _costs(estimate: Estimate, title: str) -> Any:
    dearest = sorted((resource for resource in estimate.resources if resource.lines), key=lambda resource: (-_most(resource), resource.urn))
    shown, rest = sorted(dearest[:TOP], key=lambda resource: (-_expected(resource), -_most(resource), resource.urn)), dearest[TOP:]
    partly = partly_priced(estimate)
    rows: list[tuple[str, ...]] = [
        (cut(resource.name, NAME_WIDTH), kind(resource.type), *(cost_of(resource, partly, figure) for figure in FIGURES)) for resource in shown
    ]
    if rest:
        others = total(resource.monthly_cost for resource in rest if resource.monthly_cost)
        rows.append(_row(f"{len(rest)} others", "", others))
    rows.append(_row("total", "", estimate.total))
    if estimate.list_total is not None:
        rows.append(_row("at list price", "", estimate.list_total))
    return table(f"{title}, {estimate.currency} a month", ("resource", "type", *FIGURES), rows, right=FIGURES)


def _row(name: str, kind: str, cost: Range | None) -> tuple[str, ...]:
    figures = ("unknown",) * 3 if cost is None else tuple(f"{figure:,.2f}" for _, figure in cost)
    return (name, kind, *figures)


def _unpriced(estimate: Estimate) -> Any:
    counts = {status: sum(1 for resource in estimate.resources if resource.status is status) for status in Status}
    summary = f"{counts[Status.PRICED]} resources priced, {counts[Status.FREE]} free by list, {counts[Status.UNKNOWN]} not priced"
    if not estimate.unknown:
        return f"{summary}.\n"
    rows = [
        (cut(item.urn.rsplit("::", 1)[-1], NAME_WIDTH), kind(item.type), f"{item.component}: {item.reason}" if item.component else item.reason)
        for item in estimate.unknown
    ]
    return table(f"{summary}. Not in the total:", ("resource", "type", "why"), rows)


def _changes(comparison: Comparison) -> Any:
    shown = comparison.changes[:CHANGES]
    more = len(comparison.changes) - len(shown)
    title = f"against {comparison.against}: {comparison.difference.expected:+,.2f} USD a month expected, {len(comparison.changes)} resources changed"
    rows = [row for change in shown for row in _change_rows(change)]
    return table(title + (f", {more} not shown" if more > 0 else ""), ("USD", "change", "resource", "why"), rows, right=("USD",))


def _change_rows(change: ResourceChange) -> Iterable[tuple[str, ...]]:
    """The resource, and under it its lines, each with quantity and unit price before and after."""
    yield change_amount(change), change_word(change), cut(change.name, NAME_WIDTH), why(change)
    for line in change.lines[:LINES]:
        yield line_amount(change, line), "", f"  {cut(line.component, LINE_WIDTH)}", line_words(line)
    if len(change.lines) > LINES:
        yield "", "", f"  {len(change.lines) - LINES} more lines", ""


def _guardrails(results: Iterable[GuardrailResult]) -> Any:
    rows = [
        (result.verdict.value, result.name, guardrail_value(result), f"{result.limit:,g} {result.unit}", result.reason) for result in judged(tuple(results))
    ]
    return table("Guardrails", ("verdict", "guardrail", "value", "limit", "reason"), rows, right=("value",))


def _expected(resource: ResourceEstimate) -> float:
    return resource.monthly_cost.expected if resource.monthly_cost else 0.0


def _most(resource: ResourceEstimate) -> float:
    return resource.monthly_cost.max if resource.monthly_cost else 0.0
