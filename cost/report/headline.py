"""What changed and why, in words: one sentence and a few points, each from figures that the report also shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from cost.bill.model import CommitmentSummary
from cost.insight.model import Anomaly, Change, Contribution, Mover, Untagged, Window
from cost.recommend.model import Recommendations
from cost.report.text import KIND_NAMES, and_more, figure, group_name, money, plural, short, signed, span

SAME: Final = 0.005
"""A change below this share is about the same."""
NAMED: Final = 2
"""Resources of a spike that its sentence names."""
VERBS: Final = {"spike": "spiked", "step": "stepped up", "new": "appeared", "drift": "drifted up", "drop": "dropped", "vanished": "vanished"}
MINOR: Final = 0.02
"""A mover below this share of all movement is not worth a sentence."""


def sentence(
    windows: tuple[Window, Window | None],
    total: float,
    change: Change | None,
    movers: Sequence[Mover],
    anomalies: Sequence[Anomaly],
    cost: str,
    currency: str,
) -> str:
    """One plain sentence: what changed and why."""
    current, previous = windows
    start = f"{current.label} cost {money(total, currency)} {KIND_NAMES[cost]}"
    if change is None or previous is None:
        return f"{start}; there is no earlier period in this bill to compare with{_spike(anomalies, currency)}."
    return f"{start}, {_direction(change, previous.label, currency)}{_cause(change, movers, currency)}{_spike(anomalies, currency, _main(change, movers))}."


def _direction(change: Change, before: str, currency: str) -> str:
    if figure(change.amount) == "0.00" or (change.percent is not None and abs(change.percent) < SAME):
        return f"about the same as {before} on equal days ({signed(change.amount, currency)})"
    percent = "" if change.percent is None else f"{abs(change.percent):.1%} "
    return f"{percent}{'more' if change.amount > 0 else 'less'} than {before} on equal days ({signed(change.amount, currency)})"


def _main(change: Change, movers: Sequence[Mover]) -> Mover | None:
    """The largest mover in the direction of the whole."""
    return next((mover for mover in movers if mover.change.amount * change.amount > 0), None)


def _cause(change: Change, movers: Sequence[Mover], currency: str) -> str:
    mover = _main(change, movers)
    if mover is None or figure(mover.change.amount) == "0.00":
        return ""
    return f", most of all {group_name(mover.group)} in {group_name(mover.service)} ({signed(mover.change.amount, currency)}, {cause_of(mover)})"


def cause_of(mover: Mover) -> str:
    """Whether usage, mix or rate explains most of a mover."""
    parts = {"usage": abs(mover.usage), "mix": abs(mover.mix), "rate": abs(mover.rate), "unexplained": abs(mover.unexplained)}
    main = max(parts, key=lambda name: parts[name])
    if main == "unexplained":
        return "charges without quantities"
    if main == "mix":
        return "a dearer mix" if mover.mix > 0 else "a cheaper mix"
    if main == "rate":
        return "a higher rate" if mover.rate > 0 else "a lower rate"
    return "more usage" if mover.usage > 0 else "less usage"


def _spike(anomalies: Sequence[Anomaly], currency: str, said: Mover | None = None) -> str:
    if not anomalies or anomalies[0].excess <= 0:
        return ""
    found = anomalies[0]
    there = said is not None and (said.group, said.service) == (found.group, found.service)
    verb = VERBS[found.kind]
    what = f"it {verb} there" if there else f"{group_name(found.group)} {verb} in {group_name(found.service)}"
    return f"; {what} on {span(found.first_day, found.last_day)}, {money(found.excess, currency)} above its usual days"


def points(
    anomalies: Sequence[Anomaly],
    movers: Sequence[Mover],
    untagged: Untagged,
    commitments: Sequence[CommitmentSummary],
    recommendations: Recommendations | None,
    currency: str,
) -> tuple[str, ...]:
    """What a reader should know next, the most urgent first."""
    return (
        *_spike_points(anomalies, currency),
        *_mover_points(movers, currency),
        *_untagged_points(untagged, currency),
        *_commitment_points(commitments, currency),
        *_saving_points(recommendations),
    )


def _spike_points(anomalies: Sequence[Anomaly], currency: str) -> Iterator[str]:
    for found in anomalies[:2]:
        usual = money(found.expected, currency)
        behind = f", behind it {_names(found.resources)}" if found.resources else ""
        yield (
            f"{found.kind.capitalize()}: {group_name(found.group)}, {group_name(found.service)}, {span(found.first_day, found.last_day)}: "
            f"{money(found.actual, currency)} where {usual} is usual{behind}."
        )


def _mover_points(movers: Sequence[Mover], currency: str) -> Iterator[str]:
    whole = sum(abs(mover.change.amount) for mover in movers)
    for mover in movers[:3]:
        if abs(mover.change.amount) < MINOR * whole or not whole:
            return
        percent = "new" if mover.change.percent is None else f"{mover.change.percent:+.1%}"
        parts = ", ".join(f"{name} {signed(amount, currency)}" for name, amount in _parts(mover) if abs(amount) >= MINOR * abs(mover.change.amount))
        yield f"{group_name(mover.group)}, {group_name(mover.service)}: {signed(mover.change.amount, currency)} ({percent}); {parts}."


def _parts(mover: Mover) -> tuple[tuple[str, float], ...]:
    return ("usage", mover.usage), ("mix", mover.mix), ("rate", mover.rate), ("charges without quantities", mover.unexplained)


def _untagged_points(untagged: Untagged, currency: str) -> Iterator[str]:
    if untagged.amount and untagged.share is not None:
        yield f"Untagged usage: {money(untagged.amount, currency)}, {untagged.share:.1%} of all usage in this bill."


def _commitment_points(commitments: Sequence[CommitmentSummary], currency: str) -> Iterator[str]:
    known = [(each.used, each.unused) for each in commitments if each.used is not None and each.unused is not None]
    unused = sum(part for _, part in known)
    whole = sum(part for part, _ in known) + unused
    if len(known) < len(commitments):
        yield f"Unused commitments: unknown for {len(commitments) - len(known)} of {len(commitments)}."
    if unused and whole:
        yield f"Unused commitments: {money(unused, currency)}, {unused / whole:.1%} of what they cost in this bill."


def _saving_points(recommendations: Recommendations | None) -> Iterator[str]:
    if recommendations and recommendations.recommendations:
        saving = money(recommendations.estimated_monthly_savings, recommendations.currency_code)
        yield f"Recommended: {plural(len(recommendations.recommendations), 'change')} that would save {saving} a month."


def _names(items: Sequence[Contribution]) -> str:
    named = [f"{short(item.name)} ({short(item.detail)})" if item.detail else short(item.name) for item in items[:NAMED]]
    more = and_more(len(items), NAMED)
    return ", ".join(named) + more if more else " and ".join(named)
