"""`plinth cost recommend PATH… --metrics F`: what to change, what it saves at your own rate, and the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plinth.commands.paths import BillPaths

if TYPE_CHECKING:
    from cost.recommend import Recommendation, Recommendations


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend")(recommend)


def recommend(
    paths: BillPaths,
    metrics: Annotated[Path, typer.Option(help="Metrics: csv or parquet with resource_id, metric, unit, statistic, timestamp, value.")],
    percentile: Annotated[str, typer.Option(help="What CPU, GPU duty and network are sized on: P90, P95 or P99.5.")] = "P99.5",
    cpu_headroom: Annotated[int, typer.Option(help="Headroom above CPU, GPU duty and network, percent: 0, 20 or 30.")] = 20,
    memory_headroom: Annotated[int, typer.Option(help="Headroom above the memory peaks, percent: 10, 20 or 30.")] = 20,
    lookback: Annotated[int, typer.Option(help="Days of metrics, back from the file's last sample: 14, 32 or 93.")] = 14,
    graviton: Annotated[bool, typer.Option("--graviton", help="Let arm64 types replace x86_64 ones.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the recommendations as JSON.")] = False,
) -> None:
    """Say which instances to resize, stop or scale in, each replayed against its history, and why the others stay."""
    from contextlib import closing

    from cost.bill import read_bill
    from cost.recommend import checked_settings, inventory_from_bill, read_metrics
    from cost.recommend import recommend as recommended
    from plinth.console import print_json, progress

    settings = checked_settings(percentile, cpu_headroom, memory_headroom, lookback, graviton=graviton)
    with progress("Reading the metrics"):
        read = read_metrics(metrics)
    with closing(read):
        with progress("Reading the bill"):
            bill = read_bill(paths)
            with closing(bill.engine):
                inventory = inventory_from_bill(bill)
        with progress("Replaying candidates against the history"):
            found = recommended(read, inventory, settings)
    if as_json:
        print_json(found)
    else:
        show_recommendations(found)


def show_recommendations(found: Recommendations) -> None:
    """Print the recommendations, their evidence, and every resource that has none."""
    from plinth.console import console, money, printable, table

    out = console()
    for note in found.metrics_notes:
        out.print(f"metrics: {printable(note)}")
    rows = [
        (
            item.resource_id,
            item.action_type,
            _short(item.current_resource_summary),
            _short(item.recommended_resource_summary),
            f"{item.estimated_monthly_savings:,.2f}",
            item.performance_risk_band,
        )
        for item in found.recommendations
    ]
    currency = found.currency_code
    out.print(table(f"Recommendations ({len(rows)})", ("resource", "action", "now", "then", f"{currency}/month", "risk"), rows, right=(f"{currency}/month",)))
    for item in found.recommendations:
        for line in ("", *map(printable, _lines(item))):
            out.print(line)
    out.print(f"\nSavings: {money(found.estimated_monthly_savings, currency)} a month.")
    if found.not_recommended:
        out.print(
            table(f"No recommendation ({len(found.not_recommended)})", ("resource", "why"), [(item.resource_id, item.reason) for item in found.not_recommended])
        )
    for warning in found.warnings:
        out.print(f"warning: {printable(warning)}")


def _lines(item: Recommendation) -> list[str]:
    lines = [f"{item.resource_id}: {item.current_resource_summary} to {item.recommended_resource_summary}"]
    for seen in item.evidence:
        figure = "maximum" if seen.percentile == 100 else f"P{seen.percentile:g}"
        missing = f", {seen.missing_intervals:,} missing in {seen.gaps:,} gaps" if seen.missing_intervals else ""
        demand = f"{figure} {seen.value:.3g} of {seen.current_capacity:.4g} {seen.unit}"
        lines.append(f"  seen    {seen.metric} {seen.statistic}: {demand} ({seen.intervals:,} intervals{missing})")
    lines += [f"  replay  {result.sentence}" for result in item.replay]
    lines += [f"  risk    {risk.specification} {risk.risk:g}: {'; '.join(risk.reasons)}" for risk in item.specification_risks if risk.reasons]
    lines += [f"  differs {difference}" for difference in item.platform_differences]
    lines += [f"  price   {item.price_basis}", f"  undo    {item.undo}"]
    return lines + [f"  note    {note}" for note in item.notes]


def _short(summary: str) -> str:
    return summary.split(" (")[0]
