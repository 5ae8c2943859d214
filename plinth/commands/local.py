"""`plinth local up|status|destroy`: an environment's stack on a local AWS that runs as a server on 127.0.0.1."""

from __future__ import annotations

import typer

AS_JSON = typer.Option(False, "--json", help="Print the report as JSON.")
ENVIRONMENT = typer.Argument(..., metavar="ENV", help="An environment of this project: dev, staging or prod.")


def register(group: typer.Typer) -> None:
    """Add the commands to their group."""
    group.command("up")(up)
    group.command("status")(status)
    group.command("destroy")(destroy)


def up(environment: str = ENVIRONMENT, as_json: bool = AS_JSON) -> None:
    """Start a local AWS and deploy the environment's stack to it, in dependency order; then read everything back."""
    from plinth.console import console, print_json, progress
    from plinth.local.display import show_deployment, show_summary
    from plinth.local.session import bring_up

    with progress(f"bringing {environment} up on the local AWS"):
        report = bring_up(environment)
    if as_json:
        print_json(report)
    else:
        for note in report.notes:
            console().print(note, markup=False)
        show_deployment(report.deployment, report.verification)
        show_summary(report.deployment, report.verification)
        console().print(f"\nUse it:   AWS_ENDPOINT_URL={report.endpoint_url} aws s3 ls    (or boto3; any credentials)", markup=False)
        console().print(f"End it:   plinth local destroy {environment}", markup=False)
    raise typer.Exit(0 if report.fine else 1)


def status(environment: str = ENVIRONMENT, as_json: bool = AS_JSON) -> None:
    """Read every resource of a running local AWS back and compare it with what was declared."""
    from plinth.console import console, print_json, progress
    from plinth.local.display import show_deployment, show_summary
    from plinth.local.session import read_back

    with progress(f"reading {environment} back"):
        report = read_back(environment)
    if as_json:
        print_json(report)
    else:
        show_deployment(report.deployment, report.verification)
        show_summary(report.deployment, report.verification)
        console().print(f"It runs at {report.endpoint_url}.", markup=False)
    raise typer.Exit(0 if report.fine else 1)


def destroy(environment: str = ENVIRONMENT, as_json: bool = AS_JSON) -> None:
    """Destroy the stack in reverse order, protected resources too, list what is left, and stop the local AWS."""
    from plinth.console import console, print_json, progress
    from plinth.local.display import show_destroy
    from plinth.local.session import take_down

    with progress(f"destroying {environment} on the local AWS"):
        report = take_down(environment)
    if as_json:
        print_json(report)
    else:
        for note in report.notes:
            console().print(note, markup=False)
        if report.destroy is not None:
            show_destroy(report.destroy)
        console().print("The local AWS is stopped and its state file removed.", markup=False)
    raise typer.Exit(0 if report.fine else 1)
