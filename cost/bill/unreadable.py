"""Values that can't be read: found while lines are merged, and then pointed at with file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from cost.bill.cur_columns import Kind
from cost.bill.engine import Engine
from cost.bill.layouts import PRODUCT_MAP
from cost.bill.lines import line_of_row
from cost.bill.merge_sql import BY_NAME, Batch, as_map, quoted, raw_tags, unreadable
from plinth.errors import InputError

_WHAT: Final = {Kind.MONEY: "an amount", Kind.NUMBER: "a number", Kind.TIME: "a UTC time", Kind.TEXT: "text"}
_DAMAGED: Final = "fetch the file again; if AWS wrote it so, correct the line and say so"
_FIX: Final = {
    Kind.MONEY: _DAMAGED,
    Kind.NUMBER: _DAMAGED,
    Kind.TIME: "write times as AWS does: 2023-11-01T00:00:00.000Z, in UTC",
    Kind.TEXT: "fetch the file again: it is damaged",
}


def refuse_unreadable(engine: Engine, batch: Batch, names: Mapping[Path, str]) -> None:
    """Raise InputError for the first value of the batch's merged lines that can't be read; a text with a NUL byte is none."""
    texts = [name for name, column in BY_NAME.items() if column.kind is Kind.TEXT and name in batch.layout.columns]
    merged = {row[0] for row in engine.run(f"SELECT column_name FROM (DESCRIBE {batch.table})")}
    keys = [f"contains({quoted(name)}, chr(0))" for name in texts if name in merged]
    keys += [f"COALESCE({quoted(name)}, '') = ''" for name in texts if BY_NAME[name].essential]
    keys += [f"contains(CAST({quoted(name)} AS VARCHAR), chr(0))" for name in raw_tags(batch)]
    if engine.run(f"SELECT COALESCE(SUM(unreadable), 0) > 0 OR COALESCE(BOOL_OR({' OR '.join(keys) or 'FALSE'}), FALSE) FROM {batch.table}")[0][0]:
        _point_at(engine, batch, names)
    for column in (*batch.layout.tag_maps, *([PRODUCT_MAP] if batch.layout.in_map else [])):
        bad = f"FROM {batch.table} WHERE COALESCE(CAST(raw_{column} AS VARCHAR), '') <> '' AND {as_map(batch, column)} IS NULL"
        found = engine.run(f"SELECT raw_{column}, path {bad} LIMIT 1")
        if found:
            raise InputError(f"{column} is no map", where=f"{names[Path(found[0][1])]}, column {column}", value=found[0][0], fix=_FIX[Kind.TEXT])


def _point_at(engine: Engine, batch: Batch, names: Mapping[Path, str]) -> None:
    """Look at the files again, one by one, for the first bad value: only ever done on the way to an error."""
    checks = {batch.layout.columns[name]: (unreadable(batch, column), column.kind) for name, column in BY_NAME.items() if name in batch.layout.columns}
    checks |= {column: (f"contains({batch.ref(column)}, chr(0))", Kind.TEXT) for column in batch.layout.tag_columns}
    for path in batch.paths:
        alone = replace(batch, paths=(path,))
        counted = ", ".join(f"COUNT(*) FILTER (WHERE {check})" for check, _ in checks.values())
        counts = engine.run(f"SELECT {counted} FROM {alone.scan()}")[0]
        for (column, (check, kind)), count in zip(checks.items(), counts, strict=True):
            if count:
                _refuse(engine, alone, names[path], column, check, kind, count)
    raise InputError("a value of the bill can't be read", where=", ".join(names[path] for path in batch.paths), fix=_FIX[Kind.TEXT])


def _refuse(engine: Engine, batch: Batch, name: str, column: str, check: str, kind: Kind, count: int) -> None:
    number = "file_row_number + 1" if batch.types else "row_number() OVER ()"
    rows = f"SELECT {batch.ref(column)} AS value, {number} AS x_row, {check} AS wrong FROM {batch.scan(numbered=True)}"
    value, row = engine.run(f"SELECT value, x_row FROM ({rows}) WHERE wrong ORDER BY x_row LIMIT 1")[0]
    place = f"row {row}" if batch.types else f"line {line_of_row(batch.paths[0], row)}"
    empty = value is None or value == ""
    more = f" (and {count - 1:,} more like it)" if count > 1 else ""
    what = f"{column} is empty" if empty else f"{column} is not {_WHAT[kind]}"
    raise InputError(what + more, where=f"{name}, {place}, column {column}", value=None if empty else value, fix=_FIX[kind])
