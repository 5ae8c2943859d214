from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "workloads.training", *arguments], capture_output=True, text=True, timeout=60)


def test_help_says_what_the_exit_codes_mean() -> None:
    result = _run("--help")
    assert result.returncode == 0 and "143" in result.stdout and "--base-dir" in result.stdout


def test_a_run_in_sagemakers_layout_says_its_accuracy_and_writes_its_model(tmp_path: Path) -> None:
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps({"steps": "50", "checkpoint_every": "25"}))
    result = _run("train", "--base-dir", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "done steps=50 accuracy=" in result.stdout
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.npz", "model.json", "golden.json"}


def test_bad_input_is_said_without_a_traceback_and_in_the_failure_file(tmp_path: Path) -> None:
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text('{"steps": "many"}')
    result = _run("--base-dir", str(tmp_path))
    assert result.returncode == 3
    assert "steps" in result.stderr and "Traceback" not in result.stderr
    assert (tmp_path / "output" / "failure").read_text() in result.stderr


def test_an_unknown_word_is_a_usage_error() -> None:
    assert _run("serve").returncode == 2
