"""The reconciliation: each resource's estimate, brought to the bill's month, against what it was billed, split into price and quantity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cost.bill.model import Bill
from cost.estimate.meters import METERS
from cost.estimate.model import Estimate, EstimateLine, Range, ResourceEstimate, Status, total
from cost.reconcile.billed import BilledMonth, BilledUse, billed_month
from cost.reconcile.keys import key_of, month_share, quantity_of
from cost.reconcile.matching import Candidate, Matcher
from cost.reconcile.model import Cause, ComponentError, Match, Reconciliation, ResourceError, Unmatched
from cost.reconcile.probe import ComponentKey, line_key
from plinth.errors import InputError

CENT = 0.005


@dataclass
class _Side:
    """One side's sums of a component."""

    label: str = ""
    unit: str = ""
    quantity: float = 0.0
    cost: float = 0.0
    known: bool = True

    @property
    def price(self) -> float | None:
        """USD a unit on average."""
        return self.cost / self.quantity if self.known and self.quantity else None


@dataclass
class _Billed:
    uses: list[BilledUse] = field(default_factory=list)
    matched_by: Match = Match.NAME

    @property
    def cost(self) -> float:
        return sum(use.cost for use in self.uses)


def reconcile(estimate: Estimate, bill: Bill, *, month: str | None = None) -> Reconciliation:
    """An estimate against one month of a bill at what was paid (net amortized cost): the month named, else the last whole one.

    Every resource of the estimate and every dollar of the bill is in the result. Raises InputError where the bill has no such month, or
    is in another currency than the estimate.
    """
    _refuse_other_currency(estimate, bill)
    found = billed_month(bill, month)
    priced = [resource for resource in estimate.resources if resource.status is not Status.FREE]
    matched, unmatched = _matched(priced, found.uses)
    resources = tuple(_resource_error(resource, matched.get(resource.urn), found) for resource in priced)
    estimated_cost = sum(resource.estimated_cost or 0.0 for resource in resources)
    matched_cost = sum(resource.billed_cost for resource in resources)
    unpriced_cost = sum(resource.billed_cost for resource in resources if resource.estimated_cost is None)
    comparable = matched_cost - unpriced_cost
    unmatched_cost = sum(use.cost for use in unmatched)
    return Reconciliation(
        month=found.label,
        currency=found.currency,
        hours=found.hours,
        resources=tuple(sorted(resources, key=_by_size)),
        unmatched=_grouped(unmatched),
        estimated_cost=estimated_cost,
        matched_cost=matched_cost,
        unpriced_cost=unpriced_cost,
        unmatched_cost=unmatched_cost,
        not_usage_cost=found.not_usage,
        billed_cost=matched_cost + unmatched_cost + found.not_usage,
        error_percent=(estimated_cost - comparable) / comparable * 100 if comparable else None,
        synthetic=found.synthetic,
        warnings=tuple(_warnings(estimate, found)),
    )


def _refuse_other_currency(estimate: Estimate, bill: Bill) -> None:
    if bill.currency != estimate.currency:
        raise InputError(
            "the bill is in another currency than the estimate",
            where=", ".join(dict.fromkeys(path.name for path in bill.files)),
            value=bill.currency,
            fix=f"give a bill in {estimate.currency}",
        )


def _by_size(resource: ResourceError) -> tuple[float, str]:
    """The largest error first; what has no estimate by what it was billed."""
    return (-abs(resource.billed_cost if resource.error is None else resource.error), resource.urn)


def _matched(resources: Iterable[ResourceEstimate], uses: Iterable[BilledUse]) -> tuple[dict[str, _Billed], list[BilledUse]]:
    matcher = Matcher(_candidate(resource) for resource in resources)
    matched: defaultdict[str, _Billed] = defaultdict(_Billed)
    unmatched: list[BilledUse] = []
    for use in uses:
        match = matcher.match(use)
        if match is None:
            unmatched.append(use)
            continue
        candidate, how = match
        matched[candidate.urn].uses.append(use)
        matched[candidate.urn].matched_by = how
    return dict(matched), unmatched


def _candidate(resource: ResourceEstimate) -> Candidate:
    own = METERS[resource.type].terraform_type if resource.type in METERS else ""
    return Candidate(resource.urn, resource.type, resource.name, resource.resource_ids, frozenset({own, *(line.price_type for line in resource.lines)}))


