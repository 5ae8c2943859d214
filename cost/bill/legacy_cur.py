"""The legacy Cost and Usage Report (CUR 1) as csv: text to typed columns under their canonical names, every value accounted for.

A value that can't be read is an error with its line and column; a row is never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from cost.bill.charge_table import COUNT, MONEY, NUMBER, TAGS, TEXT, TIME, Frame
from cost.bill.cur_columns import CUR_COLUMNS, CurColumn, Kind
from cost.bill.engine import Engine
from cost.bill.files import BillFile
from cost.bill.lines import line_of_row
from cost.bill.tags import TagKey
from plinth.errors import InputError

TYPES: Final = {Kind.TEXT: TEXT, Kind.MONEY: MONEY, Kind.NUMBER: NUMBER, Kind.TIME: TIME}
EARLIEST: Final = datetime(2006, 1, 1)
LATEST: Final = datetime(2200, 1, 1)
CUR_SCHEMA: Final[Any] = ibis.schema(
    {column.name: TYPES[column.kind] for column in CUR_COLUMNS} | {"Tags": TAGS, "file": TEXT, "row": COUNT, "line": COUNT, "lines": COUNT}
)
"""What `read_file` returns: every known column, typed, whatever the file has."""

ROWS_PER_FILE: Final = 1 << 40
"""More rows than a file can have: `line` = file number times this, plus the row."""

_WHAT: Final = {Kind.MONEY: "an amount", Kind.NUMBER: "a number", Kind.TIME: "a UTC time", Kind.TEXT: "text"}
_FIX: Final = {
    Kind.MONEY: "fetch the file again; if AWS wrote it so, correct the line and say so",
    Kind.NUMBER: "fetch the file again; if AWS wrote it so, correct the line and say so",
    Kind.TIME: "write times as AWS does: 2023-11-01T00:00:00.000Z, in UTC",
    Kind.TEXT: "fetch the file again: it is damaged",
}


def read_file(engine: Engine, file: BillFile, number: int, tags: Sequence[TagKey]) -> Frame:
    """The file's rows, typed, with Tags, `file`, `row` and `line`. Raises InputError where a value can't be read or there are no rows."""
    present = {column.name: column.legacy for column in CUR_COLUMNS if column.legacy in file.header}
    tag_columns = _tag_columns(file, tags)
    staged = engine.stage_csv(file.path, file.header, present | {name: column for name, (_, column) in tag_columns.items()}, "staged")
    refuse_unreadable(engine, file, staged, [column for column in CUR_COLUMNS if column.name in present], tag_columns)
    columns: dict[str, Any] = {
        column.name: _typed(staged, column) if column.name in present else ibis.literal(None, type=TYPES[column.kind]) for column in CUR_COLUMNS
    }
    columns["Tags"] = _tags(staged, {name: key for name, (key, _) in tag_columns.items()})
    columns["file"] = ibis.literal(str(file.path))
    columns["row"] = staged.x_row.cast("int64")
    columns["lines"] = ibis.literal(1, type=COUNT)
    columns["line"] = staged.x_row.cast("int64") + number * ROWS_PER_FILE
    return staged.select(**columns)


def refuse_unreadable(engine: Engine, file: BillFile, staged: Frame, columns: Sequence[CurColumn], tag_columns: Mapping[str, tuple[str, str]]) -> None:
    """Raise InputError for the first column that has a value which can't be read; also where the file has a header and no rows."""
    checks: dict[str, Any] = {column.name: _unreadable(staged, column) for column in columns}
    checks |= {name: staged[name].contains("\0") for name in tag_columns}
    counts = engine.rows(staged.aggregate(rows=staged.count(), **{name: check.fill_null(False).sum() for name, check in checks.items()}))[0]
    if not counts.pop("rows"):
        raise InputError("the bill has a header and no rows", where=file.path, fix="give a bill that has rows; a new report's first delivery takes a day")
    for column in columns:
        if counts[column.name]:
            _refuse(engine, file, staged, checks[column.name], column.name, column.legacy, column.kind, counts[column.name])
    for name, (_, legacy) in tag_columns.items():
        if counts[name]:
            _refuse(engine, file, staged, checks[name], name, legacy, Kind.TEXT, counts[name])


def _refuse(engine: Engine, file: BillFile, staged: Frame, check: Any, name: str, legacy: str, kind: Kind, count: int) -> None:
    first = engine.rows(staged.filter(check).order_by("x_row").select("x_row", value=staged[name]).limit(1))[0]
    line = line_of_row(file.path, first["x_row"])
    empty = first["value"] is None
    what = f"{legacy} is empty" if empty else f"{legacy} is not {_WHAT[kind]}"
    more = f" (and {count - 1:,} more like it)" if count > 1 else ""
    raise InputError(what + more, where=f"{file.path}, line {line}, column {legacy}", value=None if empty else first["value"], fix=_FIX[kind])


def _unreadable(staged: Frame, column: CurColumn) -> ir.BooleanValue:
    value: Any = staged[column.name]
    if column.kind is Kind.TEXT:
        bad = value.contains("\0")
    elif column.kind is Kind.TIME:
        time = value.try_cast(TIME)
        bad = time.isnull() | (time < EARLIEST) | (time > LATEST) | value.re_search(r"[+-]\d\d:?\d\d$")
    else:
        number = value.try_cast(TYPES[column.kind])
        bad = number.isnull() | value.contains("_")
        if column.kind is Kind.NUMBER:
            bad = bad | number.isnan() | number.isinf()
    bad = value.notnull() & bad
    return bad | value.isnull() if column.essential else bad


def _typed(staged: Frame, column: CurColumn) -> ir.Value:
    return staged[column.name].cast(TYPES[column.kind])


def _tag_columns(file: BillFile, tags: Sequence[TagKey]) -> dict[str, tuple[str, str]]:
    """Per tag of this file: the staged column's name -> the tag's key and the csv's column."""
    pairs = [(tag.key, column) for tag in tags for column in tag.columns if column in file.header]
    return {f"tag_{index}": pair for index, pair in enumerate(pairs)}


def _tags(staged: Frame, keys: Mapping[str, str]) -> ir.Value:
    """The row's tags as a map; an empty value and the literal text NULL are no tag."""
    if not keys:
        return ibis.literal({}, type=TAGS)
    entries: Any = ibis.array([ibis.struct({"key": ibis.literal(key), "value": staged[name].nullif("NULL")}) for name, key in keys.items()])
    tagged = entries.filter(lambda entry: entry["value"].notnull())
    return ibis.map(tagged.map(lambda entry: entry["key"]), tagged.map(lambda entry: entry["value"]))
