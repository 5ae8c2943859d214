"""`plinth cost anomalies PATH…`: spikes, steps, drops, what is new and what vanished, with the resources behind them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths

if TYPE_CHECKING:
    from cost.insight.model import Anomalies, Anomaly

PLURALS = {"new": "new", "vanished": "vanished"}
BEHIND = 2
WIDEST = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("anomalies")(anomalies)


def anomalies(
    paths: BillPaths,
    by: Annotated[str, typer.Option(help="What makes a series, with the service: account, service, region, usage_type, resource or a tag.")] = "team",
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only news of this day and later.", show_default="all of the bill")] = None,
    min_amount: Annotated[float | None, typer.Option(min=0, help="The least difference a day that counts.", show_default="1% of the usual day")] = None,
    cost: Annotated[str, typer.Option(help="The cost kind: unblended, amortized, net_amortized, …")] = "amortized",
    as_json: Annotated[bool, typer.Option("--json", help="Print the anomalies as JSON.")] = False,
) -> None:
    """Days and levels of cost that are not usual for a series, and what is behind them. Exit code 1 where there are any."""
    from cost.bill import read_bill
    from cost.insight.anomalies import check_request, find_anomalies
    from plinth.console import print_json, progress

    check_request(cost, min_amount)
    with progress("Reading the bill"):
        bill = read_bill(paths)
    try:
        with progress("Looking for anomalies"):
            found = find_anomalies(bill, by=by, cost=cost, since=since.date() if since else None, minimum=min_amount)
    finally:
        bill.engine.close()
    if as_json:
        print_json(found)
    else:
        show(found)
    if found.anomalies:
        raise typer.Exit(1)


def show(found: Anomalies) -> None:
    """Print the anomalies as a table, with what is behind each."""
    from cost.report.text import money, plural
    from plinth.console import console, table

    out = console()
    if not found.looked:
        out.print(found.note)
    if found.synthetic:
        out.print(SYNTHETIC)
    if not found.looked:
        return
    counts = Counter(each.kind for each in found.anomalies)
    said = ", ".join(plural(count, kind, PLURALS.get(kind, "")) for kind, count in counts.items()) or "no anomalies"
    since = f" since {found.since}" if found.since else ""
    out.print(f"{said}{since} in {found.series} series by {found.by}, {found.first_day} to {found.last_day}\n")
    if found.anomalies:
        columns = ("kind", found.by, "service", "since", "state", found.currency, "a day")
        out.print(table(None, columns, [_row(each) for each in found.anomalies], right=columns[5:]))
    for each in found.anomalies:
        behind = _behind(each)
        if behind:
            out.print(f"{each.kind}, {_short(each.group)}, {_short(each.service, 40)}, {each.first_day}: {behind}")
    if found.anomalies:
        out.print()
    out.print(f"{found.note} Least difference a day: {money(found.minimum_per_day, found.currency)}.")


def _row(each: Anomaly) -> tuple[str, ...]:
    from cost.report.text import signed

    return each.kind, _short(each.group), _short(each.service), f"{each.first_day}", _state(each), signed(each.excess), signed(each.per_day)


def _state(each: Anomaly) -> str:
    if each.kind == "drift":
        return "going on"
    if each.established_day and each.ongoing:
        return f"new level {each.established_day:%d %b}"
    return "going on" if each.ongoing else f"over {each.last_day:%d %b}"


def _behind(each: Anomaly) -> str:
    """The largest resources behind an anomaly, or its usage types."""
    from cost.report.text import signed

    items: Any = each.resources or each.usage_types
    return ", ".join(f"{_short(item.name, 48)} {signed(item.amount)}" for item in items[:BEHIND])


def _short(text: str, limit: int = WIDEST) -> str:
    from cost.report.text import group_name, short
    from plinth.console import printable

    clean = printable(group_name(text))
    if len(clean) <= limit or clean.startswith("arn:"):
        return short(clean, limit)
    return f"{clean[: limit - 1]}…"
