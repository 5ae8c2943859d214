"""Cost and Usage Reports of every shape (legacy csv and parquet, CUR 2.0) to one table of lines under canonical names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import ibis

from cost.bill.charge_table import COUNT, MONEY, NUMBER, TAGS, TEXT, TIME, Frame
from cost.bill.cur_columns import CUR_COLUMNS, Kind
from cost.bill.engine import Engine
from cost.bill.files import BillFile
from cost.bill.merge_sql import Batch, entries_sql, lines_sql, merged_sql, raw_tags, sets_sql, tagged_sql, tagged_table
from cost.bill.repeats import refuse_repeated_lines
from cost.bill.tags import TagKey, rank_of, tag_keys
from cost.bill.unreadable import refuse_unreadable
from plinth.errors import InputError

TYPES: Final = {Kind.TEXT: TEXT, Kind.MONEY: MONEY, Kind.NUMBER: NUMBER, Kind.TIME: TIME}
CUR_SCHEMA: Final[Any] = ibis.schema(
    {column.name: TYPES[column.kind] for column in CUR_COLUMNS} | {"Tags": TAGS, "folder": TEXT, "file": TEXT, "line": COUNT, "lines": COUNT, "hours": COUNT}
)
"""The table `cur`: every known column, typed, whatever the files have. One row is a line, or lines of a day that are alike."""


def read_lines(engine: Engine, files: Sequence[BillFile], *, by_line: bool) -> tuple[Frame, tuple[TagKey, ...]]:
    """The lines of the files as the table `cur`, and the bill's tag keys.

    Raises InputError where a file is damaged or without rows, where a value can't be read (with its line and column), or a line is given twice.
    """
    batches = batches_of(files)
    names = {file.path: file.name for file in files}
    engine.store_texts("files", ("path", "name"), [(str(path), name) for path, name in names.items()])
    for batch in batches:
        _merge(engine, batch, names, by_line=by_line)
        refuse_unreadable(engine, batch, names)
    if not any(engine.run(f"SELECT COUNT(*) FROM {batch.table}")[0][0] for batch in batches):
        where = ", ".join(list(names.values())[:3])
        raise InputError("the bill has a header and no rows", where=where, fix="give a bill that has rows; a new report's first delivery takes a day")
    refuse_repeated_lines(engine, batches, names)
    keys = _tags(engine, batches)
    for batch in batches:
        engine.store("cur", CUR_SCHEMA, lines_sql(batch, by_line=by_line))
        engine.drop(batch.table)
        if raw_tags(batch):
            engine.drop(tagged_table(batch))
    return engine.table("cur"), keys


def _merge(engine: Engine, batch: Batch, names: Mapping[Path, str], *, by_line: bool) -> None:
    """The batch's lines as a stored table. Were two sets of descriptions to have one hash, lines would be there twice: then it is done without."""
    own = {path: names[path] for path in batch.paths}
    engine.create_from_files(batch.table, merged_sql(batch, by_line=by_line), own, len(batch.header))
    if batch.types and engine.run(f"SELECT COALESCE(SUM(lines), 0) FROM {batch.table}") != engine.run(f"SELECT COUNT(*) FROM {batch.scan()}"):
        engine.create_from_files(batch.table, merged_sql(batch, by_line=by_line, wide=True), own, len(batch.header))


def batches_of(files: Sequence[BillFile]) -> list[Batch]:
    """The files by what they can be read together with: the same folder, format and columns."""
    groups: dict[Any, list[BillFile]] = {}
    for file in files:
        groups.setdefault((file.folder, file.format, file.header, tuple(file.types.items()), file.zipped), []).append(file)
    return [
        Batch(number, tuple(file.path for file in group), group[0].header, group[0].types, group[0].format, group[0].folder, group[0].zipped)
        for number, group in enumerate(groups.values())
    ]


def _tags(engine: Engine, batches: Sequence[Batch]) -> tuple[TagKey, ...]:
    """The bill's tag keys; each batch's distinct sets of tags are brought to them, in a table of their own."""
    tagged = [batch for batch in batches if raw_tags(batch)]
    names = {name for batch in tagged for name in batch.layout.tag_columns}
    for batch in tagged:
        engine.create(f"sets_{batch.number}", sets_sql(batch))
        engine.create(f"entries_{batch.number}", entries_sql(batch, f"sets_{batch.number}"))
        names |= {row[0] for row in engine.run(f"SELECT DISTINCT name FROM entries_{batch.number}")}
    keys = tag_keys(names)
    ranked = [(name, key.key, rank_of(name)) for key in keys for name in key.columns]
    engine.store_texts("tag_names", ("name", "key", "rank"), ranked)
    for batch in tagged:
        engine.create(tagged_table(batch), tagged_sql(batch, f"sets_{batch.number}", f"entries_{batch.number}"))
        engine.drop(f"sets_{batch.number}")
        engine.drop(f"entries_{batch.number}")
    return keys
