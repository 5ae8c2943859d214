"""What all tests share: each environment's program is evaluated once a session and asserted many times."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from plinth.stack import Stack
from plinth.stack.load import load_stack, load_workloads

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ("dev", "staging", "prod")


@cache
def _recorded(environment: str) -> Stack:
    return load_stack(environment, project=ROOT)


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Stack]:
    """`recorded("prod")` is the Stack of our own program for that environment."""
    return _recorded


@cache
def _recorded_workloads(environment: str) -> Stack:
    return load_workloads(_recorded(environment), ROOT)


@pytest.fixture(scope="session")
def recorded_workloads() -> Callable[[str], Stack]:
    """`recorded_workloads("prod")` is the Stack of our own workloads, on the recorded platform of that environment."""
    return _recorded_workloads


@pytest.fixture(scope="session")
def dev_stack() -> Stack:
    """Our own program, evaluated for dev."""
    return _recorded("dev")


@pytest.fixture(scope="session")
def engine_data() -> Path:
    """The folder of real engine output."""
    return ROOT / "tests" / "data" / "engine"


@pytest.fixture(scope="session")
def helper() -> Callable[[str], ModuleType]:
    """A helper module by its path below tests/: importlib mode lets tests share fixtures, not modules."""

    def load(path: str) -> ModuleType:
        name = f"plinth_tests_{Path(path).stem}"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / path)
            assert spec and spec.loader
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])
        return sys.modules[name]

    return load
