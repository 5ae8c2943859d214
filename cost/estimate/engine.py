"""The estimate of a stack: each resource through its meter, tiers applied, sums by resource, component and tag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from cost.estimate.free import free_reason
from cost.estimate.lookup import References
from cost.estimate.meters import METERS
from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced
from cost.estimate.model import (
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
from cost.estimate.price import Price
from cost.estimate.prices import PriceBook, load_price_book
from cost.estimate.usage import Usage, check_names, default_usage
from infra.tags import REQUIRED_TAGS
from plinth.stack import Operation, Resource, Stack

STALE_AFTER = timedelta(days=90)
UNTAGGED = ""
NAME_TAG = "Name"
"""Left out of `by_tag`: it is unique a resource, so its sums say nothing."""

NOT_ESTIMATED = (
    "not in the estimate, for no resource declares it: data transfer to the internet, between Regions and between Availability Zones; "
    "taxes; support; free tiers; Savings Plans and other discounts"
)


def estimate(stack: Stack, usage: Usage | None = None, prices: PriceBook | None = None, *, as_of: date | None = None) -> Estimate:
    """What a stack costs a month: floor, expected and ceiling, each price with its source and date.

    `usage` stands over the shipped defaults; `prices` is the book (the shipped one by default). `as_of` is the day the estimate is
    for: it decides EKS extended support and which prices are called stale; without it the estimate is for the day of the book's
    newest EC2 prices, and none is stale. Raises InputError where the usage file names a resource that the stack does not have.
    """
    prices = prices or load_price_book()
    references = References(stack)
    warnings: list[str] = list(stack.notes)
    if usage is not None:
        warnings.extend(check_names(usage, _names(stack)))
    estimator = _Estimator(stack, usage, prices, as_of, references, warnings)
    resources = tuple(estimator.resource(resource) for resource in stack.custom if resource.operation not in (Operation.DELETE, Operation.READ))
    warnings.extend(_stack_warnings(stack, prices, references))
    warnings.extend(_staleness(resources, as_of))
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
        total=total(resource.monthly_cost for resource in resources if resource.monthly_cost is not None),
        unknown=unknown,
        warnings=warnings,
    )


class _Estimator:
    """One pass over a stack; collects what is not priced beside what is."""

    def __init__(self, stack: Stack, usage: Usage | None, prices: PriceBook, as_of: date | None, references: References, warnings: list[str]):
        self._stack, self._prices, self._references, self._warnings = stack, prices, references, warnings
        self._usages = [default_usage(), *([usage] if usage is not None else [])]
        self._as_of = as_of
        self.unknown: list[UnknownCost] = []

    def resource(self, resource: Resource) -> ResourceEstimate:
        """One resource: priced, free, or unknown with the reason."""
        reason = free_reason(resource.type)
        if reason is not None:
            return self._result(resource, None, Status.FREE, reason)
        meter = METERS.get(resource.type)
        if meter is None:
            return self._unknown(resource, None, f"no meter for {resource.type} yet")
        region = self._references.region(resource)
        if region is None:
            return self._unknown(resource, None, "its Region is not known: set aws:region in the stack's configuration")
        try:
            return self._metered(resource, region, list(meter.items(self._context(resource, region, meter))))
        except UndecidableError as error:
            return self._unknown(resource, region, str(error))

    def _context(self, resource: Resource, region: str, meter: Meter) -> Context:
        fields: dict[str, Quantity] = {}
        for usage in self._usages:
            fields.update(usage.fields(meter.terraform_type, resource.name))
        as_of = self._as_of or self._prices.newest
        return Context(self._stack, resource, region, self._prices, fields, as_of, self._references, self._warnings)

    def _metered(self, resource: Resource, region: str, items: list[Item]) -> ResourceEstimate:
        lines: list[EstimateLine] = []
        unpriced: list[Unpriced] = []
        for item in items:
            if isinstance(item, Free):
                return self._result(resource, region, Status.FREE, item.reason)
            for answer in tiered(item, self._prices, region) if isinstance(item, Charge) else (item,):
                (unpriced if isinstance(answer, Unpriced) else lines).append(answer)  # pyright: ignore[reportArgumentType]
        for line in lines:
            if not line.quantity.min <= line.quantity.expected <= line.quantity.max:
                raise UndecidableError(f"{line.component}: the floor, the expected count and the ceiling contradict one another")
        if unpriced and not lines:
            return self._unknown(resource, region, _joined(unpriced))
        self.unknown += [UnknownCost(urn=resource.urn, type=resource.type, component=item.component, reason=item.reason) for item in unpriced]
        return self._result(resource, region, Status.PRICED, None, tuple(lines))

    def _unknown(self, resource: Resource, region: str | None, reason: str) -> ResourceEstimate:
        self.unknown.append(UnknownCost(urn=resource.urn, type=resource.type, reason=reason))
        return self._result(resource, region, Status.UNKNOWN, reason)

    def _result(self, resource: Resource, region: str | None, status: Status, reason: str | None, lines: tuple[EstimateLine, ...] = ()) -> ResourceEstimate:
        return ResourceEstimate(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            region=region,
            status=status,
            reason=reason,
            tags=_known_tags(resource),
            lines=lines,
            monthly_cost=None if status is Status.UNKNOWN else total(line.monthly_cost for line in lines),
        )


def tiered(charge: Charge, prices: PriceBook, region: str) -> Iterable[EstimateLine | Unpriced]:
    """A charge as one line a price tier that its quantity reaches; what no tier covers is unpriced."""
    ladder = prices.ladder(charge.price_type, charge.component, region)
    if not ladder:
        yield Unpriced(charge.label or charge.component, f"the price book has no price in {region}; add one with --prices")
        return
    for tier in ladder:
        portion = Range(**{name: _within(tier, figure) for name, figure in charge.quantity})
        if portion.max > 0 or (charge.quantity.max == 0 and tier.tier_start == 0):
            yield _line(charge, tier, portion.times(charge.count), several=len(ladder) > 1)
    end = ladder[-1].tier_end
    if end is not None and charge.quantity.max > end:
        yield Unpriced(charge.label or charge.component, f"the price book has no price above {end:.12g} {ladder[-1].unit}")


def _joined(unpriced: list[Unpriced]) -> str:
    """One sentence a reason, with the components that it holds for."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for item in unpriced:
        by_reason[item.reason].append(item.component)
    return "; ".join(f"{reason} ({', '.join(components)})" for reason, components in by_reason.items())


