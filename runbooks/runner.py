"""The runner: a runbook's steps against an AWS, in order, each measured, verified and recorded; clean-up in any case."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runbooks.actions import Client, all_actions
from runbooks.model import Check, OnFailure, Phase, Runbook, Step
from runbooks.record import DrillRecord, StepRecord, StepStatus, Timing, Verdict, shortened
from runbooks.references import resolve


@dataclass
class Run:
    """A drill under way: what is known by now, the records so far, and the marks on the monotonic clock."""

    runbook: Runbook
    client: Client
    known: dict[str, Any]
    records: list[StepRecord] = field(default_factory=list)
    marks: dict[Phase, float] = field(default_factory=dict)
    fault_at: datetime | None = None
    fault_mark: float | None = None
    stopped: bool = False


def run_drill(
    runbook: Runbook,
    client: Client,
    outputs: Mapping[str, Any],
    *,
    environment: str,
    target: str,
    triggered_by: str = "plinth drill run",
    on_step: Callable[[StepRecord], None] | None = None,
) -> DrillRecord:
    """Run every step, and give the record. A failing step is recorded, never raised; `target` says which AWS it was."""
    started = datetime.now(UTC)
    run = Run(runbook, client, {"outputs": outputs, "steps": {}, "drill": {"started_at": started}})
    for step in runbook.steps:
        record = _not_run(step) if run.stopped and step.phase is not Phase.CLEAN_UP else _run_step(run, step)
        run.records.append(record)
        if on_step:
            on_step(record)
    return _record(run, started, environment, target, triggered_by)


def _not_run(step: Step) -> StepRecord:
    return StepRecord(id=step.id, heading=step.heading, phase=step.phase, action=step.action, status=StepStatus.NOT_RUN, failure="an earlier step failed")


def _run_step(run: Run, step: Step) -> StepRecord:
    if step.phase is Phase.FAULT and run.fault_mark is None:
        run.fault_at, run.fault_mark = datetime.now(UTC), time.monotonic()
        run.known["drill"]["fault_at"] = run.fault_at
    begun, mark = datetime.now(UTC), time.monotonic()
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    failure: str | None = None
    attempts = 0
    while attempts == 0 or (failure is not None and attempts < step.attempts):
        inputs, outputs, failure = _attempt(run, step)
        attempts += 1
    run.known["steps"][step.id] = outputs
    if failure is None:
        run.marks[step.phase] = time.monotonic()
    elif step.on_failure is OnFailure.STOP:
        run.stopped = True
    return StepRecord(
        id=step.id,
        heading=step.heading,
        phase=step.phase,
        action=step.action,
        status=StepStatus.PASSED if failure is None else StepStatus.FAILED,
        attempts=attempts,
        started_at=begun,
        ended_at=datetime.now(UTC),
        seconds=time.monotonic() - mark,
        inputs=shortened(inputs),
        outputs=shortened(outputs),
        failure=failure,
    )


def _attempt(run: Run, step: Step) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """One try: the resolved inputs, the outputs, and why it failed or None."""
    action = all_actions()[step.action]
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    where = f"{run.runbook.path}, line {step.line}"
    try:
        inputs = resolve(dict(step.inputs), run.known, where)
        outputs = action.run(run.client, action.inputs.model_validate(inputs)).model_dump()
        return inputs, outputs, next((problem for check in step.verify if (problem := _problem(check, outputs, run.known, where))), None)
    except Exception as error:  # whatever goes wrong is recorded, and never keeps clean-up from running
        return inputs, outputs, f"{type(error).__name__}: {error}"


def _problem(check: Check, outputs: Mapping[str, Any], known: Mapping[str, Any], where: str) -> str | None:
    """Why a check does not hold, with the value found; None where it holds."""
    if check.that not in outputs:
        return f"{check.that} is not an output of this step"
    found = outputs[check.that]
    if "equals" in check.model_fields_set:
        wanted = resolve(check.equals, known, where)
        return None if found == wanted else f"{check.that} is {found!r}, not {wanted!r}"
    if check.at_least is not None:
        wanted = float(resolve(check.at_least, known, where))
        return None if found is not None and float(found) >= wanted else f"{check.that} is {found!r}, less than {wanted:g}"
    wanted = float(resolve(check.at_most, known, where))
    return None if found is not None and float(found) <= wanted else f"{check.that} is {found!r}, more than {wanted:g}"


def _since_fault(run: Run, phase: Phase) -> float | None:
    return run.marks[phase] - run.fault_mark if phase in run.marks and run.fault_mark is not None else None


def _record(run: Run, started: datetime, environment: str, target: str, triggered_by: str) -> DrillRecord:
    book = run.runbook
    failed = [record for record in run.records if record.status is StepStatus.FAILED]
    verified = _since_fault(run, Phase.VERIFY) if not any(r.phase in (Phase.VERIFY, Phase.RECOVER, Phase.DETECT) for r in failed) else None
    rpo = _last_output(run, "rpo_seconds")
    return DrillRecord(
        id=f"{book.name}-{started:%Y%m%dT%H%M%S%fZ}",
        runbook=book.name,
        title=book.title,
        scenario=book.scenario,
        runbook_sha256=book.sha256,
        git_commit=_git_commit(book.path.parent),
        environment=environment,
        target=target,
        triggered_by=triggered_by,
        started_at=started,
        ended_at=datetime.now(UTC),
        fault_at=run.fault_at,
        objective_rto_seconds=book.objectives.rto.total_seconds(),
        objective_rpo_seconds=book.objectives.rpo.total_seconds(),
        rto_seconds=verified,
        rpo_seconds=rpo,
        timing=Timing(detected=_since_fault(run, Phase.DETECT), recovered=_since_fault(run, Phase.RECOVER), verified=verified),
        steps=tuple(run.records),
        residue=_last_output(run, "left"),
        verdict=_verdict(book, failed, verified, rpo),
        findings=tuple(f"{record.id}: {record.failure}" for record in failed),
    )


def _last_output(run: Run, name: str) -> Any:
    return next((outputs[name] for outputs in reversed(run.known["steps"].values()) if name in outputs), None)


def _verdict(book: Runbook, failed: list[StepRecord], rto: float | None, rpo: float | None) -> Verdict:
    """Unknown is never met: without a measured RTO and RPO a drill has failed."""
    if failed or rto is None or rpo is None:
        return Verdict.FAILED
    met = timedelta(seconds=rto) <= book.objectives.rto and timedelta(seconds=rpo) <= book.objectives.rpo
    return Verdict.MET if met else Verdict.MISSED


def _git_commit(folder: Path) -> str | None:
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, timeout=5, check=False)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
