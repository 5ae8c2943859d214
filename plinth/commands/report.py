"""`plinth cost report PATH… [--out F]`: what changed and why, as a page, as Markdown, as csv, as JSON, or in the terminal."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths
from plinth.errors import InputError, UsageError

if TYPE_CHECKING:
    from cost.bill.model import Bill
    from cost.recommend import Recommendations
    from cost.report import Report

SUFFIXES = (".html", ".md", ".csv", ".json")
SHOWN, LONGEST = 8, 600
TAG = "team"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    paths: BillPaths,
    out: Annotated[Path | None, typer.Option(help="Where to write it: a file that ends in .html, .md, .csv or .json.")] = None,
    metrics: Annotated[Path | None, typer.Option(help="Metrics (csv or parquet): recommendations are added.")] = None,
    tag: Annotated[str | None, typer.Option(help="The tag whose values are shown.", show_default=TAG)] = None,
    budgets: Annotated[Path | None, typer.Option(help="Budgets (YAML): each against the bill and its forecast.")] = None,
    rules: Annotated[Path | None, typer.Option(help="The reviewed rules of allocation (YAML): who pays after attribution and splits.")] = None,
    counts: Annotated[Path | None, typer.Option(help="What was served and trained (csv): the cost of pods, GPUs and ML work, and by prediction.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """What changed in a bill and why: movers, spikes, spend by team and service, forecast, tags, commitments, recommendations."""
    from cost.bill.sources.outputs import refuse_among

    if out is not None:
        check_place(out)
        refuse_among(out, paths)
    from cost.bill import read_bill
    from cost.report import Asked, build_report
    from plinth.console import print_json, progress

    with progress("Reading the bill"):
        bill = read_bill(paths)
    try:
        if tag is not None:
            check_tag(tag, bill)
        with progress("Finding recommendations"):
            recommended = _recommendations(bill, metrics)
        with progress("Finding what changed and why"):
            made = build_report(bill, recommendations=recommended, tag=tag or TAG, asked=Asked(budgets, rules, counts))
    finally:
        bill.engine.close()
    if out is not None:
        with progress(f"Writing {out.name}"):
            write(made, out)
    if as_json:
        print_json(made)
    else:
        show(made, out)


def check_place(out: Path) -> None:
    """Refuse early: UsageError for another suffix, InputError for a place that can't be written to."""
    from plinth.files import write_atomically

    if out.is_dir():
        raise InputError("the output is a directory", where=out, fix=f"name a file in it: --out {out / 'report.html'}")
    if out.suffix.lower() not in SUFFIXES:
        what, fix = "the report is written as a page, as Markdown, as csv or as JSON", f"end its name in {', '.join(SUFFIXES)}"
        raise UsageError(what, where="--out", value=str(out), fix=fix)
    probe = out.parent / f".{out.name}.plinth"
    try:
        write_atomically(probe, "")
    except InputError as error:
        raise InputError(error.what, where=out, value=error.value, fix=error.fix) from error
    probe.unlink()


def check_tag(tag: str, bill: Bill) -> None:
    """Refuse a tag that the bill does not have, with its nearest ones; a bill without any tags is reported as untagged, with a warning."""
    from difflib import get_close_matches

    from cost.bill.tags import normalise_tag_key

    keys = [each.key for each in bill.tag_keys]
    if not keys or tag in keys or normalise_tag_key(tag) in keys:
        return
    nearest = get_close_matches(normalise_tag_key(tag), keys, 3)
    fix = f"did you mean {' or '.join(nearest)}?" if nearest else f"use one of its tags: {', '.join(keys[:12])}{' …' if len(keys) > 12 else ''}"
    raise InputError("no charge of this bill has this tag", where="--tag", value=tag, fix=fix)


def write(made: Report, out: Path) -> None:
    """Write the report in the format of the file's suffix, whole or not at all."""
    from cost.report import render_csv, render_html, render_markdown
    from plinth.files import write_atomically

    if out.suffix.lower() == ".html":
        text = render_html(made)
    elif out.suffix.lower() == ".md":
        text = render_markdown(made)
    elif out.suffix.lower() == ".csv":
        text = render_csv(made)
    else:
        text = made.model_dump_json(indent=2, by_alias=True) + "\n"
    write_atomically(out, text)


def _recommendations(bill: Bill, metrics: Path | None) -> Recommendations | None:
    if metrics is None:
        return None
    from cost.recommend import inventory_from_bill, read_metrics, recommend

    with closing(read_metrics(metrics)) as read:
        return recommend(read, inventory_from_bill(bill))


def show(made: Report, out: Path | None) -> None:
    """Print the report's first screen."""
    from cost.report.page_tables import moved
    from cost.report.text import cut, group_name, named, signed, span
    from plinth.console import console, table

    output, currency = console(), made.currency
    if made.synthetic:
        output.print(SYNTHETIC, markup=False)
    output.print(made.headline.sentence, markup=False)
    for point in made.headline.points:
        output.print(f"- {point}", markup=False)
    output.print()
    if told := [each for each in moved(made) if each is not made.other_movers][:SHOWN]:
        rows = [(group_name(each.group), group_name(each.service), signed(each.change.amount), signed(each.usage), signed(each.rate)) for each in told]
        output.print(table(f"Top movers, {currency}", (made.tag, "service", "change", "usage", "rate"), rows, right=("change", "usage", "rate")))
    for found in made.anomalies:
        where = f"{group_name(found.group)}, {group_name(found.service)}, {span(found.first_day, found.last_day)}"
        output.print(f"{found.kind}: {where}: {named(found.resources)}", markup=False)
    for title, spend in ((f"By {made.tag}", made.by_group), ("By service", made.by_service)):
        output.print(_spend(title, spend, made))
    for warning in made.warnings:
        output.print(cut(f"warning: {warning.code}: {warning.message}", LONGEST), markup=False)
    output.print(f"wrote {out}" if out else "More with --out report.html", markup=False)


def _spend(title: str, spend: Any, made: Report) -> Any:
    from cost.report.text import BEFORE, figure, group_name, signed
    from plinth.console import table

    rows = []
    for each in spend:
        now, before = getattr(each.current, made.cost), getattr(each.previous, made.cost) if each.previous else None
        rows.append((group_name(each.name), figure(now), figure(before), "unknown" if before is None else signed(now - before)))
    columns = (made.headline.current.label, BEFORE, "change")
    return table(f"{title}, {made.currency} {made.cost}", ("", *columns), rows, right=columns)
