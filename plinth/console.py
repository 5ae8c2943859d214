"""What people read in a terminal: tables of at most 100 columns, money with its currency, progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel

WIDTH = 100


def console() -> Any:
    """A rich console on stdout, at most 100 columns wide; it honours NO_COLOR and stays plain in a pipe."""
    from rich.console import Console

    measured = Console()
    return Console(width=min(measured.width, WIDTH) if measured.is_terminal else WIDTH, highlight=False)


def money(amount: float | None, currency: str = "USD") -> str:
    """An amount with thousands separators and its currency: `1,234.50 USD`; `unknown` for None, never zero."""
    return "unknown" if amount is None else f"{amount:,.2f} {currency}"


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> Any:
    """A rich table; the columns named in `right` (money, counts) are right-aligned. Cells are printed as they are: markup in them is not read."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    result = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    right_aligned = set(right)
    for column in columns:
        result.add_column(column, justify="right" if column in right_aligned else "left", overflow="fold")
    for row in rows:
        result.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return result


def print_json(model: BaseModel) -> None:
    """Print a command's documented model as JSON on stdout."""
    sys.stdout.write(model.model_dump_json(indent=2, by_alias=True) + "\n")
    sys.stdout.flush()


@contextmanager
def progress(message: str) -> Iterator[None]:
    """A spinner with `message` on stderr while the block runs; silent where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(message):
        yield
