"""The metrics file: csv or parquet of resource_id, metric, unit, statistic, timestamp, value and, for GPUs, device; checked and typed by DuckDB.

Comment rows at the top (`# …`) say where the figures come from; they are carried into the output.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import duckdb
import ibis
from ibis import _

from cost.recommend.metric_names import METRICS, PERCENT
from plinth.errors import InputError, shortened

REQUIRED = ("resource_id", "metric", "unit", "statistic", "timestamp", "value")
DEVICE = "device"
EARLIEST, LATEST = "2006-01-01", "2100-01-01"
"""Timestamps outside are taken for another unit or calendar: EC2 began in 2006."""
MEMORY_LIMIT = "1GB"
"""Of DuckDB, for files of any size; what does not fit spills to a temporary folder."""
MAX_HEADER_LINES = 50
MAX_LINE_CHARACTERS = 65_536
PERCENT_LIMIT = 100.0 + 1e-6
WAY_OUT = "see docs/recommend.md for the columns, names and units"


@dataclass(frozen=True)
class Metrics:
    """A checked metrics file. `table`: resource_id, metric, device, statistic, epoch (seconds, UTC), value (percent or bytes); no duplicates.

    The table is in DuckDB: `close` ends it and removes its temporary folder.
    """

    table: ibis.Table
    source: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    end: float
    resource_ids: frozenset[str]
    resources: ExitStack = field(default_factory=ExitStack, repr=False)

    def close(self) -> None:
        """Disconnect and remove the temporary folder; the table can't be read after it."""
        self.resources.close()


@dataclass(frozen=True)
class Header:
    """The comment rows and the column names at the top of a csv; `lines` is how many lines stand before the first data row."""

    notes: tuple[str, ...]
    columns: tuple[str, ...]
    lines: int


def read_metrics(path: Path) -> Metrics:
    """Read and check a metrics file. Raises InputError with the line of the first row that is wrong."""
    with ExitStack() as resources:
        folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="plinth-metrics-", ignore_cleanup_errors=True))
        connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT, temp_directory=folder, autoinstall_known_extensions=False)
        resources.callback(connection.disconnect)
        read = _read(path, connection)
        return replace(read, resources=resources.pop_all())


def _read(path: Path, connection: Any) -> Metrics:
    header, raw = _read_parquet(connection, path) if path.suffix == ".parquet" else _read_csv(connection, path)
    rows = _typed(connection, raw)
    connection.raw_sql("DROP TABLE raw")
    _refuse_bad_rows(rows, path, header)
    known = rows.filter(_.known & _.value.notnull())
    _refuse_duplicates(known, path, header)
    table = known.select("resource_id", "metric", "device", "statistic", "epoch", value=_.value * _.factor)
    if not (end := table.epoch.max().to_pyarrow().as_py()):
        raise InputError("the file has no row of a metric that sizing reads", where=path, fix=f"give one of {', '.join(METRICS)}; {WAY_OUT}")
    ids = frozenset(table.select("resource_id").distinct().to_pyarrow()["resource_id"].to_pylist())
    return Metrics(table=table, source=path.name, notes=header.notes, warnings=_warnings(rows, header), end=end, resource_ids=ids)


def _read_csv(connection: ibis.BaseBackend, path: Path) -> tuple[Header, ibis.Table]:
    header = _csv_header(path)
    try:
        raw = connection.read_csv(
            str(path),
            table_name="metrics_file",
            columns=dict.fromkeys(header.columns, "VARCHAR"),
            skip=header.lines - 1,
            header=True,
            auto_detect=False,
            delim=",",
            quote='"',
            escape='"',
        )
        return header, connection.create_table("raw", raw.mutate(row=ibis.row_number() + 1), temp=True)
    except duckdb.Error as error:
        line = re.search(r"on Line: (\d+)", str(error))
        encoding = "utf-8" in str(error).lower()
        raise InputError(
            "the file is not UTF-8 text" if encoding else "the csv is broken",
            where=f"{path}, line {line[1]}" if line else path,
            value=re.sub(r"\s+", " ", str(error))[:160],
            fix="save it as UTF-8" if encoding else f"give every row {len(header.columns)} columns, quotes closed",
        ) from error


