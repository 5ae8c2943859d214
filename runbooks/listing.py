"""The library of runbooks as a list."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from runbooks.parse import find_runbooks, load_runbook


class RunbookEntry(BaseModel):
    """One runbook: its name, title, objectives in seconds and number of steps."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    owner: str
    rto_seconds: float
    rpo_seconds: float
    steps: int


class Listing(BaseModel):
    """All runbooks of the library, by name."""

    model_config = ConfigDict(frozen=True)

    runbooks: tuple[RunbookEntry, ...]


def list_library() -> Listing:
    """Read every runbook of the library. Raises InputError where one can't be read."""
    books = [load_runbook(path.stem) for path in find_runbooks()]
    return Listing(
        runbooks=tuple(
            RunbookEntry(
                name=book.name,
                title=book.title,
                owner=book.owner,
                rto_seconds=book.objectives.rto.total_seconds(),
                rpo_seconds=book.objectives.rpo.total_seconds(),
                steps=len(book.steps),
            )
            for book in books
        )
    )
