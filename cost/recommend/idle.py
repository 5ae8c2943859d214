"""Idle instances: what must be measured before one may be called idle, the thresholds, and the history replayed against them.

Thresholds: the peak of CPU (and GPU duty) below 5 %, network below 5 MB a day. Source: AWS Compute Optimizer user guide, idle resources (EC2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cost.recommend.demand import UNITS, Demand
from cost.recommend.instances import InstanceType
from cost.recommend.model import Replay, Specification
from cost.recommend.series import DAY_SECONDS, moment

IDLE_PERCENT = 5.0
IDLE_NETWORK_MB_A_DAY = 5.0
NETWORK_METRICS = ("NetworkIn", "NetworkOut")
MEGABYTES_A_DAY = DAY_SECONDS * 1e3 / 8
"""Gbps over a day in MB."""


def unmeasured(evidence: Sequence[Demand], current: InstanceType) -> tuple[str, ...]:
    """What idleness needs and the evidence lacks. A GPU node's daemons always talk, so the network is asked of other instances only."""
    seen = {demand.series.metric.name for demand in evidence}
    specifications = {demand.specification for demand in evidence}
    missing = [] if Specification.CPU in specifications else ["CPUUtilization"]
    if not current.gpu_count:
        return (*missing, *(name for name in NETWORK_METRICS if name not in seen))
    if not any(demand.specification is Specification.GPU and demand.devices is not None for demand in evidence):
        missing.append("the duty of each GPU")
    return tuple(missing)


def idle_replays(evidence: Sequence[Demand], current: InstanceType) -> tuple[Replay, ...]:
    """The history of each signal of work on an instance that is stopped (capacity 0): the intervals at or above its idle threshold, by peak.

    The network is summed by day; the day counts at the mean rate of its samples, so a day of which little was seen is not taken for a quiet one.
    """
    asked = (Specification.CPU, Specification.GPU if current.gpu_count else Specification.NETWORK)
    return tuple(_replay(demand, current) for demand in evidence if demand.specification in asked)


def is_quiet(replays: Sequence[Replay]) -> bool:
    """Whether no interval of any signal had work in it."""
    return not any(result.intervals_above_target for result in replays)


def _replay(demand: Demand, current: InstanceType) -> Replay:
    if demand.specification is Specification.NETWORK:
        starts, values = _by_day(demand)
        unit, threshold = "MB a day", IDLE_NETWORK_MB_A_DAY
    else:
        whole = current.vcpu if demand.specification is Specification.CPU else min(1.0, current.gpu_count)
        starts, values = demand.series.starts, demand.values
        unit, threshold = UNITS[demand.specification], IDLE_PERCENT / 100 * whole
    working, lost, worst = int((values >= threshold).sum()), int((values > 0).sum()), int(values.argmax())
    return Replay(
        specification=demand.specification,
        metric=demand.series.metric.name,
        unit=unit,
        capacity=0.0,
        target=threshold,
        headroom_percent=0,
        intervals=len(values),
        intervals_above_target=working,
        share_above_target=working / len(values),
        allowed_share=0.0,
        intervals_above_capacity=lost,
        share_above_capacity=lost / len(values),
        worst_interval=moment(starts[worst]),
        worst_demand=float(values[worst]),
    )


def _by_day(demand: Demand) -> tuple[np.ndarray, np.ndarray]:
    """The start of each UTC day with samples, and its MB at their mean rate."""
    days, day = np.unique(demand.series.starts // DAY_SECONDS, return_inverse=True)
    return days * DAY_SECONDS, np.bincount(day, weights=demand.values) / np.bincount(day) * MEGABYTES_A_DAY
