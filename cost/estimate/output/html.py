"""The estimate as one page: figures, charts and tables, no script, nothing fetched. Names are a stranger's: all text is escaped and printable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cost.estimate.model import Comparison, Estimate, Range, ResourceChange, ResourceEstimate, Status, Verdict
from cost.estimate.output.charts import Chart, change_chart, cost_chart
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
from infra.tags import TEAM
from plinth.console import printable
from plinth.pages import Badge, Figure, PageTable, environment

FOLDER: Final = Path(__file__).parent / "page"
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""The page's Content-Security-Policy: no script at all, and nothing from anywhere."""
ROWS: Final = 300
"""A table's most rows: the JSON has all."""
CELL: Final = 200
TYPE: Final = 60
FIRST: Final = 20
TONES: Final = {Verdict.PASSED: "good", Verdict.FAILED: "bad", Verdict.WAIVED: "warn", Verdict.UNKNOWN: "warn"}


@dataclass(frozen=True)
class Part:
    """A section of the page; `folded` tables open on demand."""

    heading: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[PageTable, ...] = ()
    folded: tuple[PageTable, ...] = ()
    notes: tuple[str, ...] = ()


def render_html(estimate: Estimate, title: str) -> str:
    """The page."""
    from jinja2 import ChoiceLoader, FileSystemLoader

    base: Any = environment()
    pages = base.overlay(loader=ChoiceLoader([FileSystemLoader(FOLDER), base.loader]), finalize=_shown)
    return pages.get_template("estimate.html.j2").render(
        title=f"Cost of {cut(title, CELL)}",
        lead=_lead(estimate),
        notices=_notices(estimate),
        home=None,
        policy=POLICY,
        estimate_style=(FOLDER / "estimate.css").read_text(encoding="utf-8"),
        figures=tuple(_figures(estimate)),
        sections=tuple(_parts(estimate)),
    )


def _shown(value: Any) -> Any:
    return printable(value) if type(value) is str else value


def _lead(estimate: Estimate) -> str:
    counts = {status: sum(1 for resource in estimate.resources if resource.status is status) for status in Status}
    return f"{counted(counts[Status.PRICED], 'resource')} priced, {counts[Status.FREE]} free, {counts[Status.UNKNOWN]} not priced. {basis(estimate)}"


def _notices(estimate: Estimate) -> tuple[str, ...]:
    stopped = [f"Guardrail {result.name} failed: {cut(result.reason, 2 * CELL)}" for result in estimate.guardrails if result.verdict is Verdict.FAILED]
    partial = f"This preview does not show {counted(estimate.unseen, 'unchanged resource')}: the totals lack them, the difference does not."
    return (*stopped, *((partial,) if estimate.unseen else ()))


def _figures(estimate: Estimate) -> Iterator[Figure]:
    comparison = estimate.comparison
    if comparison is not None:
        value = f"{signed(comparison.difference.expected)} {estimate.currency}"
        yield Figure(label="Change, expected", value=value, note=f"{percent(comparison).strip(' ()')} against {cut(comparison.against, CELL)}".strip())
    for label, name, note in (("Expected", "expected", "desired size or usage"), ("Floor", "min", "minimum sizes"), ("Ceiling", "max", "maximum sizes")):
        change = "" if comparison is None else f", {signed(getattr(comparison.difference, name))}"
        yield Figure(label=f"{label} a month", value=f"{amount(estimate.total, name)} {estimate.currency}", note=f"{note}{change}")


def _parts(estimate: Estimate) -> Iterator[Part]:
    if estimate.comparison is not None:
        yield _changes(estimate.comparison, estimate.currency)
    if estimate.guardrails:
        yield Part("Guardrails", tables=(_guardrails(estimate),))
    ordered = dearest(estimate)
    chart = cost_chart(ordered, estimate.currency)
    yield Part(
        "Resources",
        charts=(chart,) if chart else (),
        tables=(_resources(ordered[:FIRST], f"The {FIRST} dearest" if len(ordered) > FIRST else "All that has a price", estimate),),
        folded=tuple(table for table in (_resources(ordered[FIRST:], "The other resources", estimate), _lines(ordered)) if table.rows),
    )
    yield Part("Where it goes", tables=tuple(_sums(estimate)))
    yield Part("Not in the total", tables=(_unpriced(estimate),), notes=warnings_of(estimate))


