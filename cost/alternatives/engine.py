"""The alternatives of a stack, each priced by the same estimator as the stack itself, in the company of what it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cost.alternatives.capacity import ADAPTERS, ML, Capacity, NotReadableError, Rewrite, capacity_of
from cost.alternatives.company import company_of, referred, usages_for
from cost.alternatives.model import Alternative, Alternatives, Kind, NotCompared, ResourceAlternatives
from cost.alternatives.variants import Variant, fitting_serverless_memory, variants
from cost.estimate import Estimate, Preset, PriceBook, Usage, estimate, load_price_book
from cost.estimate.engine import NOT_ESTIMATED, staleness
from cost.estimate.lookup import References
from cost.estimate.meters import METERS
from cost.estimate.meters.machine_learning.endpoints import CONFIGURATION
from cost.estimate.model import EstimateLine, PriceDates, QuantitySource, Range, ResourceEstimate, total
from cost.estimate.usage import check_names
from cost.estimate.usage_only import resource_names
from cost.recommend.instances import instance_types
from cost.units import MONTH_HOURS
from plinth.stack import Resource, Stack

SERVERLESS_MEMORY_MB = (1024, 2048, 3072, 4096, 5120, 6144)
"""Memory sizes of a serverless endpoint. Source: SageMaker API, ProductionVariantServerlessConfig.MemorySizeInMB."""
SERVERLESS_NEEDS = (
    "a model and its runtime within 6 GB of memory, and requests within 60 seconds",
    "callers that bear a cold start of seconds",
)
SECONDS_UNKNOWN = (
    "state monthly_inference_seconds, or monthly_requests and request_duration_ms, in the usage file: serverless bills the seconds that it computes"
)
REQUESTS = "monthly_requests"
VOLUMES = ("EBS ", "endpoint ML storage")
ADDRESSES = "public IPv4 addresses"
FLOOR_ONLY = "the floor alone is smaller: the expected size stays, for nobody states that fewer run"
KARPENTER_POOL = "kubernetes:karpenter.sh/v1:NodePool"


@dataclass(frozen=True)
class _Pricing:
    """What a stack's alternatives are priced with."""

    stack: Stack
    references: References
    usages: Sequence[Usage]
    prices: PriceBook
    as_of: date | None
    preset: Preset

    def of(self, resource: Resource) -> _Pricer:
        """The pricer of one resource."""
        part = company_of(self.stack, self.references, resource)
        return _Pricer(self, resource, part, usages_for(self.usages, part))

    def stated(self, resource: Resource, field: str) -> float | None:
        """What the usage files state of a field of this resource, the last one standing; None where none does, or its type has no such field."""
        meter = METERS[resource.type]
        found = [usage.fields(meter.terraform_type, resource.name).get(field) for usage in self.usages] if field in meter.fields else []
        return next((figure.value for figure in reversed(found) if figure is not None), None)


@dataclass(frozen=True)
class _Pricer:
    """Prices one resource under changed inputs, in the part of the stack that its meter reads."""

    pricing: _Pricing
    resource: Resource
    part: Stack
    usages: Sequence[Usage]

    def estimated(self, rewrite: Rewrite) -> Estimate:
        """The estimate of the part."""
        part = self.part.model_copy(update={"resources": tuple(_rewritten(other, rewrite) for other in self.part.resources)})
        return estimate(part, self.usages, self.pricing.prices, as_of=self.pricing.as_of, preset=self.pricing.preset)

    def priced(self, rewrite: Rewrite) -> ResourceEstimate:
        """The resource's own estimate."""
        return self.own(self.estimated(rewrite))

    def own(self, found: Estimate) -> ResourceEstimate:
        """The resource in an estimate of the part."""
        return next(each for each in found.resources if each.urn == self.resource.urn)


@dataclass(frozen=True)
class _Option:
    """A variant with its price."""

    alternative: Alternative
    priced: ResourceEstimate | None = None


