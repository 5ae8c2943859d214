"""`plinth cost usage learn|init`: a usage file from last month's bill, or from a preset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plinth.commands.paths import SYNTHETIC, BillPaths

if TYPE_CHECKING:
    from cost.reconcile import LearnedUsage

Environment = Annotated[str | None, typer.Option("--env", metavar="ENV", help="An environment of this project: dev, staging or prod.")]
Preview = Annotated[Path | None, typer.Option("--preview", metavar="F", help="A file written by pulumi preview --json.")]
Export = Annotated[Path | None, typer.Option("--export", metavar="F", help="A file written by pulumi stack export.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the group of commands to its group."""
    words = "The usage file: what no program declares, learned from a bill or begun from a preset."
    usage = typer.Typer(help=words, no_args_is_help=True, rich_markup_mode=None)
    usage.command("learn")(learn)
    usage.command("init")(init)
    group.add_typer(usage, name="usage")


def learn(
    paths: BillPaths,
    environment: Environment = None,
    preview: Preview = None,
    export: Export = None,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="The bill's month; without it, its last whole one.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F", help="The usage file to write.")] = None,
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was learned as JSON.")] = False,
) -> None:
    """Learn a stack's usage from a month of its bill, and write it as a usage file."""
    from contextlib import closing

    from cost.bill import read_bill
    from cost.reconcile import learn_usage
    from cost.reconcile.usage_file import learned_text
    from plinth.console import print_json, progress
    from plinth.files import write_atomically
    from plinth.stack.load import load_stack

    _refuse_existing(out, force)
    with progress("Reading the stack"):
        stack = load_stack(environment, preview=preview, export=export, command="plinth cost usage learn")
    with progress("Reading the bill"):
        bill = read_bill(paths)
    with closing(bill.engine), progress("Learning"):
        learned = learn_usage(stack, bill, month=month)
    if out is not None:
        write_atomically(out, learned_text(learned, ", ".join(dict.fromkeys(path.name for path in bill.files))).encode())
    if as_json:
        print_json(learned)
    else:
        show_learned(learned, out)


def init(
    environment: Annotated[str | None, typer.Argument(metavar="[ENV]", help="An environment of this project: dev, staging or prod.")] = None,
    preview: Preview = None,
    export: Export = None,
    preset: Annotated[str, typer.Option("--preset", help="Whose figures to begin with: small, medium or large.")] = "small",
    out: Annotated[Path, typer.Option("--out", metavar="F", help="The usage file to write.")] = Path("plinth-usage.yaml"),
    force: Force = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a usage file with every resource of a stack that costs by usage, filled with a preset's figures."""
    from cost.estimate import Preset
    from cost.reconcile.model import UsageFile
    from cost.reconcile.usage_file import preset_text
    from plinth.console import console, print_json
    from plinth.errors import UsageError
    from plinth.files import write_atomically
    from plinth.stack.load import load_stack

    if preset not in set(Preset):
        raise UsageError("there is no such preset", value=preset, fix=f"use one of {', '.join(Preset)}")
    _refuse_existing(out, force)
    text, count = preset_text(load_stack(environment, preview=preview, export=export, command="plinth cost usage init"), Preset(preset))
    write_atomically(out, text.encode())
    if as_json:
        print_json(UsageFile(path=str(out), preset=preset, resources=count))
    else:
        console().print(f"{out}: usage of {count} resources with the {preset} preset's figures; put your own in their place")


def _refuse_existing(out: Path | None, force: bool) -> None:
    from plinth.errors import InputError

    if out is not None and out.exists() and not force:
        raise InputError("the file is there already", where=out, fix="give --out another name, or --force to replace it")


def show_learned(learned: LearnedUsage, out: Path | None) -> None:
    """Print what was learned beside the preset's figure, and of which resources nothing was."""
    from plinth.console import console, table

    console_ = console()
    if learned.synthetic:
        console_.print(SYNTHETIC, style="bold")
    rows = [(f.name, f.field, f"{f.value:,.6g}", "" if f.preset is None else f"{f.preset:,.6g}", f.matched_by.value) for f in learned.fields[:SHOWN]]
    more = f", {len(learned.fields) - SHOWN} more not shown" if len(learned.fields) > SHOWN else ""
    title = f"usage learned from {learned.month}, a month of 730 hours{more}"
    console_.print(table(title, ("resource", "field", "learned", "preset small", "matched by"), rows, right=("learned", "preset small")))
    if learned.not_learned:
        reasons = table("nothing learned", ("resource", "why"), [(item.name, item.reason) for item in learned.not_learned[:SHOWN]])
        console_.print(reasons)
    console_.print(f"{learned.unmatched_cost:,.2f} of the month's usage is of no resource of the stack.")
    for warning in learned.warnings:
        console_.print(f"note: {warning}")
    if out is not None:
        console_.print(f"written: {out}   (plinth cost estimate ENV --usage {out})")
