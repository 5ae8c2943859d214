"""Checkpoints: every N steps, written whole, verified when read; the newest good one wins and a bad one is refused with a line."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from workloads.artifact import read_artifact, write_artifact
from workloads.network import Parameters

KEPT = 3
"""Checkpoints kept: the newest and two to fall back on."""

_NAME = re.compile(r"checkpoint-(\d{9})\.(?:json|npz)")


class State(BaseModel):
    """What training needs to go on as if nothing had happened: the step, the weights and the optimizer's velocity."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    step: int
    parameters: Parameters
    velocity: Parameters


def save_checkpoint(directory: Path, state: State, fingerprint: str) -> str:
    """Write the checkpoint, drop all but the newest `KEPT`, and return its name. Raises InputError where unwritable."""
    name = f"checkpoint-{state.step:09d}"
    arrays = {f"parameter.{key}": value for key, value in state.parameters.items()} | {f"velocity.{key}": value for key, value in state.velocity.items()}
    write_artifact(directory, name, arrays, {"step": state.step, "fingerprint": fingerprint})
    for step in _steps(directory)[KEPT:]:
        # The json goes first, as it came last: what is left of a half-dropped pair counts as unfinished.
        (directory / f"checkpoint-{step:09d}.json").unlink(missing_ok=True)
        (directory / f"checkpoint-{step:09d}.npz").unlink(missing_ok=True)
    return name


def newest_checkpoint(directory: Path, template: Parameters, fingerprint: str) -> tuple[State | None, tuple[str, ...]]:
    """The newest good checkpoint, or None, and a line for each newer one that was refused.

    `template` gives the arrays' names and shapes. Raises InputError for a sound checkpoint of another run (other data or hyperparameters):
    training on from it would be wrong, and training over it would lose it.
    """
    refused: list[str] = []
    for step in _steps(directory):
        try:
            state, found_fingerprint = _read(directory, step, template)
        except InputError as error:
            refused.append(f"checkpoint of step {step} refused: {error.what} ({error.where})")
            continue
        if found_fingerprint != fingerprint:
            raise InputError(
                "the checkpoint is of another run: its data or its hyperparameters differ",
                where=directory / f"checkpoint-{step:09d}.json",
                value=found_fingerprint,
                fix="give this run a checkpoint directory of its own, or the settings that it was started with",
            )
        return state, tuple(refused)
    return None, tuple(refused)


def _read(directory: Path, step: int, template: Parameters) -> tuple[State, object]:
    name = f"checkpoint-{step:09d}"
    artifact = read_artifact(directory, name)
    expected = {f"{kind}.{key}": (value.shape, value.dtype) for kind in ("parameter", "velocity") for key, value in template.items()}
    found = {key: (value.shape, value.dtype) for key, value in artifact.arrays.items()}
    fingerprint = artifact.facts.get("fingerprint")
    if artifact.facts.get("step") != step:
        raise InputError("the step inside is not the one in the name", where=directory / f"{name}.json", value=artifact.facts.get("step"))
    if found != expected:
        raise InputError("the arrays have other names, shapes or types", where=directory / f"{name}.npz", value=found)
    parameters = {key: artifact.arrays[f"parameter.{key}"] for key in template}
    velocity = {key: artifact.arrays[f"velocity.{key}"] for key in template}
    return State(step=step, parameters=parameters, velocity=velocity), fingerprint


def _steps(directory: Path) -> list[int]:
    if not directory.is_dir():
        return []
    return sorted({int(match[1]) for path in directory.iterdir() if (match := _NAME.fullmatch(path.name))}, reverse=True)
