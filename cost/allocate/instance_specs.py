"""The shapes and list prices of EC2 instance types, from the price book's tables, which ship with Plinth.

The allocation may not import the estimate, so it has this small reader of its own; the tables and their sources: cost/prices/README.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLES: Final = Path(__file__).parent.parent / "prices"
SAGEMAKER_PREFIX: Final = "ml."


@dataclass(frozen=True, slots=True)
class Shape:
    """What an instance has: vCPUs, GiB of memory, and accelerators (GPUs, fractional where a type has a slice of one; else Neuron devices)."""

    vcpu: float
    memory_gib: float
    gpus: float = 0.0
    gpu_model: str = ""
    architecture: str = "x86_64"


@cache
def shapes() -> Mapping[str, Shape]:
    """Every EC2 instance type's shape, by name."""
    return {row["instance_type"]: _shape(row) for row in _rows("instance_specs.csv")}


@cache
def list_prices() -> Mapping[str, float]:
    """Every EC2 type's Linux on-demand price an hour in us-east-1, USD; each row of `ec2_on_demand.csv` has its date."""
    return {row["instance_type"]: float(row["usd_per_hour"]) for row in _rows("ec2_on_demand.csv")}


def shape_of(instance_type: str | None) -> Shape | None:
    """The shape of a type, `ml.g5.xlarge` being that of `g5.xlarge`; None where the table has none: unknown, not empty."""
    table, name = shapes(), instance_type or ""
    return table.get(name) or table.get(name.removeprefix(SAGEMAKER_PREFIX))


def _rows(table: str) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO((TABLES / table).read_text(encoding="utf-8")))


def _shape(row: Mapping[str, str]) -> Shape:
    return Shape(
        vcpu=float(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        gpus=float(row["gpu_count"] or row["neuron_device_count"] or 0),
        gpu_model=row["gpu_model"] or row["neuron_device_model"],
        architecture=row["architecture"],
    )
