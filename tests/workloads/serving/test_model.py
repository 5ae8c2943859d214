from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plinth.errors import InputError
from workloads.artifact import read_artifact, write_artifact
from workloads.network import initial_parameters
from workloads.serving.model import load_model


def test_the_served_weights_are_the_trained_ones(model_directory: Path) -> None:
    model = load_model(model_directory)
    artifact = read_artifact(model_directory, "model")
    assert model.sha256 == artifact.sha256
    assert all((model.parameters[name] == value).all() for name, value in artifact.arrays.items())


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model\.json"):
        load_model(tmp_path)


@pytest.mark.parametrize("change", ["drop", "shape", "add"])
def test_a_sound_artifact_of_another_network_is_refused(tmp_path: Path, change: str) -> None:
    arrays = initial_parameters(hidden=4, seed=1)
    if change == "drop":
        del arrays["hidden_bias"]
    elif change == "shape":
        arrays["output_weights"] = np.zeros((4, 9))
    else:
        arrays["third_weights"] = np.zeros(2)
    write_artifact(tmp_path, "model", arrays, {})
    with pytest.raises(InputError, match="not this server's network"):
        load_model(tmp_path)


@pytest.mark.parametrize("value", [np.full(4, np.nan), np.full(4, np.inf), np.zeros(4, dtype=np.float32), np.array(["a"] * 4)])
def test_weights_that_are_not_finite_numbers_are_refused(tmp_path: Path, value: np.ndarray) -> None:
    write_artifact(tmp_path, "model", {**initial_parameters(hidden=4, seed=1), "hidden_bias": value}, {})
    with pytest.raises(InputError, match="not finite"):
        load_model(tmp_path)
