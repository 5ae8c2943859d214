from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plinth.errors import InputError
from workloads.artifact import read_artifact, write_artifact

ARRAYS = {"weights": np.arange(6, dtype=np.float64).reshape(2, 3), "bias": np.array([0.1, -1e-300])}
FACTS = {"step": 7, "fingerprint": "abc"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("artifact")
    write_artifact(directory, "model", ARRAYS, FACTS)
    return directory


def test_what_is_read_is_what_was_written_bit_for_bit(written: Path) -> None:
    artifact = read_artifact(written, "model")
    assert {name: value.tobytes() for name, value in artifact.arrays.items()} == {name: value.tobytes() for name, value in ARRAYS.items()}
    assert artifact.facts == FACTS


def test_the_same_content_gives_the_same_bytes_and_digest(written: Path, tmp_path: Path) -> None:
    digest = write_artifact(tmp_path, "model", ARRAYS, FACTS)
    assert digest == read_artifact(written, "model").sha256
    for suffix in ("npz", "json"):
        assert (tmp_path / f"model.{suffix}").read_bytes() == (written / f"model.{suffix}").read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_anywhere_is_refused(written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    damaged = tmp_path_factory.mktemp("damaged")
    files = {suffix: bytearray((written / f"model.{suffix}").read_bytes()) for suffix in ("npz", "json")}
    victim = files[data.draw(st.sampled_from(["npz", "json"]))]
    victim[data.draw(st.integers(0, len(victim) - 1))] ^= data.draw(st.integers(1, 255))
    for suffix, content in files.items():
        (damaged / f"model.{suffix}").write_bytes(content)
    with pytest.raises(InputError):
        read_artifact(damaged, "model")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), suffix=st.sampled_from(["npz", "json"]))
def test_a_file_cut_short_anywhere_is_refused(written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, suffix: str) -> None:
    torn = tmp_path_factory.mktemp("torn")
    for name in ("npz", "json"):
        content = (written / f"model.{name}").read_bytes()
        (torn / f"model.{name}").write_bytes(content[: data.draw(st.integers(0, len(content) - 1))] if name == suffix else content)
    with pytest.raises(InputError):
        read_artifact(torn, "model")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300)
    | st.text(max_size=100).map(str.encode)
    | st.recursive(st.integers() | st.text(max_size=5), lambda s: st.lists(s, max_size=3)).map(lambda value: json.dumps(value).encode())
)
def test_any_other_json_file_is_refused_and_never_crashes(written: Path, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    directory = tmp_path_factory.mktemp("other")
    (directory / "model.npz").write_bytes((written / "model.npz").read_bytes())
    (directory / "model.json").write_bytes(content)
    with pytest.raises(InputError):
        read_artifact(directory, "model")


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_half_a_pair_is_refused_by_name(written: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"model.{suffix}").write_bytes((written / f"model.{suffix}").read_bytes())
    with pytest.raises(InputError, match=r"model\.json" if suffix == "npz" else r"model\.npz"):
        read_artifact(tmp_path, "model")


def test_a_pickle_is_not_opened_even_where_the_digests_fit(tmp_path: Path) -> None:
    write_artifact(tmp_path, "model", ARRAYS, FACTS)
    np.savez(tmp_path / "model.npz", allow_pickle=True, weights=np.array([{"an": "object"}], dtype=object))
    _sign_anew(tmp_path)
    with pytest.raises(InputError, match="arrays can't be read"):
        read_artifact(tmp_path, "model")


def test_arrays_that_unpack_to_too_much_are_refused_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_artifact(tmp_path, "model", ARRAYS, FACTS)
    np.savez_compressed(tmp_path / "model.npz", weights=np.zeros(100_000))
    _sign_anew(tmp_path)
    monkeypatch.setattr("workloads.artifact.MAX_BYTES", 10_000)
    with pytest.raises(InputError, match="unpack to too much"):
        read_artifact(tmp_path, "model")


def test_another_format_is_refused_with_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workloads.artifact.FORMAT", 2)
    write_artifact(tmp_path, "model", ARRAYS, FACTS)
    monkeypatch.undo()
    with pytest.raises(InputError, match="format") as caught:
        read_artifact(tmp_path, "model")
    assert caught.value.value == 2


def test_nothing_half_written_stays_where_the_place_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="can't be written"):
        write_artifact(tmp_path / "file", "model", ARRAYS, FACTS)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def _sign_anew(directory: Path) -> None:
    npz_sha256 = hashlib.sha256((directory / "model.npz").read_bytes()).hexdigest()
    covered = json.dumps([1, FACTS, npz_sha256], sort_keys=True, separators=(",", ":"))
    manifest = {"format": 1, "facts": FACTS, "npz_sha256": npz_sha256, "sha256": hashlib.sha256(covered.encode()).hexdigest()}
    (directory / "model.json").write_text(json.dumps(manifest))
