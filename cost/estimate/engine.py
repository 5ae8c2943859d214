"""The estimate of a stack: each resource through its meter, tiers applied, sums by resource, component and tag."""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from cost.estimate.clouds import other_cloud_reason
from cost.estimate.discounts import Discounts, discounted
from cost.estimate.free import free_reason
from cost.estimate.identity import identifiers
from cost.estimate.lookup import References
from cost.estimate.meters import METERS
from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced
from cost.estimate.model import (
    EVERY_TAG,
    ZERO,
    Estimate,
    EstimateLine,
    PriceDates,
    Quantity,
    Range,
    ResourceEstimate,
    Status,
    UnknownCost,
    total,
)
from cost.estimate.presets import Preset, preset_usage
from cost.estimate.price import STALE_AFTER
from cost.estimate.prices import PriceBook, load_price_book
from cost.estimate.tiers import Pools
from cost.estimate.usage import Usage, check_names
from cost.estimate.usage_only import resource_names, usage_resources
from cost.regions import nearest_region, region_codes
from infra.tags import REQUIRED_TAGS
from plinth.stack import Operation, Resource, Stack
from plinth.stack.values import Unknown, Value, displayed

UNTAGGED = ""
NAME_TAG = "Name"
"""Left out of `by_tag`: it is unique a resource, so its sums say nothing."""

NOT_ESTIMATED = "not in the estimate, for no resource declares it: taxes; support; data transfer that no usage file states (aws_data_transfer)"


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Ten thousand resources make hundreds of thousands of objects and no cycles; walking them all again and again took half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_collector_paused()
def estimate(
    stack: Stack,
    usages: Sequence[Usage] = (),
    prices: PriceBook | None = None,
    *,
    as_of: date | None = None,
    preset: Preset = Preset.SMALL,
    free_tier: bool = False,
    discounts: Discounts | None = None,
) -> Estimate:
    """What a stack costs a month: floor, expected and ceiling, each price with its source and date.

    `usages` stand over the preset, a later one over an earlier; `prices` is the book (the shipped one by default). `free_tier` counts
    what AWS gives every account each month. `as_of` is the day the estimate is for: it decides EKS extended support and which prices
    are called stale; without it the estimate is for the day of the book's newest EC2 prices, and none is stale. `discounts` are taken
    off after tiers; list cost stays beside what is paid.
    Raises InputError where a usage file names a resource that the stack does not have.
    """
    prices = prices or load_price_book()
    references = References(stack)
    warnings: list[str] = list(stack.notes)
    names = resource_names(stack) if usages else {}
    for usage in usages:
        warnings.extend(check_names(usage, names))
    estimator = _Estimator(stack, (preset_usage(preset), *usages), prices, as_of, references, warnings)
    standing = [resource for resource in stack.custom if resource.operation not in (Operation.DELETE, Operation.READ)]
    measured = [estimator.measured(resource) for resource in (*standing, *usage_resources(stack, usages))]
    pools = Pools(prices, free_tier=free_tier)
    for found in measured:
        for charge in found.charges:
            pools.add(charge, found.region or "")
    resources = tuple(estimator.priced(found, pools) for found in measured)
    if discounts is not None:
        resources, notes = discounted(resources, discounts)
        warnings.extend(notes)
    warnings.extend(_stack_warnings(stack, prices, references))
    warnings.extend(staleness(resources, as_of))
    return summed(resources, tuple(estimator.unknown), tuple(dict.fromkeys([*warnings, NOT_ESTIMATED])))


def summed(resources: tuple[ResourceEstimate, ...], unknown: tuple[UnknownCost, ...], warnings: tuple[str, ...]) -> Estimate:
    """The Estimate of priced resources: the total, and the same money by component and by tag."""
    by_component: defaultdict[str, list[Range]] = defaultdict(list)
    dates: set[date] = set()
    for line in (line for resource in resources for line in resource.lines):
        by_component[f"{line.service}: {line.component}"].append(line.monthly_cost)
        dates.add(line.price_date)
    sums = {component: total(costs) for component, costs in by_component.items()}
    return Estimate(
        prices=PriceDates(oldest=min(dates, default=None), newest=max(dates, default=None)),
        resources=resources,
        by_component=dict(sorted(sums.items(), key=lambda item: (-item[1].expected, item[0]))),
        by_tag=_by_tag(resources),
        list_total=_list_total(resources),
        total=total(resource.monthly_cost for resource in resources if resource.monthly_cost is not None),
        unknown=unknown,
        warnings=warnings,
    )


