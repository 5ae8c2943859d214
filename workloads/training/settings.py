"""What a training run is told, in SageMaker's layout: hyperparameters.json, the directories under /opt/ml and the SM_* variables.

Sources: SageMaker Developer Guide, "How Amazon SageMaker AI Provides Training Information"; sagemaker-training-toolkit, ENVIRONMENT_VARIABLES.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plinth.errors import InputError
from plinth.files import read_json

BASE_DIRECTORY = Path("/opt/ml")


class Hyperparameters(BaseModel):
    """What decides the weights, but for `steps` and `checkpoint_every`, which only decide when to stop and to save."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=1500, ge=1, le=1_000_000, description="Mini-batches to train on in all, those before an interruption included.")
    batch_size: int = Field(default=64, ge=1, le=1024, description="Rows in a mini-batch.")
    hidden: int = Field(default=64, ge=1, le=4096, description="Units in the hidden layer.")
    learning_rate: float = Field(default=0.1, gt=0, le=10, allow_inf_nan=False, description="Step size of stochastic gradient descent.")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="Share of the last step that is kept.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Decides the first weights, the split and the order of rows.")
    checkpoint_every: int = Field(default=250, ge=1, description="Steps between checkpoints.")


class TrainingArgs(BaseModel):
    """One run: its hyperparameters and its directories. `training_channel` is None for the digits that scikit-learn ships."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hyperparameters: Hyperparameters = Hyperparameters()
    model_directory: Path = BASE_DIRECTORY / "model"
    checkpoint_directory: Path = BASE_DIRECTORY / "checkpoints"
    output_directory: Path = BASE_DIRECTORY / "output"
    training_channel: Path | None = None


def args_below(base: Path, **hyperparameters: float) -> TrainingArgs:
    """A run whose directories lie below `base`, in SageMaker's layout, on the shipped digits."""
    return TrainingArgs(
        hyperparameters=Hyperparameters.model_validate(hyperparameters),
        model_directory=base / "model",
        checkpoint_directory=base / "checkpoints",
        output_directory=base / "output",
    )


def args_from_container(base: Path, environment: Mapping[str, str]) -> TrainingArgs:
    """The run that a container is asked for: hyperparameters.json and the channel below `base`, overridden by the SM_* variables.

    Raises InputError with every bad hyperparameter at once.
    """
    channel = Path(environment.get("SM_CHANNEL_TRAINING", base / "input" / "data" / "training"))
    if "SM_CHANNEL_TRAINING" in environment and not channel.is_dir():
        raise InputError("the training channel is not a directory", where="SM_CHANNEL_TRAINING", value=str(channel), fix="name the directory, or unset it")
    return TrainingArgs(
        hyperparameters=_read_hyperparameters(base / "input" / "config" / "hyperparameters.json"),
        model_directory=Path(environment.get("SM_MODEL_DIR", base / "model")),
        checkpoint_directory=base / "checkpoints",
        output_directory=Path(environment.get("SM_OUTPUT_DIR", base / "output")),
        training_channel=channel if channel.is_dir() else None,
    )


def _read_hyperparameters(path: Path) -> Hyperparameters:
    if not path.exists():
        return Hyperparameters()
    try:
        return Hyperparameters.model_validate(read_json(path))
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']} (got {problem['input']!r:.60})" for problem in error.errors()]
        known = ", ".join(Hyperparameters.model_fields)
        raise InputError("bad hyperparameters:\n    " + "\n    ".join(lines), where=path, fix=f"the known ones are {known}") from error
