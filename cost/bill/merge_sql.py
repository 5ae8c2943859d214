"""The SQL that reads a bill: lines that are alike in everything but their time within a day become one, in a single pass over the files.

With engine.py this is the one place that speaks DuckDB's own SQL. Grouping comes first, on the columns as the file has them, so that all
later work (tags, amortization, folding) is done on as many rows as a bill has resources and days, not hours. Which amounts are null is part
of the key, so a null is never added to a number (docs/adr/0043).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cost.bill.cur_columns import CUR_COLUMNS, CurColumn, Kind
from cost.bill.layouts import PRODUCT_MAP, BillFormat, Layout, layout_of
from cost.bill.line_items import FEES, NEGATION, SPLIT_COST_OPERATIONS

EARLIEST: Final = datetime(2006, 1, 1)
LATEST: Final = datetime(2200, 1, 1)
MONEY_TYPE: Final = "DECIMAL(38,18)"
QUANTITY_TYPE: Final = "DECIMAL(38,18)"
"""Quantities are added as exact decimals: the last digits of a sum of doubles depend on the order of rows."""
SQL_TYPES: Final = {Kind.TEXT: "VARCHAR", Kind.MONEY: MONEY_TYPE, Kind.NUMBER: "DOUBLE", Kind.TIME: "TIMESTAMP"}
LINES_PER_BATCH: Final = 1 << 40
"""More lines than a batch can have: lines of different batches have different numbers."""
START: Final = "line_item_usage_start_date"
END: Final = "line_item_usage_end_date"
ACCOUNTS: Final = ("bill_payer_account_id", "line_item_usage_account_id")
ACCOUNT_DIGITS: Final = 12
WHOLE_NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT")
IDENTITY: Final = ("identity_line_item_id", "identity_time_interval")
BY_NAME: Final = {column.name: column for column in CUR_COLUMNS}


@dataclass(frozen=True)
class Batch:
    """Files of one folder with the same columns, read together; `types` are a parquet's column types, empty for csv."""

    number: int
    paths: tuple[Path, ...]
    header: tuple[str, ...]
    types: Mapping[str, str]
    format: BillFormat
    folder: str
    zipped: bool = False

    @property
    def layout(self) -> Layout:
        """Where the files keep each column."""
        return layout_of(self.header, self.format, self.types)

    @property
    def table(self) -> str:
        """The table that its merged lines are stored in."""
        return f"merged_{self.number}"

    def ref(self, column: str) -> str:
        """A column of the file in SQL."""
        return quoted(column) if self.types else f"c{self.header.index(column)}"

    def scan(self, *, numbered: bool = False) -> str:
        """The files as a table function, with x_path; `numbered` gives parquet rows a file_row_number."""
        files = ", ".join(f"'{literal(path)}'" for path in self.paths)
        if self.types:
            return f"read_parquet([{files}], filename='x_path'{', file_row_number=true' if numbered else ''})"
        columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(self.header)))
        zipped = "gzip" if self.zipped else "none"
        return (
            f"read_csv([{files}], filename='x_path', header=true, auto_detect=false, columns={{{columns}}}, delim=',', quote='\"', escape='\"', "
            f"nullstr='', strict_mode=true, ignore_errors=false, compression='{zipped}')"
        )


