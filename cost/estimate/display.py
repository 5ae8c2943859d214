"""The estimate as people read it in a terminal: the dearest resources, the total, what is not priced, how old the prices are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost.estimate.model import Comparison, Estimate, QuantitySource, Range, ResourceEstimate, Status, total
from plinth.console import console, money, table

TOP = 25
CHANGES = 15
FIGURES = ("min", "expected", "max")
NAME_WIDTH = 40
KIND_WIDTH = 22


def show(estimate: Estimate, title: str) -> None:
    """Print an estimate, and its comparison where it has one, within 100 columns."""
    output = console()
    output.print(_costs(estimate, title))
    output.print(_unpriced(estimate))
    if estimate.comparison is not None:
        output.print(_changes(estimate.comparison))
    output.print(_prices(estimate), soft_wrap=False)
    for warning in estimate.warnings:
        output.print(f"note: {warning}", markup=False)


def _costs(estimate: Estimate, title: str) -> Any:
    dearest = sorted((resource for resource in estimate.resources if resource.lines), key=lambda resource: (-_most(resource), resource.urn))
    shown, rest = sorted(dearest[:TOP], key=lambda resource: (-_expected(resource), -_most(resource), resource.urn)), dearest[TOP:]
    rows = [_row(_cut(resource.name, NAME_WIDTH), _kind(resource.type), resource.monthly_cost) for resource in shown]
    if rest:
        others = total(resource.monthly_cost for resource in rest if resource.monthly_cost)
        rows.append(_row(f"{len(rest)} others", "", others))
    rows.append(_row("total", "", estimate.total))
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
        (_cut(item.urn.rsplit("::", 1)[-1], NAME_WIDTH), _kind(item.type), f"{item.component}: {item.reason}" if item.component else item.reason)
        for item in estimate.unknown
    ]
    return table(f"{summary}. Not in the total:", ("resource", "type", "why"), rows)


def _changes(comparison: Comparison) -> Any:
    rows = [
        (f"{change.difference:+,.2f}", change.kind.value, _cut(change.name, NAME_WIDTH), "; ".join([*change.reasons, *change.details[:2]]))
        for change in comparison.changes[:CHANGES]
    ]
    more = len(comparison.changes) - len(rows)
    title = f"against {comparison.against}: {comparison.difference.expected:+,.2f} USD a month expected, {len(comparison.changes)} resources changed"
    return table(title + (f", {more} not shown" if more > 0 else ""), ("USD", "change", "resource", "why"), rows, right=("USD",))


def _prices(estimate: Estimate) -> str:
    presets = sum(1 for line in _lines(estimate) if line.quantity_source is QuantitySource.PRESET)
    oldest, newest = estimate.prices.oldest, estimate.prices.newest
    return (
        f"Expected {money(estimate.total.expected, estimate.currency)} a month of {estimate.month_hours} hours. "
        f"Prices of {oldest} to {newest}, on demand unless a line says Spot. {presets} lines rest on preset usage."
    )


def _lines(estimate: Estimate) -> Iterable[Any]:
    return (line for resource in estimate.resources for line in resource.lines)


def _expected(resource: ResourceEstimate) -> float:
    return resource.monthly_cost.expected if resource.monthly_cost else 0.0


def _most(resource: ResourceEstimate) -> float:
    return resource.monthly_cost.max if resource.monthly_cost else 0.0


def _kind(type_: str) -> str:
    """`ec2 NatGateway` for `aws:ec2/natGateway:NatGateway`."""
    parts = type_.split(":")
    return _cut(f"{parts[1].split('/')[0]} {parts[-1]}" if len(parts) == 3 else type_, KIND_WIDTH)


def _cut(text: str, width: int) -> str:
    """The text, or its beginning and its end: names differ at either."""
    tail = (width - 1) // 2
    return text if len(text) <= width else f"{text[: width - 1 - tail]}…{text[-tail:]}"
