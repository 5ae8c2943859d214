"""Recommendations from metrics and an inventory: one for a resource at most, every other resource with its reason, nothing silent."""

from __future__ import annotations

from collections.abc import Sequence

from cost.recommend.actions import idle_action, rightsizing_action
from cost.recommend.candidates import candidates, comparable_family
from cost.recommend.demand import UNITS, Demand, capacity, demands
from cost.recommend.idle import idle_replays, is_quiet, unmeasured
from cost.recommend.instances import InstanceType, instance_types
from cost.recommend.inventory import SAGEMAKER, Inventory, InventoryItem
from cost.recommend.metrics_file import Metrics
from cost.recommend.model import NotRecommended, Recommendation, Recommendations, Replay, Specification, label
from cost.recommend.replay import REFUSED_ABOVE, fits, keeps_target, replay, risks
from cost.recommend.series import Series, read_series
from cost.recommend.settings import PERCENTILES, Settings

MINUTE = "%Y-%m-%d %H:%M"
MINIMUM_SAVINGS_SHARE = 0.05
"""Savings below 5 % are not worth a restart: below the noise of a list price's ratio."""


def recommend(metrics: Metrics, inventory: Inventory, settings: Settings | None = None) -> Recommendations:
    """What to do with each resource of the inventory, ranked by savings. A pure function of its arguments and the shipped tables."""
    settings = settings or Settings()
    series = read_series(metrics, settings.lookback)
    ordered = sorted(inventory.items, key=lambda item: item.resource_id)
    outcomes = [_outcome(item, series.get(item.resource_id), settings, inventory) for item in ordered]
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


def _outcome(item: InventoryItem, series: Sequence[Series] | None, settings: Settings, inventory: Inventory) -> Recommendation | NotRecommended:
    current = instance_types().get(item.instance_types[0])
    if reason := _unfit(item, current) or _gone(item, inventory) or _unseen(item, series, settings):
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
    work = idle_replays(evidence, current)
    missing = unmeasured(evidence, current)
    if is_quiet(work) and not missing:
        return idle_action(item, current, evidence, work, settings, set_aside)
    outcome = _perhaps_idle(work, missing) if is_quiet(work) else _rightsize(item, current, evidence, settings, set_aside)
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
    if item.monthly_hours is None:
        return "hours unknown: lines of it in the bill have no usage amount (lineItem/UsageAmount), so neither a rate nor a saving can be told"
    if item.hourly_rate is not None and item.hourly_rate <= 0:
        return "its hours cost nothing in the bill (free tier or credits): there is nothing to save"
    return ""


def _gone(item: InventoryItem, inventory: Inventory) -> str:
    """That a resource is not billed any more, and since when; empty where it is."""
    if inventory.runs(item):
        return ""
    assert item.last_billed is not None
    return f"no longer runs (last billed {item.last_billed:{MINUTE}}, the bill's hours go to {inventory.period_end:{MINUTE}} UTC)"


def _unseen(item: InventoryItem, series: Sequence[Series] | None, settings: Settings) -> str:
    """That there are no metrics of a resource, or none of the time in which it was billed; empty where there are."""
    if not series:
        return f"no metric that sizing reads within the last {settings.lookback} days of the file"
    starts, ends = zip(*(found.window() for found in series), strict=True)
    first, last = min(starts), max(ends)
    if item.last_billed and item.last_billed <= first:
        return f"no longer runs when its metrics begin (last billed {item.last_billed:{MINUTE}}, metrics from {first:{MINUTE}} UTC): give a bill of their time"
    if item.first_billed and last <= item.first_billed:
        return f"its metrics end before its bill begins (metrics to {last:{MINUTE}}, first billed {item.first_billed:{MINUTE}} UTC): give a bill of their time"
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


def _perhaps_idle(work: Sequence[Replay], missing: Sequence[str]) -> str:
    """Why an instance that looks idle is left alone: what was not measured might be its work."""
    peaks = ", ".join(f"{result.label} at most {result.worst_demand:.3g} {result.unit}" for result in work)
    return f"looks idle ({peaks}), but that is not known without {' and '.join(missing)}: give these metrics"


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
    name = label(demand.specification, demand.series.metric.name)
    return f"{name} {figure} {demand.at_percentile:.3g} of {offered:.4g} {UNITS[demand.specification]}, above the target {target:.3g}"


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
