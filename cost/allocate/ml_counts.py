"""The counts file: how many predictions and training runs there were, by day or by month.

csv with `resource,metric,value` and `period` (2026-10, or a day 2026-10-05) or `day`. `resource` is a resource's name or ARN, or all
resources of one value: `experiment:NAME`, `model:NAME`, `workload:NAME`, `team:NAME`. `metric` is predictions or training_runs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from plinth.csv_files import read_rows
from plinth.errors import InputError

Metric = Literal["predictions", "training_runs"]
METRICS: Final = get_args(Metric)
COLUMNS: Final = ("resource", "metric", "value")
PERIODS: Final = ("period", "day")
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_CELL: Final = 2048
_PERIOD: Final = re.compile(r"^\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$")


class Count(BaseModel):
    """So many predictions or training runs of a resource in a month (`2026-10`) or on a day (`2026-10-05`)."""

    model_config = ConfigDict(frozen=True)

    resource: str
    metric: Metric
    period: str
    value: float
    line: int


class Counts(BaseModel):
    """A counts file."""

    model_config = ConfigDict(frozen=True)

    source: str
    counts: tuple[Count, ...]


def read_counts(path: Path) -> Counts:
    """The counts in a csv. Raises InputError with file, line and column where a cell can't be read or a day is counted twice."""
    rows = read_rows(path, limit=MAX_BYTES, check=lambda header: _check_header(path, header))
    counts = tuple(_count(path, line, row) for line, row in rows)
    if not counts:
        raise InputError("the counts file has no counts", where=path, fix="give at least one row below the header")
    _refuse_twice(path, counts)
    return Counts(source=path.name, counts=counts)


def _check_header(path: Path, header: list[str]) -> None:
    missing = [column for column in COLUMNS if column not in header] + ([] if set(header) & set(PERIODS) else ["period"])
    where = f"{path}, line 1"
    if missing:
        raise InputError(f"the counts file lacks the column {missing[0]}", where=where, value=header, fix="give the columns resource,period,metric,value")
    if set(header) >= set(PERIODS):
        raise InputError("the counts file has both period and day", where=where, value=header, fix="keep one of them")


def _count(path: Path, line: int, row: Mapping[str, str]) -> Count:
    where = f"{path}, line {line}"
    resource, metric, period = (text.strip() for text in (row["resource"], row["metric"], row.get("period", row.get("day", ""))))
    if not resource or len(resource) > MAX_CELL:
        raise InputError("the row names no resource", where=where, value=resource, fix="give a resource's name or ARN, or experiment:NAME")
    if metric not in METRICS:
        raise InputError("the metric is not known", where=where, value=metric, fix=f"give {' or '.join(METRICS)}")
    if not _PERIOD.match(period):
        raise InputError("the period is no month and no day", where=where, value=period, fix="write it as 2026-10 or 2026-10-05")
    return Count(resource=resource, metric=cast(Metric, metric), period=period, value=_value(where, row["value"]), line=line)


def _value(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError("value is not a number", where=where, value=text, fix="write it as 120000") from None
    if not math.isfinite(value) or value < 0:
        raise InputError("value is negative or not finite", where=where, value=text, fix="give a count of zero or more")
    return value


def _refuse_twice(path: Path, counts: tuple[Count, ...]) -> None:
    seen: dict[tuple[str, str, str], int] = {}
    for count in counts:
        key = (count.resource, count.metric, count.period)
        if key in seen:
            raise InputError("a period is counted twice", where=f"{path}, line {count.line} (the first: line {seen[key]})", value=key, fix="keep one")
        seen[key] = count.line
    for count in counts:
        month = (count.resource, count.metric, count.period[:7])
        if len(count.period) > 7 and month in seen:
            where = f"{path}, line {count.line} (the month: line {seen[month]})"
            raise InputError("a day is counted in its month too", where=where, value=count.period, fix="give days or the month, not both")
