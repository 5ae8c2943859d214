"""The replay: each interval's demand on a candidate, the target it must keep, and the performance risk of each specification.

Target = capacity / (1 + headroom). CPU, GPU duty and network may be above it in (100 - percentile) % of the intervals; memory and GPU memory never.
AWS does not publish how Compute Optimizer scores a specification's risk. Ours is defined here; like AWS's, the whole is the maximum over specifications.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cost.recommend.demand import UNITS, Demand, capacity
from cost.recommend.instances import InstanceType
from cost.recommend.model import Replay, RiskBand, Specification, SpecificationRisk, label
from cost.recommend.series import DAY_SECONDS, INTERVAL_SECONDS, moment

MAXIMUM_RISK = 4.0
REFUSED_ABOVE = 3.0
AVERAGE_PENALTY = 1.0
COARSE_PENALTY = 1.0
SPARSE_PENALTY = 0.5
SPARSE_SHARE = 0.05
SHORT_PENALTY = 0.5
FEWER_GPUS_RISK = 2.0
OTHER_PROCESSOR_RISK = 1.5
UNSEEN_NETWORK_RISK = 2.5
UNSEEN_IDLE_NETWORK_RISK = 1.0
SMALLER_STORE_RISK = 2.0
BANDS = ((1.0, RiskBand.VERY_LOW), (2.0, RiskBand.LOW), (3.0, RiskBand.MEDIUM), (MAXIMUM_RISK, RiskBand.HIGH))


def fits(demand: Demand, candidate: InstanceType) -> bool:
    """Whether the demand at its percentile, with headroom, fits the candidate; False where its capacity is unknown."""
    offered = capacity(candidate, demand.specification)
    if offered is None:
        return False
    return float(np.quantile(demand.on(candidate), demand.percentile / 100, method="higher")) <= offered / (1 + demand.headroom)


def replay(demand: Demand, candidate: InstanceType) -> Replay:
    """The history of one demand on the candidate. Raises KeyError where the candidate's capacity is unknown: `fits` refuses those first."""
    offered = capacity(candidate, demand.specification)
    if offered is None:
        raise KeyError(f"{candidate.name} has no known {demand.specification}")
    values, target = demand.on(candidate), offered / (1 + demand.headroom)
    above_target, above_capacity, worst = int((values > target).sum()), int((values > offered).sum()), int(values.argmax())
    return Replay(
        specification=demand.specification,
        metric=demand.series.metric.name,
        unit=UNITS[demand.specification],
        capacity=offered,
        target=target,
        headroom_percent=round(demand.headroom * 100),
        intervals=len(values),
        intervals_above_target=above_target,
        share_above_target=above_target / len(values),
        allowed_share=round(1 - demand.percentile / 100, 6),
        intervals_above_capacity=above_capacity,
        share_above_capacity=above_capacity / len(values),
        worst_interval=moment(demand.series.starts[worst]),
        worst_demand=float(values[worst]),
    )


def keeps_target(result: Replay) -> bool:
    """Whether no more of the history than allowed was above the target."""
    return result.intervals_above_target <= result.allowed_share * result.intervals


def risks(
    demands: Sequence[Demand], replays: Sequence[Replay], candidate: InstanceType, current: InstanceType, lookback_days: int
) -> tuple[SpecificationRisk, ...]:
    """The risk of every specification that is compared, highest first."""
    scored = [_measured(demand, result, candidate, current, lookback_days) for demand, result in zip(demands, replays, strict=True)]
    seen = {demand.specification for demand in demands}
    if Specification.NETWORK not in seen and (candidate.network_gbps or 0) < (current.network_gbps or float("inf")):
        reason = f"no network metric, and the baseline goes from {_known(current.network_gbps)} to {_known(candidate.network_gbps)} Gbps"
        scored.append(SpecificationRisk(specification=Specification.NETWORK, risk=UNSEEN_NETWORK_RISK, reasons=(reason,)))
    if candidate.local_storage_gb < current.local_storage_gb:
        scored.append(
            SpecificationRisk(specification=Specification.INSTANCE_STORE, risk=SMALLER_STORE_RISK, reasons=("less local disk, whose use is not measured",))
        )
    return tuple(sorted(scored, key=lambda risk: (-risk.risk, risk.specification)))


