"""The same content under two names: told by size and SHA-256, counted once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from cost.bill.model import BillWarning
from cost.bill.sources.model import Source, note, some


def without_repeats(sources: Sequence[Source]) -> tuple[list[Source], list[BillWarning]]:
    """The sources in order without those whose bytes an earlier one has, and a note that names both. Only equal sizes are hashed."""
    by_size: dict[int, list[Source]] = defaultdict(list)
    for source in sources:
        by_size[source.path.stat().st_size].append(source)
    repeats: dict[int, Source] = {}
    for alike in by_size.values():
        repeats |= _repeats(alike) if len(alike) > 1 else {}
    names = [f"{source.name} = {repeats[id(source)].name}" for source in sources if id(source) in repeats]
    kept = [source for source in sources if id(source) not in repeats]
    return kept, [note("same_content_twice", f"files with the same content are counted once: {some(names)}")] if names else []


def _repeats(sources: Iterable[Source]) -> dict[int, Source]:
    """By the id of each repeated source the first that has its content."""
    first: dict[str, Source] = {}
    return {id(source): original for source in sources if (original := first.setdefault(_digest(source), source)) is not source}


def _digest(source: Source) -> str:
    with source.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
