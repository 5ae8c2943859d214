"""`plinth cost alternatives`: the same work on other types, Spot, Graviton, serverless, fewer instances or fewer hours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cost.alternatives.model import Alternative, Alternatives, ResourceAlternatives

FIGURES = ("min", "expected", "max")


def register(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("alternatives")(alternatives)


def alternatives(
    environment: Annotated[str | None, typer.Argument(metavar="[ENV]", help="An environment of this project: dev, staging or prod.")] = None,
    resource: Annotated[str | None, typer.Option("--resource", metavar="NAME", help="Only the resource of this name.")] = None,
    preview: Annotated[Path | None, typer.Option("--preview", metavar="F", help="A file written by pulumi preview --json.")] = None,
    export: Annotated[Path | None, typer.Option("--export", metavar="F", help="A file written by pulumi stack export.")] = None,
    usage: Annotated[list[Path] | None, typer.Option("--usage", metavar="F", help="A usage file; a later one stands over an earlier.")] = None,
    prices: Annotated[Path | None, typer.Option("--prices", metavar="F", help="A csv of your own prices.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the alternatives as JSON.")] = False,
) -> None:
    """Say what the work of each pool, instance and endpoint would cost otherwise, and what each way needs."""
    from cost.alternatives import alternatives as worked_out
    from cost.estimate import load_price_book, load_usage
    from plinth.console import print_json, progress
    from plinth.stack.load import load_stack

    book, usages = load_price_book(prices), [load_usage(path) for path in usage or ()]
    with progress("Reading the stack"):
        stack = load_stack(environment, preview=preview, export=export)
    if resource is not None:
        _refuse_unknown(resource, {found.name for found in stack.custom})
    with progress("Pricing the alternatives"):
        result = worked_out(stack, usages, book, name=resource)
    if as_json:
        print_json(result)
    else:
        show_alternatives(result)


def _refuse_unknown(name: str, names: set[str]) -> None:
    import difflib

    from plinth.errors import InputError

    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise InputError(
            "the stack has no resource of this name", value=name, fix=f"did you mean {near[0]}?" if near else "take the name from plinth cost estimate"
        )


def show_alternatives(result: Alternatives) -> None:
    """Print a table for each resource, then what each alternative needs, and what was not compared."""
    from plinth.console import console

    out = console()
    for found in result.resources:
        _show(out, found, result.currency)
    for item in result.not_compared:
        out.print(f"not compared: {item.name}: {item.reason}")
    if not result.resources:
        out.print("no pool, instance or endpoint of this stack could be compared")
        return
    out.print("List prices; no alternative has fewer vCPUs, less memory, or fewer or smaller GPUs a node. That it is as fast is not measured.")


def _show(out: Any, found: ResourceAlternatives, currency: str) -> None:
    from plinth.console import table

    rows = [_row("", found.current), *(_row(str(number), other) for number, other in enumerate(found.alternatives, 1))]
    columns = ("", "what", "kind", *FIGURES, found.unit)
    out.print(table(f"{found.name}, {currency} a month", columns, rows, right=(*FIGURES, found.unit)))
    for number, other in enumerate(found.alternatives, 1):
        needs = "; ".join((other.reason,) if other.reason else other.needs) or "nothing else"
        out.print(f"  {number}  {'unknown: ' if other.reason else 'needs '}{needs}")
    if not found.alternatives:
        out.print("  nothing that does at least as much costs less")
    out.print()


def _row(number: str, other: Alternative) -> tuple[str, ...]:
    cost = ("unknown",) * 3 if other.monthly_cost is None else tuple(f"{figure:,.2f}" for _, figure in other.monthly_cost)
    return (number, other.title, other.kind.value, *cost, "" if other.unit_cost is None else f"{other.unit_cost:.4f}")
