"""The alternatives of a stack, each priced by the same estimator as the stack itself, in the company of what it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cost.alternatives.capacity import ADAPTERS, Capacity, NotReadableError, Rewrite, capacity_of
from cost.alternatives.model import Alternative, Alternatives, Kind, NotCompared, ResourceAlternatives
from cost.alternatives.variants import Variant, fitting_serverless_memory, variants
from cost.estimate import Estimate, Preset, PriceBook, Usage, estimate, load_price_book
from cost.estimate.lookup import References
from cost.estimate.meters.compute.launch import LAUNCH_TEMPLATE
from cost.estimate.meters.machine_learning.endpoints import CONFIGURATION
from cost.estimate.model import EstimateLine, PriceDates, QuantitySource, Range, ResourceEstimate, total
from cost.recommend.instances import instance_types
from cost.units import MONTH_HOURS
from plinth.stack import Resource, Stack

SERVERLESS_MEMORY_MB = (1024, 2048, 3072, 4096, 5120, 6144)
"""Memory sizes of a serverless endpoint. Source: SageMaker API, ProductionVariantServerlessConfig.MemorySizeInMB."""
SERVERLESS_NEEDS = (
    "a model and its runtime within 6 GB of memory, and requests within 60 seconds",
    "callers that bear a cold start of seconds",
)
KARPENTER_POOL = "kubernetes:karpenter.sh/v1:NodePool"


@dataclass(frozen=True)
class _Pricer:
    """Prices one resource of a stack under changed inputs."""

    stack: Stack
    usages: Sequence[Usage]
    prices: PriceBook
    as_of: date | None
    preset: Preset

    def priced(self, resource: Resource, rewrite: Rewrite) -> ResourceEstimate:
        company = [_rewritten(other, rewrite) for other in _company(self.stack, resource)]
        part = self.stack.model_copy(update={"resources": tuple(company), "notes": ()})
        named = tuple(_without_absent_names(usage, company) for usage in self.usages)
        result: Estimate = estimate(part, named, self.prices, as_of=self.as_of, preset=self.preset)
        return next(found for found in result.resources if found.urn == resource.urn)


def alternatives(
    stack: Stack,
    usages: Sequence[Usage] = (),
    prices: PriceBook | None = None,
    *,
    as_of: date | None = None,
    preset: Preset = Preset.SMALL,
    name: str | None = None,
) -> Alternatives:
    """What the work of each pool, instance and endpoint would cost otherwise, at list prices; `name` keeps one resource.

    Every alternative does at least as much a node: no fewer vCPUs, no less memory, no fewer or smaller GPUs. It is not measured that it is as fast.
    """
    pricer = _Pricer(stack, usages, prices or load_price_book(), as_of, preset)
    compared: list[ResourceAlternatives] = []
    missing: list[NotCompared] = []
    for resource in stack.custom:
        if (resource.type not in ADAPTERS and resource.type != KARPENTER_POOL) or name not in (None, resource.name):
            continue
        try:
            compared.append(_compared(pricer, resource))
        except NotReadableError as error:
            missing.append(NotCompared(urn=resource.urn, type=resource.type, name=resource.name, reason=str(error)))
    dates = [pricer.prices.newest] if compared else []
    return Alternatives(
        prices=PriceDates(oldest=min(dates, default=None), newest=max(dates, default=None)), resources=tuple(compared), not_compared=tuple(missing)
    )


def _compared(pricer: _Pricer, resource: Resource) -> ResourceAlternatives:
    capacity = capacity_of(pricer.stack, resource)
    if capacity is None:
        raise NotReadableError("a NodePool already lets Karpenter take the cheapest type that fits its requirements; widen them instead")
    region = References(pricer.stack).region(resource)
    now = pricer.priced(resource, {})
    if now.monthly_cost is None:
        raise NotReadableError(now.reason or "it has no price")
    unit, units = _unit(capacity)
    current = _alternative(Variant(Kind.CURRENT, ", ".join(capacity.types), instance_type=capacity.types[0]), now, units)
    found = [_alternative(variant, pricer.priced(resource, variant.rewrite), units) for variant in variants(capacity, pricer.prices, region or "")]
    if capacity.on_sagemaker:
        found += _serverless(pricer, capacity)
    ranked = sorted((other for other in found if not _dearer(other, current)), key=_rank)
    return ResourceAlternatives(
        urn=resource.urn, type=resource.type, name=resource.name, region=now.region, unit=unit, current=current, alternatives=tuple(ranked)
    )


def _alternative(variant: Variant, priced: ResourceEstimate, units: Mapping[str, float]) -> Alternative:
    if priced.monthly_cost is None:
        return Alternative(kind=variant.kind, title=variant.title, instance_type=variant.instance_type, needs=variant.needs, reason=priced.reason)
    cost = total(line.monthly_cost.scaled(variant.hours) if _stops(line) else line.monthly_cost for line in priced.lines)
    running = next((line for line in priced.lines if line.instance_type), None)
    each = units.get((running.instance_type or "").removeprefix("ml.")) if running else None
    return Alternative(
        kind=variant.kind,
        title=variant.title,
        instance_type=variant.instance_type or (running.instance_type if running else None),
        monthly_cost=cost,
        unit_cost=running.unit_price / each if running and each else None,
        needs=variant.needs,
        assumptions=(*_hours_note(variant), *(running.assumptions if running else ())),
    )


def _serverless(pricer: _Pricer, capacity: Capacity) -> list[Alternative]:
    """An endpoint of one variant as serverless inference; unknown until somebody states how long it computes."""
    memory = fitting_serverless_memory(capacity, SERVERLESS_MEMORY_MB)
    title = f"serverless inference, {memory or SERVERLESS_MEMORY_MB[-1]} MB"
    if memory is None:
        return [Alternative(kind=Kind.SERVERLESS, title=title, needs=SERVERLESS_NEEDS, reason="serverless inference has no GPUs")]
    configuration = References(pricer.stack).referred(capacity.resource, "endpointConfigName", CONFIGURATION)
    assert configuration is not None
    (variant,) = configuration.inputs["productionVariants"]
    kept = {key: value for key, value in variant.items() if key not in ("instanceType", "initialInstanceCount", "volumeSizeInGb", "managedInstanceScaling")}
    serverless = {**kept, "serverlessConfig": {"memorySizeInMb": memory, "maxConcurrency": 20}}
    priced = pricer.priced(capacity.resource, {configuration.urn: {**configuration.inputs, "productionVariants": [serverless]}})
    seconds = [line for line in priced.lines if "serverless" in line.component and line.quantity_source is not QuantitySource.PRESET]
    if not seconds:
        reason = "state monthly_inference_seconds in the usage file: serverless bills the seconds that it computes"
        return [Alternative(kind=Kind.SERVERLESS, title=title, needs=SERVERLESS_NEEDS, reason=reason)]
    return [_alternative(Variant(Kind.SERVERLESS, title, needs=SERVERLESS_NEEDS), priced, {})]


def _stops(line: EstimateLine) -> bool:
    """Whether a line ends with the instances: their hours, and the volumes that are deleted with them."""
    return line.instance_type is not None or line.component.startswith(("EBS ", "endpoint ML storage"))


def _hours_note(variant: Variant) -> tuple[str, ...]:
    return (f"{variant.hours * MONTH_HOURS:,.0f} of {MONTH_HOURS} hours",) if variant.hours != 1 else ()


def _unit(capacity: Capacity) -> tuple[str, Mapping[str, float]]:
    """What the work is counted in: GPUs where the type has any, else vCPUs; and how many each type has."""
    shapes = instance_types()
    current = shapes.get(capacity.types[0].removeprefix("ml."))
    if current is not None and current.gpu_model:
        return "GPU-hour", {name: shape.gpu_count for name, shape in shapes.items()}
    return "vCPU-hour", {name: shape.vcpu for name, shape in shapes.items()}


def _dearer(other: Alternative, current: Alternative) -> bool:
    """Whether an alternative saves nothing that is expected, nor at the ceiling where that is equal; another way to buy the same is always shown."""
    if other.monthly_cost is None or current.monthly_cost is None or other.kind in (Kind.SPOT, Kind.ON_DEMAND):
        return False
    return (other.monthly_cost.expected, other.monthly_cost.max) >= (current.monthly_cost.expected, current.monthly_cost.max)


def _rank(other: Alternative) -> tuple[bool, float, float, str]:
    cost = other.monthly_cost or Range(min=0, expected=0, max=0)
    return (other.monthly_cost is None, cost.expected, cost.max, other.title)


def _rewritten(resource: Resource, rewrite: Rewrite) -> Resource:
    inputs: Mapping[str, Any] | None = rewrite.get(resource.urn)
    return resource if inputs is None else resource.model_copy(update={"inputs": inputs, "outputs": {**resource.outputs, **inputs}})


def _company(stack: Stack, resource: Resource) -> list[Resource]:
    """A resource with all that it depends on and what depends on it directly, in the stack's order: enough for its meter."""
    wanted, queue = {resource.urn}, [resource, *stack.dependents(resource)]
    wanted |= {other.urn for other in queue}
    while queue:
        current = queue.pop()
        below = {*current.dependencies, *(urn for urns in current.property_dependencies.values() for urn in urns)} - wanted
        wanted |= below
        queue += [stack.by_urn[urn] for urn in below if urn in stack.by_urn]
    return [other for other in stack.resources if other.urn in wanted or other.type in (CONFIGURATION, LAUNCH_TEMPLATE)]


def _without_absent_names(usage: Usage, company: Sequence[Resource]) -> Usage:
    """The usage without keys of resources that are not in company: here they are no mistake."""
    names = {resource.name for resource in company}
    return Usage(
        by_type=usage.by_type,
        named=tuple(entry for entry in usage.named if not entry.exact or entry.pattern in names),
        path=usage.path,
        source=usage.source,
        label=usage.label,
    )