def merged_sql(batch: Batch, *, by_line: bool, wide: bool = False) -> str:
    """The batch's lines merged by day, or line by line, under canonical names: keys as text or as the file's maps, amounts summed.

    A parquet is read by series, unless `wide`: a csv, whose text is dear to read, in one pass.
    """
    layout = batch.layout
    present = {name: column for name, column in BY_NAME.items() if name in layout.columns}
    keys = {name: _text(batch, name) for name, column in present.items() if _is_key(column, by_line=by_line)}
    keys |= {name: timestamp(batch, name) for name, column in present.items() if column.kind is Kind.TIME and (by_line or name not in (START, END))}
    keys |= {f"raw_{name}": batch.ref(name) for name in ([PRODUCT_MAP] if layout.in_map else []) + list(layout.tag_maps)}
    if layout.tag_columns:
        keys["raw_tag_columns"] = "[" + ", ".join(f"CAST({batch.ref(name)} AS VARCHAR)" for name in layout.tag_columns) + "]"
    start, end = timestamp(batch, START), timestamp(batch, END)
    keys |= {
        "first_day": f"CAST({start} AS DATE)",
        "last_day": f"CAST({end} - INTERVAL 1 MICROSECOND AS DATE)",
        "nulls": _nulls(batch, present),
        "fee": _fee(batch),
    }
    values = {name: _summed(batch, column) for name, column in present.items() if column.kind in (Kind.MONEY, Kind.NUMBER)}
    if not by_line:
        values |= {START: f"MIN({start})", END: f"MAX({end})"}
    values |= {
        "lines": "COUNT(*)",
        "hours": f"CASE WHEN BOOL_AND({end} - {start} = INTERVAL 1 HOUR) THEN BIT_OR(1 << CAST(hour({start}) AS INTEGER)) END",
        "unreadable": f"COUNT(*) FILTER (WHERE {' OR '.join(unreadable(batch, column) for column in present.values() if column.kind is not Kind.TEXT)})",
        "path": "MIN(x_path)" if len(batch.paths) > 1 else text(str(next(iter(batch.paths)))),
        "ids": _ids(batch),
    }
    narrow = {name: keys.pop(name) for name in ("first_day", "last_day", "nulls", "fee")}
    if by_line or not batch.types or wide:
        return _grouped(keys | narrow, values, batch.scan())
    return _grouped_by_series(keys, narrow, values, batch.scan())


def _grouped(keys: dict[str, str], values: dict[str, str], scan: str) -> str:
    return f"SELECT {_named(keys | values)} FROM {scan} GROUP BY {', '.join(str(number + 1) for number in range(len(keys)))}"


def _grouped_by_series(keys: dict[str, str], narrow: dict[str, str], values: dict[str, str], scan: str) -> str:
    """The same in two passes: each set of descriptions once, and the sums by its hash of 128 bits.

    A line's descriptions are wide: where neighbours in the file are of other resources, grouping on them keeps nearly every line's copy until the end.
    """
    both = (f"hash({', '.join(keys.values())})", f"hash('again', {', '.join(reversed(keys.values()))})")
    hashes: dict[str, str] = dict(zip(("series", "again"), both, strict=True))
    described = _grouped(hashes | keys, {}, scan)
    summed = _grouped(hashes | narrow, values, scan)
    columns = ", ".join(quoted(name) for name in [*keys, *narrow, *values])
    return f"WITH described AS MATERIALIZED ({described}), summed AS MATERIALIZED ({summed}) SELECT {columns} FROM summed JOIN described USING (series, again)"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())


def _text(batch: Batch, name: str) -> str:
    """A text column; an account id that a tool made a whole number gets its zeros back: AWS account ids have 12 digits."""
    column = batch.layout.columns[name]
    as_text = f"CAST({batch.ref(column)} AS VARCHAR)"
    if name not in ACCOUNTS or batch.types.get(column, "VARCHAR") not in WHOLE_NUMBERS:
        return as_text
    return f"lpad({as_text}, CAST(greatest({ACCOUNT_DIGITS}, length({as_text})) AS INTEGER), '0')"


def _fee(batch: Batch) -> str:
    """A commitment's fee line by its own identity, so that fees are never merged: their unused part is no sum over lines of different terms."""
    columns = batch.layout.columns
    parts = ", ".join(f"CAST({batch.ref(columns[name])} AS VARCHAR)" for name in (*IDENTITY, START) if name in columns)
    fees = ", ".join(map(text, FEES))
    return f"CASE WHEN {batch.ref(columns['line_item_line_item_type'])} IN ({fees}) THEN concat_ws('|', {parts}) END"


def _is_key(column: CurColumn, *, by_line: bool) -> bool:
    return column.kind is Kind.TEXT and (by_line or column.name not in IDENTITY)


def timestamp(batch: Batch, name: str) -> str:
    """A time column as a UTC timestamp without a zone; null where it is none."""
    ref = batch.ref(batch.layout.columns[name])
    if batch.types.get(batch.layout.columns[name], "").startswith("TIMESTAMP WITH"):
        return f"make_timestamp(epoch_us({ref}))"
    return f"TRY_CAST({ref} AS TIMESTAMP)"


