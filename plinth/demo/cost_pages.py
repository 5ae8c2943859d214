"""The page of recommendations, each with its evidence and its replay."""

from __future__ import annotations

from typing import Any

from plinth.console import money
from plinth.demo.pages import HOME
from plinth.pages import Figure, PageTable, Section, render_page

SYNTHETIC = "Synthetic data: this page is made from a generated bill and generated metrics, not from a real account."


def recommendations_page(made: Any) -> str:
    """The recommendations, each with its evidence and replay, and every resource that was left alone."""
    right = frozenset({"saves"})
    moves = tuple(
        (r.resource_id, r.action_type, _move(r), f"{r.estimated_monthly_savings:,.2f}", f"{r.performance_risk_band} ({r.performance_risk:.1f} of 4)")
        for r in made.recommendations
    )
    table = PageTable(caption="Best saving first, USD a month", columns=("resource", "action", "move", "saves", "risk"), rows=moves, right=right, empty="None.")
    rest = PageTable(
        caption="Left as they are", columns=("resource", "reason"), rows=tuple((n.resource_id, n.reason) for n in made.not_recommended), empty="None."
    )
    figures = [
        Figure(label="Saves a month", value=money(made.estimated_monthly_savings, made.currency_code), note="estimated, at the bill's own effective rates"),
        Figure(label="Moves", value=str(len(made.recommendations)), note=f"{len(made.not_recommended)} resources left alone, each with a reason"),
        Figure(
            label="Method", value=f"P{made.percentile:g}", note=f"of 5-minute maxima over {made.lookback_days} days, headroom {made.cpu_headroom_percent} %"
        ),
    ]
    sections = [
        Section(heading="Moves", tables=(table,)),
        *(_evidence(r) for r in made.recommendations),
        Section(
            heading="No move",
            tables=(rest,),
            paragraphs=tuple(_sentence(text) for text in (*(f"Metrics: {note}" for note in made.metrics_notes), *made.warnings)),
        ),
    ]
    return render_page(
        "Recommendations",
        sections,
        lead="Each move was replayed over the resource's own history before it was listed.",
        figures=figures,
        notices=[SYNTHETIC],
        home=HOME,
    )


def _sentence(text: str) -> str:
    """A note as a sentence of the page."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def _move(recommendation: Any) -> str:
    return f"{recommendation.current_resource_summary} → {recommendation.recommended_resource_summary}"


def _evidence(recommendation: Any) -> Section:
    """What a move rests on: the demand that was seen, and its history replayed on the new size, or against the threshold of idleness."""
    replays = {(replay.specification, replay.metric): replay for replay in recommendation.replay}
    rows = []
    for seen in recommendation.evidence:
        replay = replays.get((seen.specification, seen.metric))
        verdict = f"{replay.intervals_above_target:,} of {replay.intervals:,}" if replay else "not judged by it"
        target = f"{replay.target:,.2f} {replay.unit}" if replay else ""
        rows.append(
            (
                seen.metric,
                f"P{seen.percentile:g} of {seen.statistic}",
                f"{seen.value:,.2f} {seen.unit}",
                f"{seen.maximum:,.2f}",
                f"{seen.missing_intervals:,} of {seen.intervals + seen.missing_intervals:,}",
                target,
                verdict,
            )
        )
    stops = all(not replay.capacity for replay in recommendation.replay)
    judged = ("idle threshold", "at or above it in the replay") if stops else ("target after", "above target in the replay")
    columns = ("metric", "statistic", "demand", "maximum", "intervals missing", *judged)
    table = PageTable(
        caption=f"Evidence over {recommendation.recommendation_lookback_period_in_days} days", columns=columns, rows=tuple(rows), right=frozenset(columns[2:])
    )
    notes = (
        f"{_move(recommendation)}. Effort {recommendation.implementation_effort}, risk {recommendation.performance_risk_band}.",
        f"To undo: {recommendation.undo}",
        *(_sentence(note) for note in recommendation.notes),
    )
    return Section(heading=f"{recommendation.action_type} {recommendation.resource_id}", paragraphs=notes, tables=(table,))
