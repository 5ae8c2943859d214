from __future__ import annotations

import json
from pathlib import Path

import pytest

from plinth.errors import InputError
from workloads.training.settings import Hyperparameters, args_from_container


def _write(base: Path, content: object) -> Path:
    path = base / "input" / "config" / "hyperparameters.json"
    path.parent.mkdir(parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return base


def test_hyperparameters_come_as_strings_the_way_sagemaker_writes_them(tmp_path: Path) -> None:
    args = args_from_container(_write(tmp_path, {"steps": "12", "learning_rate": "0.5"}), {})
    assert args.hyperparameters == Hyperparameters(steps=12, learning_rate=0.5)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert args_from_container(tmp_path, {}).hyperparameters == Hyperparameters()


def test_directories_lie_where_sagemaker_puts_them() -> None:
    args = args_from_container(Path("/opt/ml"), {})
    assert (args.model_directory, args.checkpoint_directory, args.output_directory) == (
        Path("/opt/ml/model"),
        Path("/opt/ml/checkpoints"),
        Path("/opt/ml/output"),
    )


def test_sm_variables_win_over_the_layout(tmp_path: Path) -> None:
    channel = tmp_path / "rows"
    channel.mkdir()
    args = args_from_container(tmp_path, {"SM_MODEL_DIR": "/m", "SM_OUTPUT_DIR": "/o", "SM_CHANNEL_TRAINING": str(channel)})
    assert (args.model_directory, args.output_directory, args.training_channel) == (Path("/m"), Path("/o"), channel)


def test_the_training_channel_of_the_layout_is_used_where_it_exists(tmp_path: Path) -> None:
    assert args_from_container(tmp_path, {}).training_channel is None
    (tmp_path / "input" / "data" / "training").mkdir(parents=True)
    assert args_from_container(tmp_path, {}).training_channel == tmp_path / "input" / "data" / "training"


def test_a_channel_that_is_named_but_not_there_is_refused_rather_than_replaced_by_the_digits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SM_CHANNEL_TRAINING"):
        args_from_container(tmp_path, {"SM_CHANNEL_TRAINING": str(tmp_path / "absent")})


def test_every_bad_hyperparameter_is_reported_at_once(tmp_path: Path) -> None:
    bad = {"steps": "0", "learning_rate": "fast", "momentum": "1", "bacth_size": "3", "seed": "-1"}
    with pytest.raises(InputError) as caught:
        args_from_container(_write(tmp_path, bad), {})
    assert all(name in str(caught.value) for name in bad)
    assert "batch_size" in str(caught.value.fix)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"learning_rate": NaN}'])
def test_a_file_that_is_no_object_of_numbers_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"hyperparameters\.json"):
        args_from_container(_write(tmp_path, content), {})