def unreadable(batch: Batch, column: CurColumn) -> str:
    """The condition that a line's value in this column can't be read; never null."""
    name = batch.layout.columns[column.name]
    ref, text = batch.ref(name), not batch.types or batch.types[name] == "VARCHAR"
    if column.kind is Kind.TEXT:
        wrong = f"contains(CAST({ref} AS VARCHAR), chr(0))"
    elif column.kind is Kind.TIME:
        time = timestamp(batch, column.name)
        wrong = f"{time} IS NULL OR {time} < TIMESTAMP '{EARLIEST}' OR {time} > TIMESTAMP '{LATEST}'"
        wrong += f" OR (NOT suffix({ref}, 'Z') AND regexp_matches({ref}, '[+-]\\d\\d:?\\d\\d$'))" if text else ""
    else:
        wrong = f"{_number(batch, column)} IS NULL" + (f" OR contains({ref}, '_')" if text else "")
    empty = f"{ref} IS NULL" + (f" OR {ref} = ''" if text else "")
    return f"({empty} OR {wrong})" if column.essential else f"(NOT ({empty}) AND ({wrong}))"


def _number(batch: Batch, column: CurColumn) -> str:
    kind = MONEY_TYPE if column.kind is Kind.MONEY else QUANTITY_TYPE
    return f"TRY_CAST({batch.ref(batch.layout.columns[column.name])} AS {kind})"


def _summed(batch: Batch, column: CurColumn) -> str:
    return f"SUM({_number(batch, column)})"


def _nulls(batch: Batch, present: Mapping[str, CurColumn]) -> str:
    """Which of the amounts are null, a bit each, so that only lines with the same ones are merged."""
    amounts = [name for name, column in present.items() if column.kind in (Kind.MONEY, Kind.NUMBER)]
    bits = (f"(CASE WHEN {_number(batch, present[name])} IS NULL THEN {1 << bit} ELSE 0 END)" for bit, name in enumerate(amounts))
    return " + ".join(bits) or "0"


def _ids(batch: Batch) -> str:
    """A hash of each line's identity, to find lines given twice; split cost rows repeat their instance's line and are not looked at."""
    columns = batch.layout.columns
    if not all(name in columns for name in IDENTITY):
        return "CAST([] AS UBIGINT[])"
    first, second = (batch.ref(columns[name]) for name in IDENTITY)
    split = ", ".join(f"'{operation}'" for operation in SPLIT_COST_OPERATIONS)
    operation = f" AND COALESCE({batch.ref(columns['line_item_operation'])}, '') NOT IN ({split})" if "line_item_operation" in columns else ""
    return f"LIST(hash({first}, {second})) FILTER (WHERE {first} <> '' AND {second} <> ''{operation})"


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(path: Path | str) -> str:
    """A path for a SQL string; DuckDB reads `[`, `*` and `?` in it as a glob unless each stands in brackets."""
    return re.sub(r"([\[*?])", r"[\1]", str(path)).replace("'", "''")


def text(value: str) -> str:
    """A text as a SQL string."""
    return "'" + value.replace("'", "''") + "'"


def lines_sql(batch: Batch, *, by_line: bool) -> str:
    """The merged lines under every canonical name, whatever the files have, with their Tags and the name of their file."""
    layout = batch.layout
    columns = {column.name: _canonical(batch, layout, column, by_line=by_line) for column in CUR_COLUMNS}
    columns |= {"Tags": "COALESCE(tagged.tags, MAP {})", "folder": text(batch.folder), "file": "files.name", "lines": "merged.lines", "hours": "merged.hours"}
    columns["line"] = f"{batch.number} * {LINES_PER_BATCH} + COALESCE(numbered.line, 0)"
    selected = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    tags = f"LEFT JOIN {tagged_table(batch)} AS tagged ON {same_tags(batch)}" if raw_tags(batch) else "CROSS JOIN (SELECT NULL AS tags) AS tagged"
    numbered = f"LEFT JOIN ({_numbered(batch)}) AS numbered ON numbered.id = merged.rowid"
    return f"SELECT {selected} FROM {batch.table} AS merged JOIN files ON files.path = merged.path {tags} {numbered}"


