"""Recommendations from metrics and an inventory: one for a resource at most, every other resource with its reason, nothing silent."""

from __future__ import annotations

from collections.abc import Sequence

from cost.recommend.actions import idle_action, rightsizing_action
from cost.recommend.candidates import candidates, comparable_family
from cost.recommend.demand import UNITS, Demand, capacity, demands
from cost.recommend.instances import InstanceType, instance_types
from cost.recommend.inventory import SAGEMAKER, Inventory, InventoryItem
from cost.recommend.metrics_file import Metrics
from cost.recommend.model import NotRecommended, Recommendation, Recommendations, Specification
from cost.recommend.replay import REFUSED_ABOVE, fits, keeps_target, replay, risks
from cost.recommend.series import Series, read_series
from cost.recommend.settings import PERCENTILES, Settings

IDLE_PERCENT = 5.0
IDLE_NETWORK_MB_A_DAY = 5.0
"""At the percentile CPU (and GPU duty) below 5 %, network below 5 MB a day. Source: AWS Compute Optimizer user guide, idle resources (EC2, by peak)."""
MINIMUM_SAVINGS_SHARE = 0.05
"""Savings below 5 % are not worth a restart: below the noise of a list price's ratio."""


def recommend(metrics: Metrics, inventory: Inventory, settings: Settings | None = None) -> Recommendations:
    """What to do with each resource of the inventory, ranked by savings. A pure function of its arguments and the shipped tables."""
    settings = settings or Settings()
    series = read_series(metrics, settings.lookback)
    outcomes = [_outcome(item, series.get(item.resource_id), settings) for item in sorted(inventory.items, key=lambda item: item.resource_id)]
    listed = {item.resource_id for item in inventory.items}
    strangers = [NotRecommended(resource_id=name, reason="it has metrics but is not an instance of the bill") for name in sorted(metrics.resource_ids - listed)]
    chosen = sorted(
        (outcome for outcome in outcomes if isinstance(outcome, Recommendation)), key=lambda item: (-item.estimated_monthly_savings, item.resource_id)
    )
    return Recommendations(
        metrics_source=metrics.source,
        metrics_notes=metrics.notes,
        lookback_days=settings.lookback,
        percentile=PERCENTILES[settings.percentile],
        cpu_headroom_percent=settings.cpu_headroom,
        memory_headroom_percent=settings.memory_headroom,
        minimum_hours=settings.minimum_hours,
        currency_code=inventory.currency,
        estimated_monthly_savings=sum(item.estimated_monthly_savings for item in chosen),
        recommendations=tuple(chosen),
        not_recommended=tuple(
            sorted((*(outcome for outcome in outcomes if isinstance(outcome, NotRecommended)), *strangers), key=lambda item: item.resource_id)
        ),
        warnings=(*metrics.warnings, *inventory.warnings),
    )


def _outcome(item: InventoryItem, series: Sequence[Series] | None, settings: Settings) -> Recommendation | NotRecommended:
    current = instance_types().get(item.instance_types[0])
    if reason := _unfit(item, current) or ("" if series else f"no metric that sizing reads within the last {settings.lookback} days of the file"):
        return NotRecommended(resource_id=item.resource_id, reason=reason)
    assert current is not None and series is not None
    found = demands(series, current, settings)
    evidence, short = _long_enough(found, settings.minimum_hours)
    hours = round(max((demand.series.hours for demand in found), default=0.0), 2)
    if not any(demand.specification is _leading(current, series) for demand in evidence):
        return NotRecommended(resource_id=item.resource_id, reason=_no_leading_reason(current, series, short, settings), hours_found=hours)
    set_aside = [
        *(f"{demand.series.metric.name} was not used: {demand.series.hours:,.1f} h of it, {settings.minimum_hours:g} h are needed" for demand in short),
        *(
            f"{item.metric.name} was not used: {current.name} has no GPU"
            for item in series
            if item.metric.specification not in {demand.specification for demand in found}
        ),
    ]
    if _idle(evidence, current):
        return idle_action(item, current, evidence, settings, set_aside)
    outcome = _rightsize(item, current, evidence, settings, set_aside)
    return (
        outcome
        if isinstance(outcome, Recommendation)
        else NotRecommended(resource_id=item.resource_id, reason="; ".join((outcome, *set_aside)), hours_found=hours)
    )


def _unfit(item: InventoryItem, current: InstanceType | None) -> str:
    """Why a resource can't be sized at all, before any metric is looked at; empty where it can."""
    name = item.instance_types[0]
    if len(item.instance_types) > 1:
        return f"the bill has it as {', '.join(item.instance_types)}: which of them the metrics are of is not known"
    if name.startswith(SAGEMAKER):
        return f"{name} is a SageMaker instance: only EC2 instances are sized (its percentages count every core)"
    if current is None:
        return f"the shape of {name} is not in the shipped tables"
    if current.price is None or not current.price:
        return f"{name} has no list price in the shipped tables"
    if item.operating_system and not item.operating_system.lower().startswith("linux"):
        return f"it runs {item.operating_system}: only Linux prices are shipped"
    if item.hourly_rate is not None and item.hourly_rate <= 0:
        return "its hours cost nothing in the bill (free tier or credits): there is nothing to save"
    return ""


