"""What the Dockerfiles promise, as far as it can be tested without Docker."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ["training", "serving"]


def _dockerfile(image: str) -> str:
    return (ROOT / "workloads" / image / "Dockerfile").read_text().replace("\\\n", " ")


def _pins(image: str) -> dict[str, str]:
    lines = (ROOT / "workloads" / image / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_installs_the_versions_of_the_lock_file(image: str) -> None:
    locked = {package["name"]: package["version"] for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    assert _pins(image) == {name: locked[name] for name in _pins(image)}


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_holds_every_module_and_package_that_it_imports(image: str, tmp_path: Path) -> None:
    for sources, target in re.findall(r"^COPY (?!--)(.+) (\./\S+/)$", _dockerfile(image), flags=re.MULTILINE):
        for source in sources.split():
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (tmp_path / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, tmp_path / target)
    program = f"""
import sys; sys.path.insert(0, {str(tmp_path)!r})
import runpy; runpy.run_module("workloads.{image}", run_name="imported")
from importlib.metadata import packages_distributions
names = {{module.partition(".")[0] for module in sys.modules if not module.startswith("_")}}
for name, distributions in packages_distributions().items():
    if name in names and name not in ("plinth", "workloads", "infra"):
        print(name, *(each.lower().replace("_", "-") for each in distributions))
assert sys.modules["workloads"].__file__.startswith({str(tmp_path)!r})
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    missing = [line for line in result.stdout.splitlines() if not set(line.split()[1:]) & _pins(image).keys()]
    assert not missing, "an imported package is not in requirements.txt"
    assert "numpy numpy" in result.stdout


@pytest.mark.parametrize("image", IMAGES)
def test_the_default_image_does_not_run_as_root(image: str) -> None:
    stages = re.split(r"^FROM ", _dockerfile(image), flags=re.MULTILINE)
    assert "USER 10001:10001" in stages[-1]


@pytest.mark.parametrize("image", IMAGES)
def test_signals_reach_the_process_and_not_a_shell(image: str) -> None:
    assert f'ENTRYPOINT ["python", "-m", "workloads.{image}"]' in _dockerfile(image)


def test_the_server_listens_where_sagemaker_asks_and_is_watched_there() -> None:
    text = _dockerfile("serving")
    assert "EXPOSE 8080" in text and re.search(r"HEALTHCHECK .*8080/ping", text)