def idle_risks(demands: Sequence[Demand], replays: Sequence[Replay], lookback_days: int) -> tuple[SpecificationRisk, ...]:
    """The risk of calling an instance idle, highest first: the penalties of each signal's evidence, and 1 where a GPU instance has no network metric."""
    judged = {result.metric for result in replays}
    scored = []
    for demand in (demand for demand in demands if demand.series.metric.name in judged):
        parts = evidence_penalties(demand, lookback_days)
        risk = min(MAXIMUM_RISK, sum(penalty for penalty, _reason in parts))
        scored.append(SpecificationRisk(specification=demand.specification, risk=risk, reasons=_reasons(demand, parts)))
    if not any(demand.specification is Specification.NETWORK for demand in demands):
        reason = "no network metric: idle is judged without it"
        scored.append(SpecificationRisk(specification=Specification.NETWORK, risk=UNSEEN_IDLE_NETWORK_RISK, reasons=(reason,)))
    return tuple(sorted(scored, key=lambda risk: (-risk.risk, risk.specification)))


def band(risk: float) -> RiskBand:
    """The band of a risk 0-4."""
    return next(name for limit, name in BANDS if risk <= limit)


def evidence_penalties(demand: Demand, lookback_days: int) -> list[tuple[float, str]]:
    """What the quality of the evidence adds to the risk, and why."""
    series = demand.series
    span = len(series.starts) + series.missing_intervals
    found = (
        (series.statistic == "Average", AVERAGE_PENALTY, "Average statistic: true peaks are higher than what is seen"),
        (series.sample_seconds > INTERVAL_SECONDS, COARSE_PENALTY, f"one sample every {series.sample_seconds} s: peaks of 5 minutes are not seen"),
        (series.missing_intervals > SPARSE_SHARE * span, SPARSE_PENALTY, f"{series.missing_intervals:,} of {span:,} intervals are missing"),
        (series.hours * 3600 < lookback_days * DAY_SECONDS / 2, SHORT_PENALTY, f"{series.hours:,.1f} h of metrics in a lookback of {lookback_days} days"),
    )
    return [(penalty, reason) for condition, penalty, reason in found if condition]


def _measured(demand: Demand, result: Replay, candidate: InstanceType, current: InstanceType, lookback_days: int) -> SpecificationRisk:
    """2 x the part of the allowed intervals above target + 2 x the part above capacity, plus the evidence's penalties, at least the move's own floor."""
    allowed = result.allowed_share
    used = 2 * result.share_above_target / allowed + 2 * result.share_above_capacity / allowed if allowed else 0.0
    parts = [(used, f"{result.intervals_above_target:,} of {result.intervals:,} intervals above target")] if used else []
    parts += evidence_penalties(demand, lookback_days)
    floor, reason = _floor(demand.specification, candidate, current)
    total = min(MAXIMUM_RISK, max(sum(risk for risk, _reason in parts), floor))
    return SpecificationRisk(specification=demand.specification, risk=round(total, 2), reasons=_reasons(demand, parts) + ((reason,) if floor else ()))


def _reasons(demand: Demand, parts: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    """The reasons as prose; where several metrics are of one specification each names its metric."""
    name = label(demand.specification, demand.series.metric.name)
    prefix = "" if name == demand.specification else f"{name}: "
    return tuple(f"{prefix}{text}" for _risk, text in parts)


def _floor(specification: Specification, candidate: InstanceType, current: InstanceType) -> tuple[float, str]:
    if specification is Specification.GPU and candidate.gpu_count < current.gpu_count:
        slice_of_gpu = "a slice of a GPU, with a driver of its own" if candidate.gpu_count < 1 else "the software must run on that number"
        return FEWER_GPUS_RISK, f"{current.gpu_count:g} to {candidate.gpu_count:g} GPU: {slice_of_gpu}"
    if specification is Specification.CPU and candidate.processor != current.processor:
        return OTHER_PROCESSOR_RISK, f"{current.processor or 'unknown'} to {candidate.processor} processor: speed a vCPU is taken as equal, not measured"
    return 0.0, ""


def _known(gbps: float | None) -> str:
    return "unknown" if gbps is None else f"{gbps:g}"
