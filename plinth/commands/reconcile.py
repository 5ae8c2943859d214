"""`plinth cost reconcile`: an estimate against the bill, resource by resource, with the cause of each error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths

if TYPE_CHECKING:
    from cost.reconcile import Reconciliation

SHOWN = 30


def register(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("reconcile")(reconcile)


def reconcile(
    estimate: Annotated[Path, typer.Argument(metavar="ESTIMATE", help="What plinth cost estimate --json wrote; or a preview, or a stack export.")],
    paths: BillPaths,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="The bill's month; without it, its last whole one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reconciliation as JSON.")] = False,
) -> None:
    """Set an estimate against a month of the bill: the error of each resource and its cause, and what of the bill no resource explains."""
    from contextlib import closing

    from cost.bill import read_bill
    from cost.estimate import estimate as estimated
    from cost.estimate import read_earlier
    from cost.reconcile import reconcile as reconciled
    from plinth.console import print_json, progress

    before = read_earlier(estimate, estimated)
    with progress("Reading the bill"):
        bill = read_bill(paths)
    with closing(bill.engine), progress("Matching resources"):
        result = reconciled(before, bill, month=month)
    if as_json:
        print_json(result)
    else:
        show_reconciliation(result)


def show_reconciliation(result: Reconciliation) -> None:
    """Print the dearest errors, what nothing explains, and the sums."""
    from plinth.console import console, money, table

    out = console()
    if result.synthetic:
        out.print(SYNTHETIC, style="bold")
    shown, rest = result.resources[:SHOWN], result.resources[SHOWN:]
    rows = [_row(found.name, found.estimated_cost, found.billed_cost, found.error, found.error_percent, found.cause.value) for found in shown]
    if rest:
        estimated, billed, error = (sum(getattr(found, name) or 0.0 for found in rest) for name in ("estimated_cost", "billed_cost", "error"))
        rows.append(_row(f"{len(rest)} others", estimated, billed, error, None, ""))
    figures = ("estimated", "billed", "error", "%")
    title = f"{result.month}: estimate against bill, {result.currency}, net amortized"
    out.print(table(title, ("resource", *figures, "cause"), rows, right=figures))
    _show_unmatched(out, result)
    currency = result.currency
    percent = "" if result.error_percent is None else f" ({result.error_percent:+.1f} %)"
    off = f"{result.estimated_cost - (result.matched_cost - result.unpriced_cost):+,.2f}{percent}"
    out.print(f"Estimated         {money(result.estimated_cost, currency):>20}   for the {result.hours:,.0f} hours that the bill covers")
    out.print(f"Billed, matched   {money(result.matched_cost, currency):>20}   the estimate is off by {off}")
    if result.unpriced_cost:
        out.print(f"  of it, unpriced {money(result.unpriced_cost, currency):>20}   the estimate has no price for these resources: not in the error")
    out.print(f"Billed, no match  {money(result.unmatched_cost, currency):>20}   usage of no resource of the estimate")
    out.print(f"Not usage         {money(result.not_usage_cost, currency):>20}   tax, credits, fees, unused commitments")
    out.print(f"Bill              {money(result.billed_cost, currency):>20}")
    for warning in result.warnings:
        out.print(f"note: {warning}")


def _row(name: str, estimated: float | None, billed: float, error: float | None, percent: float | None, cause: str) -> tuple[str, ...]:
    share = "" if percent is None else f"{percent:+.1f}"
    known = ("unknown", "unknown") if estimated is None or error is None else (f"{estimated:,.2f}", f"{error:+,.2f}")
    return (name if len(name) <= 42 else f"{name[:20]}…{name[-21:]}", known[0], f"{billed:,.2f}", known[1], share, cause)


def _show_unmatched(out: Any, result: Reconciliation) -> None:
    from plinth.console import table

    if not result.unmatched:
        return
    rows = [(item.service, item.usage_type, item.resources, item.example or "", f"{item.billed_cost:,.2f}") for item in result.unmatched[:10]]
    more = f", {len(result.unmatched) - 10} more not shown" if len(result.unmatched) > 10 else ""
    columns = ("service", "usage type", "resources", "for example", "billed")
    out.print(table(f"usage of no resource of the estimate{more}", columns, rows, right=("resources", "billed")))