def _long_enough(found: Sequence[Demand], minimum_hours: float) -> tuple[tuple[Demand, ...], tuple[Demand, ...]]:
    return tuple(item for item in found if item.series.hours >= minimum_hours), tuple(item for item in found if item.series.hours < minimum_hours)


def _leading(current: InstanceType, series: Sequence[Series]) -> Specification:
    """The specification whose evidence is a must: GPU duty where a GPU instance has any, else CPU."""
    gpu = current.gpu_count and any(item.metric.specification is Specification.GPU for item in series)
    return Specification.GPU if gpu else Specification.CPU


def _no_leading_reason(current: InstanceType, series: Sequence[Series], short: Sequence[Demand], settings: Settings) -> str:
    leading = _leading(current, series)
    for demand in short:
        if demand.specification is leading:
            return f"too short: {demand.series.hours:,.1f} h of {demand.series.metric.name} in the lookback, {settings.minimum_hours:g} h are needed"
    return f"no {leading} metric: without it a size is a guess"


def _idle(evidence: Sequence[Demand], current: InstanceType) -> bool:
    """Nothing but noise on CPU and GPU; the network is asked for CPU instances only, since a GPU node's daemons always talk."""
    busy = {Specification.CPU: current.vcpu, Specification.GPU: min(1.0, current.gpu_count)}
    quiet = all(demand.at_percentile < busy[demand.specification] * IDLE_PERCENT / 100 for demand in evidence if demand.specification in busy)
    told_apart = all(demand.devices is not None for demand in evidence if demand.specification is Specification.GPU)
    network = [demand for demand in evidence if demand.specification is Specification.NETWORK]
    megabytes = max((float(demand.values.mean()) / 8 * 1e3 * 86_400 for demand in network), default=0.0)
    return quiet and told_apart and (bool(current.gpu_count) or megabytes < IDLE_NETWORK_MB_A_DAY)


def _rightsize(item: InventoryItem, current: InstanceType, evidence: Sequence[Demand], settings: Settings, set_aside: Sequence[str]) -> Recommendation | str:
    """The cheapest candidate that keeps the target in the replay at a risk that may be shown, or why there is none."""
    if not comparable_family(current):
        return f"{current.name}: no other type is comparable with it"
    found = candidates(current, evidence, graviton=settings.graviton)
    cheaper = [candidate for candidate in found if (candidate.price or 0) <= (current.price or 0) * (1 - MINIMUM_SAVINGS_SHARE)]
    for candidate in (candidate for candidate in cheaper if all(fits(demand, candidate) for demand in evidence)):
        replays = tuple(replay(demand, candidate) for demand in evidence)
        scored = risks(evidence, replays, candidate, current, settings.lookback)
        if all(keeps_target(result) for result in replays) and max(risk.risk for risk in scored) <= REFUSED_ABOVE:
            return rightsizing_action(item, current, candidate, evidence, replays, scored, settings, set_aside)
    return _why_not(current, found, cheaper, evidence)


def _above_target(demand: Demand, current: InstanceType) -> str:
    offered = capacity(current, demand.specification) or 0.0
    figure = "peaks at" if demand.percentile == 100 else f"P{demand.percentile:g} is"
    target = offered / (1 + demand.headroom)
    return f"{demand.specification} {figure} {demand.at_percentile:.3g} of {offered:.4g} {UNITS[demand.specification]}, above the target {target:.3g}"


def _why_not(current: InstanceType, found: Sequence[InstanceType], cheaper: Sequence[InstanceType], evidence: Sequence[Demand]) -> str:
    short = [demand for demand in evidence if not fits(demand, current)]
    if short:
        larger = next((candidate for candidate in found if all(fits(demand, candidate) for demand in evidence)), None)
        way = (
            f"the cheapest type that fits is {larger.summary} at {larger.price:g} USD/h list against {current.price:g}" if larger else "no comparable type fits"
        )
        return f"no move keeps the target: {', '.join(_above_target(demand, current) for demand in short)}; {way}"
    blind = sorted({Specification.CPU, Specification.MEMORY} - {demand.specification for demand in evidence})
    unknown = f" ({' and '.join(blind)} not measured, so not cut)" if blind else ""
    if not cheaper:
        return f"no comparable type is at least {MINIMUM_SAVINGS_SHARE:.0%} cheaper{unknown}"
    limits = sorted({str(demand.specification) for demand in evidence for candidate in cheaper if not fits(demand, candidate)})
    limit = ", ".join(limits) or "risk"
    return f"none of {len(cheaper)} cheaper types keeps the target in the replay or the risk at {REFUSED_ABOVE:g} or less{unknown}; limits: {limit}"