def _within(tier: Price, quantity: float) -> float:
    return max(0.0, min(quantity, tier.tier_end if tier.tier_end is not None else quantity) - tier.tier_start)


def _line(charge: Charge, tier: Price, quantity: Range, *, several: bool) -> EstimateLine:
    label = charge.label or charge.component
    return EstimateLine(
        component=f"{label} (above {tier.tier_start:,.12g})" if several and tier.tier_start else label,
        service=tier.service,
        unit=tier.unit,
        quantity=quantity,
        unit_price=tier.usd_per_unit,
        price_source=tier.source,
        price_date=tier.effective_date,
        confidence=tier.confidence,
        monthly_cost=quantity.scaled(tier.usd_per_unit),
        assumptions=charge.assumptions,
        quantity_source=charge.source,
    )


def _known_tags(resource: Resource) -> Mapping[str, str]:
    tags = resource.tags
    return {str(key): value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, Mapping) else {}


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


def _names(stack: Stack) -> dict[str, frozenset[str]]:
    """The stack's resource names by Terraform type."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for type_, meter in METERS.items():
        names[meter.terraform_type].update(resource.name for resource in stack.of_type(type_))
    return {terraform_type: frozenset(found) for terraform_type, found in names.items()}


def _stack_warnings(stack: Stack, prices: PriceBook, references: References) -> Iterable[str]:
    if references.inferred_region is not None:
        yield f"the configuration names no Region; {references.inferred_region} was read from the resources' zones and ARNs"
    deleted = sum(1 for resource in stack.custom if resource.operation is Operation.DELETE)
    if deleted:
        yield f"{deleted} resource{'s' if deleted > 1 else ''} that the preview deletes {'are' if deleted > 1 else 'is'} not counted"
    for price in prices.unmatched_overrides():
        yield f"the price file's {price.resource_type} / {price.component} ({price.source}) is no component of the shipped book"


def _staleness(resources: tuple[ResourceEstimate, ...], as_of: date | None) -> Iterable[str]:
    if as_of is None:
        return
    old = [line for resource in resources for line in resource.lines if as_of - line.price_date > STALE_AFTER]
    if old:
        oldest = min(old, key=lambda line: line.price_date)
        yield (
            f"{len(old)} of {sum(len(resource.lines) for resource in resources)} lines use a price older than 90 days on {as_of}; "
            f"the oldest is of {oldest.price_date} ({oldest.component})"
        )