def _list_total(resources: Iterable[ResourceEstimate]) -> Range | None:
    """The total before discounts; None where no line has one."""
    known = [resource for resource in resources if resource.monthly_cost is not None]
    if all(resource.list_monthly_cost is None for resource in known):
        return None
    return total(resource.list_monthly_cost or resource.monthly_cost or ZERO for resource in known)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a resource's meter said, before the account's tiers are known; or its verdict."""

    resource: Resource
    region: str | None
    status: Status = Status.PRICED
    reason: str | None = None
    items: tuple[Item, ...] = ()

    @property
    def charges(self) -> Iterable[Charge]:
        return (item for item in self.items if isinstance(item, Charge))


class _Estimator:
    """One pass over a stack; collects what is not priced beside what is."""

    def __init__(self, stack: Stack, usages: Sequence[Usage], prices: PriceBook, as_of: date | None, references: References, warnings: list[str]):
        self._stack, self._prices, self._references, self._warnings = stack, prices, references, warnings
        self._usages = usages
        self._as_of = as_of or prices.newest
        self.unknown: list[UnknownCost] = []

    def measured(self, resource: Resource) -> _Measured:
        """What the resource's meter says; free by list, or unknown with the reason."""
        reason = free_reason(resource.type)
        if reason is not None:
            return _Measured(resource, None, Status.FREE, reason)
        meter = METERS.get(resource.type)
        if meter is None:
            return _Measured(resource, None, Status.UNKNOWN, other_cloud_reason(resource.type) or f"no meter for {resource.type} yet")
        place = self._references.places.of(resource)
        region = place.region
        if region is None:
            return _Measured(resource, None, Status.UNKNOWN, place.reason)
        if region not in region_codes():
            return _Measured(resource, region, Status.UNKNOWN, f"{region} is no AWS Region that Plinth knows: {nearest_region(region)}")
        try:
            items = tuple(meter.items(self._context(resource, region, meter)))
        except UndecidableError as error:
            return _Measured(resource, region, Status.UNKNOWN, str(error))
        free = next((item for item in items if isinstance(item, Free)), None)
        return _Measured(resource, region, items=items) if free is None else _Measured(resource, region, Status.FREE, free.reason)

    def _context(self, resource: Resource, region: str, meter: Meter) -> Context:
        fields: dict[str, Quantity] = {}
        texts: dict[str, str] = {}
        for usage in self._usages:
            fields.update(usage.fields(meter.terraform_type, resource.name))
            texts.update(usage.texts(meter.terraform_type, resource.name))
        return Context(self._stack, resource, region, self._prices, fields, self._as_of, self._references, self._warnings, texts)

    def priced(self, found: _Measured, pools: Pools) -> ResourceEstimate:
        """The resource's lines at the account's tiers."""
        if found.status is Status.UNKNOWN:
            return self._unknown(found.resource, found.region, found.reason or "")
        if found.status is Status.FREE:
            return self._result(found.resource, found.region, Status.FREE, found.reason)
        lines: list[EstimateLine] = []
        unpriced: list[Unpriced] = []
        for item in found.items:
            for answer in pools.lines(item, found.region or "") if isinstance(item, Charge) else (item,):
                (unpriced if isinstance(answer, Unpriced) else lines).append(answer)  # pyright: ignore[reportArgumentType]
        contradiction = next((line for line in lines if not line.quantity.min <= line.quantity.expected <= line.quantity.max), None)
        if contradiction is not None:
            reason = f"{contradiction.component}: the floor, the expected count and the ceiling contradict one another"
            return self._unknown(found.resource, found.region, reason)
        if not lines and not unpriced:
            lines = [line for charge in found.charges if (line := pools.included(charge, found.region or "")) is not None]
        if not lines:
            return self._unknown(found.resource, found.region, _joined(unpriced) if unpriced else _unstated(found.resource.type))
        urn, type_ = found.resource.urn, found.resource.type
        self.unknown += [UnknownCost(urn=urn, type=type_, component=item.component, reason=item.reason) for item in unpriced]
        return self._result(found.resource, found.region, Status.PRICED, None, tuple(lines), whole=not unpriced)

    def _unknown(self, resource: Resource, region: str | None, reason: str) -> ResourceEstimate:
        self.unknown.append(UnknownCost(urn=resource.urn, type=resource.type, reason=reason))
        return self._result(resource, region, Status.UNKNOWN, reason, whole=False)

    def _result(
        self, resource: Resource, region: str | None, status: Status, reason: str | None, lines: tuple[EstimateLine, ...] = (), *, whole: bool = True
    ) -> ResourceEstimate:
        tags = resource.tags
        return ResourceEstimate(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            region=region,
            status=status,
            reason=reason,
            tags=_known_tags(tags),
            resource_ids=identifiers(resource, self._stack.source),
            lines=lines,
            monthly_cost=None if status is Status.UNKNOWN else total(line.monthly_cost for line in lines),
            unknown_tags=_unknown_tags(tags),
            inputs_digest="" if whole else _digest(resource),
        )


