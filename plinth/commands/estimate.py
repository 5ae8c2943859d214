"""`plinth cost estimate`: what a stack costs a month before it is made, what a change to it costs, and whether that is within its guardrails."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from cost.estimate.model import Estimate
    from cost.estimate.request import Answer


class Format(StrEnum):
    """In which form the estimate is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    INFRACOST = "infracost"


FOR_PROGRAMS = frozenset({Format.JSON, Format.INFRACOST})
"""Forms that are written whatever the threshold: a program reads the figures itself."""


class PresetSize(StrEnum):
    """How much a team uses of what nobody states."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class BudgetFigure(StrEnum):
    """Which figure of the estimate a budget is made from."""

    EXPECTED = "expected"
    MAX = "max"


def register(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("estimate")(estimate)


def estimate(
    environment: str | None = typer.Argument(None, metavar="[ENV]", help="An environment of this project: dev, staging or prod."),
    preview: Path | None = typer.Option(None, "--preview", metavar="F", help="A file written by pulumi preview --json; its own change is shown."),
    export: Path | None = typer.Option(None, "--export", metavar="F", help="A file written by pulumi stack export."),
    usage: list[Path] | None = typer.Option(
        None, "--usage", metavar="F", help="A usage file in Infracost's format, over the preset; a later one stands. For ENV, plinth-usage.ENV.yaml is found."
    ),
    preset: PresetSize = typer.Option(PresetSize.SMALL, "--preset", help="The usage of what nobody states: small, medium or large."),
    free_tier: bool = typer.Option(False, "--free-tier", help="Count what AWS gives every account each month."),
    prices: Path | None = typer.Option(None, "--prices", metavar="F", help="A csv of your own prices; it replaces the shipped ones that it names."),
    discounts: Path | None = typer.Option(None, "--discounts", metavar="F", help="What the account pays less, in YAML: EDP, Savings Plans, reservations."),
    compare: Path | None = typer.Option(None, "--compare", metavar="F", help="An earlier estimate (--json), a preview or a stack export."),
    threshold: str | None = typer.Option(None, "--threshold", metavar="N", help="Say nothing where the change is below N USD a month, or below N%."),
    guardrails: Path | None = typer.Option(None, "--guardrails", metavar="F", help="Limits in YAML; exit code 1 where one fails."),
    budgets: Path | None = typer.Option(None, "--budgets", metavar="F", help="Write AWS Budgets inputs, which infra/ reads, to this JSON file."),
    budget_from: BudgetFigure = typer.Option(BudgetFigure.EXPECTED, "--budget-from", help="The figure that budgets are made from: expected or max."),
    margin: float = typer.Option(10.0, "--margin", min=0.0, max=1000.0, help="Percent that a budget is above its figure."),
    form: Format | None = typer.Option(None, "--format", help="table, json, markdown, html, or infracost for its pull-request tooling."),
    out: Path | None = typer.Option(None, "--out", metavar="F", help="Write to this file; it is empty where the threshold says nothing."),
    as_json: bool = typer.Option(False, "--json", help="Print the estimate as JSON."),
) -> None:
    """What a stack costs a month, and what a change to it costs: floor, expected and ceiling, with every price's source and date."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from cost.estimate.output.threshold import parse_threshold
    from cost.estimate.presets import Preset
    from cost.estimate.request import Request, answer
    from plinth.console import progress
    from plinth.errors import UsageError

    chosen = _format(form, as_json)
    least = None if threshold is None else parse_threshold(threshold)
    today = datetime.now(tz=UTC).date()
    asked = Request(today, environment, preview, export, tuple(usage or ()), prices, compare, guardrails, Preset(preset.value), free_tier)
    request = replace(asked, folder=Path.cwd(), discounts=discounts)
    with progress("reading the stack"):
        found = answer(request)
    if least is not None and found.estimate.comparison is None:
        raise UsageError("there is nothing to compare with", where="--threshold", value=threshold, fix="add --compare F, or give a --preview")
    silent = least is not None and chosen not in FOR_PROGRAMS and least.hides(found.estimate)
    _write("" if silent else _rendered(found, chosen, plain=out is not None), out)
    if budgets is not None:
        _write_budgets(found, budgets, "max" if budget_from is BudgetFigure.MAX else "expected", margin)
    _stop_where_failed(found.estimate)


def _format(form: Format | None, as_json: bool) -> Format:
    from plinth.errors import UsageError

    if as_json and form not in (None, Format.JSON):
        raise UsageError("--json and --format exclude one another", value=form.value if form else None, fix="give one of them")
    return Format.JSON if as_json else form or Format.TABLE


def _rendered(found: Answer, form: Format, *, plain: bool) -> str:
    """The text in the form asked for; each form loads only what it needs."""
    match form:
        case Format.JSON:
            return found.estimate.model_dump_json(indent=2, by_alias=True) + "\n"
        case Format.MARKDOWN:
            from cost.estimate.output.markdown import render_markdown

            return render_markdown(found.estimate, found.title)
        case Format.HTML:
            from cost.estimate.output.html import render_html

            return render_html(found.estimate, found.title)
        case Format.INFRACOST:
            import json
            from datetime import UTC, datetime

            from cost.estimate.output.infracost import infracost_json

            return json.dumps(infracost_json(found.estimate, found.title, datetime.now(tz=UTC)), indent=2) + "\n"
        case Format.TABLE:
            return _table(found, plain)


def _table(found: Answer, plain: bool) -> str:
    """The table as the terminal takes it, or without its colours for a file."""
    import io

    from cost.estimate.display import show
    from plinth.console import console

    output = console(io.StringIO() if plain else None)
    with output.capture() as captured:
        show(found.estimate, found.title, output)
    return captured.get()


def _write(text: str, out: Path | None) -> None:
    import sys

    from plinth.files import write_atomically

    if out is not None:
        write_atomically(out, text)
    elif text:
        sys.stdout.write(text)
        sys.stdout.flush()


def _write_budgets(found: Answer, path: Path, figure: Literal["expected", "max"], margin: float) -> None:
    from cost.estimate.budgets import budgets_json
    from plinth.files import write_atomically

    write_atomically(path, budgets_json(found.estimate, found.environment, figure=figure, margin=margin))


def _stop_where_failed(estimate: Estimate) -> None:
    """Exit 1 where a guardrail failed, with the reason on stderr: stdout may be a program's."""
    from plinth.console import printable
    from plinth.errors import shortened

    if not any(result.verdict == "failed" for result in estimate.guardrails):
        return
    for result in estimate.guardrails:
        if result.verdict == "failed":
            typer.echo(printable(f"guardrail {shortened(result.name)} failed: limit {result.limit:,g} {result.unit}; {result.reason}"), err=True)
    raise typer.Exit(1)
