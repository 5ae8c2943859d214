from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plinth.errors import InputError
from workloads.artifact import read_artifact
from workloads.network import probabilities
from workloads.training import Hyperparameters, TrainingResult, train
from workloads.training.data import load_data
from workloads.training.settings import TrainingArgs, args_below
from workloads.training.trainer import batch_rows


def _model_bytes(base: Path) -> bytes:
    return (base / "model" / "model.npz").read_bytes()


def _stop_after(steps: int):
    calls = count(1)
    return lambda: next(calls) >= steps


def test_the_model_learns_the_digits(trained: TrainingResult) -> None:
    assert trained.steps == 600 and not trained.interrupted
    assert trained.accuracy is not None and trained.accuracy > 0.95


def test_the_reported_accuracy_is_that_of_the_model_on_disk(model_directory: Path, trained: TrainingResult) -> None:
    artifact, data = read_artifact(model_directory, "model"), load_data(None, seed=1)
    labels = probabilities(artifact.arrays, data.held_out_pixels).argmax(axis=1)
    assert float((labels == data.held_out_labels).mean()) == trained.accuracy == artifact.facts["accuracy"]
    assert artifact.sha256 == trained.model_sha256


def test_the_golden_request_is_held_out_rows_and_what_the_trainer_predicts(model_directory: Path) -> None:
    golden = json.loads((model_directory / "golden.json").read_text())
    predicted = probabilities(read_artifact(model_directory, "model").arrays, np.array(golden["instances"]))
    assert predicted.tolist() == [row["probabilities"] for row in golden["predictions"]]
    assert len(golden["instances"]) == 10


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(args_below(tmp_path / name, steps=40))
    assert _model_bytes(tmp_path / "one") == _model_bytes(tmp_path / "two")


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    train(args_below(tmp_path / "one", steps=40, seed=1))
    train(args_below(tmp_path / "two", steps=40, seed=2))
    assert _model_bytes(tmp_path / "one") != _model_bytes(tmp_path / "two")


@settings(max_examples=8, deadline=None)
@given(stops=st.lists(st.integers(1, 30), min_size=1, max_size=4), every=st.integers(1, 40))
def test_interruptions_anywhere_change_no_bit_of_the_weights(tmp_path_factory: pytest.TempPathFactory, stops: list[int], every: int) -> None:
    base = tmp_path_factory.mktemp("runs")
    train(args_below(base / "whole", steps=60))
    args = args_below(base / "broken", steps=60, checkpoint_every=every)
    for stop in stops:
        train(args, stop=_stop_after(stop))
    result = train(args)
    assert result.steps == 60 and not result.interrupted
    assert _model_bytes(base / "whole") == _model_bytes(base / "broken")


def test_an_interrupted_run_leaves_a_checkpoint_and_no_model(tmp_path: Path) -> None:
    result = train(args_below(tmp_path, steps=60, checkpoint_every=1000), stop=_stop_after(7))
    assert (result.interrupted, result.steps, result.accuracy, result.model_path) == (True, 7, None, None)
    assert not (tmp_path / "model").exists()
    assert train(args_below(tmp_path, steps=60, checkpoint_every=1000)).resumed_from == 7


def test_a_damaged_checkpoint_costs_steps_and_not_the_result(tmp_path: Path) -> None:
    args = args_below(tmp_path / "broken", steps=60, checkpoint_every=20)
    train(args, stop=_stop_after(45))
    (tmp_path / "broken" / "checkpoints" / "checkpoint-000000045.npz").write_bytes(b"torn")
    lines: list[str] = []
    result = train(args, say=lines.append)
    assert result.resumed_from == 40 and len(result.refused_checkpoints) == 1
    assert result.refused_checkpoints[0] in lines and "resuming from step 40" in lines
    train(args_below(tmp_path / "whole", steps=60))
    assert _model_bytes(tmp_path / "whole") == _model_bytes(tmp_path / "broken")


def test_a_finished_run_can_be_made_longer(tmp_path: Path) -> None:
    train(args_below(tmp_path / "grown", steps=40, checkpoint_every=20))
    assert train(args_below(tmp_path / "grown", steps=60, checkpoint_every=20)).resumed_from == 40
    train(args_below(tmp_path / "whole", steps=60))
    assert _model_bytes(tmp_path / "whole") == _model_bytes(tmp_path / "grown")


def test_a_run_can_not_be_made_shorter_than_its_checkpoint(tmp_path: Path) -> None:
    train(args_below(tmp_path, steps=40, checkpoint_every=20))
    with pytest.raises(InputError, match="at least 40 steps"):
        train(args_below(tmp_path, steps=30, checkpoint_every=20))


@pytest.mark.parametrize("change", [{"learning_rate": 0.2}, {"seed": 2}, {"batch_size": 32}, {"momentum": 0.5}])
def test_a_run_with_other_hyperparameters_does_not_resume_from_this_one(tmp_path: Path, change: dict[str, float]) -> None:
    train(args_below(tmp_path, steps=20, checkpoint_every=10))
    with pytest.raises(InputError, match="another run"):
        train(args_below(tmp_path, steps=40, checkpoint_every=10, **change))


@given(step=st.integers(0, 500), rows=st.integers(1, 200), batch=st.integers(1, 64), seed=st.integers(0, 5))
def test_every_batch_is_full_and_an_epoch_repeats_no_row(step: int, rows: int, batch: int, seed: int) -> None:
    hyperparameters = Hyperparameters(batch_size=batch, seed=seed)
    size = min(batch, rows)
    first = step - step % (rows // size)
    epoch = np.concatenate([batch_rows(each, rows, hyperparameters) for each in range(first, first + rows // size)])
    assert len(batch_rows(step, rows, hyperparameters)) == size
    assert len(set(epoch.tolist())) == len(epoch)


def test_an_unwritable_checkpoint_directory_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    args = TrainingArgs(
        hyperparameters=Hyperparameters(steps=5, checkpoint_every=5), checkpoint_directory=tmp_path / "file", model_directory=tmp_path / "model"
    )
    with pytest.raises(InputError, match="can't be written"):
        train(args)
