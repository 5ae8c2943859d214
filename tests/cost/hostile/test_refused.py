"""What is no bill, or a damaged one, is refused with what, where, value and fix: exit code 3, no traceback, nothing printed."""

from __future__ import annotations

import gzip
import io
import os
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plinth import cli, commands

LONGEST_MESSAGE = 2000
"""Characters: a hostile file must not flood a terminal."""
COST, DAY = "lineItem/UnblendedCost", "lineItem/UsageStartDate"


@pytest.fixture(scope="module", autouse=True)
def registered_once() -> Iterator[None]:
    """The command line adds its commands each time it runs; in one process it would have them many times over."""
    known: list[bool] = []
    register = commands.register
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "register", lambda *apps: None if known else (known.append(True), register(*apps)))
        yield


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What the command line says of these paths; it must end with exit code 3 and an error that names where and a way out."""

    def run(*paths: Path) -> str:
        monkeypatch.setattr(sys, "argv", ["plinth", "cost", "bill", *map(str, paths)])
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as left:
            patch.setattr(sys, "stdout", sys.stdout)
            cli.main()
        shown = capsys.readouterr()
        assert left.value.code == 3, shown.err
        assert "Traceback" not in shown.err and "fix:" in shown.err and len(shown.err) < LONGEST_MESSAGE, shown.err
        assert shown.out == ""
        return shown.err

    return run


CELLS = {
    "a cost that is text": (COST, "n/a", "n/a"),
    "a cost with a decimal comma": (COST, "1,5", "1,5"),
    "a cost that is no number": (COST, "NaN", "NaN"),
    "an infinite cost": (COST, "-inf", "-inf"),
    "a cost larger than money": (COST, "1e400", "1e400"),
    "a cost with underscores": (COST, "1_000", "1_000"),
    "an empty cost": (COST, "", "is empty"),
    "a quantity that is no number": ("lineItem/UsageAmount", "inf", "inf"),
    "a day that is not": (DAY, "2026-02-30T00:00:00Z", "2026-02-30"),
    "a time in words": (DAY, "yesterday", "yesterday"),
    "a time before AWS": (DAY, "1601-01-01T00:00:00Z", "1601"),
    "a time in another zone": (DAY, "2026-09-01T02:00:00+02:00", "+02:00"),
    "a NUL byte in a tag": ("resourceTags/user:team", "vis\0ion", "\\x00"),
    "a NUL byte in an id": ("lineItem/ResourceId", "i-\0", "\\x00"),
    "no account": ("lineItem/UsageAccountId", "", "is empty"),
}
"""A column, a value that it can't have, and what the message shows of it."""


@pytest.mark.parametrize(("column", "value", "shown"), CELLS.values(), ids=CELLS)
def test_a_value_that_can_not_be_read_is_shown_with_its_line_and_column(
    column: str, value: str, shown: str, table: Any, tmp_path: Path, refused: Callable[..., str]
):
    said = refused(table.put(column, value, row=2).write(tmp_path))
    assert "bill.csv, line 4" in said and column in said and shown in said


def rows_of(table: Any, change: Callable[[list[list[str]]], object]) -> bytes:
    rows = [table.header, *table.rows]
    change(rows)
    return table.render.csv_bytes(rows[0], rows[1:])


