"""The metrics that sizing reads: CloudWatch, CloudWatch agent and DCGM names, the units each may have, and what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cost.recommend.model import Specification

PERCENT = "percent"
BYTES = "bytes"
MIB = 1024.0**2
GIB = 1024.0**3

BYTE_UNITS: Mapping[str, float] = {
    "bytes": 1.0, "kilobytes": 1e3, "megabytes": 1e6, "gigabytes": 1e9,
    "kib": 1024.0, "mib": MIB, "gib": GIB,
}  # fmt: skip
"""Unit in lower case -> bytes. CloudWatch's units are decimal; NVIDIA's tools count in MiB."""
NVIDIA_UNITS: Mapping[str, float] = BYTE_UNITS | {"megabytes": MIB}
"""nvidia-smi's memory is MiB (telegraf's nvidia_smi plugin), which the CloudWatch agent publishes under the unit Megabytes."""
PERCENT_UNITS: Mapping[str, float] = {"percent": 1.0, "%": 1.0}


@dataclass(frozen=True)
class Metric:
    """What a metric of this name measures: the specification, `percent` or `bytes`, its accepted units, its statistics."""

    name: str
    specification: Specification
    kind: str
    units: Mapping[str, float]
    statistics: tuple[str, ...] = ("Maximum", "Average")


def _percent(name: str, specification: Specification) -> Metric:
    return Metric(name, specification, PERCENT, PERCENT_UNITS)


def _bytes(name: str, specification: Specification, units: Mapping[str, float] = BYTE_UNITS) -> Metric:
    return Metric(name, specification, BYTES, units)


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        _percent("CPUUtilization", Specification.CPU),
        _percent("mem_used_percent", Specification.MEMORY),
        _bytes("mem_used", Specification.MEMORY),
        _percent("nvidia_smi_utilization_gpu", Specification.GPU),
        _percent("DCGM_FI_DEV_GPU_UTIL", Specification.GPU),
        _bytes("nvidia_smi_memory_used", Specification.GPU_MEMORY, NVIDIA_UNITS),
        _bytes("DCGM_FI_DEV_FB_USED", Specification.GPU_MEMORY, NVIDIA_UNITS),
        Metric("NetworkIn", Specification.NETWORK, BYTES, BYTE_UNITS, ("Sum", "Maximum", "Average")),
        Metric("NetworkOut", Specification.NETWORK, BYTES, BYTE_UNITS, ("Sum", "Maximum", "Average")),
    )
}
"""By name. `*_utilization_memory` and MEM_COPY_UTIL are left out on purpose: they are memory traffic, not memory in use."""
