from __future__ import annotations

import signal
from pathlib import Path

import pytest

from plinth.errors import InputError, PlinthError
from workloads.training import Hyperparameters, InterruptionResult, interrupted_and_resumed


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> InterruptionResult:
    return interrupted_and_resumed(tmp_path_factory.mktemp("interruption"))


def test_a_process_stopped_by_sigterm_and_resumed_ends_with_the_same_weights(result: InterruptionResult) -> None:
    assert result.identical_weights and result.difference == 0.0


def test_the_process_left_by_sigterm_with_a_checkpoint_of_its_last_step(result: InterruptionResult) -> None:
    assert result.exit_code == 128 + signal.SIGTERM == 143
    assert 0 < result.stopped_at_step == result.resumed_from_step < result.steps


def test_the_process_left_within_the_notice(result: InterruptionResult) -> None:
    assert result.seconds_from_signal_to_exit < result.notice_seconds == 120


def test_the_resumed_model_is_a_good_one(result: InterruptionResult) -> None:
    assert result.accuracy > 0.95
    assert (result.model_directory / "model.npz").is_file()


def test_a_directory_of_an_earlier_run_is_refused(result: InterruptionResult) -> None:
    with pytest.raises(InputError, match="earlier run"):
        interrupted_and_resumed(result.model_directory.parents[1])


def test_a_run_that_ends_before_the_signal_is_an_error_and_not_a_proof(tmp_path: Path) -> None:
    with pytest.raises(PlinthError, match="did not stop by SIGTERM"):
        interrupted_and_resumed(tmp_path, Hyperparameters(steps=1, checkpoint_every=1))


def test_an_unwritable_place_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="can't be written"):
        interrupted_and_resumed(tmp_path / "file")
