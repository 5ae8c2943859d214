"""FOCUS files to the charge table: scanned by the engine, checked value by value, other providers' rows kept apart, days merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import duckdb

from cost.bill.charge_table import COST_KINDS, SCHEMA, Frame
from cost.bill.engine import Engine, malformed
from cost.bill.files import BillFile
from cost.bill.focus.merge import merged
from cost.bill.focus.read import focus_charges, focus_notes, focus_tag_keys, is_other_provider
from cost.bill.focus.values import KINDS, tag_keys_in, typed, unreadable
from cost.bill.focus.versions import essential_of
from cost.bill.lines import line_of_row
from cost.bill.merge_sql import Batch, quoted
from cost.bill.model import BillWarning
from cost.bill.tags import TagKey
from plinth.errors import InputError

SHOWN_FILES: Final = 3
"""How many files a message about all of them names."""
_FIX: Final = "fetch the export again; if it was written so, correct the value and say so"


def read_focus(engine: Engine, files: Sequence[BillFile], *, by_line: bool) -> tuple[tuple[TagKey, ...], tuple[BillWarning, ...]]:
    """The files' rows added to the table `charges`; the bill's tag keys, and what to know about the files.

    Raises InputError where a file is damaged or lacks a column, where a value can't be read (with its line and column), or where no
    file of the bill has a row of AWS.
    """
    for file in files:
        _refuse_incomplete(file)
    staged = [(file, _staged(engine, file, number)) for number, file in enumerate(files)]
    empty = [file.name for file, frame in staged if not _rows_read(engine, file, frame)]
    keys = focus_tag_keys({row["key"] for file, frame in staged for row in engine.rows(tag_keys_in(frame, file.header)) if row["key"]})
    for file, frame in staged:
        own = frame.filter(~is_other_provider(frame))
        charges = focus_charges(own, file.header, keys, file.name, text=not file.types)
        engine.store("charges", SCHEMA, charges if by_line else merged(charges))
    others = _other_providers(engine, staged)
    _refuse_no_rows(engine, files, others)
    notes = [note for file in files for note in focus_notes(file.header)]
    if empty:
        notes.append(BillWarning(code="empty_file", message=f"a header and no rows: {_listed(empty)}"))
    warnings = [
        BillWarning(code="other_provider", message=f"{provider}: kept apart, in no total (billed cost)", rows=rows, amount=float(amount))
        for provider, (rows, amount) in others.items()
    ]
    return keys, (*dict.fromkeys(notes), *warnings)


def _refuse_incomplete(file: BillFile) -> None:
    missing = sorted(set(essential_of(file.header)) - set(file.header))
    if missing:
        where = file.name if file.types else f"{file.name}, line 1"
        raise InputError(
            "the bill lacks columns without which it can't be read", where=where, value=", ".join(missing), fix="export it again, with all columns"
        )


def _refuse_no_rows(engine: Engine, files: Sequence[BillFile], others: Mapping[str, object]) -> None:
    """Raise InputError where no file of the bill, read before or now, gave a charge."""
    charges = engine.table("charges")
    if engine.rows(charges.aggregate(rows=charges.count()))[0]["rows"]:
        return
    where = _listed([file.name for file in files])
    if others:
        raise InputError("the bill has no rows of AWS", where=where, value=", ".join(sorted(others)), fix="give a bill with ProviderName AWS")
    raise InputError("the bill has a header and no rows", where=where, fix="give a bill that has rows")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN_FILES]) + (f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else "")


def _staged(engine: Engine, file: BillFile, number: int) -> Frame:
    batch = Batch(number, (file.path,), file.header, file.types, file.format, file.folder, file.zipped)
    columns = ", ".join(f"{batch.ref(name)} AS {quoted(name)}" for name in file.header)
    return engine.view(f"focus_{number}", f"SELECT {columns} FROM {batch.scan()}")


def _rows_read(engine: Engine, file: BillFile, staged: Frame) -> int:
    """How many rows the file has. Raises InputError where it is damaged or a value can't be read."""
    checks = unreadable(staged, file.header)
    try:
        counts = engine.rows(staged.aggregate(rows=staged.count(), **{name: check.sum() for name, check in checks.items()}))[0]
    except duckdb.Error as error:
        raise malformed(error, {file.path: file.name}, len(file.header)) from error
    rows = counts.pop("rows")
    for name, count in counts.items():
        if count:
            _refuse(engine, file, staged, name, count)
    return rows


def _refuse(engine: Engine, file: BillFile, staged: Frame, name: str, count: int) -> None:
    check = unreadable(staged, file.header)[name]
    sql = engine.sql(staged.select(value=staged[name], wrong=check))
    value, row = engine.run(f"SELECT value, x_row FROM (SELECT *, row_number() OVER () AS x_row FROM ({sql})) WHERE wrong ORDER BY x_row LIMIT 1")[0]
    place = f"row {row}" if file.types else f"line {line_of_row(file.path, row)}"
    more = f" (and {count - 1:,} more like it)" if count > 1 else ""
    empty = value is None or value in ("", "NULL")
    what = f"{name} is empty" if empty else f"{name} is not {_kind(name)}"
    raise InputError(what + more, where=f"{file.name}, {place}, column {name}", value=None if empty else value, fix=_FIX)


def _kind(name: str) -> str:
    kind = KINDS[name]
    if kind.is_map():
        return "a JSON object of tags, each once"
    return "a UTC time" if kind.is_timestamp() else "a number" if kind.is_numeric() else "text"


def _other_providers(engine: Engine, staged: Sequence[tuple[BillFile, Frame]]) -> dict[str, tuple[int, Decimal]]:
    """Per other provider its rows and billed cost, which no total holds."""
    found: dict[str, tuple[int, Decimal]] = {}
    for file, frame in staged:
        if "ProviderName" not in file.header:
            continue
        others: Any = frame.filter(is_other_provider(frame))
        billed = typed(others, file.header, COST_KINDS["billed"])
        others = others.select(provider=typed(others, file.header, "ProviderName"), billed=billed)
        for row in engine.rows(others.group_by("provider").aggregate(rows=others.count(), amount=others["billed"].sum()).order_by("provider")):
            before = found.get(row["provider"], (0, Decimal(0)))
            found[row["provider"]] = (before[0] + row["rows"], before[1] + row["amount"])
    return found
