"""`plinth cost allocate PATH…`: who pays, by any hierarchy; what rules attributed; what splits moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths
from plinth.errors import InputError, UsageError

if TYPE_CHECKING:
    from cost.allocate.model import Allocation
    from cost.allocate.rules import AllocationRules
    from cost.bill.model import Bill

SHOWN = 60
BY, COST = "team", "amortized"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("allocate")(allocate)


def allocate(
    paths: BillPaths,
    by: Annotated[
        str | None, typer.Option(help="Tags, or account, service, region, resource, …; several, by comma, are nested: team,workload.", show_default=BY)
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="The reviewed rules file (YAML): attribution of untagged cost, splits of shared cost.")] = None,
    cost: Annotated[str, typer.Option(help="The cost kind that the tables show; --json and --out have all of them.")] = COST,
    period: Annotated[str | None, typer.Option(help="One billing period, as 2026-10.", show_default="all of the bill")] = None,
    requests: Annotated[Path | None, typer.Option(help="What pods requested (csv), for nodes without split cost rows; docs/chargeback.md.")] = None,
    counts: Annotated[Path | None, typer.Option(help="What was served and trained (csv): cost per 1,000 predictions and per run.")] = None,
    gpu_weight: Annotated[str, typer.Option(help="The GPUs' part of an instance's cost: aws, residual, or a number from 0 to 1.")] = "aws",
    out: Annotated[Path | None, typer.Option(help="Write the leaves, in every cost kind, to this csv file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the allocation as JSON.")] = False,
) -> None:
    """Who pays for what: a bill by tags, accounts, services and more, nested; untagged cost attributed, shared cost split."""
    from cost.bill.sources.outputs import refuse_among

    if out is not None:
        check_place(out)
        refuse_among(out, paths)
    from cost.allocate import allocate as allocated
    from cost.allocate import read_rule_files, read_rules
    from cost.allocate.chargeback import chargeback
    from cost.allocate.containers_requests import read_requests
    from cost.allocate.ml_counts import read_counts
    from cost.allocate.pools import in_month
    from cost.bill import read_bill
    from cost.bill.cost_kinds import check_cost_kind
    from plinth.console import print_json, progress

    weight = checked_weight(gpu_weight)
    check_cost_kind(cost)
    reviewed = read_rules(rules) if rules else None
    files = read_rule_files(reviewed) if reviewed else None
    asked = read_requests(requests) if requests else None
    counted = read_counts(counts) if counts else None
    names = (by or BY).split(",")
    with progress("Reading the bill"):
        bill = read_bill(paths)
    try:
        if by is not None:
            check_tags(names, bill, reviewed)
        with progress("Allocating"):
            made = allocated(bill, by=names, rules=reviewed, cost=cost, period=period, files=files, requests=asked)
        with progress("Telling pods, GPUs and ML work apart"):
            part = replace(bill, charges=in_month(bill.charges, period)) if period else bill
            made = made.model_copy(update={"chargeback": chargeback(part, requests=asked, counts=counted, gpu_weight=weight, cost=cost)})
    finally:
        bill.engine.close()
    if out is not None:
        write(made, out)
    if as_json:
        print_json(made)
    else:
        show(made, out)


def check_place(out: Path) -> None:
    """Refuse early a file that is no csv."""
    if out.is_dir():
        raise InputError("the output is a directory", where=out, fix=f"name a file in it: --out {out / 'allocation.csv'}")
    if out.suffix.lower() != ".csv":
        raise UsageError("the allocation is written as csv", where="--out", value=str(out), fix="end its name in .csv; --json prints JSON")


def checked_weight(text: str) -> Literal["aws", "residual"] | float:
    """The GPUs' weight: a name, or a part of 1. Raises UsageError for anything else."""
    if text == "aws" or text == "residual":
        return text
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1:
        raise UsageError("there is no such weight", where="--gpu-weight", value=text, fix="use aws, residual, or a number from 0 to 1")
    return weight


def check_tags(names: list[str], bill: Bill, rules: AllocationRules | None) -> None:
    """Refuse a tag that neither the bill nor the rules know, with its nearest ones; a bill without any tags is all untagged, with a warning."""
    from cost.allocate.dimensions import dimensions, unknown_tag

    if not bill.tag_keys or (rules is not None and rules.stacks):
        return
    for each in dimensions(names, bill.tag_keys):
        hint = unknown_tag(each, bill.tag_keys, rules.tags_set() if rules else ())
        if hint:
            raise InputError("no charge of this bill has this tag, and no rule sets it", where="--by", value=each.name, fix=hint)


