"""`plinth plan ENV`: resources, changes, policy findings and monthly cost, before anything is created."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from plinth.changes import ResourceChange
    from plinth.plan import Plan, StackPlan


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    environment: Annotated[str, typer.Argument(metavar="ENV", help="The environment: dev, staging or prod.")],
    compare: Annotated[Path | None, typer.Option(help="An earlier `pulumi stack export` or `pulumi preview --json` to compare with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Say what an environment consists of, what changes, what breaks policy, and what it costs a month. Exit 1 on a violation."""
    from plinth.console import print_json, progress
    from plinth.plan import make_plan

    with progress(f"Evaluating {environment}"):
        made = make_plan(environment, compare=compare)
    if as_json:
        print_json(made)
    else:
        show_plan(made)
    raise typer.Exit(1 if made.violations else 0)


def show_plan(made: Plan) -> None:
    """Print a plan: one block a stack, then the totals and what needs a decision."""
    from plinth.console import console, money

    out = console()
    out.print(f"Plan for {made.environment} in {made.region}", style="bold")
    for stack in made.stacks:
        _show_stack(out, stack)
    cost, currency = made.monthly_cost, made.currency
    out.print(f"\nMonthly cost  {money(cost.expected, currency)}  (floor {money(cost.min, currency)}, ceiling {money(cost.max, currency)}, at list prices)")
    out.print(f"Findings      {made.violations} violations, {made.unknown_findings} that only a deployment can judge   (plinth check {made.environment})")
    out.print(f"Not priced    {made.not_priced} components   (plinth cost estimate {made.environment} has the lines of {made.stacks[0].project} alone)")
    for exemption in made.exemptions:
        state = "EXPIRED" if exemption.expired else "until"
        out.print(
            f"Exemption     {exemption.control} {state} {exemption.expires}: {exemption.reason} (approved by {exemption.approved_by or 'nobody named'})",
            markup=False,
        )


def _what(change: ResourceChange) -> str:
    """Which properties and options differ, and which only a deployment can compare."""
    undecided = f"only a deployment can tell: {', '.join(change.undecided)}" if change.undecided else ""
    return "; ".join(part for part in (", ".join((*change.properties, *change.options)), undecided) if part)


def _show_stack(out: Any, stack: StackPlan) -> None:
    from plinth.console import money, table

    estimate = stack.estimate
    total = estimate.total
    title = (
        f"{stack.project}: {stack.resources} resources, {money(total.expected, estimate.currency)} a month (floor {total.min:,.2f}, ceiling {total.max:,.2f})"
    )
    out.print()
    out.print(table(title, ["component", "type", "resources"], [(c.name, c.type, c.resources) for c in stack.components], right=["resources"]))
    if stack.changes is not None:
        rows = [(c.operation or "undecided", c.name, c.type, _what(c)) for c in stack.changes]
        out.print(table(f"changes: {len(rows)}", ["change", "name", "type", "what"], rows) if rows else "changes: none")
    violations = [finding for finding in stack.check.findings if finding.status == "violation"]
    for finding in violations[:10]:
        out.print(f"  {finding.severity:<8} {finding.rule}  {finding.name}: {finding.message}", markup=False)
    if len(violations) > 10:
        out.print(f"  … and {len(violations) - 10} more violations")
    for note in stack.notes:
        out.print(f"  note: {note}", markup=False)
