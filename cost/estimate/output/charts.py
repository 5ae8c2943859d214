"""The page's two charts as bars: the dearest resources with their range from floor to ceiling, and what changes, to either side of nothing.

A bar is a box of a list with its name and figures as text beside it, so that it reads without colour, without sight and on a phone, and needs no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cost.estimate.model import Range, ResourceChange, ResourceEstimate
from cost.estimate.output.words import amount, change_word, cut, kind, signed

BARS: Final = 10
NAME: Final = 60
WIDEST_RANGE: Final = 3.0
"""The axis ends at so many times the dearest expected cost, where a ceiling is beyond: else the bars would be too small to compare."""
THINNEST: Final = 0.4
"""Percent of the width that a bar of any cost has at least."""


@dataclass(frozen=True)
class Bar:
    """One bar; `left`, `width` and `span` (left, width) are percent of the track, `beyond` says that the range goes on past its end."""

    name: str
    note: str
    value: str
    range: str
    left: float
    width: float
    span: tuple[float, float] | None = None
    beyond: bool = False
    less: bool = False


@dataclass(frozen=True)
class Chart:
    """A figure: what it shows, its bars, and where nothing is, in percent of the track."""

    caption: str
    bars: tuple[Bar, ...]
    zero: float | None = None


def cost_chart(resources: Sequence[ResourceEstimate], currency: str) -> Chart | None:
    """The dearest resources; None where nothing costs anything."""
    shown = [(resource, resource.monthly_cost) for resource in resources[:BARS] if resource.monthly_cost is not None and resource.monthly_cost.max > 0]
    if not shown:
        return None
    expected, most = (max(getattr(cost, name) for _, cost in shown) for name in ("expected", "max"))
    scale = min(most, WIDEST_RANGE * expected) if expected > 0 else most
    bars = tuple(_cost_bar(resource, cost, scale) for resource, cost in shown)
    ends = ", with an arrow where it goes on" if any(bar.beyond for bar in bars) else ""
    return Chart(f"The dearest resources, {currency} a month: the bar is the expected cost, the line goes from floor to ceiling{ends}.", bars)


def _cost_bar(resource: ResourceEstimate, cost: Range, scale: float) -> Bar:
    end = min(cost.max, scale)
    return Bar(
        name=cut(resource.name, NAME),
        note=kind(resource.type, NAME),
        value=amount(cost),
        range="" if _one(cost) else f"{amount(cost, 'min')} to {amount(cost, 'max')}",
        left=0.0,
        width=_percent(cost.expected, scale) if cost.expected > 0 else 0.0,
        span=None if _one(cost) else (_share(cost.min, scale), _share(end - cost.min, scale)),
        beyond=cost.max > scale * 1.000001,
    )


def change_chart(changes: Sequence[ResourceChange], currency: str) -> Chart | None:
    """The largest changes of the expected cost, what grows filled and to the right; None where none is known."""
    shown = [change for change in changes if not change.half_known and abs(change.difference) >= 0.005][:BARS]
    if not shown:
        return None
    low, high = min(0.0, *(change.difference for change in shown)), max(0.0, *(change.difference for change in shown))
    scale = high - low
    zero = _share(-low, scale)
    bars = tuple(_change_bar(change, zero, scale) for change in shown)
    return Chart(f"The largest changes of the expected cost, {currency} a month: filled to the right is more, outlined to the left is less.", bars, zero)


def _change_bar(change: ResourceChange, zero: float, scale: float) -> Bar:
    width = _percent(abs(change.difference), scale)
    less = change.difference < 0
    return Bar(
        name=cut(change.name, NAME),
        note=f"{kind(change.type, NAME)}, {change_word(change)}",
        value=signed(change.difference),
        range=f"{amount(change.before) if change.before else '0.00'} to {amount(change.after) if change.after else '0.00'}",
        left=round(max(0.0, zero - width), 2) if less else zero,
        width=width,
        less=less,
    )


def _one(cost: Range) -> bool:
    return cost.min == cost.max


def _percent(value: float, scale: float) -> float:
    return max(THINNEST, _share(value, scale))


def _share(value: float, scale: float) -> float:
    return round(100 * max(0.0, value) / scale, 2)
