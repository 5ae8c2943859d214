"""Figures, days and names as people read them, the same in the page, the Markdown and the terminal."""

from __future__ import annotations

from datetime import date
from math import floor, log10
from typing import Final

from cost.insight.model import OTHER, SHARED, UNTAGGED, Contribution
from cost.recommend.model import Recommendation
from plinth.console import printable

SMALL: Final = 0.01
HALF_CENT: Final = 0.005
NOTHING: Final = 1e-8
"""Below this an amount is the rest of a rounding."""
GROUP_NAMES: Final = {UNTAGGED: "untagged", SHARED: "shared (tax, fees)", OTHER: "all others"}
BEFORE: Final = "before, on equal days"
"""The column of what the previous window cost."""
BEHIND_LISTED: Final = 6
"""So many at most stand behind a spike or a mover (analysis.contributions.LISTED): where there are so many, there may be others."""
TOTALS_NOTE: Final = (
    "list has no discounts, tax only at a public price that the bill states for it (mostly none), and credits and refunds as billed; contracted has tax and "
    "discounts as billed, so it can be more than list. Both leave out what buys commitments and their unused part: the usage that they cover is priced "
    "itself. A FOCUS bill's list and contracted costs are its own."
)
"""Why the cost kinds' totals do not go down from list to contracted."""
NAME: Final = 60
"""A name's longest text where people read it: a tag value may have thousands of characters. JSON and csv have all of it."""
KIND_NAMES: Final = {
    "billed": "billed",
    "list": "at list prices",
    "contracted": "at contracted prices",
    "unblended": "unblended",
    "amortized": "amortized",
    "net_amortized": "net amortized",
    "trueup": "of trueup",
    "upfront": "of upfront fees",
}


def figure(value: float | None) -> str:
    """An amount without its currency: two decimals, or, below a cent, two digits that tell; `unknown` for None."""
    if value is None:
        return "unknown"
    if abs(value) < NOTHING:
        return "0.00"
    if abs(value) >= SMALL:
        return f"{value:,.2f}"
    return f"{value:.{1 - floor(log10(abs(value)))}f}"


def money(value: float | None, currency: str) -> str:
    """`1,234.50 USD`."""
    return figure(value) if value is None else f"{figure(value)} {currency}"


def signed(value: float, currency: str | None = None) -> str:
    """`+12.00 USD`, or without the currency."""
    sign = "+" if value > 0 and figure(value) != "0.00" else ""
    return sign + (figure(value) if currency is None else money(value, currency))


def percent(share: float | None) -> str:
    """A share as a percentage; `unknown` for None."""
    return "unknown" if share is None else f"{share:.1%}".replace("-0.0%", "0.0%")


def span(first: date, last: date) -> str:
    """`13 to 15 Oct 2026`."""
    if first == last:
        return f"{first.day} {first:%b %Y}"
    start = str(first.day) if (first.year, first.month) == (last.year, last.month) else f"{first.day} {first:%b}"
    return f"{start} to {last.day} {last:%b %Y}"


def group_name(group: str) -> str:
    """A group, a service or another name of the bill as people read it: printable, its start where it is long."""
    return cut(printable(GROUP_NAMES.get(group, group)), NAME)


def cut(text: str, limit: int) -> str:
    """A text's start, with … where it is longer than `limit`."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 change`, `2 changes`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def short(identifier: str, limit: int = 48) -> str:
    """An identifier's end where it is long: the end of an ARN tells resources apart."""
    shown = printable(identifier)
    return shown if len(shown) <= limit else "…" + shown[-(limit - 1) :]


def named(items: tuple[Contribution, ...], limit: int = 3) -> str:
    """What is behind something, with amounts: `i-0abc g5.xlarge +70.39, …`."""
    parts = [f"{short(item.name)}{_detail(item)} {signed(item.amount)}" for item in items[:limit]]
    return ", ".join(parts) + and_more(len(items), limit) or "no resource or usage type named"


def _detail(item: Contribution) -> str:
    return f" {short(item.detail)}" if item.detail and item.detail != item.name else ""


def and_more(count: int, shown: int) -> str:
    """What a list of `count` leaves out after `shown`: ` and 2 more`, or nothing."""
    if count <= shown:
        return ""
    return f" and {'at least ' if count >= BEHIND_LISTED else ''}{count - shown} more"


def action(item: Recommendation) -> str:
    """A recommendation's change in a line."""
    return f"{item.action_type}: {item.current_resource_summary} → {item.recommended_resource_summary}"


def seen(item: Recommendation) -> list[str]:
    """What was seen of each metric: metric, statistic, percentile, value and capacity."""
    return [
        f"{each.metric} {each.statistic}, {'maximum' if each.percentile == 100 else f'P{each.percentile:g}'} {each.value:.3g} of {each.current_capacity:.4g} "
        f"{each.unit}" + (f" ({each.missing_intervals:,} of {each.intervals + each.missing_intervals:,} intervals missing)" if each.missing_intervals else "")
        for each in item.evidence
    ]


def window_of(item: Recommendation) -> str:
    """When the evidence is from, and how much of it there is."""
    if not item.evidence:
        return "no metrics"
    first, last = min(each.window_start for each in item.evidence), max(each.window_end for each in item.evidence)
    return f"{span(first.date(), last.date())}, {max(each.intervals for each in item.evidence):,} intervals of {item.evidence[0].interval_seconds} s"


def replays(item: Recommendation) -> list[str]:
    """Each replay in a line: on the recommended type, or against the threshold of idleness."""
    return [result.sentence for result in item.replay]


def tightest(item: Recommendation) -> str:
    """The replay in a few words: how many checks, and the one that came nearest to its target or to the threshold of idleness."""
    worst = max(item.replay, key=lambda result: result.worst_demand / result.target)
    limit = "its target" if worst.capacity else "the idle threshold"
    return (
        f"{max(result.intervals_above_target for result in item.replay):,} intervals above {limit} in {len(item.replay)} checks, "
        f"nearest {worst.label} with {worst.worst_demand:.3g} of {worst.target:.3g} {worst.unit}"
    )
