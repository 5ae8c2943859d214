"""The demand of a resource on each specification, in vCPUs, GiB, Gbps and GPUs, from its series and its present instance type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from cost.recommend.instances import InstanceType
from cost.recommend.metric_names import GIB, PERCENT
from cost.recommend.model import Specification
from cost.recommend.series import Series
from cost.recommend.settings import Settings

UNITS = {
    Specification.CPU: "vCPU",
    Specification.MEMORY: "GiB",
    Specification.NETWORK: "Gbps",
    Specification.GPU: "GPU",
    Specification.GPU_MEMORY: "GiB per GPU",
}


@dataclass(frozen=True)
class Demand:
    """What one metric asks of one specification, an array with a value an interval.

    GPU figures are those of the busiest GPU. `devices` is how many GPUs were in use; None where the file does not tell the GPUs apart.
    """

    specification: Specification
    series: Series
    values: np.ndarray
    percentile: float
    headroom: float
    devices: int | None

    @property
    def at_percentile(self) -> float:
        """An observed value that at most (100 - percentile) % of the intervals are above."""
        return float(np.quantile(self.values, self.percentile / 100, method="higher"))

    def on(self, candidate: InstanceType) -> np.ndarray:
        """The demand on a candidate: as here but for GPUs, where fewer of them take several processes each, every one as large as the largest."""
        return self.values * processes_per_gpu(self, candidate)


def demands(series: Sequence[Series], current: InstanceType, settings: Settings) -> tuple[Demand, ...]:
    """The demand behind each series. A GPU metric of a type without a GPU is left out (the caller says so)."""
    return tuple(
        _demand(item, current, settings)
        for item in series
        if current.gpu_count or item.metric.specification not in (Specification.GPU, Specification.GPU_MEMORY)
    )


def capacity(instance: InstanceType, specification: Specification) -> float | None:
    """What an instance type offers: sustained vCPUs, GiB, baseline Gbps, the GPU (1, or its fraction), GiB of one GPU. None is unknown."""
    return {
        Specification.CPU: instance.sustained_vcpu,
        Specification.MEMORY: instance.memory_gib,
        Specification.NETWORK: instance.network_gbps,
        Specification.GPU: min(1.0, instance.gpu_count),
        Specification.GPU_MEMORY: instance.gpu_memory_gib,
    }[specification]


def processes_per_gpu(demand: Demand, candidate: InstanceType) -> int:
    """How many of the processes that had a GPU each must share one on the candidate (1 where the GPUs are not told apart: their number may not shrink)."""
    if demand.specification not in (Specification.GPU, Specification.GPU_MEMORY) or demand.devices is None:
        return 1
    return ceil(demand.devices / max(1, int(candidate.gpu_count)))


def _demand(series: Series, current: InstanceType, settings: Settings) -> Demand:
    specification = series.metric.specification
    return Demand(
        specification=specification,
        series=series,
        values=_absolute(series, current),
        percentile=settings.percentile_of(specification),
        headroom=settings.headroom_of(specification),
        devices=_devices(series, current),
    )


def _absolute(series: Series, current: InstanceType) -> np.ndarray:
    busiest = series.values.max(axis=1)
    specification = series.metric.specification
    if specification is Specification.NETWORK:
        return busiest
    if series.metric.kind != PERCENT:
        return busiest / GIB
    whole = current.vcpu if specification is Specification.CPU else capacity(current, specification)
    return busiest / 100 * (whole or 0.0)


def _devices(series: Series, current: InstanceType) -> int | None:
    """The number of GPUs in use, where each has its own series; a GPU that never showed a value above 0 still counts: its process may be waiting."""
    gpus = max(1, int(current.gpu_count))
    return len(series.devices) if len(series.devices) == gpus else None