def _numbered(batch: Batch) -> str:
    """Negation lines in an order of their own, the same in every run: the first of a group may have to carry what does not cancel."""
    keys = [name for name, column in BY_NAME.items() if name in batch.layout.columns and name not in IDENTITY]
    order = ", ".join(f"{quoted(name)}" for name in (START, END, *keys))
    return f"SELECT rowid AS id, row_number() OVER (ORDER BY {order}) AS line FROM {batch.table} WHERE line_item_line_item_type = '{NEGATION}'"


def _canonical(batch: Batch, layout: Layout, column: CurColumn, *, by_line: bool) -> str:
    if column.name in layout.in_map:
        return f"NULLIF({as_map(batch, PRODUCT_MAP)}[{text(layout.in_map[column.name])}], '')"
    if column.name not in layout.columns or (column.name in IDENTITY and not by_line):
        return f"CAST(NULL AS {SQL_TYPES[column.kind]})"
    name = f"merged.{quoted(column.name)}"
    return f"NULLIF({name}, '')" if column.kind is Kind.TEXT else f"CAST({name} AS {SQL_TYPES[column.kind]})"


def as_map(batch: Batch, name: str) -> str:
    """A map column of the merged lines: a map as it is, JSON text parsed (null where it is none), a struct by its fields."""
    raw, kind = quoted(f"raw_{name}"), batch.types.get(name, "VARCHAR")
    if kind.startswith("MAP"):
        return raw
    json = f"to_json({raw})" if kind.startswith("STRUCT") else raw
    return f"TRY(from_json({json}, '\"MAP(VARCHAR,VARCHAR)\"'))"


def raw_tags(batch: Batch) -> list[str]:
    """The columns of the merged lines that hold tags as the files have them."""
    layout = batch.layout
    return [f"raw_{name}" for name in layout.tag_maps] + (["raw_tag_columns"] if layout.tag_columns else [])


def tagged_table(batch: Batch) -> str:
    """The table of the batch's distinct sets of tags, as the files have them and as one map."""
    return f"tagged_{batch.number}"


def same_tags(batch: Batch) -> str:
    """The condition that joins a merged line to its set of tags."""
    return " AND ".join(f"merged.{quoted(name)} IS NOT DISTINCT FROM tagged.{quoted(name)}" for name in raw_tags(batch))


def sets_sql(batch: Batch) -> str:
    """The batch's distinct sets of tags, each with an id."""
    raws = ", ".join(map(quoted, raw_tags(batch)))
    return f"SELECT row_number() OVER () AS id, {raws} FROM (SELECT DISTINCT {raws} FROM {batch.table})"


def entries_sql(batch: Batch, sets: str) -> str:
    """Each tag of each set: id, the tag's name as the file has it (a key of the map cost_category with its section), value."""
    parts = [
        f"SELECT id, {text('cost_category_' if name == 'cost_category' else '')} || entry.key AS name, entry.value AS value "
        f"FROM (SELECT id, unnest(map_entries({as_map(batch, name)})) AS entry FROM {sets})"
        for name in batch.layout.tag_maps
    ]
    if batch.layout.tag_columns:
        names = "[" + ", ".join(map(text, batch.layout.tag_columns)) + "]"
        parts.append(f"SELECT id, unnest({names}) AS name, unnest(raw_tag_columns) AS value FROM {sets}")
    return " UNION ALL ".join(parts)


def tagged_sql(batch: Batch, sets: str, entries: str) -> str:
    """The sets with their tags as one map under the bill's keys (table tag_names); an empty value and the literal text NULL are no tag."""
    raws = ", ".join(f"sets.{quoted(name)}" for name in raw_tags(batch))
    chosen = (
        f"SELECT id, key, ARG_MAX(value, rank) AS value FROM {entries} JOIN tag_names USING (name) "
        "WHERE value IS NOT NULL AND value NOT IN ('', 'NULL') GROUP BY id, key"
    )
    maps = f"SELECT id, MAP(LIST(key ORDER BY key), LIST(value ORDER BY key)) AS tags FROM ({chosen}) GROUP BY id"
    return f"SELECT {raws}, maps.tags FROM {sets} AS sets LEFT JOIN ({maps}) AS maps USING (id)"
