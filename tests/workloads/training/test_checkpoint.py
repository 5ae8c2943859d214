from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plinth.errors import InputError
from workloads.artifact import write_artifact
from workloads.network import Parameters
from workloads.training.checkpoint import KEPT, State, newest_checkpoint, save_checkpoint

TEMPLATE: Parameters = {"weights": np.zeros((2, 2)), "bias": np.zeros(2)}


def _state(step: int) -> State:
    return State(step=step, parameters={key: value + step for key, value in TEMPLATE.items()}, velocity={key: value - step for key, value in TEMPLATE.items()})


def _save(directory: Path, *steps: int) -> Path:
    for step in steps:
        save_checkpoint(directory, _state(step), "run")
    return directory


def test_the_newest_checkpoint_is_found_with_its_weights_and_velocity(tmp_path: Path) -> None:
    state, refused = newest_checkpoint(_save(tmp_path, 10, 20), TEMPLATE, "run")
    assert state is not None and refused == ()
    assert state.step == 20
    assert (state.parameters["weights"] == 20).all() and (state.velocity["bias"] == -20).all()


def test_there_is_nothing_to_find_before_the_first(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path / "absent", TEMPLATE, "run") == (None, ())
    assert newest_checkpoint(tmp_path, TEMPLATE, "run") == (None, ())


def test_only_the_newest_few_are_kept(tmp_path: Path) -> None:
    _save(tmp_path, *range(1, KEPT + 4))
    assert len(list(tmp_path.glob("*.npz"))) == len(list(tmp_path.glob("*.json"))) == KEPT == 3
    state, _ = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is not None and state.step == KEPT + 3


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_damaged_newest_is_refused_with_a_line_and_the_one_before_it_used(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    directory = _save(tmp_path_factory.mktemp("run"), 10, 20)
    victim = directory / f"checkpoint-000000020.{data.draw(st.sampled_from(['npz', 'json']))}"
    content = bytearray(victim.read_bytes())
    if data.draw(st.booleans(), label="torn"):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    victim.write_bytes(content)
    state, refused = newest_checkpoint(directory, TEMPLATE, "run")
    assert state is not None and state.step == 10 and (state.parameters["weights"] == 10).all()
    assert len(refused) == 1 and "step 20 refused" in refused[0] and "checkpoint-000000020" in refused[0]


def test_a_checkpoint_whose_json_was_not_written_yet_is_refused(tmp_path: Path) -> None:
    _save(tmp_path, 10, 20)
    (tmp_path / "checkpoint-000000020.json").unlink()
    state, refused = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is not None and state.step == 10 and len(refused) == 1


def test_a_leftover_temporary_file_is_no_checkpoint(tmp_path: Path) -> None:
    _save(tmp_path, 10)
    (tmp_path / ".checkpoint-000000020.npz.writing").write_bytes(b"half")
    state, refused = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is not None and state.step == 10 and refused == ()


def test_where_every_checkpoint_is_damaged_all_are_named(tmp_path: Path) -> None:
    _save(tmp_path, 10, 20)
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(b"")
    state, refused = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is None and len(refused) == 2


def test_a_checkpoint_of_another_run_is_an_error_and_not_a_fresh_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="another run"):
        newest_checkpoint(_save(tmp_path, 10), TEMPLATE, "another")


@pytest.mark.parametrize(("facts_step", "names"), [(9, ("weights", "bias")), (10, ("weights",)), (10, ("weights", "bias", "more"))])
def test_a_sound_pair_that_is_not_this_checkpoint_is_refused(tmp_path: Path, facts_step: int, names: tuple[str, ...]) -> None:
    arrays = {f"{kind}.{name}": np.zeros(2) for kind in ("parameter", "velocity") for name in names}
    write_artifact(tmp_path, "checkpoint-000000010", arrays, {"step": facts_step, "fingerprint": "run"})
    state, refused = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is None and len(refused) == 1


def test_arrays_of_another_shape_are_refused(tmp_path: Path) -> None:
    arrays = {f"{kind}.{name}": np.zeros(3) for kind in ("parameter", "velocity") for name in TEMPLATE}
    write_artifact(tmp_path, "checkpoint-000000010", arrays, {"step": 10, "fingerprint": "run"})
    state, refused = newest_checkpoint(tmp_path, TEMPLATE, "run")
    assert state is None and "shape" in refused[0]
