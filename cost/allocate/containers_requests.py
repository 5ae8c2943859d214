"""The requests file: what pods requested (and used), when and on which node. For nodes of which the bill has no split cost rows.

csv with the columns of COLUMNS; USED may be added, and a column `tag:KEY` for each tag. A time is ISO 8601, without a zone UTC; an empty
`end` is a pod that still runs. cpu in vCPU, memory in GiB, GPUs in devices.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from cost.bill.tags import normalise_tag_key
from plinth.csv_files import read_rows
from plinth.errors import InputError

TEXTS: Final = ("cluster", "node", "namespace", "workload", "pod")
REQUESTS: Final = ("cpu_request", "memory_request_gib", "gpu_request")
USED: Final = ("cpu_used", "memory_used_gib", "gpu_used")
TIMES: Final = ("start", "end")
COLUMNS: Final = (*TEXTS, *REQUESTS, *TIMES)
TAG_PREFIX: Final = "tag:"
MAX_BYTES: Final = 128 * 1024 * 1024
MAX_CELL: Final = 1024
MAX_UNITS: Final = 1e6
"""No node has more vCPUs, GiB or GPUs: a larger figure is in another unit (bytes, millicores)."""


class PodRequest(BaseModel):
    """One pod on one node from `start` to `end` (null: still running), with the larger of request and use of each resource."""

    model_config = ConfigDict(frozen=True)

    cluster: str
    node: str
    namespace: str
    workload: str
    pod: str
    cpu: float
    memory_gib: float
    gpu: float
    start: datetime
    end: datetime | None
    tags: Mapping[str, str]
    line: int


class PodRequests(BaseModel):
    """A requests file; `by_node` is how the allocation reads it."""

    model_config = ConfigDict(frozen=True)

    source: str
    pods: tuple[PodRequest, ...]

    def by_node(self) -> Mapping[str, tuple[PodRequest, ...]]:
        """The pods of each node."""
        nodes: defaultdict[str, list[PodRequest]] = defaultdict(list)
        for pod in self.pods:
            nodes[pod.node].append(pod)
        return {node: tuple(pods) for node, pods in nodes.items()}


def read_requests(path: Path) -> PodRequests:
    """The requests in a csv. Raises InputError with file, line and column where a cell can't be read, or where one pod is given twice at one time."""
    rows = read_rows(path, limit=MAX_BYTES, check=lambda header: _check_header(path, header))
    pods = tuple(_pod(path, line, row) for line, row in rows)
    if not pods:
        raise InputError("the requests file has no pods", where=path, fix="give at least one row below the header")
    _refuse_overlaps(path, pods)
    return PodRequests(source=path.name, pods=pods)


def _check_header(path: Path, header: list[str]) -> None:
    where = f"{path}, line 1"
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InputError(f"the requests file lacks the column {missing[0]}", where=where, value=header, fix=f"give the columns {','.join(COLUMNS)}")
    unknown = [column for column in header if column not in (*COLUMNS, *USED) and not column.startswith(TAG_PREFIX)]
    if unknown:
        fix = f"use {', '.join(USED)} for what pods used, and {TAG_PREFIX}KEY for a tag"
        raise InputError(f"the requests file has a column that nothing reads: {unknown[0][:80]!r}", where=where, fix=fix)


def _pod(path: Path, line: int, row: Mapping[str, str]) -> PodRequest:
    where = f"{path}, line {line}"
    for column in (*TEXTS, *(name for name in row if name.startswith(TAG_PREFIX))):
        if len(row[column]) > MAX_CELL:
            raise InputError(f"{column} is longer than a name can be", where=where, value=row[column], fix=f"give at most {MAX_CELL:,} characters")
    for column in ("node", "pod"):
        if not row[column].strip():
            raise InputError(f"the row has no {column}", where=where, fix="give the instance id (i-…) as node, and the pod's name")
    allocated = [_larger(where, row, request, used) for request, used in zip(REQUESTS, USED, strict=True)]
    start, end = _time(where, "start", row["start"]), _time(where, "end", row["end"]) if row["end"].strip() else None
    if end is not None and end <= start:
        raise InputError("the pod ends where it starts, or before", where=where, value=row["end"], fix="give an end after start, or leave it empty")
    tags = {normalise_tag_key(name.removeprefix(TAG_PREFIX)): value.strip() for name, value in row.items() if name.startswith(TAG_PREFIX) and value.strip()}
    texts = {name: row[name].strip() for name in TEXTS}
    return PodRequest(**texts, cpu=allocated[0], memory_gib=allocated[1], gpu=allocated[2], start=start, end=end, tags=tags, line=line)


def _larger(where: str, row: Mapping[str, str], request: str, used: str) -> float:
    return max(_number(where, request, row[request]), _number(where, used, row.get(used, "")))


def _number(where: str, column: str, text: str) -> float:
    """The amount; an empty cell is no request."""
    if not text.strip():
        return 0.0
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{column} is not a number", where=where, value=text, fix="write it as 0.25, without a unit") from None
    if not math.isfinite(value) or not 0 <= value <= MAX_UNITS:
        raise InputError(f"{column} is no amount that a node has", where=where, value=text, fix="give vCPUs (not millicores), GiB (not bytes) or GPUs")
    return value


def _time(where: str, column: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{column} is not a time", where=where, value=text, fix="write it as 2026-10-01T14:05:00Z") from None
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise InputError(f"{column} is not a time", where=where, value=text, fix="write it as 2026-10-01T14:05:00Z") from None


def _refuse_overlaps(path: Path, pods: tuple[PodRequest, ...]) -> None:
    groups: defaultdict[tuple[str, ...], list[PodRequest]] = defaultdict(list)
    for pod in pods:
        groups[pod.node, pod.cluster, pod.namespace, pod.pod].append(pod)
    for rows in groups.values():
        for before, after in pairwise(sorted(rows, key=lambda pod: pod.start)):
            if before.end is None or after.start < before.end:
                raise InputError(
                    "a pod is given twice for the same time",
                    where=f"{path}, line {after.line} (the first: line {before.line})",
                    value=after.pod,
                    fix="end the first row where the second starts",
                )