def write(made: Allocation, out: Path) -> None:
    """Write the csv, whole or not at all."""
    from cost.allocate.export import csv_of
    from plinth.files import write_atomically

    write_atomically(out, csv_of(made))


def show(made: Allocation, out: Path | None) -> None:
    """Print the tree, what the rules and splits did, and every warning."""
    from cost.allocate.chargeback_text import tables
    from cost.allocate.chargeback_text import warnings as chargeback_warnings
    from plinth.console import console, printable, table

    output = console()
    output.print(f"{made.format} · {made.rows:,} rows · {len(made.files)} file(s) · {', '.join(made.periods)}")
    if made.synthetic:
        output.print(SYNTHETIC)
    output.print(_tree(made))
    output.print(_sums(made))
    if made.rules:
        output.print(_rules(made))
    if made.splits:
        output.print(_splits(made))
    warnings = made.warnings
    if made.chargeback:
        for each in tables(made.chargeback):
            output.print(table(each.title, each.columns, each.rows, right=each.right))
        warnings += tuple(warning for warning in chargeback_warnings(made.chargeback) if warning not in warnings)
    for warning in warnings:
        output.print(f"warning: {warning.code}: {printable(warning.message)}")
    output.print(f"wrote {out}" if out else "All cost kinds with --json or --out allocation.csv")


def _tree(made: Allocation) -> Any:
    from cost.allocate.chargeback_text import shortened
    from cost.report.text import figure, percent
    from plinth.console import table

    def amount(costs: Any) -> str:
        return figure(getattr(costs, made.cost))

    whole = getattr(made.total, made.cost)
    rows = [
        (
            "  " * (len(node.path) - 1) + shortened(node.path[-1]),
            amount(node.direct),
            amount(node.shared),
            amount(node.total),
            percent(getattr(node.total, made.cost) / whole if whole else None),
        )
        for node in made.nodes[:SHOWN]
    ]
    if len(made.nodes) > SHOWN:
        rows.append((f"… {len(made.nodes) - SHOWN:,} more lines with --json or --out", "", "", "", ""))
    rows.append(("the bill", amount(made.total), figure(0), amount(made.total), percent(1.0)))
    title = f"By {', '.join(made.by)}: {made.currency}, {made.cost}"
    return table(title, (made.by[-1], "direct", "shared", "total", "of the bill"), rows, right=("direct", "shared", "total", "of the bill"))


def _sums(made: Allocation) -> str:
    from cost.report.text import money

    left = ", ".join(f"{name} {money(getattr(costs, made.cost), made.currency)}" for name, costs in (("untagged", made.untagged), ("shared", made.shared)))
    worst = max((abs(each) for each in made.conservation.values()), default=0.0)
    return f"Left: {left}. The groups add up to the bill in every cost kind; the largest difference is {worst:g}.\n"


def _rules(made: Allocation) -> Any:
    from cost.allocate.chargeback_text import shortened
    from cost.report.text import figure
    from plinth.console import table

    rows = [(shortened(each.name), each.status, f"{each.rows:,}", figure(getattr(each.costs, made.cost)), f"{each.matched_rows:,}") for each in made.rules]
    right = ("lines", made.currency, "would match")
    return table(f"Attributed by rules: {made.cost}", ("rule", "status", *right), rows, right=right)


def _splits(made: Allocation) -> Any:
    from cost.allocate.chargeback_text import shortened
    from cost.report.text import figure
    from plinth.console import table

    rows = [
        (shortened(each.name), each.period, each.method, figure(getattr(each.amount, made.cost)), each.why or _receivers(each.weights)) for each in made.splits
    ]
    return table(f"Splits, in their order: {made.cost}", ("split", "month", "method", made.currency, "to"), rows, right=(made.currency,))


def _receivers(weights: Any) -> str:
    from cost.allocate.chargeback_text import shortened
    from cost.report.text import percent

    largest = sorted(((group, weight) for group, weight in weights.items() if weight), key=lambda item: -item[1])
    more = f" and {len(largest) - 4} more" if len(largest) > 4 else ""
    return ", ".join(f"{shortened(group)} {percent(weight)}" for group, weight in largest[:4]) + more