def _unstated(type_: str) -> str:
    """Why a resource that costs by usage alone has no line: unknown, and never zero."""
    return f"it costs by usage, and nobody states any: give {', '.join(sorted(METERS[type_].fields)) or 'its usage'} in a usage file"


def _joined(unpriced: list[Unpriced]) -> str:
    """One sentence a reason, with the components that it holds for."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for item in unpriced:
        by_reason[item.reason].append(item.component)
    return "; ".join(f"{reason} ({', '.join(components)})" for reason, components in by_reason.items())


def _known_tags(tags: Value) -> Mapping[str, str]:
    return {str(key): value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, Mapping) else {}


def _unknown_tags(tags: Value) -> tuple[str, ...]:
    if isinstance(tags, Unknown):
        return (EVERY_TAG,)
    return tuple(str(key) for key, value in tags.items() if isinstance(value, Unknown)) if isinstance(tags, Mapping) else ()


def _digest(resource: Resource) -> str:
    """Of the inputs, secrets withheld: it stands in an estimate's JSON."""
    return sha256(json.dumps(displayed(resource.inputs), sort_keys=True, default=str).encode()).hexdigest()[:16]


def _by_tag(resources: tuple[ResourceEstimate, ...]) -> dict[str, dict[str, Range]]:
    found = {key for resource in resources for key in resource.tags if key != NAME_TAG}
    keys = [*REQUIRED_TAGS, *sorted(found.difference(REQUIRED_TAGS))]
    costs: dict[str, defaultdict[str, list[Range]]] = {key: defaultdict(list) for key in keys}
    for resource in resources:
        if resource.monthly_cost is None or not resource.lines:
            continue
        for key in keys:
            costs[key][resource.tags.get(key, UNTAGGED)].append(resource.monthly_cost)
    return {key: {value: total(found) for value, found in sorted(values.items())} for key, values in costs.items()}


def _stack_warnings(stack: Stack, prices: PriceBook, references: References) -> Iterable[str]:
    inferred = references.places.inferred_region
    if inferred is not None:
        yield f"the configuration names no Region; {inferred} was read from the resources' zones and ARNs"
    deleted = sum(1 for resource in stack.custom if resource.operation is Operation.DELETE)
    if deleted:
        yield f"{deleted} resource{'s' if deleted > 1 else ''} that the preview deletes {'are' if deleted > 1 else 'is'} not counted"
    for price in prices.unmatched_overrides():
        yield f"the price file's {price.resource_type} / {price.component} ({price.source}) is no component of the shipped book"


def staleness(resources: Sequence[ResourceEstimate], as_of: date | None) -> Iterable[str]:
    """The oldest price, where it is old on a day, and the way to newer ones; nothing without a day."""
    if as_of is None:
        return
    oldest = min((line for resource in resources for line in resource.lines), key=lambda line: line.price_date, default=None)
    if oldest is not None and as_of - oldest.price_date > STALE_AFTER:
        days = f"older than {STALE_AFTER.days} days on {as_of}"
        yield f"the oldest price is of {oldest.price_date} ({oldest.component}), {days}: see plinth prices verify, or renew it by plinth prices refresh"
