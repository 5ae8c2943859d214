"""The model that is served: read from its directory, verified, and checked to be the network that this code computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from plinth.errors import InputError
from workloads.artifact import read_artifact
from workloads.network import CLASSES, FEATURES, Array, Parameters, initial_parameters, probabilities

MODEL_NAME = "model"


class Model(BaseModel):
    """A loaded model and the sha256 of its artifact."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    parameters: Parameters
    sha256: str

    def predict(self, pixels: Array) -> Array:
        """Class probabilities (rows, 10) for pixels (rows, 64)."""
        return probabilities(self.parameters, pixels)


def load_model(directory: Path) -> Model:
    """The model in a directory (model.npz, model.json). Raises InputError where it is missing, damaged or of another shape."""
    artifact = read_artifact(directory, MODEL_NAME)
    hidden = artifact.arrays["hidden_bias"].size if "hidden_bias" in artifact.arrays else 0
    expected = {name: value.shape for name, value in initial_parameters(hidden, seed=0).items()} if hidden else {}
    found = {name: value.shape for name, value in artifact.arrays.items()}
    if found != expected:
        raise InputError("the model is not this server's network", where=directory, value=found, fix=f"give one of {FEATURES} features and {CLASSES} classes")
    if any(value.dtype != np.float64 or not np.isfinite(value).all() for value in artifact.arrays.values()):
        raise InputError("the model has weights that are not finite 64-bit numbers", where=directory, fix="train it again; its training diverged")
    return Model(parameters=dict(artifact.arrays), sha256=artifact.sha256)
