"""The `plinth` command: every command by name; each imports its part of the house when it is called.

Exit codes: 0 fine, 1 findings or thresholds, 2 usage, 3 bad input.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import NoReturn

import typer

from plinth import __version__
from plinth.errors import InputError, PlinthError

app = typer.Typer(
    name="plinth",
    help="Build, check, price, explain and drill a machine-learning platform on AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cost_app = typer.Typer(help="What a change costs before it is made, and what the bill says after.", no_args_is_help=True, rich_markup_mode=None)
prices_app = typer.Typer(help="The price book: how old it is, what a thing costs, and how to renew it.", no_args_is_help=True, rich_markup_mode=None)
local_app = typer.Typer(help="The stack on the local AWS (moto), with no account.", no_args_is_help=True, rich_markup_mode=None)
drill_app = typer.Typer(help="Runbooks that are drills.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cost_app, name="cost")
app.add_typer(prices_app, name="prices")
app.add_typer(local_app, name="local")
app.add_typer(drill_app, name="drill")


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True)) -> None:
    """Build, check, price, explain and drill a machine-learning platform on AWS."""
    if show:
        typer.echo(f"plinth {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line: a PlinthError is printed as what, where, value and fix, and ends with its exit code."""
    from plinth import commands

    commands.register(app, cost_app, prices_app, local_app, drill_app)
    # A program that fails leaves Pulumi outputs unawaited; the error itself is printed below.
    warnings.filterwarnings("ignore", message="coroutine 'Output", category=RuntimeWarning)
    try:
        app()
    except PlinthError as error:
        _leave(f"error: {error}", error.exit_code)
    except BrokenPipeError:
        _leave("", 141)
    except OSError as error:
        _leave(f"error: {InputError('the output can not be written', where=error.filename or 'standard output', value=error.strerror)}", 3)
    except (KeyboardInterrupt, typer.Abort):
        _leave("interrupted", 130)


def _leave(message: str, code: int) -> NoReturn:
    """Say why on stderr and exit; what stdout could not take is dropped, so that Python does not try again and fail at exit."""
    if message:
        from plinth.console import printable_lines

        sys.stderr.write(f"{printable_lines(message)}\n")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 (it must outlive this function)
    sys.exit(code)
