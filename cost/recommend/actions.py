"""The records: evidence, savings at the customer's own rate, effort, and what would undo an action."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from cost.recommend.candidates import platform_differences
from cost.recommend.demand import UNITS, Demand, capacity
from cost.recommend.instances import InstanceType
from cost.recommend.inventory import InventoryItem
from cost.recommend.model import ActionType, Effort, Evidence, Recommendation, Replay, Specification, SpecificationRisk
from cost.recommend.replay import band, fits, idle_risks
from cost.recommend.settings import Settings

GROUP_TAGS = frozenset({"awsautoscalinggroupname", "eksnodegroupname", "karpentershnodepool"})
"""Tags, letters only as bills spell them in several ways, of an instance that a group owns: a stopped one would be replaced, so the group must shrink."""
LIST_REGION = "us-east-1"
COMMITMENTS = {"SavingsPlan": "Savings Plan", "Reserved": "Reserved Instance"}


def rightsizing_action(
    item: InventoryItem,
    current: InstanceType,
    candidate: InstanceType,
    evidence: Sequence[Demand],
    replays: tuple[Replay, ...],
    risks: tuple[SpecificationRisk, ...],
    settings: Settings,
    set_aside: Sequence[str] = (),
) -> Recommendation:
    """The record of a move to another type."""
    share = 1 - (candidate.price or 0) / (current.price or 1)
    differences = platform_differences(candidate, current)
    return _record(
        item,
        current,
        evidence,
        settings,
        action_type=_action_type(candidate, current),
        recommended_resource_summary=candidate.summary,
        share=share,
        price_basis=f"{_rate_basis(item, current)}; the saving is the ratio of list prices, {candidate.price:g} / {current.price:g} USD an hour "
        f"(on-demand, Linux, {LIST_REGION}, {candidate.price_date})",
        implementation_effort=_effort(differences),
        performance_risk=risks[0].risk,
        specification_risks=risks,
        finding_reason_codes=_reason_codes(evidence, candidate, current),
        platform_differences=differences,
        replay=replays,
        undo=_undo(replays, current, candidate),
        notes=(
            *_commitment_notes(item),
            *_ratio_notes(item),
            *_gpu_notes(evidence, candidate, current),
            *set_aside,
            "EBS throughput and IOPS, packets and disk are not in the metrics and not checked",
        ),
    )


def idle_action(
    item: InventoryItem,
    current: InstanceType,
    evidence: Sequence[Demand],
    replays: tuple[Replay, ...],
    settings: Settings,
    set_aside: Sequence[str] = (),
) -> Recommendation:
    """The record of stopping an idle instance, or of taking it out of its group; `replays` are those of `idle_replays`, all quiet."""
    grouped = _in_group(item)
    risks = idle_risks(evidence, replays, settings.lookback)
    notes = []
    if any(demand.specification is Specification.GPU_MEMORY and demand.values.max() > 0 for demand in evidence):
        notes.append("GPU memory is held all the same: memory in use is no sign of work, but a loaded model would have to be loaded again")
    if current.local_storage_gb and not grouped:
        notes.append("what is on the local disk is lost when the instance stops")
    return _record(
        item,
        current,
        evidence,
        settings,
        action_type=ActionType.SCALE_IN if grouped else ActionType.STOP,
        recommended_resource_summary="one instance fewer in the group" if grouped else "stopped",
        share=1.0,
        price_basis=f"{_rate_basis(item, current)}; the whole is saved" + ("" if grouped else " but for its volumes and addresses, which go on costing"),
        implementation_effort=Effort.LOW,
        performance_risk=risks[0].risk,
        specification_risks=risks,
        finding_reason_codes=("Idle",),
        replay=replays,
        undo="Scale the group out again." if grouped else "Start the instance again; its volumes and private address are kept.",
        notes=(*_commitment_notes(item), *notes, *set_aside),
    )


def _record(
    item: InventoryItem,
    current: InstanceType,
    evidence: Sequence[Demand],
    settings: Settings,
    *,
    share: float,
    performance_risk: float,
    action_type: ActionType,
    **fields: object,
) -> Recommendation:
    rate = item.hourly_rate if item.hourly_rate is not None else current.price
    assert rate is not None and item.monthly_hours is not None, "a resource without a rate or hours is refused before it is sized"
    cost = rate * item.monthly_hours
    return Recommendation.model_validate(
        {
            "recommendation_id": hashlib.sha256(f"{item.resource_id}|{action_type}|{fields['recommended_resource_summary']}".encode()).hexdigest()[:16],
            "resource_id": item.resource_id,
            "account_id": item.account_id,
            "region": item.region,
            "action_type": action_type,
            "current_resource_summary": current.summary,
            "estimated_monthly_cost": cost,
            "estimated_monthly_savings": cost * share,
            "estimated_savings_percentage": share * 100,
            "restart_needed": action_type is not ActionType.SCALE_IN,
            "rollback_possible": True,
            "recommendation_lookback_period_in_days": settings.lookback,
            "performance_risk": performance_risk,
            "performance_risk_band": band(performance_risk),
            "evidence": tuple(_evidence(demand, current) for demand in evidence),
            "tags": item.tags,
            **fields,
        }
    )


def _evidence(demand: Demand, current: InstanceType) -> Evidence:
    series = demand.series
    start, end = series.window()
    gaps = series.gaps
    return Evidence(
        specification=demand.specification,
        metric=series.metric.name,
        statistic=series.statistic,
        devices=len(series.devices),
        window_start=start,
        window_end=end,
        percentile=demand.percentile,
        value=demand.at_percentile,
        maximum=float(demand.values.max()),
        unit=UNITS[demand.specification],
        current_capacity=capacity(current, demand.specification) or 0.0,
        interval_seconds=series.interval_seconds,
        intervals=len(series.starts),
        missing_intervals=series.missing_intervals,
        gaps=len(gaps),
        longest_gap_seconds=int(gaps.max()) if len(gaps) else 0,
        sample_seconds=series.sample_seconds,
        missing_samples=series.missing_samples,
        zero_samples=series.zero_samples,
        notes=_evidence_notes(demand),
    )


def _evidence_notes(demand: Demand) -> tuple[str, ...]:
    series, said = demand.series, []
    if series.missing_samples:
        said.append("missing samples are left out, not zero; where idle time is what is missing, the percentile overstates the demand: the safe side")
    if series.partial:
        said.append(f"{series.partial:,} intervals in which a GPU has no sample are left out")
    if demand.specification is Specification.GPU:
        said.append("duty is the share of time in which something ran on the GPU, not the share of the GPU used: it overstates load")
    if demand.specification is Specification.GPU_MEMORY and series.zero_samples:
        said.append(f"{series.zero_samples:,} samples of 0 (a start or restart) are not read as low demand: the maximum is what counts")
    return tuple(said)


def _action_type(candidate: InstanceType, current: InstanceType) -> ActionType:
    if not candidate.architectures & current.architectures:
        return ActionType.MIGRATE_TO_GRAVITON
    same_size = (candidate.vcpu, candidate.memory_gib, candidate.gpu_count) == (current.vcpu, current.memory_gib, current.gpu_count)
    return ActionType.UPGRADE if same_size and candidate.letters == current.letters and candidate.generation > current.generation else ActionType.RIGHTSIZE


def _effort(differences: Sequence[str]) -> Effort:
    if any(difference.startswith("Architecture") for difference in differences):
        return Effort.HIGH
    return Effort.MEDIUM if differences else Effort.LOW


def _reason_codes(evidence: Sequence[Demand], candidate: InstanceType, current: InstanceType) -> tuple[str, ...]:
    codes = []
    for demand in evidence:
        if not fits(demand, current):
            codes.append(f"{demand.specification}Underprovisioned")
        elif _offered(candidate, demand.specification) < _offered(current, demand.specification):
            codes.append(f"{demand.specification}Overprovisioned")
    return tuple(dict.fromkeys(codes))


def _offered(instance: InstanceType, specification: Specification) -> float:
    """The whole capacity of a specification, over all GPUs."""
    return (capacity(instance, specification) or 0.0) * (
        max(1, int(instance.gpu_count)) if specification in (Specification.GPU, Specification.GPU_MEMORY) else 1
    )


def _rate_basis(item: InventoryItem, current: InstanceType) -> str:
    options = "/".join(item.purchase_options)
    if item.hourly_rate is None:
        return f"list price, {current.price:g} USD an hour ({LIST_REGION}, {current.price_date}): no rate in the bill"
    return f"the bill's effective rate after discounts, {item.hourly_rate:.4f} an hour ({options}), for {item.monthly_hours:,.0f} h a month"


def _commitment_notes(item: InventoryItem) -> tuple[str, ...]:
    return tuple(
        f"a {COMMITMENTS[option]} covers hours of it: the commitment goes on, so the saving is real only where other use takes it up"
        for option in item.purchase_options
        if option in COMMITMENTS
    )


def _ratio_notes(item: InventoryItem) -> tuple[str, ...]:
    """What a saving by the ratio of two list prices takes for granted."""
    notes = []
    if "Spot" in item.purchase_options:
        notes.append("Spot: the other type's Spot discount is taken as equal, and the change is made in the group or launch template, not on the instance")
    if item.region and item.region != LIST_REGION:
        notes.append(f"the ratio of prices is that of {LIST_REGION}; {item.region} may differ")
    return tuple(notes)


def _gpu_notes(evidence: Sequence[Demand], candidate: InstanceType, current: InstanceType) -> tuple[str, ...]:
    if not current.gpu_model:
        return ()
    notes = [f"the same GPU model ({current.gpu_model}): no throughput of one model is inferred from another"]
    if candidate.gpu_count < current.gpu_count:
        notes.append(f"processes that had a GPU each share {candidate.gpu_count:g}; the replay counts every one as large as the largest")
    if any(demand.devices is None for demand in evidence if demand.specification in (Specification.GPU, Specification.GPU_MEMORY)):
        notes.append("the metrics do not tell the GPUs apart, so neither their number nor their memory is cut: a column `device` would")
    return tuple(notes)


def _undo(replays: Sequence[Replay], current: InstanceType, candidate: InstanceType) -> str:
    limits = dict.fromkeys(f"{result.label} is above {result.target:.3g} {result.unit} ({result.target / result.capacity:.0%})" for result in replays)
    allowed = max(result.allowed_share for result in replays)
    often = f"CPU, GPU duty and network: in more than {allowed:.1%} of the intervals of a week; memory: ever"
    return f"Go back from {candidate.name} to {current.name} when, in 5-minute maxima, {', or '.join(limits)} ({often})."


def _in_group(item: InventoryItem) -> bool:
    """Whether a group owns the instance: by its tags, or since it is Spot, which is asked for by groups and can't simply be stopped."""
    tagged = any(re.sub(r"[\W_]+", "", key.removeprefix("user:")).lower() in GROUP_TAGS for key in item.tags)
    return tagged or "Spot" in item.purchase_options
