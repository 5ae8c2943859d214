from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cost.recommend import read_metrics
from plinth.errors import InputError

COLUMNS = "resource_id,metric,unit,statistic,timestamp,value"
GOOD = "i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:00:00Z,10"
File = Callable[..., Path]


def test_a_good_file_gives_typed_rows_in_utc(metrics_file: File) -> None:
    metrics = read_metrics(metrics_file(GOOD, "i-1,CPUUtilization,Percent,Maximum,2026-01-01T02:05:00+02:00,11.5", header=COLUMNS))
    rows = sorted((row["epoch"], row["value"]) for row in metrics.table.to_pyarrow().to_pylist())
    assert rows == [(1767225600, 10.0), (1767225900, 11.5)]
    assert metrics.end == 1767225900


def test_memory_is_limited_and_closing_removes_the_temporary_folder(metrics_file: File) -> None:
    metrics = read_metrics(metrics_file(GOOD, header=COLUMNS))
    settings = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    limit, folder = metrics.table.get_backend().raw_sql(settings).fetchone()  # pyright: ignore[reportAttributeAccessIssue]
    assert limit == "953.6 MiB"
    assert Path(folder).is_dir()
    metrics.close()
    assert not Path(folder).exists()


def test_comment_rows_say_the_source_and_do_not_shift_line_numbers(metrics_file: File) -> None:
    path = metrics_file(GOOD, "", GOOD.replace("00:00:00", "00:05:00").replace(",10", ",-1"), header=f"# generated, not measured\n\n# seed 1\n{COLUMNS}")
    with pytest.raises(InputError, match=r"negative.*\n.*line 7\b"):
        read_metrics(path)
    path.write_text(path.read_text().replace("-1\n", "1\n"))
    assert read_metrics(path).notes == ("generated, not measured", "seed 1")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,-0.1", "the value is negative"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,100.5", "above 100 percent"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,NaN", "not a number"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,1e999", "not a number"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,high", "not a number"),
        ("i-1,CPUUtilization,Bytes,Maximum,2026-01-01T00:05:00Z,1", "unit does not go"),
        ("i-1,CPUUtilization,Percent,p99,2026-01-01T00:05:00Z,1", "statistic does not go"),
        ("i-1,CPUUtilization,Percent,Sum,2026-01-01T00:05:00Z,1", "statistic does not go"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-02-30T00:05:00Z,1", "not a time"),
        ("i-1,CPUUtilization,Percent,Maximum,01/02/2026 00:05,1", "not a time"),
        ("i-1,CPUUtilization,Percent,Maximum,1767225900,1", "not a time"),
        ("i-1,CPUUtilization,Percent,Maximum,1970-01-01T00:05:00Z,1", "not a time"),
        (",CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,1", "resource_id is empty"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z", "csv is broken"),
        ('i-1,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,"1', "csv is broken"),
        (GOOD.replace(",10", ",12"), "two values for one timestamp"),
        ("i-1,CPUUtilization,Percent,Maximum,2026-01-01T01:00:00+01:00,12", "two values for one timestamp"),
    ],
)
def test_a_bad_row_is_an_error_with_its_line(metrics_file: File, row: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read_metrics(metrics_file(GOOD, row, header=COLUMNS))
    assert "line 3" in str(caught.value)
    assert caught.value.fix


def test_a_file_that_is_not_utf8_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(f"{COLUMNS}\n{GOOD}\n".encode() + "i-é,CPUUtilization,Percent,Maximum,2026-01-01T00:05:00Z,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"not UTF-8[\s\S]*line 3"):
        read_metrics(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"resource_id,metric,value\n", "lacks the columns unit, statistic, timestamp"),
        (COLUMNS.encode() + b",value\n", "column twice"),
        (COLUMNS.encode() + b"\n", "no row of a metric"),
        (b"\xff\xfe" + COLUMNS.encode(), "not UTF-8"),
        (b"x" * 70_000, "header line is too long"),
    ],
)
def test_a_file_without_metrics_is_an_error(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=what):
        read_metrics(path)


@pytest.mark.parametrize("name", ["missing.csv", "missing.parquet"])
def test_a_missing_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_metrics(tmp_path / name)


def test_a_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_metrics(tmp_path)


def test_what_is_not_used_is_said(metrics_file: File) -> None:
    unzoned = GOOD.replace("Z,10", ",").replace("00:00:00", "00:05:00").replace("Maximum", "Average")
    path = metrics_file(GOOD, unzoned, "i-1,DiskReadOps,Count,Sum,2026-01-01T00:00:00Z,5", header=COLUMNS)
    said = " | ".join(read_metrics(path).warnings)
    assert "1 rows have no value: no sample, not zero" in said
    assert "1 timestamps have no zone: read as UTC" in said
    assert "DiskReadOps" in said
    assert "1 rows are Average" in said


def test_an_empty_value_is_no_sample_rather_than_zero(metrics_file: File) -> None:
    metrics = read_metrics(metrics_file(GOOD, GOOD.replace("00:00:00", "00:05:00").replace(",10", ","), header=COLUMNS))
    assert metrics.table.count().to_pyarrow().as_py() == 1


@pytest.mark.parametrize(
    ("metric", "unit", "given", "expected"),
    [
        ("DCGM_FI_DEV_FB_USED", "MiB", 1, 1024**2),
        ("nvidia_smi_memory_used", "Megabytes", 1, 1024**2),
        ("mem_used", "Megabytes", 1, 10**6),
        ("mem_used", "gigabytes", 1, 10**9),
        ("nvidia_smi_memory_used", "Bytes", 7, 7),
    ],
)
def test_memory_units_are_told_apart(metrics_file: File, metric: str, unit: str, given: float, expected: float) -> None:
    metrics = read_metrics(metrics_file(f"i-1,{metric},{unit},Maximum,2026-01-01T00:00:00Z,{given}", header=COLUMNS))
    assert metrics.table.to_pyarrow()["value"].to_pylist() == [expected]


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    path = tmp_path / "metrics.parquet"
    columns = dict(zip(COLUMNS.split(","), ["i-1", "CPUUtilization", "Percent", "Maximum", "2026-01-01T00:00:00Z", 10.0], strict=True))
    pq.write_table(pa.table({name: [value] for name, value in columns.items()}), path)
    assert read_metrics(path).table.to_pyarrow()["value"].to_pylist() == [10.0]
    pq.write_table(pa.table({name: [value, value] for name, value in columns.items()}), path)
    with pytest.raises(InputError, match=r"two values[\s\S]*row 2"):
        read_metrics(path)


def test_a_parquet_file_that_is_not_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "metrics.parquet"
    path.write_text("no")
    with pytest.raises(InputError, match="not parquet"):
        read_metrics(path)
