"""The errors that people see: what is wrong, where, which value, and the way out.

Every part raises these for bad input; `plinth.cli` prints them without a traceback and exits with `exit_code`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from pathlib import Path

SHORT = reprlib.Repr()
SHORT.maxlevel, SHORT.maxdict, SHORT.maxlist, SHORT.maxtuple, SHORT.maxset, SHORT.maxstring, SHORT.maxother = 3, 5, 5, 5, 5, 80, 80


class PlinthError(Exception):
    """An error that a person can act on. Subclasses set the exit code."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | Path | None = None, value: object = None, fix: str | None = None):
        """Say what is wrong, where (file, line or key), the offending value, and how to mend it."""
        self.what, self.where, self.value, self.fix = what, where, value, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [self.what]
        if self.where is not None:
            lines.append(f"  where: {self.where}")
        if self.value is not None:
            lines.append(f"  value: {shortened(self.value)}")
        if self.fix is not None:
            lines.append(f"  fix:   {self.fix}")
        return "\n".join(lines)


class InputError(PlinthError):
    """Bad input: a file, a key or a value that can't be read as what it should be. Exit code 3."""

    exit_code = 3


class UsageError(PlinthError):
    """The command line itself is off: an unknown name, or options that exclude one another. Exit code 2."""

    exit_code = 2


def shortened(value: object, limit: int = 160) -> str:
    """The value's repr on one line, cut to `limit` characters so that a hostile file can't flood a terminal.

    Containers are cut before they are written out: a YAML alias bomb's whole repr would not fit in memory.
    """
    text = SHORT.repr(value) if isinstance(value, dict | list | tuple | set) else repr(value[: limit + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """The way out of an unknown name: the nearest known one, else `otherwise`."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise
