"""Preset usage: three sizes of a team's monthly use for what nobody states, a family of services a table."""

from __future__ import annotations

import csv
from enum import StrEnum
from functools import cache
from pathlib import Path

from cost.estimate.model import QuantitySource
from cost.estimate.usage import Usage

TABLES = Path(__file__).parent / "presets"


class Preset(StrEnum):
    """How much a team uses: a few people, a department, a company."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@cache
def preset_usage(preset: Preset = Preset.SMALL) -> Usage:
    """The quantities that a preset states, by Terraform type; they are assumptions, and each line that rests on one says so."""
    by_type: dict[str, dict[str, float]] = {}
    for table in sorted(TABLES.glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                by_type.setdefault(row["terraform_type"], {})[row["field"]] = float(row[preset.value])
    return Usage(by_type=by_type, source=QuantitySource.PRESET, label=preset.value)
