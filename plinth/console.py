"""What people read in a terminal: tables of at most 100 columns, money with its currency, progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from pydantic import BaseModel

WIDTH = 100


def printable(text: str) -> str:
    """One line that steers no terminal: other spaces and line breaks become a space, control and formatting characters become �.

    Tag values and resource ids are a stranger's: an ESC in one could rewrite what the terminal shows.
    """
    return "".join(character if character.isprintable() else " " if character.isspace() else "�" for character in text)


def printable_lines(text: str) -> str:
    """A text of several lines, each `printable`."""
    return "\n".join(printable(line) for line in text.split("\n"))


def console(file: IO[str] | None = None) -> Any:
    """A rich console on stdout or on `file`, at most 100 columns wide; it honours NO_COLOR and stays plain in a pipe or a file.

    A printed text is shown as it is, its lines `printable`: no markup, no emoji codes, no control characters.
    """
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable_lines(text), **options)

    measured = Console(file=file)
    return Plain(file=file, width=min(measured.width, WIDTH) if measured.is_terminal else WIDTH, highlight=False, markup=False, emoji=False)


def money(amount: float | None, currency: str = "USD") -> str:
    """An amount with thousands separators and its currency: `1,234.50 USD`; `unknown` for None, never zero."""
    return "unknown" if amount is None else f"{amount:,.2f} {currency}"


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> Any:
    """A rich table; the columns named in `right` (money, counts) are right-aligned. Title, column names and cells are `printable`; markup is not read."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown_title = None if title is None else Text(printable(title), style="table.title")
    result = Table(title=shown_title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    right_aligned = set(right)
    for column in columns:
        result.add_column(Text(printable(column)), justify="right" if column in right_aligned else "left", overflow="fold")
    for row in rows:
        result.add_row(*(Text(printable(str(cell))) for cell in row))
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
    from rich.text import Text

    with Console(stderr=True).status(Text(printable(message))):
        yield
