"""`plinth cost alternatives`: the same work on other types, Spot, Graviton, serverless, fewer instances or fewer hours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plinth.commands.estimate import PresetSize

if TYPE_CHECKING:
    from cost.alternatives.model import Alternative, Alternatives, ResourceAlternatives
    from cost.estimate import Usage
    from plinth.stack import Stack

FIGURES = ("min", "expected", "max")
REQUESTS = "1,000 requests"


def register(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("alternatives")(alternatives)


def alternatives(
    environment: Annotated[str | None, typer.Argument(metavar="[ENV]", help="An environment of this project: dev, staging or prod.")] = None,
    resource: Annotated[str | None, typer.Option("--resource", metavar="NAME", help="Only the resource of this name.")] = None,
    preview: Annotated[Path | None, typer.Option("--preview", metavar="F", help="A file written by pulumi preview --json.")] = None,
    export: Annotated[Path | None, typer.Option("--export", metavar="F", help="A file written by pulumi stack export.")] = None,
    usage: Annotated[
        list[Path] | None,
        typer.Option("--usage", metavar="F", help="A usage file; a later one stands over an earlier. For ENV, plinth-usage.ENV.yaml is found."),
    ] = None,
    preset: Annotated[PresetSize, typer.Option("--preset", help="The usage of what nobody states: small, medium or large.")] = PresetSize.SMALL,
    prices: Annotated[Path | None, typer.Option("--prices", metavar="F", help="A csv of your own prices.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the alternatives as JSON.")] = False,
) -> None:
    """Say what the work of each pool, instance and endpoint would cost otherwise, and what each way needs."""
    from datetime import UTC, datetime

    from cost.alternatives import alternatives as worked_out
    from cost.estimate import Preset, load_price_book, load_usage
    from cost.estimate.usage_scope import default_usage_file
    from plinth.console import print_json, progress
    from plinth.stack.load import load_stack

    paths = tuple(usage or ()) or tuple(path for path in (default_usage_file(environment, Path.cwd()),) if path)
    book, usages = load_price_book(prices), [load_usage(path) for path in paths]
    with progress("Reading the stack"):
        stack = load_stack(environment, preview=preview, export=export, command="plinth cost alternatives")
    if resource is not None:
        _refuse_unknown(resource, {found.name for found in stack.custom})
    usages, said = _of_what_is_shown(usages, stack) if preview is not None else (usages, ())
    with progress("Pricing the alternatives"):
        result = worked_out(stack, usages, book, name=resource, as_of=datetime.now(tz=UTC).date(), preset=Preset(preset.value))
    result = result.model_copy(update={"usage_files": tuple(map(str, paths)), "warnings": (*result.warnings, *said)})
    if as_json:
        print_json(result)
    else:
        show_alternatives(result)


def _of_what_is_shown(usages: list[Usage], stack: Stack) -> tuple[list[Usage], tuple[str, ...]]:
    """The usages without names that a preview does not show, and what to say of them: it may leave out what is unchanged."""
    from cost.estimate.usage_scope import usable_in

    kept, left_out = usable_in(usages, stack)
    return list(kept), tuple(f"the usage file's {key} is no resource that the preview shows" for key in left_out)


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
    for path in result.usage_files:
        out.print(f"usage file: {path}")
    for warning in result.warnings:
        out.print(f"note: {warning}")
    if not result.resources:
        out.print("no pool, instance or endpoint of this stack could be compared")
        return
    out.print("List prices; no alternative has fewer vCPUs, less memory, or fewer or smaller GPUs a node. That it is as fast is not measured.")


def _show(out: Any, found: ResourceAlternatives, currency: str) -> None:
    from plinth.console import table

    requests = (REQUESTS,) if found.current.request_cost is not None else ()
    rows = [_row("", found.current, requests), *(_row(str(number), other, requests) for number, other in enumerate(found.alternatives, 1))]
    figures = (*FIGURES, found.unit, *requests)
    out.print(table(f"{found.name}, {currency} a month", ("", "what", "kind", *figures), rows, right=figures))
    for number, other in enumerate(found.alternatives, 1):
        needs = "; ".join((other.reason,) if other.reason else other.needs) or "nothing else"
        out.print(f"  {number}  {'unknown: ' if other.reason else 'needs '}{needs}")
    if not found.alternatives:
        out.print("  nothing that does at least as much costs less")
    out.print()


def _row(number: str, other: Alternative, requests: tuple[str, ...]) -> tuple[str, ...]:
    cost = ("unknown",) * 3 if other.monthly_cost is None else tuple(f"{figure:,.2f}" for _, figure in other.monthly_cost)
    units = [other.unit_cost, *(other.request_cost for _ in requests)]
    return (number, other.title, other.kind.value, *cost, *("" if unit is None else f"{unit:.4f}" for unit in units))
