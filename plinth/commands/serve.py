"""`plinth cost serve PATH…`: the report as a live page on 127.0.0.1, with a month and a team to choose."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from plinth.commands.paths import BillPaths

TAG = "team"
PORT = 8765


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    paths: BillPaths,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes any free one.")] = PORT,
    tag: Annotated[str | None, typer.Option(help="The tag whose values are shown.", show_default=TAG)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print where the page is as JSON, once it can be opened.")] = False,
) -> None:
    """The report live on 127.0.0.1: choose a month and a team, read the bill again by a button. Ctrl-C stops it."""
    from cost.bill import read_bill
    from cost.report import Asked
    from cost.serve.app import create_app
    from cost.serve.live import LiveBill
    from cost.serve.model import Served
    from cost.serve.server import bound, url_of
    from cost.serve.server import serve as answer
    from plinth.commands.report import check_tag
    from plinth.console import console, print_json, progress

    with closing(bound(port)) as listening:
        with progress("Reading the bill"):
            live = LiveBill(lambda: read_bill(paths), tag=tag or TAG, asked=Asked())
        with closing(live):
            if tag is not None:
                check_tag(tag, live.bill)
            bill, url = live.bill, url_of(listening)
            made = Served(
                url=url,
                files=tuple(str(path) for path in bill.files),
                format=bill.format,
                synthetic=bill.synthetic,
                rows=bill.rows,
                tag=tag or TAG,
                months=tuple(live.choices.months),
                teams=live.choices.teams,
            )
            if as_json:
                print_json(made)
            else:
                console().print(f"The report is at {url} on this machine only. Ctrl-C stops it.", markup=False)
            answer(create_app(live), listening)
