"""`plinth cost focus`: a bill as FOCUS 1.2, for other tools and for keeping."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from plinth.commands.paths import BillPaths

if TYPE_CHECKING:
    from cost.bill.focus.model import FocusExport


def register(app: typer.Typer) -> None:
    """Add `focus` to the cost commands."""

    @app.command("focus")
    def focus(
        paths: BillPaths,
        out: Path = typer.Option(..., "--out", metavar="FILE", help="Where to write it: FILE ends in .csv, .csv.gz or .parquet."),
        as_json: bool = typer.Option(False, "--json", help="Print what was written as JSON."),
    ) -> None:
        """The bill as FOCUS 1.2: its 57 columns and Plinth's own, one row a line, commitments as the specification wants them."""
        from cost.bill import read_bill
        from cost.bill.focus.write import check_out, write_focus
        from plinth.console import print_json, progress

        check_out(out, paths)
        with progress("Reading the bill"):
            bill = read_bill(paths, by_line=True)
        try:
            with progress(f"Writing {out.name}"):
                export = write_focus(bill, out)
        finally:
            bill.engine.close()
        if as_json:
            print_json(export)
        else:
            show(export)


def show(export: FocusExport) -> None:
    """Print what was written, and what to know about it."""
    from plinth.console import console, money, table

    out = console()
    folded = f" · {export.folded_rows:,} savings plan negations folded" if export.folded_rows else ""
    out.print(f"{export.out}: {export.format} · {export.rows:,} rows of {export.lines:,} lines{folded}", soft_wrap=True)
    meanings = {
        "billed": "BilledCost: what the invoice says",
        "list": "ListCost: at public prices, purchases of commitments included",
        "contracted": "ContractedCost: at negotiated prices, purchases included",
        "effective": "EffectiveCost: net amortized",
    }
    totals = export.totals.model_dump()
    rows = [(kind, money(totals[kind], export.currency), meaning) for kind, meaning in meanings.items()]
    out.print(table("Totals of the file", ("cost", "amount", "meaning"), rows, right=["amount"]))
    if export.warnings:
        warnings = [
            (each.code, f"{each.rows:,}" if each.rows else "", "" if each.amount is None else money(each.amount, export.currency), each.message)
            for each in export.warnings
        ]
        out.print(table("Warnings", ("code", "rows", "amount", "what"), warnings, right=["rows", "amount"]))
