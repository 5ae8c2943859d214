"""Instance types as data: GPU types for node groups, SageMaker hosting types, Kubernetes versions. Tables and sources: infra/data/README.md."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class GpuInstance:
    """A GPU instance type. Memory in GiB; `efa_interfaces` is the most that it takes, one a network card."""

    name: str
    gpu_model: str
    gpu_count: int
    gpu_memory_gib: float
    vcpu: int
    memory_gib: float
    efa_interfaces: int
    network_cards: int

    @property
    def gpu_class(self) -> str:
        """What a job sees of the GPUs: how many, and how large each is."""
        return f"{self.gpu_count} x {self.gpu_memory_gib:g} GiB"


@dataclass(frozen=True)
class HostingInstance:
    """A SageMaker hosting type; `local_storage` where it has NVMe disks of its own, which no KMS key may be given for."""

    name: str
    vcpu: int
    local_storage: bool


@cache
def gpu_instances() -> Mapping[str, GpuInstance]:
    """The GPU types that a node group may use, by name."""
    return {
        row["instance_type"]: GpuInstance(
            row["instance_type"],
            row["gpu_model"],
            int(row["gpu_count"]),
            float(row["gpu_memory_gib_each"]),
            int(row["vcpu"]),
            float(row["memory_gib"]),
            int(row["efa_interfaces"]),
            int(row["network_cards"]),
        )
        for row in _rows("gpu_instances.csv")
    }


@cache
def hosting_instances() -> Mapping[str, HostingInstance]:
    """The SageMaker hosting types, by name."""
    return {
        row["instance_type"]: HostingInstance(row["instance_type"], int(row["vcpu"]), row["local_storage"] == "true")
        for row in _rows("sagemaker_hosting_instances.csv")
    }


@cache
def kubernetes_versions() -> Mapping[str, str]:
    """The Kubernetes versions in EKS standard support, and the day on which it ends (YYYY-MM-DD)."""
    return {row["version"]: row["end_of_standard_support"] for row in _rows("kubernetes_versions.csv")}


def nearest_types(name: str, known: Iterable[str]) -> str:
    """The known names that look most like `name`, for an error's way out: `g6.2xlarge, g5.2xlarge`."""
    known, name = list(known), name.lower()
    family = [candidate for candidate in known if candidate.rpartition(".")[0] == name.rpartition(".")[0] or candidate == f"ml.{name}"]
    return ", ".join(get_close_matches(name, family or known, n=3, cutoff=0.3) or sorted(known)[:3])


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
