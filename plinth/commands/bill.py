"""`plinth cost bill`: totals by every cost kind, by service and by tag; completeness and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import TYPE_CHECKING, Any

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths

if TYPE_CHECKING:
    from cost.bill.model import BillSummary, BillWarning, Costs, TagSummary

KINDS = {
    "billed": "what the invoice says",
    "list": "at public on-demand prices",
    "contracted": "at negotiated prices, without commitments",
    "unblended": "line by line as billed",
    "amortized": "commitment fees spread over what they covered",
    "net_amortized": "the same after discounts",
    "trueup": "minus upfront fees amortized in this time",
    "upfront": "upfront fees paid in this time",
    "tax": "of the billed cost",
    "credit": "of the billed cost",
}
SHOWN_VALUES, SHOWN_KEYS, SHOWN_SERVICES, WIDEST = 8, 6, 15, 50


def register(app: typer.Typer) -> None:
    """Add `bill` to the cost commands."""

    @app.command("bill")
    def bill(
        paths: BillPaths,
        as_json: bool = typer.Option(False, "--json", help="Print the whole summary as JSON."),
    ) -> None:
        """Totals of a bill by every cost kind, by service and by tag; how complete it is; what to know about it."""
        from cost.bill import read_bill, summarize
        from plinth.console import print_json, progress

        with progress("Reading the bill"):
            read = read_bill(paths)
            try:
                summary = summarize(read)
            finally:
                read.engine.close()
        if as_json:
            print_json(summary)
        else:
            show(summary)


def show(summary: BillSummary) -> None:
    """Print the summary as tables."""
    from cost.report.text import TOTALS_NOTE, money, percent, plural, short
    from plinth.console import console, table

    out, currency = console(), summary.currency
    out.print(f"{summary.format} · {plural(summary.rows, 'row')} · {plural(len(summary.files), 'file')} · {', '.join(summary.periods)}")
    if summary.synthetic:
        out.print(SYNTHETIC)
    totals = summary.totals.model_dump()
    out.print(
        table("Totals", ("cost", "amount", "meaning"), [(kind, money(totals[kind], currency), meaning) for kind, meaning in KINDS.items()], right=["amount"])
    )
    out.print(f"{TOTALS_NOTE}\n")
    out.print(_by_value("By service", "service", summary.by_service, currency, SHOWN_SERVICES))
    out.print(_by_value("By line item type", "type", summary.by_line_item_type, currency, SHOWN_SERVICES))
    _show_tags(out, summary)
    if summary.commitments:
        rows = [(short(each.id, 40), money(each.used, currency), money(each.unused, currency), percent(each.utilisation)) for each in summary.commitments]
        out.print(table("Commitments", ("commitment", "used", "unused", "utilisation"), rows, right=["used", "unused", "utilisation"]))
    periods = {each.period: each for each in summary.completeness.periods}
    days = [
        (each.account, each.period, f"{each.days} of {each.days_in_period}", "open" if periods[each.period].open else "closed")
        for each in summary.completeness.accounts
    ]
    if days:
        out.print(table("Completeness", ("account", "month", "days with usage", "state"), days, right=["days with usage"]))
    else:
        out.print("Completeness: the bill has no usage, so no day of it.\n")
    if summary.warnings:
        rows = [_warning_row(each, currency) for each in summary.warnings]
        out.print(table("Warnings", ("code", "rows", "amount", "what"), rows, right=["rows", "amount"]))
    else:
        out.print("Warnings: none.")


def _warning_row(warning: BillWarning, currency: str) -> tuple[str, str, str, str]:
    from cost.report.text import money

    amount = "" if warning.amount is None else money(warning.amount, currency)
    return warning.code, f"{warning.rows:,}" if warning.rows else "", amount, warning.message


def _by_value(title: str, column: str, costs: Mapping[str, Costs], currency: str, limit: int) -> Any:
    from cost.bill.groups import UNTAGGED
    from cost.report.text import money, short
    from plinth.console import table

    columns = ("billed", "list", "unblended", "amortized")
    rows = [(short(name or UNTAGGED, WIDEST), *(money(getattr(each, kind), currency) for kind in columns)) for name, each in list(costs.items())[:limit]]
    rest = list(costs.values())[limit:]
    if rest:
        rows.append((f"{len(rest)} more", *(money(fsum(getattr(each, kind) for each in rest), currency) for kind in columns)))
    return table(title, (column, *columns), rows, right=columns)


def _show_tags(out: Any, summary: BillSummary) -> None:
    from cost.report.text import cut, percent, plural

    if not summary.tags:
        out.print("No tag columns: every charge is untagged.\n")
        return
    for key in _telling(summary.tags)[:SHOWN_KEYS]:
        tag = summary.tags[key]
        untagged = tag.values[""]
        tagged = {value: costs for value, costs in tag.values.items() if value}
        carried = "the bill has no amortized usage" if tag.coverage is None else f"{percent(tag.coverage)} of amortized usage carries it"
        title = f"By tag {cut(key, WIDEST)} ({carried})"
        out.print(_by_value(title, key, {"": untagged, **tagged}, summary.currency, SHOWN_VALUES))
    if hidden := _telling(summary.tags)[SHOWN_KEYS:]:
        out.print(f"{plural(len(hidden), 'more tag')}: {', '.join(cut(key, WIDEST) for key in hidden[:20])}; all of them with --json\n")


def _telling(tags: Mapping[str, TagSummary]) -> list[str]:
    """The tags in the order of use: team and workload first, then those that tell the most values apart."""
    return sorted(tags, key=lambda key: (key != "team", key != "workload", len(tags[key].values) < 3, key))
