"""`plinth prices`: bring the price book up to date, say how old it is, look up a price, learn rates from a bill."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cost.pricing.model import LearnedPrices, PriceAge, Refresh, ShownPrices

MAX_LISTED = 12


def register(group: typer.Typer) -> None:
    """Add the commands to their group."""
    group.command("refresh")(refresh)
    group.command("verify")(verify)
    group.command("show")(show)
    group.command("learn")(learn)


def refresh(
    region: str = typer.Option(..., "--region", metavar="R", help="The Region whose prices are read."),
    out: Path = typer.Option(..., "--out", metavar="F", help="The price file to write, for --prices."),
    services: str = typer.Option("", "--services", metavar="A,B", help="Offer codes such as AmazonEC2,AmazonS3; all that the book needs by default."),
    source: Path | None = typer.Option(None, "--from", metavar="F", help="A downloaded offer file (JSON or csv, .gz too), or a folder of them."),
    bulk: bool = typer.Option(False, "--bulk", help="Download AWS's csv offer files instead of asking product by product."),
    as_json: bool = typer.Option(False, "--json", help="Print what was read as JSON."),
) -> None:
    """A Region's prices from the AWS Price List, as a price file."""
    from cost.pricing.refresh import refresh as refreshed
    from plinth.console import print_json, progress
    from plinth.errors import UsageError

    if bulk and source is not None:
        raise UsageError("--bulk downloads offer files and --from reads your own", fix="give one of them")
    with progress("reading the price list"):
        done = refreshed(region, out, services=[code.strip() for code in services.split(",") if code.strip()], source=source, bulk=bulk)
    if as_json:
        print_json(done)
        return
    _show_refresh(done)


def verify(
    prices: Path | None = typer.Option(None, "--prices", metavar="F", help="Check this price file instead of the shipped tables."),
    as_of: str | None = typer.Option(None, "--as-of", metavar="DATE", help="The day to measure age from, such as 2026-11-22; today by default."),
    strict: bool = typer.Option(False, "--strict", help="Exit 1 where a price is stale or a table has a fault."),
    as_json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """How old the prices are, what they rest on, and what is wrong in their tables."""
    from cost.pricing.verify import verify as verified
    from plinth.console import print_json

    found = verified(as_of=_day(as_of), prices=prices)
    if as_json:
        print_json(found)
    else:
        _show_age(found)
    if strict and (found.stale or found.faults):
        raise typer.Exit(1)


def show(
    name: str = typer.Argument(..., metavar="NAME", help="A Terraform type, a component, or an instance type: aws_nat_gateway, g5.xlarge, ml.g5.xlarge."),
    region: str | None = typer.Option(None, "--region", metavar="R", help="Only this Region; all by default."),
    prices: Path | None = typer.Option(None, "--prices", metavar="F", help="A price file over the shipped prices."),
    as_json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """Look up a price: every tier, with its date, source and confidence."""
    from cost.estimate import load_price_book
    from cost.pricing.show import shown
    from plinth.console import print_json

    found = shown(load_price_book(prices), name, region=region)
    if as_json:
        print_json(found)
        return
    _show_prices(found)


def learn(
    bill: list[str] = typer.Argument(..., metavar="BILL…", help="Bill files or folders, as for plinth cost bill."),
    out: Path = typer.Option(..., "--out", metavar="F", help="The price file to write, for --prices."),
    as_json: bool = typer.Option(False, "--json", help="Print what was learned as JSON."),
) -> None:
    """Effective rates from a bill: what a unit of each component cost after every discount."""
    from cost.pricing.learn import learn as learned
    from plinth.console import print_json, progress

    with progress("reading the bill"):
        done = learned(bill, out)
    if as_json:
        print_json(done)
        return
    _show_learned(done)


def _day(text: str | None):
    from datetime import UTC, date, datetime

    from plinth.errors import InputError

    if text is None:
        return datetime.now(tz=UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("--as-of is not a date", value=text, fix="write it as 2026-11-22") from None


def _show_refresh(done: Refresh) -> None:
    from plinth.console import console, table

    screen = console()
    rows = [(read.service_code, read.version, read.day, f"{read.products:,}") for read in done.services]
    screen.print(table(f"{done.region}, AWS Price List", ["service", "version", "day", "products"], rows, right=["products"]))
    screen.print(f"{done.components:,} components, {done.rows:,} rows, written to {done.out}")
    for note in done.notes:
        screen.print(f"note: {note}")
    if done.refused:
        refused = [(each.resource_type, each.component, each.reason) for each in done.refused]
        screen.print(table("Refused, none is picked", ["type", "component", "why"], refused[:MAX_LISTED]))
    if done.missing:
        missing = [(each.resource_type, each.component, f"{each.service_code} {each.usage_type}") for each in done.missing]
        screen.print(table(f"{len(missing)} components of the book are not in the list", ["type", "component", "AWS's name"], missing[:MAX_LISTED]))
    if done.instance_types_not_listed:
        screen.print(f"{len(done.instance_types_not_listed):,} instance types of the book are not listed in {done.region}")
    if len(done.refused) > MAX_LISTED or len(done.missing) > MAX_LISTED:
        screen.print("--json lists them all")


def _show_age(found: PriceAge) -> None:
    from plinth.console import console, table

    screen = console()
    rows = [(each.table, each.confidence, f"{each.rows:,}", each.oldest, each.newest, f"{each.stale:,}" if each.stale else "") for each in found.tables]
    columns = ["table", "confidence", "rows", "oldest", "newest", "stale"]
    screen.print(table(f"prices on {found.as_of}", columns, rows, right=["rows", "stale"]))
    screen.print(f"{found.stale:,} of {found.rows:,} rows are older than {found.stale_after_days} days; {found.weak:,} rest on a quotient, a ratio or memory")
    if found.faults:
        faults = [(each.table, each.component, each.region, each.fault) for each in found.faults]
        screen.print(table(f"{len(faults)} faults", ["table", "component", "Region", "fault"], faults[:MAX_LISTED]))
    if found.stale:
        screen.print("bring them up to date by: plinth prices refresh --region R --out prices.csv, then --prices prices.csv")


def _show_prices(found: ShownPrices) -> None:
    from plinth.console import console, table

    screen = console()
    rows = [
        (
            each.component,
            each.region,
            f"{each.tier_start:,.12g}" if each.tier_start else "",
            f"{each.usd_per_unit:.12g}",
            each.unit,
            each.effective_date,
            each.confidence,
        )
        for each in found.prices
    ]
    columns = ["component", "Region", "above", "USD", "unit", "date", "confidence"]
    screen.print(table(found.asked, columns, rows, right=["above", "USD"]))
    for line in found.spot:
        screen.print(line)


def _show_learned(done: LearnedPrices) -> None:
    from plinth.console import console, table

    screen = console()
    columns = ["component", "Region", "USD", "list", "quantity"]
    rows = [
        (
            each.component,
            each.region,
            f"{each.usd_per_unit:.6g}",
            "" if each.list_usd_per_unit is None else f"{each.list_usd_per_unit:.6g}",
            f"{each.quantity:,.6g}",
        )
        for each in sorted(done.prices, key=lambda each: -each.cost)[:MAX_LISTED]
    ]
    screen.print(table(f"rates of {', '.join(done.months)} ({done.cost_kind})", columns, rows, right=columns[2:]))
    screen.print(f"{len(done.prices):,} rates, written to {done.out}")
    screen.print(f"they are of {done.covered_cost:,.2f} USD of the bill; {done.other_cost:,.2f} USD gave none")
    for note in done.notes:
        screen.print(f"note: {note}")
