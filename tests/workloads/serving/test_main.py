from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "workloads.serving", *arguments], capture_output=True, text=True, timeout=60)


def test_help_names_the_port_and_the_model_directory() -> None:
    result = _run("--help")
    assert result.returncode == 0 and "8080" in result.stdout and "/opt/ml/model" in result.stdout


def test_a_missing_model_ends_the_server_with_exit_code_3_and_no_traceback(tmp_path: Path) -> None:
    result = _run("serve", "--host", "127.0.0.1", "--port", "0", "--model-dir", str(tmp_path))
    assert result.returncode == 3
    assert "model.json" in result.stderr and "Traceback" not in result.stderr


def test_a_taken_port_is_said_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = _run("--host", "127.0.0.1", "--port", str(taken.getsockname()[1]), "--model-dir", str(tmp_path))
    assert result.returncode == 3
    assert "can't listen" in result.stderr and "--port" in result.stderr and "Traceback" not in result.stderr
