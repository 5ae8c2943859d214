"""`plinth drill list|show|verify|run`: runbooks that are drills, on the local AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RECORDS = Path(".plinth/drills")
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
EnvironmentOption = Annotated[str, typer.Option("--env", metavar="ENV", help="The environment whose stack is used.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_runbooks)
    app.command("show")(show)
    app.command("verify")(verify)
    app.command("run")(run)


def list_runbooks(as_json: JsonOption = False) -> None:
    """List the runbooks with their objectives."""
    from plinth.console import console, print_json, table
    from runbooks.listing import list_library

    listing = list_library()
    if as_json:
        print_json(listing)
        return
    rows = [(entry.name, entry.title, f"{entry.rto_seconds / 60:g} min", f"{entry.rpo_seconds:g} s", entry.steps) for entry in listing.runbooks]
    console().print(table(None, ["runbook", "title", "RTO", "RPO", "steps"], rows, right=["RTO", "RPO", "steps"]))


def show(name: Annotated[str, typer.Argument(help="The runbook's name.")], as_json: JsonOption = False) -> None:
    """Show a runbook: the page for a person, or its typed steps as JSON."""
    from plinth.console import console, print_json
    from runbooks.parse import load_runbook

    runbook = load_runbook(name)
    if as_json:
        print_json(runbook)
        return
    from rich.markdown import Markdown

    body = runbook.path.read_text(encoding="utf-8").split("---\n", 2)[2]
    console().print(Markdown(body))


def verify(
    name: Annotated[str | None, typer.Argument(help="The runbook's name; all of them where it is left out.")] = None,
    environment: EnvironmentOption = "dev",
    records: Annotated[Path, typer.Option(help="The folder of the records, whose chain of hashes is followed.")] = RECORDS,
    as_json: JsonOption = False,
) -> None:
    """Hold runbooks against the stack, and records against one another: a stale step or a broken chain of records gives exit code 1."""
    from plinth.console import console, print_json
    from plinth.stack.load import load_stack
    from runbooks.parse import find_runbooks, load_runbook
    from runbooks.record import broken_chain
    from runbooks.verify import Verification, verify_runbook

    outputs = load_stack(environment).outputs
    books = [load_runbook(name)] if name else [load_runbook(path.stem) for path in find_runbooks()]
    result = Verification(
        runbooks=tuple(book.name for book in books),
        problems=tuple(stale for book in books for stale in verify_runbook(book, outputs)),
        broken_records=tuple(broken for book in books for broken in broken_chain(records, book.name)),
    )
    if as_json:
        print_json(result)
    else:
        out = console()
        for problem in result.problems:
            out.print(f"{problem.runbook}, line {problem.line}, step {problem.step or '-'}: {problem.problem}", markup=False)
        for broken in result.broken_records:
            out.print(f"record {broken}", markup=False)
        out.print(f"{len(books)} runbooks, {len(result.problems)} stale steps, held against {environment}; {len(result.broken_records)} breaks in the records")
    raise typer.Exit(1 if result.problems or result.broken_records else 0)


def run(
    name: Annotated[str, typer.Argument(help="The runbook's name.")],
    environment: EnvironmentOption = "dev",
    out: Annotated[Path, typer.Option(help="The folder of the records.")] = RECORDS,
    as_json: JsonOption = False,
) -> None:
    """Run a runbook as a drill: deploy the stack on the local AWS, inject the fault, recover, measure. Exit 1 unless the objectives are met."""
    from plinth.console import print_json, progress
    from runbooks.local import drill_on_local_aws
    from runbooks.parse import load_runbook
    from runbooks.record import Verdict, write_record

    runbook = load_runbook(name)
    with progress(f"Drilling {name} on the local AWS"):
        record = drill_on_local_aws(runbook, environment)
    path = write_record(record, out)
    if as_json:
        print_json(record)
    else:
        show_record(record, path)
    raise typer.Exit(0 if record.verdict is Verdict.MET else 1)


def show_record(record: object, path: Path) -> None:
    """Print a drill's record: every step, then what was measured against what was promised."""
    from plinth.console import console, table
    from runbooks.record import DrillRecord, measured

    assert isinstance(record, DrillRecord)
    out = console()
    rows = [(step.phase, step.id, step.action, step.status, f"{step.seconds:.2f} s", step.attempts) for step in record.steps]
    out.print(table(f"{record.title} ({record.target})", ["phase", "step", "action", "status", "took", "tries"], rows, right=["took", "tries"]))
    for finding in record.findings:
        out.print(f"  failed: {finding}", markup=False)
    rto = measured(record.rto_seconds)
    rpo = measured(record.rpo_seconds)
    out.print(f"RTO      {rto}  (promised {record.objective_rto_seconds:g} s; no person took part, so noticing and deciding are not in it)")
    out.print(f"RPO      {rpo}  (promised {record.objective_rpo_seconds:g} s; measured by canary writes)")
    out.print(f"verdict  {record.verdict}", style="bold")
    out.print(f"record   {path}", soft_wrap=True)