def _csv_header(path: Path) -> Header:
    notes: list[str] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_first_lines(file, path), start=1):
                text = line.decode("utf-8-sig").strip()
                if text.startswith("#"):
                    notes.append(text.lstrip("# ").strip())
                elif text:
                    columns = tuple(name.strip() for name in next(csv.reader([text])))
                    return Header(tuple(notes), _checked_columns(columns, f"{path}, line {number}"), number)
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", where=path, value=error.object[error.start : error.start + 4], fix="save it as UTF-8") from error
    except OSError as error:
        raise InputError("the metrics file can't be read", where=path, value=error.strerror, fix="check the path and its permissions") from error
    raise InputError("the metrics file is empty", where=path, fix=WAY_OUT)


def _first_lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    for line in islice(iter(lambda: file.readline(MAX_LINE_CHARACTERS), b""), MAX_HEADER_LINES):
        if len(line) == MAX_LINE_CHARACTERS:
            raise InputError("the header line is too long", where=path, value=line[:40], fix=WAY_OUT)
        yield line


def _checked_columns(columns: tuple[str, ...], where: str) -> tuple[str, ...]:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise InputError(f"the metrics file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}", where=where, value=columns, fix=WAY_OUT)
    if len(set(columns)) < len(columns) or "" in columns:
        raise InputError("the metrics file has a column twice or one without a name", where=where, value=columns, fix=WAY_OUT)
    return columns


def _read_parquet(connection: ibis.BaseBackend, path: Path) -> tuple[Header, ibis.Table]:
    if not path.is_file():
        raise InputError("the metrics file can't be read", where=path, value="No such file", fix="check the path and its permissions")
    try:
        raw = connection.read_parquet(str(path), table_name="metrics_file")
        header = Header((), _checked_columns(tuple(raw.columns), str(path)), 0)
        text = raw.select(**{name: raw[name].cast("string") for name in header.columns}).mutate(row=ibis.row_number() + 1)
        return header, connection.create_table("raw", text, temp=True)
    except duckdb.Error as error:
        raise InputError("the file is not parquet", where=path, value=str(error)[:160], fix="give a parquet file, or a .csv") from error


def _typed(connection: ibis.BaseBackend, raw: Any) -> ibis.Table:
    """The rows with typed columns; a cell that can't be read as its type is null, and the row keeps its text for the message."""
    units = ibis.memtable([{"metric": metric.name, "unit_key": unit, "factor": factor} for metric in METRICS.values() for unit, factor in metric.units.items()])
    statistics = ibis.memtable(
        [{"metric": metric.name, "statistic": name, "statistic_known": True} for metric in METRICS.values() for name in metric.statistics]
    )
    earliest, latest = ibis.timestamp(EARLIEST, timezone="UTC"), ibis.timestamp(LATEST, timezone="UTC")
    moment = raw.timestamp.strip().try_cast("timestamp('UTC')")
    text = raw["value"].nullif("").strip()
    rows = raw.mutate(
        resource_id=raw.resource_id.nullif(""),
        device=(raw[DEVICE].fill_null("") if DEVICE in raw.columns else ibis.literal("")),
        known=raw.metric.isin(list(METRICS)),
        percent=raw.metric.isin([metric.name for metric in METRICS.values() if metric.kind == PERCENT]),
        unit_key=raw.unit.strip().lower(),
        time_text=raw.timestamp,
        value_text=text,
        epoch=ibis.ifelse(moment.between(earliest, latest), moment.epoch_seconds(), ibis.null("int64")),
        zoned=raw.timestamp.strip().re_search(r"(Z|[+-]\d\d(:?\d\d)?)$") & (raw.timestamp.length() > 10),
        value=text.try_cast("float64"),
    )
    joined = rows.left_join(units, ["metric", "unit_key"]).left_join(statistics, ["metric", "statistic"])
    kept = ("row", "resource_id", "metric", "unit", "statistic", "device", "known", "percent", "factor", "statistic_known")
    return connection.create_table("rows", joined.select(*kept, "time_text", "value_text", "epoch", "zoned", "value"), temp=True)


