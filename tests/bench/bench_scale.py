"""A month of PLINTH_BENCH_ROWS lines (10,000,000) to a full report: time and memory, beside a raw sum by DuckDB over the same file.

Run by `make bench`, or with PLINTH_BENCH_ROWS=200000 in seconds; prints figures, asserts no time. The files are removed afterwards.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import duckdb
import pytest

ROWS = int(os.environ.get("PLINTH_BENCH_ROWS", "10000000"))
GENERATOR = Path(__file__).with_name("generate_cur.py")
POLLED_SECONDS = 0.05


class Run(NamedTuple):
    """A process that ended: its time and its processors' time in seconds and its largest memory in MiB, children included."""

    seconds: float
    processor: float
    peak: float


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("plinth_bench_generate_cur", GENERATOR)
    assert spec and spec.loader
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measured(*command: str) -> Run:
    """Run a command in a process of its own and look at its memory every POLLED_SECONDS."""
    started = time.perf_counter()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
    peak = 0.0
    while not (ended := os.wait4(pid, os.WNOHANG))[0]:
        peak = max(peak, resident(pid, "VmHWM") + sum(resident(child, "VmRSS") for child in below(pid)))
        time.sleep(POLLED_SECONDS)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    return Run(time.perf_counter() - started, ended[2].ru_utime + ended[2].ru_stime, peak)


def resident(pid: int, what: str) -> float:
    """A process's memory in MiB by /proc: `VmRSS` is now, `VmHWM` the most since its program began."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def below(pid: int) -> Iterator[int]:
    """The process's children, and theirs."""
    try:
        children = [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from below(child)


RAW = "import duckdb; duckdb.execute(\"SET memory_limit = '1GB'\"); print(duckdb.execute({query!r}).fetchall())"
COST = {".parquet": ("line_item_unblended_cost", "read_parquet"), ".gz": ('"lineItem/UnblendedCost"', "read_csv")}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """A folder whose files are removed afterwards: pytest keeps those of three runs."""
    yield tmp_path
    for file in tmp_path.iterdir():
        file.unlink()


@pytest.mark.bench
@pytest.mark.parametrize(("name", "make"), [("cur2.snappy.parquet", "cur_2"), ("legacy.csv.gz", "legacy_csv_gz")])
def test_a_month_becomes_a_report(name: str, make: str, made: Path) -> None:
    write: Callable[[Path, int], Path] = getattr(generator(), make)
    started = time.perf_counter()
    bill, page = write(made / name, ROWS), made / "report.html"
    wrote = time.perf_counter() - started
    column, reader = COST[bill.suffix]
    raw = measured(sys.executable, "-c", RAW.format(query=f"SELECT sum({column}) FROM {reader}('{bill}')"))
    report = measured(str(Path(sys.executable).with_name("plinth")), "cost", "report", str(bill), "--out", str(page))
    print(f"\n{name}: {ROWS:,} rows, {bill.stat().st_size / 1e6:,.0f} MB, written in {wrote:.0f} s; DuckDB {duckdb.__version__}, {os.cpu_count()} cores")
    for what, run in (("plinth cost report", report), ("raw SELECT sum", raw)):
        rate = f"{ROWS / run.seconds:12,.0f} rows/s"
        print(f"  {what:20} {run.seconds:7.1f} s, {run.processor:7.1f} s of processors, {run.peak:6.0f} MiB at most, {rate}")
    print(f"  the report takes {report.seconds / raw.seconds:.1f} times as long as the sum, and {report.processor / raw.processor:.1f} times the processors")
    print(f"  the page             {page.stat().st_size / 1e6:.2f} MB")
    assert page.stat().st_size > 0
