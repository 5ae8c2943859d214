"""The one place that knows DuckDB: its connection, its csv reader and its errors. Everything else is Ibis."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis

from cost.bill.charge_table import Frame
from cost.bill.lines import first_uneven_line
from plinth.errors import InputError

MEMORY_LIMIT: Final = "1500MB"
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


class Engine:
    """A DuckDB database in a temporary folder of its own, removed with the engine; memory is bounded and larger work spills to disk."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-bill-")
        folder = Path(self._folder.name)
        self._stored: set[str] = set()
        self.backend: Any = ibis.duckdb.connect(
            folder / "bill.duckdb", memory_limit=MEMORY_LIMIT, temp_directory=str(folder), autoinstall_known_extensions=False
        )

    def stage_csv(self, path: Path, header: Sequence[str], wanted: Mapping[str, str], table: str) -> Frame:
        """The csv's wanted columns (name in the table -> name in the header) as text, with `x_row`. Raises InputError where it is malformed."""
        names = {column: f"c{index}" for index, column in enumerate(header)}
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names.values())
        selected = ", ".join(f'{names[column]} AS "{_quoted(name)}"' for name, column in wanted.items())
        source = (
            f"read_csv('{_literal(path)}', header=true, auto_detect=false, columns={{{columns}}}, delim=',', quote='\"', escape='\"', "
            "nullstr='', strict_mode=true, ignore_errors=false, compression='" + ("gzip" if path.suffix == ".gz" else "none") + "')"
        )
        try:
            self.backend.raw_sql(f'CREATE OR REPLACE TABLE "{table}" AS SELECT {selected} FROM {source}')  # noqa: S608
        except duckdb.Error as error:
            raise malformed(path, error, len(header)) from error
        staged = self.backend.table(table)
        return staged.mutate(x_row=staged.rowid() + 1)

    def store(self, table: str, schema: Any, expression: Frame | str) -> Frame:
        """The rows of an expression (or of its compiled SQL) added to a stored table of this Ibis schema, made where it is not there yet."""
        if table not in self._stored:
            self.backend.create_table(table, schema=schema)
            self._stored.add(table)
        sql = expression if isinstance(expression, str) else compiled(expression)
        self.backend.raw_sql(f'INSERT INTO "{table}" BY NAME {sql}')
        return self.backend.table(table)

    def store_texts(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Frame:
        """A small stored table of text columns."""
        columns = ", ".join(f'"{name}" VARCHAR' for name in names)
        self.backend.raw_sql(f'CREATE TABLE "{table}" ({columns})')
        self.backend.con.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(names))})', rows)  # noqa: S608
        return self.backend.table(table)

    def drop(self, table: str) -> None:
        """Forget a stored table."""
        self.backend.raw_sql(f'DROP TABLE "{table}"')
        self._stored.discard(table)

    def rows(self, expression: Frame) -> list[dict[str, Any]]:
        """The result as dictionaries, with exact decimals; for results that are small."""
        cursor = self.backend.raw_sql(self.backend.compile(expression))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        """Disconnect and remove the temporary folder."""
        self.backend.disconnect()
        self._folder.cleanup()


def compiled(expression: Frame) -> str:
    """The expression as DuckDB's SQL."""
    return str(ibis.to_sql(expression, dialect="duckdb"))


def malformed(path: Path, error: duckdb.Error, columns: int) -> InputError:
    """DuckDB's csv error as what, where, value and fix."""
    text = str(error)
    lowered = text.lower()
    line = _LINE.search(text)
    where = f"{path}, line {line.group(1)}" if line else str(path)
    if "gzip" in lowered:
        return InputError("the gzip file is damaged or cut short", where=path, value=text.split(":", 1)[-1].strip().splitlines()[0], fix="fetch it again")
    if "not utf-8" in lowered or "unicode" in lowered:
        return InputError("the csv is not UTF-8 text", where=where, fix="fetch it again, or save it as UTF-8")
    if "unterminated quote" in lowered:
        return InputError("the csv ends inside a quoted value: it is cut short or damaged", where=where, fix="fetch it again")
    if fields := _FIELDS.search(text):
        exact = first_uneven_line(path, columns)
        where = f"{path}, line {exact}" if exact else where
        return InputError(
            f"a line has {fields.group(2)} fields where the header has {fields.group(1)}", where=where, fix="fetch the file again: it is damaged or cut short"
        )
    if "maximum line size" in lowered:
        return InputError("a line is too long to be a bill's", where=where, fix="fetch the file again, or take the line out")
    return InputError("the csv can't be read", where=where, value=text.splitlines()[0], fix="fetch it again")


def _literal(path: Path) -> str:
    """The path for a SQL string; DuckDB reads `[`, `*` and `?` in it as a glob unless each stands in brackets."""
    return re.sub(r"([\[*?])", r"[\1]", str(path)).replace("'", "''")


def _quoted(name: str) -> str:
    return name.replace('"', '""')
