from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def offers(helper: Callable[[str], ModuleType]) -> ModuleType:
    """Builders of price lists."""
    return helper("cost/pricing/offers.py")


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str, str], Path]:
    """A price list saved in a folder of its own."""

    def save(name: str, text: str) -> Path:
        folder = tmp_path / "offers"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return save
