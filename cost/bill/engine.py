"""The engine that the analyses run on: DuckDB in a temporary folder. With merge_sql.py the one place that knows it; all else is Ibis."""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis
import ibis.expr.operations as ops

from cost.bill.charge_table import Frame
from cost.bill.lines import first_uneven_line
from cost.bill.merge_sql import literal
from plinth.errors import InputError

MEMORY_LIMIT: Final = "1000MB"
COMPILED_KEPT: Final = 1000
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)


class Engine:
    """A DuckDB database in a temporary folder of its own, removed with the engine; memory is bounded and larger work spills to disk."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-bill-")
        self.folder = Path(self._folder.name)
        self._stored: dict[str, Frame] = {}
        self.backend: Any = ibis.duckdb.connect(
            self.folder / "bill.duckdb", memory_limit=MEMORY_LIMIT, temp_directory=str(self.folder), autoinstall_known_extensions=False
        )

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a DuckDB statement. For the readers of files only: analyses are Ibis."""
        return self.backend.con.execute(sql).fetchall()

    def create(self, table: str, sql: str) -> Frame:
        """A stored table of a query over tables; made again where it is there."""
        self._create(table, sql)
        self._stored[table] = self.backend.table(table)
        return self._stored[table]

    def _create(self, table: str, sql: str) -> None:
        self.backend.raw_sql(f'CREATE OR REPLACE TABLE "{table}" AS {sql}')

    def table(self, name: str) -> Frame:
        """A stored table by its name, with the types that it was stored with: to ask DuckDB for them takes longer than a small bill's query."""
        return self._stored[name]

    def parquet_types(self, path: Path, name: str) -> dict[str, str]:
        """A parquet file's columns with DuckDB's types, in order. Raises InputError where it is none or damaged."""
        try:
            rows = self.run(f"DESCRIBE SELECT * FROM read_parquet('{literal(path)}')")
        except duckdb.Error as error:
            raise InputError("the file is no parquet, or it is damaged", where=name, value=str(error).splitlines()[0], fix="fetch it again") from error
        return {row[0]: row[1] for row in rows}

    def view(self, name: str, sql: str) -> Frame:
        """A query over files under a name: read anew each time it is asked."""
        self.backend.raw_sql(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')
        return self.backend.table(name)

    def sql(self, expression: Frame) -> str:
        """The expression as DuckDB's SQL."""
        return compiled(expression)

    def create_from_files(self, table: str, sql: str, names: dict[Path, str], columns: int) -> None:
        """A stored table of a query over files. Raises InputError where one is malformed; `names` are what the user knows the files as."""
        try:
            self._create(table, sql)
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
            raise  # our SQL is wrong, not the file
        except duckdb.Error as error:
            raise malformed(error, names, columns) from error

    def store(self, table: str, schema: Any, expression: Frame | str) -> Frame:
        """The rows of an expression (or of its compiled SQL) added to a stored table of this Ibis schema, made where it is not there yet."""
        if table not in self._stored:
            typed: Any = ibis.schema(schema)
            self.backend.raw_sql(f'CREATE TABLE "{table}" ({_column_definitions(typed)})')
            self._stored[table] = ops.DatabaseTable(table, schema=typed, source=self.backend, namespace=ops.Namespace()).to_expr()
        sql = expression if isinstance(expression, str) else compiled(expression)
        self.backend.raw_sql(f'INSERT INTO "{table}" BY NAME {sql}')
        return self._stored[table]

    def store_texts(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A small stored table of text columns, made again where it is there."""
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        self.backend.raw_sql(f'CREATE OR REPLACE TABLE "{table}" ({columns})')
        if rows:
            values = [list(column) for column in zip(*rows, strict=True)]
            self.backend.con.execute(f'INSERT INTO "{table}" SELECT {", ".join(["unnest(?)"] * len(names))}', values)

    def drop(self, table: str) -> None:
        """Forget a stored table."""
        self.backend.raw_sql(f'DROP TABLE "{table}"')
        self._stored.pop(table, None)

    def rows(self, expression: Frame) -> list[dict[str, Any]]:
        """The result as dictionaries, with exact decimals; for results that are small."""
        cursor = self.backend.raw_sql(compiled(expression))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def copy(self, expression: Frame | str, path: Path, kind: str, *, gzip: bool = False) -> None:
        """Stream an expression's rows (or its compiled SQL's) to a file: `csv` (UTF-8, a header, a null is an empty cell) or `parquet`. Raises OSError."""
        options = f"FORMAT csv, HEADER, NULLSTR '', COMPRESSION {'gzip' if gzip else 'none'}" if kind == "csv" else "FORMAT parquet, COMPRESSION zstd"
        target = str(path).replace("'", "''")
        try:
            self.backend.raw_sql(f"COPY ({expression if isinstance(expression, str) else compiled(expression)}) TO '{target}' ({options})")
        except duckdb.IOException as error:
            raise OSError(errno.EIO, str(error).splitlines()[0]) from error

    def close(self) -> None:
        """Disconnect and remove the temporary folder."""
        self.backend.disconnect()
        self._folder.cleanup()


def compiled(expression: Frame) -> str:
    """The expression as DuckDB's SQL; the last ones are kept, as compiling takes longer than a small bill's query."""
    return _compiled(expression.op())


@lru_cache(maxsize=COMPILED_KEPT)
def _column_definitions(schema: Any) -> str:
    return ", ".join(column.sql("duckdb") for column in schema.to_sqlglot_column_defs("duckdb"))


@lru_cache(maxsize=COMPILED_KEPT)
def _compiled(node: Any) -> str:
    return str(ibis.to_sql(node.to_expr(), dialect="duckdb", pretty=False))


def malformed(error: duckdb.Error, names: dict[Path, str], columns: int) -> InputError:
    """DuckDB's error over files as what, where, value and fix."""
    text = str(error)
    lowered = text.lower()
    path = _file_of(text, names)
    for known in names:
        lowered = lowered.replace(str(known).lower(), "")
    name = names.get(path, str(path)) if path else ", ".join(names.values())
    line = _LINE.search(text)
    where = f"{name}, line {line.group(1)}" if line else name
    if "gzip" in lowered:
        return InputError("the gzip file is damaged or cut short", where=name, value=text.split(":", 1)[-1].strip().splitlines()[0], fix="fetch it again")
    if "parquet" in lowered or "thrift" in lowered or "snappy" in lowered:
        return InputError("the parquet file is damaged or cut short", where=name, value=text.splitlines()[0], fix="fetch it again")
    if "not utf-8" in lowered or "unicode" in lowered:
        return InputError("the csv is not UTF-8 text", where=where, fix="fetch it again, or save it as UTF-8")
    if "unterminated quote" in lowered:
        return InputError("the csv ends inside a quoted value: it is cut short or damaged", where=where, fix="fetch it again")
    if fields := _FIELDS.search(text):
        exact = first_uneven_line(path, columns) if path else None
        where = f"{name}, line {exact}" if exact else where
        return InputError(
            f"a line has {fields.group(2)} fields where the header has {fields.group(1)}", where=where, fix="fetch the file again: it is damaged or cut short"
        )
    if "maximum line size" in lowered:
        return InputError("a line is too long to be a bill's", where=where, fix="fetch the file again, or take the line out")
    if "out of memory" in lowered or "no space left" in lowered:
        return InputError(
            "the bill needs more memory or disk than there is", where=name, value=text.splitlines()[0], fix="free disk space, or read fewer months"
        )
    return InputError("the file can't be read", where=where, value=text.splitlines()[0], fix="fetch it again")


def _file_of(text: str, names: dict[Path, str]) -> Path | None:
    found = _FILE.search(text)
    known = [path for path in names if (found and found.group(1).strip() == str(path)) or str(path) in text]
    return known[0] if known else next(iter(names)) if len(names) == 1 else None