def _resource_error(resource: ResourceEstimate, billed: _Billed | None, month: BilledMonth) -> ResourceError:
    estimated = total(_scaled(line, month) for line in resource.lines) if resource.status is Status.PRICED else None
    components = _components(resource.lines, billed.uses if billed else (), month)
    billed_cost = billed.cost if billed else 0.0
    error = None if estimated is None else estimated.expected - billed_cost
    return ResourceError(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        estimated=estimated,
        estimated_cost=estimated.expected if estimated else None,
        billed_cost=billed_cost,
        error=error,
        error_percent=error / billed_cost * 100 if error is not None and billed_cost else None,
        within_range=estimated.min - CENT <= billed_cost <= estimated.max + CENT if estimated else None,
        cause=_cause(billed, error, components),
        matched_by=billed.matched_by if billed else None,
        resource_ids=tuple(sorted({use.resource_id for use in billed.uses})) if billed else (),
        components=components,
    )


def _scaled(line: EstimateLine, month: BilledMonth) -> Range:
    return line.monthly_cost.scaled(month_share(line.unit, month))


def _components(lines: Iterable[EstimateLine], uses: Iterable[BilledUse], month: BilledMonth) -> tuple[ComponentError, ...]:
    estimated: defaultdict[ComponentKey, _Side] = defaultdict(_Side)
    billed: defaultdict[ComponentKey, _Side] = defaultdict(_Side)
    for line in lines:
        share = month_share(line.unit, month)
        side = estimated[line_key(line)]
        side.label, side.unit = side.label or line.component, line.unit
        side.quantity += line.quantity.expected * share
        side.cost += line.monthly_cost.expected * share
    for use in uses:
        key, quantity = key_of(use), quantity_of(use)
        side = billed[key or ("", use.usage_type)]
        side.label, side.cost = side.label or (key[1] if key else use.usage_type), side.cost + use.cost
        side.quantity, side.known = side.quantity + (quantity or 0.0), side.known and quantity is not None
    return tuple(_component(estimated.get(key), billed.get(key)) for key in dict.fromkeys([*estimated, *billed]))


def _component(estimated: _Side | None, billed: _Side | None) -> ComponentError:
    """Price and quantity effects add up to the difference: (p2 - p1) x q2 and (q2 - q1) x p1."""
    one, two = estimated or _Side(), billed or _Side()
    both = estimated is not None and billed is not None and one.price is not None and two.price is not None
    price_effect = (two.price - one.price) * two.quantity if both and one.price is not None and two.price is not None else 0.0
    return ComponentError(
        component=one.label or two.label,
        unit=one.unit or two.unit,
        estimated_quantity=one.quantity if estimated else None,
        billed_quantity=two.quantity if billed and two.known else None,
        estimated_price=one.price,
        billed_price=two.price,
        estimated_cost=one.cost,
        billed_cost=two.cost,
        price_effect=price_effect,
        quantity_effect=two.cost - one.cost - price_effect,
    )


def _cause(billed: _Billed | None, error: float | None, components: Sequence[ComponentError]) -> Cause:
    if billed is None:
        return Cause.NOT_DEPLOYED
    if error is None:
        return Cause.UNPRICED
    if abs(error) < CENT:
        return Cause.NONE
    sums: defaultdict[Cause, float] = defaultdict(float)
    for component in components:
        if component.estimated_quantity is None:
            sums[Cause.NOT_ESTIMATED] += component.billed_cost
        elif component.billed_quantity is None and not component.billed_cost:
            sums[Cause.NOT_BILLED] -= component.estimated_cost
        else:
            sums[Cause.PRICE] += component.price_effect
            sums[Cause.QUANTITY] += component.quantity_effect
    return max(sums, key=lambda cause: abs(sums[cause]))


def _grouped(uses: Iterable[BilledUse]) -> tuple[Unmatched, ...]:
    groups: defaultdict[tuple[str, str], list[BilledUse]] = defaultdict(list)
    for use in uses:
        groups[(use.service, use.usage_type)].append(use)
    found = [
        Unmatched(
            service=service,
            usage_type=usage_type,
            resources=len({use.resource_id for use in group if use.resource_id}),
            example=next((use.resource_id for use in group if use.resource_id), None),
            billed_cost=sum(use.cost for use in group),
        )
        for (service, usage_type), group in groups.items()
    ]
    return tuple(sorted(found, key=lambda item: (-abs(item.billed_cost), item.service, item.usage_type)))


def _warnings(estimate: Estimate, month: BilledMonth) -> Iterable[str]:
    if month.synthetic:
        yield "the bill is generated, not measured"
    if not month.whole:
        yield f"the bill covers {month.hours:,.0f} of the {month.month_hours:,.0f} hours of {month.label}; the estimate was scaled to them"
    unknown = sum(1 for resource in estimate.resources if resource.status is Status.UNKNOWN)
    if unknown:
        yield f"{unknown} resource{'s' if unknown > 1 else ''} of the estimate {'have' if unknown > 1 else 'has'} no price: no part of the error"
