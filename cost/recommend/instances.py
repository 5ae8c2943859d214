"""The instance types: shape, price and network bandwidth, read from the dated tables that ship with the package."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PRICES = Path(__file__).parent.parent / "prices"
NETWORK = Path(__file__).parent / "instance_network.csv"
TYPE = re.compile(r"^(?P<letters>[a-z]+)(?P<generation>\d+)(?P<attributes>[a-z0-9-]*)\.(?P<size>.+)$")
MAIN_LETTERS = frozenset("mcrt")
BURSTABLE_GENERATION = {2: 4, 3: 5, 4: 6}
"""T2, T3 and T4g run on the processors of generations 4, 5 and 6 of the M, C and R families."""
BURSTABLE_BASELINE = {"nano": 0.05, "micro": 0.10, "small": 0.20, "medium": 0.20, "large": 0.30, "xlarge": 0.40, "2xlarge": 0.40}
T2_BASELINE = BURSTABLE_BASELINE | {"xlarge": 0.225, "2xlarge": 0.17}
"""CPU that a burstable vCPU sustains without credits. Source: Amazon EC2 user guide, CPU credits and baseline utilization."""
FLEX_BASELINE = 0.40
"""CPU that a flex vCPU sustains. Source: Amazon EC2 user guide, general purpose instances, flex."""


@dataclass(frozen=True)
class InstanceType:
    """The shape of an EC2 instance type. Memory in GiB, bandwidth in Gbps, the list price in USD an hour (us-east-1, Linux, on-demand).

    `sustained_vcpu` counts a burstable or flex vCPU at its baseline. `network_gbps` is the baseline, not the "up to" figure; None is unknown.
    """

    name: str
    vcpu: float
    sustained_vcpu: float
    memory_gib: float
    architectures: frozenset[str]
    hypervisor: str
    local_storage_gb: float
    efa: bool
    gpu_model: str
    gpu_count: float
    gpu_memory_gib: float
    neuron: bool
    network_gbps: float | None
    processor: str
    letters: str
    generation: int
    attributes: str
    size: str
    current: bool
    price: float | None
    price_date: str | None

    @property
    def summary(self) -> str:
        """One line that tells the type's shape: `g5.xlarge (4 vCPU, 16 GiB, 1 x NVIDIA A10G 22.35 GiB)`."""
        gpu = f", {self.gpu_count:g} x {self.gpu_model} {self.gpu_memory_gib:g} GiB" if self.gpu_model else ""
        return f"{self.name} ({self.vcpu:g} vCPU, {self.memory_gib:g} GiB{gpu})"


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Every instance type that the shipped tables describe, by name."""
    prices = {row["instance_type"]: row for row in _rows(PRICES / "ec2_on_demand.csv")}
    network = {row["instance_type"]: row for row in _rows(NETWORK)}
    return {
        row["instance_type"]: _instance_type(row, prices.get(row["instance_type"]), network.get(row["instance_type"]))
        for row in _rows(PRICES / "instance_specs.csv")
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _instance_type(row: dict[str, str], price: dict[str, str] | None, network: dict[str, str] | None) -> InstanceType:
    name, vcpu = row["instance_type"], float(row["vcpu"])
    match = TYPE.match(name)
    letters, generation, attributes, size = (match["letters"], int(match["generation"]), match["attributes"], match["size"]) if match else (name, 0, "", "")
    return InstanceType(
        name=name,
        vcpu=vcpu,
        sustained_vcpu=vcpu * _baseline(letters, generation, attributes, size),
        memory_gib=float(row["memory_gib"]),
        architectures=frozenset(row["architecture"].split("|")),
        hypervisor=row["hypervisor"],
        local_storage_gb=_local_storage_gb(row),
        efa=row["efa_supported"] == "true",
        gpu_model=row["gpu_model"],
        gpu_count=float(row["gpu_count"] or 0),
        gpu_memory_gib=float(row["gpu_memory_gib_each"] or 0),
        neuron=bool(row["neuron_device_model"]),
        network_gbps=float(network["baseline_gbps"]) if network else None,
        processor=network["processor"] if network else "",
        letters=letters,
        generation=BURSTABLE_GENERATION.get(generation, generation) if letters == "t" else generation,
        attributes=attributes,
        size=size,
        current=network is not None,
        price=float(price["usd_per_hour"]) if price else None,
        price_date=price["effective_date"] if price else None,
    )


def _baseline(letters: str, generation: int, attributes: str, size: str) -> float:
    if letters == "t":
        return (T2_BASELINE if generation == 2 else BURSTABLE_BASELINE)[size]
    return FLEX_BASELINE if attributes.endswith("-flex") else 1.0


def _local_storage_gb(row: dict[str, str]) -> float:
    other = re.search(r":(\d+)", row["local_storage_kind"])
    return float(row["local_nvme_gb"]) or (float(other[1]) if other else 0.0)