def _changes(comparison: Comparison, currency: str) -> Part:
    changes = comparison.changes
    chart = change_chart(changes, currency)
    first, rest = changes[:FIRST], changes[FIRST:]
    columns = ("Resource", "Type", "Change", "Before", "After", "Difference", "Why")
    right = frozenset({"Before", "After", "Difference"})
    tables = PageTable(
        caption=f"Expected cost in {currency} a month", columns=columns, rows=tuple(map(_change_row, first)), right=right, empty="Nothing changes in cost."
    )
    others = _limited(f"{counted(len(rest), 'other change')}", columns, [_change_row(change) for change in rest], right)
    lines = [
        (cut(change.name, CELL), cut(line.component, CELL), line_words(line), ", ".join(line.reasons) or line.kind.value, line_amount(change, line))
        for change in changes
        for line in change.lines
    ]
    each = _limited(
        f"{counted(len(lines), 'line')} of these changes", ("Resource", "Component", "Quantity and unit price", "Why", "Difference"), lines, {"Difference"}
    )
    return Part(
        f"What changes against {cut(comparison.against, CELL)}",
        charts=(chart,) if chart else (),
        tables=(tables,),
        folded=tuple(table for table in (others, each) if table.rows),
        notes=change_notes(comparison),
    )


def _change_row(change: ResourceChange) -> tuple[Any, ...]:
    sides = ["-" if side is None and absent else amount(side) for side, absent in _sides(change)]
    return (cut(change.name, CELL), kind(change.type, TYPE), change_word(change), *sides, change_amount(change), cut(why(change), CELL))


def _sides(change: ResourceChange) -> Iterator[tuple[Range | None, bool]]:
    """Each side's cost, and whether the resource is not there on that side."""
    yield change.before, change.kind.value == "added"
    yield change.after, change.kind.value == "removed"


def _guardrails(estimate: Estimate) -> PageTable:
    rows = tuple(
        (
            Badge(text=result.verdict.value, tone=TONES[result.verdict]),
            cut(result.name, CELL),
            guardrail_value(result),
            f"{result.limit:,g} {result.unit}",
            cut(result.reason, 3 * CELL),
        )
        for result in judged(estimate.guardrails)
    )
    return PageTable(
        caption="Each limit against this estimate", columns=("Verdict", "Guardrail", "Value", "Limit", "Reason"), rows=rows, right=frozenset({"Value"})
    )


def _resources(resources: Sequence[ResourceEstimate], caption: str, estimate: Estimate) -> PageTable:
    partly = partly_priced(estimate)
    rows = [
        (cut(found.name, CELL), kind(found.type, TYPE), found.region or "", *(cost_of(found, partly, figure) for figure in ("min", "expected", "max")))
        for found in resources
    ]
    return _limited(f"{caption}, {estimate.currency} a month", ("Resource", "Type", "Region", *_RANGE), rows, _RANGE)


def _lines(resources: Sequence[ResourceEstimate]) -> PageTable:
    rows = [
        (
            cut(resource.name, CELL),
            cut(line.component, CELL),
            f"{line.quantity.expected:,.6g} {line.unit}",
            f"{line.unit_price:,.6g}",
            amount(line.monthly_cost),
            f"{line.quantity_source.value}; price {line.confidence}, {line.price_date}: {cut(line.price_source, CELL)}",
        )
        for resource in resources
        for line in resource.lines
    ]
    columns = ("Resource", "Component", "Quantity", "Unit price", "Expected", "Evidence")
    return _limited("Every line, with where its quantity and its price are from", columns, rows, {"Quantity", "Unit price", "Expected"})


_RANGE: Final = ("Floor", "Expected", "Ceiling")


def _range(cost: Range | None) -> tuple[str, str, str]:
    return amount(cost, "min"), amount(cost), amount(cost, "max")


def _sums(estimate: Estimate) -> Iterator[PageTable]:
    components = [(cut(name, CELL), *_range(cost)) for name, cost in estimate.by_component.items()]
    yield _limited("By component", ("Component", *_RANGE), components[:FIRST], _RANGE, left_out=len(components) - FIRST)
    teams = estimate.by_tag.get(TEAM, {})
    rows = [(cut(team, CELL) or "(untagged)", *_range(cost)) for team, cost in sorted(teams.items(), key=lambda item: -item[1].expected)]
    yield _limited(f"By tag {TEAM}", ("Team", *_RANGE), rows, _RANGE)


def _unpriced(estimate: Estimate) -> PageTable:
    rows = [
        (cut(item.urn.rsplit("::", 1)[-1], CELL), kind(item.type, TYPE), item.component or "all of it", cut(item.reason, 2 * CELL)) for item in estimate.unknown
    ]
    return _limited("What is not priced, and why", ("Resource", "Type", "What", "Why"), rows, ())


def _limited(caption: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], right: Any, *, left_out: int = 0) -> PageTable:
    """A table of at most so many rows, whose caption says how many more the JSON has."""
    more = max(0, len(rows) - ROWS) + max(0, left_out)
    said = f"{caption}; {more:,} more are in the JSON" if more else caption
    return PageTable(caption=said, columns=columns, rows=tuple(rows[:ROWS]), right=frozenset(right), empty="Nothing.")