@dataclass(frozen=True)
class _Compared:
    """A resource's alternatives, the estimates that they rest on, and what the estimator said of them."""

    result: ResourceAlternatives
    priced: tuple[ResourceEstimate, ...]
    warnings: tuple[str, ...]


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
    Raises InputError where a usage file names a resource that the stack does not have.
    """
    names = resource_names(stack)
    warnings = [*stack.notes, *(said for usage in usages for said in check_names(usage, names))]
    pricing = _Pricing(stack, References(stack), usages, prices or load_price_book(), as_of, preset)
    compared: list[_Compared] = []
    missing: list[NotCompared] = []
    for resource in stack.custom:
        if (resource.type not in ADAPTERS and resource.type != KARPENTER_POOL) or name not in (None, resource.name):
            continue
        try:
            compared.append(_compared(pricing, resource))
        except NotReadableError as error:
            missing.append(NotCompared(urn=resource.urn, type=resource.type, name=resource.name, reason=str(error)))
    rested_on = [priced for found in compared for priced in found.priced]
    dates = {line.price_date for priced in rested_on for line in priced.lines}
    said = [*warnings, *(warning for found in compared for warning in found.warnings), *staleness(rested_on, as_of)]
    return Alternatives(
        prices=PriceDates(oldest=min(dates, default=None), newest=max(dates, default=None)),
        resources=tuple(found.result for found in compared),
        not_compared=tuple(missing),
        warnings=tuple(dict.fromkeys(said)),
    )


def _compared(pricing: _Pricing, resource: Resource) -> _Compared:
    capacity = capacity_of(pricing.stack, pricing.references, resource)
    if capacity is None:
        raise NotReadableError("a NodePool already lets Karpenter take the cheapest type that fits its requirements; widen them instead")
    pricer = pricing.of(resource)
    whole = pricer.estimated({})
    now = pricer.own(whole)
    if now.monthly_cost is None:
        raise NotReadableError(now.reason or "it has no price")
    requests = pricing.stated(resource, REQUESTS)
    unit, units = _unit(capacity)
    current = _option(capacity, Variant(Kind.CURRENT, ", ".join(capacity.types), instance_type=capacity.types[0]), now, units, requests)
    asked = variants(capacity, pricing.prices, now.region or "")
    found = [_option(capacity, variant, pricer.priced(variant.rewrite), units, requests) for variant in asked]
    if capacity.on_sagemaker:
        found.append(_serverless(pricer, capacity, requests))
    kept = sorted((option for option in found if not _dearer(option.alternative, current.alternative)), key=lambda option: _rank(option.alternative))
    result = ResourceAlternatives(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        region=now.region,
        unit=unit,
        current=current.alternative,
        alternatives=tuple(_told(option.alternative, current.alternative) for option in kept),
    )
    common = {*staleness(whole.resources, pricing.as_of), NOT_ESTIMATED}
    priced = tuple(option.priced for option in (current, *kept) if option.priced is not None)
    return _Compared(result, priced, tuple(said for said in whole.warnings if said not in common))


def _told(other: Alternative, current: Alternative) -> Alternative:
    """A smaller minimum that changes the floor alone says so: no autoscaler is known to go below the expected size."""
    cost, before = other.monthly_cost, current.monthly_cost
    if other.kind is not Kind.SMALLER_MINIMUM or cost is None or before is None or cost.expected < before.expected:
        return other
    return other.model_copy(update={"title": f"{other.title}, floor only", "assumptions": (*other.assumptions, FLOOR_ONLY)})


def _option(capacity: Capacity, variant: Variant, priced: ResourceEstimate, units: Mapping[str, float], requests: float | None) -> _Option:
    if priced.monthly_cost is None:
        unknown = Alternative(kind=variant.kind, title=variant.title, instance_type=variant.instance_type, needs=variant.needs, reason=priced.reason)
        return _Option(unknown)
    cost = total(line.monthly_cost.scaled(variant.hours) if _stops(capacity, line) else line.monthly_cost for line in priced.lines)
    running = next((line for line in priced.lines if line.instance_type), None)
    each = units.get((running.instance_type or "").removeprefix(ML)) if running else None
    alternative = Alternative(
        kind=variant.kind,
        title=variant.title,
        instance_type=variant.instance_type or (running.instance_type if running else None),
        monthly_cost=cost,
        unit_cost=running.unit_price / each if running and each else None,
        request_cost=cost.expected / requests * 1000 if requests and variant.hours == 1 else None,
        needs=variant.needs,
        assumptions=(*_hours_note(variant), *(running.assumptions if running else ())),
    )
    return _Option(alternative, priced)


def _serverless(pricer: _Pricer, capacity: Capacity, requests: float | None) -> _Option:
    """An endpoint of one variant as serverless inference; unknown until somebody states how long it computes."""
    memory = fitting_serverless_memory(capacity, SERVERLESS_MEMORY_MB)
    title = f"serverless inference, {memory or SERVERLESS_MEMORY_MB[-1]} MB"
    if memory is None:
        return _Option(Alternative(kind=Kind.SERVERLESS, title=title, needs=SERVERLESS_NEEDS, reason="serverless inference has no GPUs"))
    configuration = referred(pricer.pricing.references, capacity.resource, CONFIGURATION)
    assert configuration is not None
    (variant,) = configuration.inputs["productionVariants"]
    kept = {key: value for key, value in variant.items() if key not in ("instanceType", "initialInstanceCount", "volumeSizeInGb")}
    serverless = {**kept, "serverlessConfig": {"memorySizeInMb": memory, "maxConcurrency": 20}}
    priced = pricer.priced({configuration.urn: {**configuration.inputs, "productionVariants": [serverless]}})
    seconds = [line for line in priced.lines if "serverless" in line.component and line.quantity_source is not QuantitySource.PRESET]
    if not seconds:
        return _Option(Alternative(kind=Kind.SERVERLESS, title=title, needs=SERVERLESS_NEEDS, reason=SECONDS_UNKNOWN))
    return _option(capacity, Variant(Kind.SERVERLESS, title, needs=SERVERLESS_NEEDS), priced, {}, requests)


def _stops(capacity: Capacity, line: EstimateLine) -> bool:
    """Whether a line ends with the instances: their hours and addresses, and the volumes that are deleted with them."""
    if line.component.startswith(VOLUMES):
        return not capacity.keeps_volumes
    return line.instance_type is not None or line.component.startswith(ADDRESSES)


def _hours_note(variant: Variant) -> tuple[str, ...]:
    return (f"{variant.hours * MONTH_HOURS:,.0f} of {MONTH_HOURS} hours",) if variant.hours != 1 else ()


def _unit(capacity: Capacity) -> tuple[str, Mapping[str, float]]:
    """What the work is counted in: GPUs where the type has any, else vCPUs; and how many each type has."""
    shapes = instance_types()
    current = shapes.get(capacity.types[0].removeprefix(ML))
    if current is not None and current.gpu_model:
        return "GPU-hour", {name: shape.gpu_count for name, shape in shapes.items()}
    return "vCPU-hour", {name: shape.vcpu for name, shape in shapes.items()}


def _dearer(other: Alternative, current: Alternative) -> bool:
    """Whether an alternative saves nothing that is expected, nor, where that is equal, at the ceiling or then at the floor.

    Another way to buy the same is always shown.
    """
    if other.monthly_cost is None or current.monthly_cost is None or other.kind in (Kind.SPOT, Kind.ON_DEMAND):
        return False
    one, two = ((cost.expected, cost.max, cost.min) for cost in (other.monthly_cost, current.monthly_cost))
    return one >= two


def _rank(other: Alternative) -> tuple[bool, float, float, str]:
    cost = other.monthly_cost or Range(min=0, expected=0, max=0)
    return (other.monthly_cost is None, cost.expected, cost.max, other.title)


def _rewritten(resource: Resource, rewrite: Rewrite) -> Resource:
    inputs: Mapping[str, Any] | None = rewrite.get(resource.urn)
    return resource if inputs is None else resource.model_copy(update={"inputs": inputs, "outputs": {**resource.outputs, **inputs}})
