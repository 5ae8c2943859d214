"""The record of a drill: what was run, when each step began and ended, and what was measured; kept append-only, chained by hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from plinth.files import read_json, read_text, write_atomically
from runbooks.model import Phase


class StepStatus(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


class StepRecord(BaseModel):
    """One step as it was run. Long lists in `inputs` and `outputs` are shortened, and say by how much."""

    model_config = ConfigDict(frozen=True)

    id: str
    heading: str
    phase: Phase
    action: str
    status: StepStatus
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float = 0.0
    inputs: Mapping[str, Any] = {}
    outputs: Mapping[str, Any] = {}
    failure: str | None = None


class Timing(BaseModel):
    """Seconds, on a monotonic clock, from the fault to the end of each phase; None where the phase was not reached.

    No person took part, so the time to notice and to decide is not in it.
    """

    model_config = ConfigDict(frozen=True)

    detected: float | None
    recovered: float | None
    verified: float | None


class Verdict(StrEnum):
    """The drill against its objectives."""

    MET = "met"
    MISSED = "missed"
    FAILED = "failed"


class DrillRecord(BaseModel):
    """A whole drill. `rto_seconds` is from the fault to the end of verification; `rpo_seconds` is measured by canary writes."""

    model_config = ConfigDict(frozen=True)

    id: str
    runbook: str
    title: str
    scenario: str
    runbook_sha256: str
    git_commit: str | None
    environment: str
    target: str
    triggered_by: str
    started_at: datetime
    ended_at: datetime
    fault_at: datetime | None
    objective_rto_seconds: float
    objective_rpo_seconds: float
    rto_seconds: float | None
    rpo_seconds: float | None
    timing: Timing
    steps: tuple[StepRecord, ...]
    residue: int | None
    verdict: Verdict
    findings: tuple[str, ...] = ()
    previous_sha256: str | None = None


def measured(seconds: float | None) -> str:
    """A measured time as people read it; what was not measured says so."""
    return "not measured" if seconds is None else f"{seconds:.2f} s"


def shortened(value: Any, limit: int = 5) -> Any:
    """The value with every list cut to its first `limit` items and a line that says how many more there were."""
    if isinstance(value, Mapping):
        return {key: shortened(item, limit) for key, item in value.items()}
    if isinstance(value, list | tuple):
        shown = [shortened(item, limit) for item in value[:limit]]
        return [*shown, f"… and {len(value) - limit} more"] if len(value) > limit else shown
    return value


def write_record(record: DrillRecord, folder: Path) -> Path:
    """Write a record beside the earlier ones of its runbook, carrying the hash of the latest. Raises InputError where the folder is unwritable."""
    earlier = records_of(folder, record.runbook)
    previous = hashlib.sha256(read_text(earlier[-1]).encode()).hexdigest() if earlier else None
    path = folder / f"{record.id}.json"
    if path.exists():
        raise InputError("a record with this id exists, and records are never overwritten", where=path, fix="run the drill again")
    return write_atomically(path, record.model_copy(update={"previous_sha256": previous}).model_dump_json(indent=2) + "\n")


def records_of(folder: Path, runbook: str) -> list[Path]:
    """A runbook's records in a folder, oldest first: names of exactly `RUNBOOK-TIME.json`."""
    named = re.compile(re.escape(runbook) + r"-\d{8}T\d{12}Z\.json")
    return sorted(path for path in folder.glob("*.json") if named.fullmatch(path.name))


def broken_chain(folder: Path, runbook: str) -> list[str]:
    """The records of a runbook that do not carry the hash of the record before them: altered, cut short, or with one missing.

    A change to the newest record shows only once another follows it.
    """
    problems, previous = [], None
    for path in records_of(folder, runbook):
        if read_json(path).get("previous_sha256") != previous:
            problems.append(f"{path.name}: the record before it was changed or is missing")
        previous = hashlib.sha256(read_text(path).encode()).hexdigest()
    return problems
