"""`plinth demo`: the whole tour on the local AWS and a generated bill."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plinth.demo.model import DemoSummary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    environment: Annotated[str, typer.Option("--env", metavar="ENV", help="The environment: dev, staging or prod.")] = "dev",
    out: Annotated[Path, typer.Option(help="The folder for what the tour writes; index.html is the page to open.")] = Path("out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Walk the whole house for one environment: no account, no key, no network. Exit 1 where a step did not show what it should."""
    from plinth.console import print_json
    from plinth.demo.tour import STEPS, run_tour

    with _shown(len(STEPS)) as on_step:
        summary = run_tour(environment, out, on_step=on_step)
    if as_json:
        print_json(summary)
    else:
        show(summary)
    raise typer.Exit(0 if summary.fine else 1)


@contextmanager
def _shown(steps: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on stderr with the step under way; silent where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda title: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=steps)
        state = {"done": -1}

        def on_step(title: str) -> None:
            state["done"] += 1
            progress.update(task, description=title, completed=state["done"])

        yield on_step


def show(summary: DemoSummary) -> None:
    """Print the tour on one screen: a line a step, then where to look."""
    from plinth.console import console, table

    out = console()
    rows = [("✓" if step.fine else "✗ look", step.title, step.headline, f"{step.seconds:.1f} s") for step in summary.steps]
    out.print(table(f"Plinth demo: {summary.environment}", ["", "step", "what it showed", "took"], rows, right=["took"]))
    out.print("Synthetic: the bill, the metrics, and the use of pools that wait at zero (usage.yaml). No real account's.")
    out.print(f"{summary.seconds:.1f} s in all. Open {summary.out / 'index.html'}", soft_wrap=True)