FILES: dict[str, tuple[str, Callable[[Any], bytes], str]] = {
    "a gzip cut short": ("bill.csv.gz", lambda table: gzip.compress(table.bytes())[:-40], "gzip"),
    "a gzip cut in its header": ("bill.csv.gz", lambda table: gzip.compress(table.bytes())[:6], "gzip"),
    "a gzip that is none": ("bill.csv.gz", lambda table: table.bytes(), "is text"),
    "a csv that is a gzip": ("bill.csv", lambda table: gzip.compress(table.bytes()), "is a gzip"),
    "a line of 10 MB": ("bill.csv", lambda table: table.put("lineItem/ResourceId", "x" * 10_000_000).bytes(), "too long"),
    "a row with a field too many": ("bill.csv", lambda table: rows_of(table, lambda rows: rows[3].append("x")), "line 4"),
    "a row with a field too few": ("bill.csv", lambda table: rows_of(table, lambda rows: rows[3].pop()), "line 4"),
    "a header that names a column twice": ("bill.csv", lambda table: rows_of(table, lambda rows: rows[0].__setitem__(1, rows[0][0])), "twice"),
    "a NUL byte in the header": ("bill.csv", lambda table: b"\0" + table.bytes(), "NUL"),
    "carriage returns alone": ("bill.csv", lambda table: table.bytes().replace(b"\r\n", b"\r"), "no csv line"),
    "UTF-16": ("bill.csv", lambda table: table.bytes().decode().encode("utf-16"), "UTF-16"),
    "Latin-1": ("bill.csv", lambda table: table.put("resourceTags/user:team", "Z\u00fcrich").bytes().decode().encode("latin-1"), "UTF-8"),
    "a quote that never closes": ("bill.csv", lambda table: table.bytes() + b'"and so it goes on', "quoted"),
    "a header and no rows": ("bill.csv", lambda table: rows_of(table, lambda rows: rows.__delitem__(slice(1, None))), "no rows"),
    "an empty file": ("bill.csv", lambda table: b"", "empty"),
    "an empty gzip": ("bill.csv.gz", lambda table: gzip.compress(b""), "holds nothing"),
    "a web page": ("bill.csv", lambda table: b"<!DOCTYPE html>\n<html><body>Access denied</body></html>\n", "a web page"),
    "a detailed billing report": ("bill.csv", lambda table: b"InvoiceID,PayerAccountId,LinkedAccountId,RecordType,Cost\n1,2,3,LineItem,4\n", "no bill"),
    "a csv called parquet": ("bill.parquet", lambda table: table.bytes(), "parquet"),
    "an empty parquet": ("bill.parquet", lambda table: b"", "parquet"),
    "a zip that is none": ("bill.zip", lambda table: table.bytes(), "zip"),
    "a zip cut short": ("bill.zip", lambda table: zipped({"bill.csv": table.bytes()})[:-30], "zip"),
    "a zip in a zip": ("bill.zip", lambda table: zipped({"inner.zip": zipped({"bill.csv": table.bytes()})}), "zip"),
    "a zip without a bill": ("bill.zip", lambda table: zipped({"readme.txt": b"hello"}), "zip"),
    "two currencies": ("bill.csv", lambda table: table.put("lineItem/CurrencyCode", "CNY").bytes(), "more than one currency"),
    "a line given twice": ("bill.csv", lambda table: rows_of(table, lambda rows: rows.append(rows[1])), "given twice"),
    "a column that no bill is without": ("bill.csv", lambda table: table.bytes().replace(COST.encode(), b"lineItem/Cost"), COST),
}  # fmt: skip
"""A file's name, its bytes, and what the message says."""


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(("name", "content", "says"), FILES.values(), ids=FILES)
def test_a_damaged_file_is_refused(name: str, content: Callable[[Any], bytes], says: str, table: Any, tmp_path: Path, refused: Callable[..., str]):
    said = refused(table.write(tmp_path, name, content(table)))
    assert says in said and name in said


def test_a_parquet_cut_short_is_refused(table: Any, tmp_path: Path, refused: Callable[..., str]):
    path = table.render.cur_2_parquet(table.lines, tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "parquet" in refused(path)


def test_a_parquet_damaged_inside_is_refused(table: Any, tmp_path: Path, refused: Callable[..., str]):
    path = table.render.cur_2_parquet(table.lines, tmp_path)
    content = bytearray(path.read_bytes())
    content[4:2000] = b"\xff" * 1996
    path.write_bytes(content)
    assert path.name in refused(path)


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), 1e30, None])
def test_a_cost_that_is_none_is_refused_in_parquet_too(cost: float | None, table: Any, tmp_path: Path, refused: Callable[..., str]):
    path = table.render.cur_2_parquet(table.lines, tmp_path)
    columns = pq.read_table(path)
    index = columns.column_names.index("line_item_unblended_cost")
    values = [*columns.column(index).to_pylist()[:-1], cost]
    pq.write_table(columns.set_column(index, columns.field(index), pa.array(values, pa.float64())), path)
    said = refused(path)
    assert f"row {len(values)}" in said and "line_item_unblended_cost" in said


def test_a_folder_called_like_a_file_is_searched_and_found_empty(tmp_path: Path, refused: Callable[..., str]):
    folder = tmp_path / "bill.csv"
    folder.mkdir()
    assert "no bill" in refused(folder)


@pytest.mark.parametrize("name", ["bill.csv", "bill.csv.gz", "bill.parquet", "bill.zip"])
def test_a_pipe_is_refused_and_not_waited_for(name: str, tmp_path: Path, refused: Callable[..., str]):
    os.mkfifo(tmp_path / name)
    assert name in refused(tmp_path / name)


def test_what_may_not_be_read_is_refused(table: Any, tmp_path: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    path, opened = table.write(tmp_path), Path.open

    def closed(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", closed)  # root may read all, and another user not even our environment
    said = refused(path)
    assert "ermission" in said and "bill.csv" in said


def test_a_gzip_of_a_gigabyte_of_nothing_takes_no_gigabyte(tmp_path: Path, refused: Callable[..., str]):
    path = tmp_path / "bill.csv.gz"
    one = gzip.compress(b"a" * 32_000_000)
    path.write_bytes(one * 32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "kilobytes"
