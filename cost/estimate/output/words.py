"""Figures, names and changes of an estimate in words, the same in the terminal, the Markdown and the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cost.estimate.compare_lines import figures
from cost.estimate.model import ChangeKind, Comparison, Estimate, GuardrailResult, LineChange, QuantitySource, Range, ResourceChange, ResourceEstimate, Verdict
from cost.estimate.preview_change import AGAINST, overlap_note
from cost.estimate.price import REMEMBERED

KIND_WIDTH: Final = 22
HALF_CENT: Final = 0.005
VERDICT_ORDER: Final = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.WAIVED, Verdict.PASSED)


def amount(cost: Range | None, figure: str = "expected") -> str:
    """`1,234.50`; `unknown` for None, never zero."""
    return "unknown" if cost is None else f"{getattr(cost, figure):,.2f}"


def cost_of(resource: ResourceEstimate, partly: frozenset[str], figure: str = "expected") -> str:
    """A resource's cost; with ` + ?` where a component of it is not priced."""
    known = amount(resource.monthly_cost, figure)
    return f"{known} + ?" if resource.urn in partly and resource.monthly_cost is not None else known


def partly_priced(estimate: Estimate) -> frozenset[str]:
    """The URNs of resources of which a component is not priced."""
    return frozenset(item.urn for item in estimate.unknown if item.component is not None)


def signed(value: float) -> str:
    """`+1,234.50` or `-0.40`; what rounds to nothing has no sign."""
    return f"{value:+,.2f}" if abs(value) >= HALF_CENT else "0.00"


def percent(comparison: Comparison) -> str:
    """The expected change in percent of what was there, as ` (+3.2 %)`; empty where there was nothing, or where only a part is known."""
    before = comparison.before.expected
    if comparison.partial or before < HALF_CENT:
        return ""
    return f" ({100 * comparison.difference.expected / before:+,.1f} %)"


def kind(type_: str, width: int = KIND_WIDTH) -> str:
    """`ec2 NatGateway` for `aws:ec2/natGateway:NatGateway`."""
    parts = type_.split(":")
    return cut(f"{parts[1].split('/')[0]} {parts[-1]}" if len(parts) == 3 else type_, width)


def cut(text: str, width: int) -> str:
    """The text, or its beginning and its end: names differ at either."""
    tail = (width - 1) // 2
    return text if len(text) <= width else f"{text[: width - 1 - tail]}…{text[-tail:]}"


def change_word(change: ResourceChange) -> str:
    """What happens to the resource: the preview's own word where it says one, with what the comparison found."""
    words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted", "import": "imported"}
    return words.get(change.operation or "", change.kind.value)


def change_amount(change: ResourceChange) -> str:
    """The change of the expected cost; `unknown` where a side that exists is not priced, `+ ?` where a component of one is not."""
    return "unknown" if change.half_known else f"{signed(change.difference)}{' + ?' if change.undecided else ''}"


def why(change: ResourceChange) -> str:
    """The reasons, and where the expected cost stays the same what does move."""
    if change.half_known:
        side = "after" if change.after is None and change.kind is not ChangeKind.REMOVED else "before"
        return "; ".join([*change.reasons, f"not priced {side}"])
    moved = abs(change.difference) >= HALF_CENT
    if moved or change.before is None or change.after is None:
        return ", ".join(change.reasons)
    parts = [f"{word} {signed(change.moved(name))}" for name, word in (("min", "floor"), ("max", "ceiling"))]
    return "; ".join([", ".join(change.reasons), *(part for part in parts if not part.endswith(" 0.00"))])


def line_words(line: LineChange) -> str:
    """One line of a change: quantity, unit price and cost before and after."""
    old, new = line.before, line.after
    if old is None or new is None:
        side = new or old
        assert side is not None
        return f"{figures(side.quantity)} {line.unit} at {side.unit_price:,.6g}"
    quantity = figures(new.quantity)
    if figures(old.quantity) != quantity:
        quantity = f"{figures(old.quantity)} -> {quantity}"
    price = f"{new.unit_price:,.6g}"
    if f"{old.unit_price:,.6g}" != price:
        price = f"{old.unit_price:,.6g} -> {price}"
    types = f", {old.instance_type} -> {new.instance_type}" if old.instance_type != new.instance_type else ""
    sources = f", {old.quantity_source.value} -> {new.quantity_source.value}" if old.quantity_source is not new.quantity_source else ""
    return f"{quantity} {line.unit} at {price}{types}{sources}"


def line_amount(change: ResourceChange, line: LineChange) -> str:
    """The change of a line's expected cost; `?` where what has no price may be the same thing on the other side."""
    return signed(_line_difference(line)) if change.counts(line) else "?"


def _line_difference(line: LineChange) -> float:
    return (line.after.monthly_cost.expected if line.after else 0.0) - (line.before.monthly_cost.expected if line.before else 0.0)


def change_notes(comparison: Comparison) -> tuple[str, ...]:
    """What to know beside the difference: what is paid twice for a while, what is imported or kept, what is not shown or not priced."""
    return (*comparison.notes, *(overlap_note(overlap) for overlap in comparison.overlaps))


def warnings_of(estimate: Estimate) -> tuple[str, ...]:
    """The estimate's warnings, without those that the comparison of a preview with the stack before it says better: what is unseen, what is deleted."""
    found = estimate.comparison
    said = () if found is None else ("--show-sames",) * found.partial + ("that the preview deletes",) * (found.against == AGAINST)
    return tuple(warning for warning in estimate.warnings if not any(text in warning for text in said))


def judged(results: Sequence[GuardrailResult]) -> list[GuardrailResult]:
    """The guardrails' results, what stops a change first."""
    return sorted(results, key=lambda result: VERDICT_ORDER.index(result.verdict))


def guardrail_value(result: GuardrailResult) -> str:
    """What was compared, in the limit's unit."""
    return "unknown" if result.value is None else f"{result.value:,.4f}" if result.unit == "USD an hour" else f"{result.value:,.2f}"


def dearest(estimate: Estimate) -> list[ResourceEstimate]:
    """The resources that have lines, by their expected cost and then by their ceiling."""
    priced = (resource for resource in estimate.resources if resource.lines and resource.monthly_cost is not None)
    return sorted(priced, key=lambda resource: (-_cost(resource).expected, -_cost(resource).max, resource.urn))


def _cost(resource: ResourceEstimate) -> Range:
    assert resource.monthly_cost is not None
    return resource.monthly_cost


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 resource`, `2 resources`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _remembered(estimate: Estimate) -> str:
    """How much of the expected cost rests on prices written from memory; nothing where none does."""
    share = sum(line.monthly_cost.expected for resource in estimate.resources for line in resource.lines if line.confidence in REMEMBERED)
    percent = 100 * share / estimate.total.expected if estimate.total.expected else 0.0
    return f" {percent:.0f} % of the expected cost rests on prices written from memory (plinth prices verify)." if percent >= 0.5 else ""


def basis(estimate: Estimate) -> str:
    """What the figures rest on: the month, the prices' dates, the usage."""
    presets = sum(1 for resource in estimate.resources for line in resource.lines if line.quantity_source is QuantitySource.PRESET)
    files = f" Usage of {', '.join(estimate.usage_files)}." if estimate.usage_files else ""
    prices = f"Prices of {estimate.prices.oldest} to {estimate.prices.newest}, on demand unless a line says Spot." if estimate.prices.oldest else ""
    usage = f"{counted(presets, 'line')} {'rests' if presets == 1 else 'rest'} on preset usage."
    return f"A month has {estimate.month_hours} hours. {prices}{files} {usage}{_remembered(estimate)}"