def _refuse_bad_rows(rows: Any, path: Path, header: Header) -> None:
    written = _.value_text.notnull()
    checks = (
        (_.resource_id.isnull(), "resource_id", "the resource_id is empty", "name the resource as the bill does"),
        (_.metric.isnull(), "metric", "the metric is empty", WAY_OUT),
        (_.epoch.isnull(), "time_text", "the timestamp is not a time", f"write ISO 8601, as 2026-01-31T14:05:00Z, between {EARLIEST} and {LATEST}"),
        (_.known & _.factor.isnull(), "unit", "the unit does not go with the metric", WAY_OUT),
        (
            _.known & _.statistic_known.isnull(),
            "statistic",
            "the statistic does not go with the metric",
            "give Maximum (or Average; Sum for NetworkIn and NetworkOut)",
        ),
        (
            written & (_.value.isnull() | _.value.isnan() | _.value.isinf()),
            "value_text",
            "the value is not a number",
            "give a number, or nothing where there was no sample",
        ),
        (_.known & (_.value < 0), "value_text", "the value is negative", "utilisation and bytes are 0 or more"),
        (_.known & _.percent & (_.value > PERCENT_LIMIT), "value_text", "the value is above 100 percent", "give a percentage of the whole instance, 0 to 100"),
    )
    firsts = rows.agg(**{str(number): _.row.min(where=check[0]) for number, check in enumerate(checks)}).to_pyarrow().to_pylist()[0]
    failed = [(row, int(number)) for number, row in firsts.items() if row is not None]
    if failed:
        row, number = min(failed)
        _condition, column, what, fix = checks[number]
        found = rows.filter(_.row == row).limit(1).to_pyarrow().to_pylist()[0]
        raise InputError(f"{what} ({found['metric']} of {found['resource_id']})", where=_where(path, header, row), value=found[column], fix=fix)


def _refuse_duplicates(rows: ibis.Table, path: Path, header: Header) -> None:
    keys = ["resource_id", "metric", "device", "statistic", "epoch"]
    twice = rows.group_by(keys).agg(first=_.row.min(), last=_.row.max()).filter(_.first < _.last).order_by("last").limit(1)
    if found := twice.to_pyarrow().to_pylist():
        row = found[0]
        raise InputError(
            f"two values for one timestamp ({row['metric']} {row['statistic']} of {shortened(row['resource_id'])})",
            where=f"{_where(path, header, row['last'])} (the first: {_where(path, header, row['first'])})",
            fix="keep one; for several GPUs give a column `device`",
        )


def _where(path: Path, header: Header, row: int) -> str:
    """The place of a data row: its line in a csv (blank lines counted, which DuckDB skips), its row number in a parquet file."""
    if not header.lines:
        return f"{path}, row {row}"
    with path.open("rb") as file:
        data = (number for number, line in enumerate(file, start=1) if number > header.lines and line.strip())
        return f"{path}, line {next(islice(data, row - 1, row), header.lines + row)}"


def _warnings(rows: Any, header: Header) -> tuple[str, ...]:
    counted = rows.agg(
        empty=(_.known & _.value.isnull()).sum(),
        unzoned=(~_.zoned).sum(),
        unknown=(~_.known).sum(),
        average=(_.known & (_.statistic == "Average")).sum(),
    )
    counts = counted.to_pyarrow().to_pylist()[0]
    names = rows.filter(~_.known).select("metric").distinct().order_by("metric").limit(5).to_pyarrow()["metric"].to_pylist()
    said = (
        (counts["empty"], "{:,} rows have no value: no sample, not zero"),
        (counts["unzoned"], "{:,} timestamps have no zone: read as UTC"),
        (counts["unknown"], "{:,} rows are of metrics that sizing does not read and were not used: " + ", ".join(names)),
        (counts["average"], "{:,} rows are Average: an average understates peaks, so the risk is one higher where no Maximum is given"),
    )
    return tuple(text.format(count) for count, text in said if count)
