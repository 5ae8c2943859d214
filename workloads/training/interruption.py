"""The proof that an interruption costs nothing: a real process gets a real SIGTERM, a second one resumes, and the weights are compared."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError, PlinthError
from workloads.artifact import read_artifact
from workloads.training.settings import Hyperparameters
from workloads.training.trainer import MODEL_NAME

NOTICE_SECONDS = 120
"""Spot's notice, and SageMaker's wait after SIGTERM. Sources: EC2 User Guide, Spot Instance interruption notices; SageMaker API, StoppingCondition."""

DEMONSTRATED = Hyperparameters(steps=12_000, learning_rate=0.05, checkpoint_every=250)


class InterruptionResult(BaseModel):
    """What was measured. `identical_weights` compares the files of weights byte for byte, `difference` is the largest between two weights."""

    model_config = ConfigDict(frozen=True)

    steps: int
    stopped_at_step: int
    resumed_from_step: int
    exit_code: int
    seconds_from_signal_to_exit: float
    notice_seconds: int
    identical_weights: bool
    difference: float
    accuracy: float
    model_directory: Path
    seconds: float


def interrupted_and_resumed(workdir: Path, hyperparameters: Hyperparameters = DEMONSTRATED) -> InterruptionResult:
    """Train twice below `workdir`: once to the end, once stopped by SIGTERM after its first checkpoint and resumed. Then compare.

    Raises PlinthError with the process's own words where a run fails or ends before the signal reaches it.
    """
    began = time.monotonic()
    whole, broken = workdir / "uninterrupted", workdir / "interrupted"
    for base in (whole, broken):
        _write_hyperparameters(base, hyperparameters)
    with _running(whole) as uninterrupted:
        stopped_at, exit_code, to_exit = _interrupt(broken)
        with _running(broken) as resumed:
            resumed_from = _number(_finish(resumed, broken), "resuming from step ")
        _finish(uninterrupted, whole)
    expected, found = read_artifact(whole / "model", MODEL_NAME), read_artifact(broken / "model", MODEL_NAME)
    return InterruptionResult(
        steps=hyperparameters.steps,
        stopped_at_step=stopped_at,
        resumed_from_step=resumed_from,
        exit_code=exit_code,
        seconds_from_signal_to_exit=to_exit,
        notice_seconds=NOTICE_SECONDS,
        identical_weights=_npz_digest(whole) == _npz_digest(broken),
        difference=max(float(abs(expected.arrays[key] - found.arrays[key]).max()) for key in expected.arrays),
        accuracy=float(str(found.facts["accuracy"])),
        model_directory=broken / "model",
        seconds=time.monotonic() - began,
    )


def _interrupt(base: Path) -> tuple[int, int, float]:
    lines: list[str] = []
    with _running(base) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("checkpoint "):
                break
        process.send_signal(signal.SIGTERM)
        signalled = time.monotonic()
        rest, _ = process.communicate(timeout=NOTICE_SECONDS)
        seconds = time.monotonic() - signalled
    lines += rest.splitlines()
    if process.returncode != 128 + signal.SIGTERM:
        raise _failure("the run did not stop by SIGTERM", base, process.returncode, lines)
    return _number(lines, "stopped by SIGTERM at step "), process.returncode, seconds


def _finish(process: subprocess.Popen[str], base: Path) -> list[str]:
    output, _ = process.communicate(timeout=10 * NOTICE_SECONDS)
    if process.returncode != 0:
        raise _failure("the run did not finish", base, process.returncode, output.splitlines())
    return output.splitlines()


@contextmanager
def _running(base: Path) -> Iterator[subprocess.Popen[str]]:
    # Bit for bit only holds for one order of summing, and a second BLAS thread may change it.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SM_")} | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "workloads.training", "train", "--base-dir", str(base)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 (our own module)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _write_hyperparameters(base: Path, hyperparameters: Hyperparameters) -> None:
    if (base / "checkpoints").exists():
        raise InputError("the directory holds an earlier run", where=base, fix="give an empty one")
    path = base / "input" / "config" / "hyperparameters.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SageMaker gives every value as a string; so does this.
        path.write_text(json.dumps({key: str(value) for key, value in hyperparameters.model_dump().items()}), encoding="utf-8")
    except OSError as error:
        raise InputError("the directory can't be written", where=base, value=error.strerror, fix="give one that you may write to") from error


def _npz_digest(base: Path) -> str:
    return hashlib.sha256((base / "model" / f"{MODEL_NAME}.npz").read_bytes()).hexdigest()


def _number(lines: list[str], prefix: str) -> int:
    return next(int(line.removeprefix(prefix).split(";")[0]) for line in lines if line.startswith(prefix))


def _failure(what: str, base: Path, code: int, lines: list[str]) -> PlinthError:
    return PlinthError(what, where=base, value=f"exit code {code}: {' | '.join(lines[-4:])}", fix="read the run's own lines above")
