"""The commands, one module a noun; each imports its part of the house inside the command's body, so that `--help` is fast."""

from __future__ import annotations

import typer


def register(app: typer.Typer, cost_app: typer.Typer, prices_app: typer.Typer, local_app: typer.Typer, drill_app: typer.Typer) -> None:
    """Add every command to its group."""
    from plinth.commands import (
        allocate,
        alternatives,
        anomalies,
        bill,
        check,
        demo,
        drill,
        estimate,
        focus,
        forecast,
        local,
        plan,
        prices,
        recommend,
        reconcile,
        report,
        serve,
        usage,
    )

    for module in (demo, plan, check):
        module.register(app)
    for module in (estimate, alternatives, usage, reconcile, bill, focus, allocate, anomalies, forecast, report, serve, recommend):
        module.register(cost_app)
    prices.register(prices_app)
    local.register(local_app)
    drill.register(drill_app)
