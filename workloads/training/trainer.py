"""Training: seeded mini-batches, a checkpoint every N steps, a stop between two steps, and a model with a golden request beside it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from plinth.files import write_atomically
from workloads.artifact import write_artifact
from workloads.network import CLASSES, FEATURES, Parameters, gradients, initial_parameters, probabilities
from workloads.training.checkpoint import State, newest_checkpoint, save_checkpoint
from workloads.training.data import Data, load_data
from workloads.training.settings import Hyperparameters, TrainingArgs

MODEL_NAME = "model"
GOLDEN_NAME = "golden.json"
GOLDEN_ROWS = 10


class TrainingResult(BaseModel):
    """What a run did. `accuracy` (share of held-out rows) and the model are None where it was interrupted. `seconds` is this run's alone."""

    model_config = ConfigDict(frozen=True)

    steps: int
    interrupted: bool
    resumed_from: int | None
    refused_checkpoints: tuple[str, ...]
    seconds: float
    accuracy: float | None = None
    model_path: Path | None = None
    model_sha256: str | None = None


def train(args: TrainingArgs, *, stop: Callable[[], bool] = lambda: False, say: Callable[[str], None] = lambda line: None) -> TrainingResult:
    """Train from the newest good checkpoint, or from the start, until the steps are done or `stop()` says so between two steps.

    `say` gets a line for each checkpoint and each one refused. Raises InputError for bad data, another run's checkpoint or an unwritable place.
    """
    began = time.monotonic()
    data = load_data(args.training_channel, args.hyperparameters.seed)
    fingerprint = run_fingerprint(args.hyperparameters, data)
    fresh = initial_parameters(args.hyperparameters.hidden, args.hyperparameters.seed)
    found, refused = newest_checkpoint(args.checkpoint_directory, fresh, fingerprint)
    for line in refused:
        say(line)
    say(f"resuming from step {found.step}" if found else "starting from step 0")
    if found and found.step > args.hyperparameters.steps:
        raise InputError(
            "the checkpoint is beyond the steps asked for", where=args.checkpoint_directory, value=found.step, fix=f"ask for at least {found.step} steps"
        )
    start = found or State(step=0, parameters=fresh, velocity={key: np.zeros_like(value) for key, value in fresh.items()})
    state = start
    for state, loss in _steps(start, args.hyperparameters, data):
        stopping = stop()
        if stopping or state.step % args.hyperparameters.checkpoint_every == 0:
            name = save_checkpoint(args.checkpoint_directory, state, fingerprint)
            say(f"checkpoint {name} step={state.step} loss={loss:.6f}")
        if stopping:
            break
    interrupted = state.step < args.hyperparameters.steps
    accuracy, model_sha256 = (None, None) if interrupted else _write_model(args.model_directory, state, args.hyperparameters, data)
    return TrainingResult(
        steps=state.step,
        interrupted=interrupted,
        resumed_from=found.step if found else None,
        refused_checkpoints=refused,
        seconds=time.monotonic() - began,
        accuracy=accuracy,
        model_path=None if interrupted else args.model_directory / f"{MODEL_NAME}.npz",
        model_sha256=model_sha256,
    )


def run_fingerprint(hyperparameters: Hyperparameters, data: Data) -> str:
    """A sha256 of the data and of every hyperparameter that decides the weights at a step."""
    deciding = hyperparameters.model_dump(exclude={"steps", "checkpoint_every"})
    return hashlib.sha256(json.dumps([deciding, data.sha256], sort_keys=True).encode()).hexdigest()


def _steps(state: State, hyperparameters: Hyperparameters, data: Data) -> Iterator[tuple[State, float]]:
    parameters, velocity = dict(state.parameters), dict(state.velocity)
    for step in range(state.step, hyperparameters.steps):
        rows = batch_rows(step, len(data.labels), hyperparameters)
        slopes, loss = gradients(parameters, data.pixels[rows], data.labels[rows])
        velocity = {key: hyperparameters.momentum * velocity[key] - hyperparameters.learning_rate * slopes[key] for key in parameters}
        parameters = {key: parameters[key] + velocity[key] for key in parameters}
        yield State.model_construct(step=step + 1, parameters=parameters, velocity=velocity), loss


def batch_rows(step: int, rows: int, hyperparameters: Hyperparameters) -> NDArray[np.intp]:
    """The rows of a step's mini-batch: the order is shuffled anew each epoch, from the seed and the epoch alone, so nothing of it need be saved."""
    batch = min(hyperparameters.batch_size, rows)
    epoch, position = divmod(step, rows // batch)
    order = np.random.default_rng([hyperparameters.seed, 2, epoch]).permutation(rows)
    return order[position * batch : (position + 1) * batch]


def _write_model(directory: Path, state: State, hyperparameters: Hyperparameters, data: Data) -> tuple[float, str]:
    predicted = probabilities(state.parameters, data.held_out_pixels)
    accuracy = float((predicted.argmax(axis=1) == data.held_out_labels).mean())
    facts = {
        "features": FEATURES,
        "classes": CLASSES,
        "accuracy": accuracy,
        "held_out_rows": len(data.held_out_labels),
        "data_sha256": data.sha256,
        "hyperparameters": hyperparameters.model_dump(exclude={"checkpoint_every"}),
    }
    write_atomically(directory / GOLDEN_NAME, _golden(state.parameters, data))
    return accuracy, write_artifact(directory, MODEL_NAME, state.parameters, facts)


def _golden(parameters: Parameters, data: Data) -> str:
    rows = data.held_out_pixels[:GOLDEN_ROWS]
    predicted = probabilities(parameters, rows)
    expected = [{"label": int(row.argmax()), "probabilities": row.tolist()} for row in predicted]
    return json.dumps({"instances": rows.tolist(), "predictions": expected})
