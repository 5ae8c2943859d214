from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from plinth.errors import InputError, PlinthError
from workloads.serving import ServingResult, golden_request


@pytest.fixture(scope="module")
def result(model_directory: Path) -> ServingResult:
    return golden_request(model_directory, requests=50)


def test_the_real_server_answers_the_golden_request_as_the_trainer_did(result: ServingResult) -> None:
    assert result.ping_status == 200 and result.golden_matches and result.largest_difference <= 1e-9
    assert result.custom_attributes.startswith("model-sha256=")


def test_latencies_are_measured_over_the_requests_asked_for(result: ServingResult) -> None:
    assert result.requests == 50 and result.rows == 10
    assert 0 < result.p50_milliseconds <= result.p99_milliseconds


def test_the_server_leaves_in_order_on_sigterm(result: ServingResult) -> None:
    assert result.exit_code == 0


def test_a_golden_request_that_the_model_does_not_meet_is_said(tmp_path: Path, model_directory: Path) -> None:
    shutil.copytree(model_directory, tmp_path / "model")
    path = tmp_path / "model" / "golden.json"
    golden = json.loads(path.read_text())
    golden["predictions"][0]["probabilities"][0] += 0.01
    path.write_text(json.dumps(golden))
    result = golden_request(tmp_path / "model", requests=1)
    assert not result.golden_matches and result.largest_difference == pytest.approx(0.01)


@pytest.mark.parametrize("text", ["", "{}", '{"instances": [], "predictions": []}', "[]"])
def test_a_file_that_is_no_golden_request_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "golden.json").write_text(text)
    with pytest.raises(InputError, match="golden request"):
        golden_request(tmp_path)


def test_a_server_whose_model_is_damaged_does_not_become_ready(tmp_path: Path, model_directory: Path) -> None:
    shutil.copytree(model_directory, tmp_path / "model")
    (tmp_path / "model" / "model.npz").write_bytes(b"torn")
    with pytest.raises(PlinthError, match="did not become ready"):
        golden_request(tmp_path / "model")
