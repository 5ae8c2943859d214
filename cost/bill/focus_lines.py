"""FOCUS files to the charge table: scanned by the engine, checked value by value, other providers' rows kept apart, days merged."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import duckdb

from cost.bill.charge_table import COST_KINDS, SCHEMA, Frame
from cost.bill.engine import Engine, malformed
from cost.bill.files import BillFile
from cost.bill.focus.merge import merged
from cost.bill.focus.read import focus_charges, focus_notes, focus_tag_keys, is_other_provider
from cost.bill.focus.values import KINDS, tag_keys_in, typed, unreadable
from cost.bill.lines import line_of_row
from cost.bill.merge_sql import Batch, quoted
from cost.bill.model import BillWarning
from cost.bill.tags import TagKey
from plinth.errors import InputError

_FIX: Final = "fetch the export again; if it was written so, correct the value and say so"


def read_focus(engine: Engine, files: Sequence[BillFile], *, by_line: bool) -> tuple[tuple[TagKey, ...], tuple[BillWarning, ...]]:
    """The files' rows added to the table `charges`; the bill's tag keys, and what to know about the files.

    Raises InputError where a file is damaged or without rows, or where a value can't be read (with its line and column).
    """
    staged = [(file, _staged(engine, file, number)) for number, file in enumerate(files)]
    for file, frame in staged:
        _refuse_unreadable(engine, file, frame)
    keys = focus_tag_keys({row["key"] for file, frame in staged for row in engine.rows(tag_keys_in(frame, file.header)) if row["key"]})
    for file, frame in staged:
        own = frame.filter(~is_other_provider(frame))
        charges = focus_charges(own, file.header, keys, file.name, text=not file.types)
        engine.store("charges", SCHEMA, charges if by_line else merged(charges))
    notes = [note for file in files for note in focus_notes(file.header)]
    return keys, (*dict.fromkeys(notes), *_other_providers(engine, staged))


def _staged(engine: Engine, file: BillFile, number: int) -> Frame:
    batch = Batch(number, (file.path,), file.header, file.types, file.format, file.folder, file.zipped)
    columns = ", ".join(f"{batch.ref(name)} AS {quoted(name)}" for name in file.header)
    return engine.view(f"focus_{number}", f"SELECT {columns} FROM {batch.scan()}")


def _refuse_unreadable(engine: Engine, file: BillFile, staged: Frame) -> None:
    checks = unreadable(staged, file.header)
    try:
        counts = engine.rows(staged.aggregate(rows=staged.count(), **{name: check.sum() for name, check in checks.items()}))[0]
    except duckdb.Error as error:
        raise malformed(error, {file.path: file.name}, len(file.header)) from error
    if not counts.pop("rows"):
        raise InputError("the bill has a header and no rows", where=file.name, fix="give a bill that has rows")
    for name, count in counts.items():
        if count:
            _refuse(engine, file, staged, name, count)


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


def _other_providers(engine: Engine, staged: Sequence[tuple[BillFile, Frame]]) -> list[BillWarning]:
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
    return [
        BillWarning(code="other_provider", message=f"{provider}: kept apart, in no total (billed cost)", rows=rows, amount=float(amount))
        for provider, (rows, amount) in found.items()
    ]
