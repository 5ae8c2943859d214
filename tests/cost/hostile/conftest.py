"""A small good bill, to be spoilt."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


class Table:
    """A small good bill as text, to be spoilt: header and rows of the legacy csv, and how to write them."""

    def __init__(self, lines: Sequence[Any], render: ModuleType) -> None:
        self.lines, self.render = lines, render
        self.header, self.rows = render.legacy_rows(lines)

    def put(self, column: str, value: str, row: int = 1) -> Table:
        """Another value in a row."""
        self.rows[row][self.header.index(column)] = value
        return self

    def bytes(self) -> bytes:
        return self.render.csv_bytes(self.header, self.rows)

    def write(self, folder: Path, name: str = "bill.csv", content: bytes | None = None) -> Path:
        path = folder / name
        path.write_bytes(self.bytes() if content is None else content)
        return path


@pytest.fixture(scope="session")
def good_lines(every_type: ModuleType) -> list[Any]:
    """Four lines of usage with tags."""
    commitment = ("No Upfront", Decimal(1), Decimal(1), True)
    shape = every_type.Shape(1, 1, 1, 1, 2, False, (every_type.Plan(*commitment),), (every_type.Reservation(*commitment),))
    lines = [line for line in every_type.make(shape).lines if line.get("product_instance_type") == "m5.large"]
    return [dict(line, tags={"user:team": "vision"}) for line in lines]


@pytest.fixture
def table(good_lines: list[Any], render: ModuleType) -> Table:
    """The good bill, to be spoilt."""
    return Table(good_lines, render)
