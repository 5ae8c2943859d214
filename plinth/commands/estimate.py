"""`plinth cost estimate`: what a stack costs a month before it is made, and what changed since an earlier estimate."""

from __future__ import annotations

from pathlib import Path

import typer


def register(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("estimate")(estimate)


def estimate(
    environment: str | None = typer.Argument(None, metavar="[ENV]", help="An environment of this project: dev, staging or prod."),
    preview: Path | None = typer.Option(None, "--preview", metavar="F", help="A file written by pulumi preview --json."),
    export: Path | None = typer.Option(None, "--export", metavar="F", help="A file written by pulumi stack export."),
    usage: list[Path] | None = typer.Option(None, "--usage", metavar="F", help="A usage file in Infracost's format, over the preset; a later one stands."),
    prices: Path | None = typer.Option(None, "--prices", metavar="F", help="A csv of your own prices; it replaces the shipped ones that it names."),
    compare: Path | None = typer.Option(None, "--compare", metavar="F", help="An earlier estimate (--json), a preview or a stack export."),
    as_json: bool = typer.Option(False, "--json", help="Print the estimate as JSON."),
) -> None:
    """What a stack costs a month: floor, expected and ceiling, with every price's source and date."""
    from datetime import UTC, datetime
    from functools import partial

    from cost.estimate import compare as compared
    from cost.estimate import estimate as estimated
    from cost.estimate import load_price_book, load_usage, read_earlier
    from cost.estimate.display import show
    from plinth.console import print_json, progress
    from plinth.errors import InputError
    from plinth.stack.load import load_stack

    book = load_price_book(prices)
    usages = [load_usage(path) for path in usage or ()]
    today = datetime.now(tz=UTC).date()
    with progress("reading the stack"):
        stack = load_stack(environment, preview=preview, export=export)
    result = estimated(stack, usages, book, as_of=today)
    if compare is not None:
        if any("--show-sames" in note for note in stack.notes):
            raise InputError(
                "the preview leaves out unchanged resources, which a comparison would call removed",
                where=preview,
                fix="write it by: pulumi preview --json --show-sames",
            )
        earlier = read_earlier(compare, partial(estimated, prices=book, as_of=today))
        result = result.model_copy(update={"comparison": compared(earlier, result, against=compare.name)})
    if as_json:
        print_json(result)
        return
    show(result, f"{stack.project}/{stack.name}")
