"""The made bills and their renderers for tests: importlib mode lets tests share fixtures, not modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parents[1]


def load(path: Path) -> ModuleType:
    """A helper module by its path."""
    name = f"plinth_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def every_type() -> ModuleType:
    """Bills with every line item type, and their truth."""
    return load(TESTS / "properties" / "every_type.py")


@pytest.fixture(scope="session")
def render() -> ModuleType:
    """The renderers of all formats."""
    return load(TESTS / "formats" / "render.py")
