"""The estimate as the JSON that Infracost's pull-request tooling reads (`infracost comment`, `infracost output`).

Its fields are those of Infracost's output format 0.2 (infracost/infracost: internal/output/output.go and schema/infracost.schema.json). Money and
quantities are decimal strings, at the expected figure; floor and ceiling have no place there. What is not priced is `priceNotFound` with null costs,
and a type without a meter is counted as unsupported: neither is ever "0". The difference is the total less the past, but for a
resource that is priced on one side only: its cost is in that side's sum, and null in the difference. `noPrice` is Infracost's word for free.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from cost.estimate.compare_lines import components
from cost.estimate.meters import METERS
from cost.estimate.model import ChangeKind, Comparison, Estimate, LineFigures, QuantitySource, Range, ResourceChange, ResourceEstimate, Status
from cost.units import MONTH_HOURS

VERSION: Final = "0.2"
Json = dict[str, Any]


def infracost_json(estimate: Estimate, title: str, generated: datetime) -> Json:
    """The whole document, of one project; without a comparison its past and its difference are null, as for a first run."""
    comparison = estimate.comparison
    now = _Side(_current(estimate))
    past = None if comparison is None else _Side(_past(estimate, comparison))
    diff = None if comparison is None else _Side([_difference(change) for change in comparison.changes if _has_meter(change.type)])
    summary = _summary(estimate)
    missing = [f"{resource['name']}: {part['name']}" for resource in now.resources for part in resource["costComponents"] if part["priceNotFound"]]
    return {
        "version": VERSION,
        "metadata": {"infracostCommand": "breakdown", "generatedBy": "plinth cost estimate"},
        "currency": estimate.currency,
        "projects": [
            {
                "name": title,
                "displayName": title,
                "metadata": {"path": title, "type": "pulumi"},
                "pastBreakdown": past and past.breakdown(),
                "breakdown": now.breakdown(),
                "diff": diff and diff.breakdown(),
                "summary": summary,
            }
        ],
        **now.totals("total"),
        **(past or _Side(None)).totals("pastTotal"),
        **(diff or _Side(None)).totals("diffTotal"),
        "timeGenerated": generated.isoformat(),
        "summary": summary,
        **({"missingPricesCount": len(missing), "missingPricesComponents": missing} if missing else {}),
    }


class _Side:
    """The resources of one side and their sums; null sums where there is no such side, or where none of its resources has a price."""

    def __init__(self, resources: list[Json] | None):
        self._known = resources is not None
        self.resources = resources or []

    def breakdown(self) -> Json:
        return {"resources": self.resources, **self.totals("total")}

    def totals(self, prefix: str) -> Json:
        """`totalHourlyCost`, `totalMonthlyCost` and `totalMonthlyUsageCost`, or the past's or the difference's."""
        monthly = self._sum("monthlyCost")
        hourly = None if monthly is None else monthly / MONTH_HOURS
        usage = self._sum("monthlyUsageCost")
        return {f"{prefix}HourlyCost": _text(hourly), f"{prefix}MonthlyCost": _text(monthly), f"{prefix}MonthlyUsageCost": _text(usage)}

    def _sum(self, key: str) -> Decimal | None:
        unpriced = bool(self.resources) and all(resource["monthlyCost"] is None for resource in self.resources)
        if not self._known or unpriced:
            return None
        return sum((Decimal(resource[key]) for resource in self.resources if resource.get(key) is not None), Decimal(0))


def _current(estimate: Estimate) -> list[Json]:
    unpriced = _unpriced(estimate)
    return [_resource(resource, _components(resource, unpriced)) for resource in estimate.resources if _supported(resource)]


def _unpriced(estimate: Estimate) -> Mapping[str, list[str]]:
    """The components of each resource, by URN, that have no price."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for item in estimate.unknown:
        found[item.urn].append(item.component or "price")
    return found


def _past(estimate: Estimate, comparison: Comparison) -> list[Json]:
    """The resources before, of those now: what did not change is the same, what changed has its lines' other side."""
    changes, unpriced = {change.urn: change for change in comparison.changes}, _unpriced(estimate)
    found: list[Json] = []
    for resource in estimate.resources:
        change = changes.pop(resource.urn, None)
        if change is None and _supported(resource):
            found.append(_resource(resource, _components(resource, unpriced)))
        elif change is not None and change.kind is ChangeKind.CHANGED and _has_meter(resource.type):
            found.append(_resource(change, _before(change, resource)))
    return [*found, *(_resource(change, _before(change, None)) for change in changes.values() if change.kind is ChangeKind.REMOVED and _has_meter(change.type))]


def _before(change: ResourceChange, now: ResourceEstimate | None) -> list[Json]:
    if change.before is None:
        return [_not_found("price")]
    moved = {line.component for line in change.lines}
    kept = [_component(name, part.first.unit, part.figures()) for name, part in (components(now) if now else {}).items() if name not in moved]
    return [*kept, *(_component(line.component, line.unit, line.before) for line in change.lines if line.before is not None)]


def _difference(change: ResourceChange) -> Json:
    if change.half_known:
        return _resource(change, [_not_found("price")])
    moved = [_component(line.component, line.unit, _less(line.after, line.before), signed=True) for line in change.lines if change.counts(line)]
    return _resource(change, [*moved, *(_not_found(name) for name in change.unpriced if name)])


def _less(after: LineFigures | None, before: LineFigures | None) -> LineFigures:
    one = after or before
    assert one is not None
    sides = [side or LineFigures(quantity=_NOTHING, unit_price=0.0, monthly_cost=_NOTHING) for side in (after, before)]
    quantity, cost = (
        Range(**{name: figure - getattr(getattr(sides[1], key), name) for name, figure in getattr(sides[0], key)}) for key in ("quantity", "monthly_cost")
    )
    return one.model_copy(update={"quantity": quantity, "monthly_cost": cost, "unit_price": _paid(sides[0]) - _paid(sides[1])})


def _paid(side: LineFigures) -> float:
    """USD a unit with tiers and discounts in it: in this format price times quantity is the cost."""
    return side.monthly_cost.expected / side.quantity.expected if side.quantity.expected else side.unit_price


_NOTHING: Final = Range(min=0.0, expected=0.0, max=0.0)


def _supported(resource: ResourceEstimate) -> bool:
    """Whether the resource stands in the breakdown: it has a price, or would have one if the price book had."""
    return resource.status is Status.PRICED or (resource.status is Status.UNKNOWN and _has_meter(resource.type))


def _has_meter(type_: str) -> bool:
    return type_ in METERS


def _components(resource: ResourceEstimate, unpriced: Mapping[str, list[str]]) -> list[Json]:
    priced = (_component(name, part.first.unit, part.figures()) for name, part in components(resource).items())
    return [*priced, *map(_not_found, unpriced.get(resource.urn, ()))]


def _resource(resource: ResourceEstimate | ResourceChange, parts: list[Json]) -> Json:
    """A resource with its components; its cost is null where none of them has one."""
    type_ = terraform_type(resource.type)
    known = [Decimal(part["monthlyCost"]) for part in parts if part["monthlyCost"] is not None]
    monthly = sum(known, Decimal(0)) if known or not parts else None
    usage = [Decimal(part["monthlyCost"]) for part in parts if part["usageBased"] and part["monthlyCost"] is not None]
    return {
        "name": f"{type_}.{resource.name}",
        "resourceType": type_,
        "tags": dict(resource.tags),
        "metadata": {"urn": resource.urn, "pulumiType": resource.type},
        "hourlyCost": _text(None if monthly is None else monthly / MONTH_HOURS),
        "monthlyCost": _text(monthly),
        "monthlyUsageCost": _text(sum(usage, Decimal(0)) if usage else None),
        "costComponents": parts,
        "subresources": [],
    }


def _component(name: str, unit: str, side: LineFigures, *, signed: bool = False) -> Json:
    quantity, cost = Decimal(repr(side.quantity.expected)), Decimal(repr(side.monthly_cost.expected))
    return {
        "name": name if side.instance_type is None or signed else f"{name} ({side.instance_type})",
        "unit": unit,
        "hourlyQuantity": _text(quantity / MONTH_HOURS),
        "monthlyQuantity": _text(quantity),
        "price": _text(Decimal(repr(side.unit_price if signed else _paid(side)))),
        "hourlyCost": _text(cost / MONTH_HOURS),
        "monthlyCost": _text(cost),
        "usageBased": side.quantity_source is not QuantitySource.DECLARED and side.instance_type is None,
        "priceNotFound": False,
    }


def _not_found(name: str) -> Json:
    figures = dict.fromkeys(("hourlyQuantity", "monthlyQuantity", "price", "hourlyCost", "monthlyCost"))
    return {"name": name, "unit": "", **figures, "usageBased": False, "priceNotFound": True}


def _summary(estimate: Estimate) -> Json:
    free = Counter(terraform_type(resource.type) for resource in estimate.resources if resource.status is Status.FREE)
    supported = Counter(terraform_type(resource.type) for resource in estimate.resources if _supported(resource))
    unsupported = Counter(terraform_type(resource.type) for resource in estimate.resources if resource.status is Status.UNKNOWN and not _supported(resource))
    usage_based = sum(1 for resource in estimate.resources if any(line.quantity_source is not QuantitySource.DECLARED for line in resource.lines))
    return {
        "totalDetectedResources": len(estimate.resources),
        "totalSupportedResources": supported.total(),
        "totalUnsupportedResources": unsupported.total(),
        "totalUsageBasedResources": usage_based,
        "totalNoPriceResources": free.total(),
        "supportedResourceCounts": _sorted(supported),
        "unsupportedResourceCounts": _sorted(unsupported),
        "noPriceResourceCounts": _sorted(free),
    }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def terraform_type(token: str) -> str:
    """Terraform's name of a type that has a meter, as usage files write it; else Pulumi's token."""
    meter = METERS.get(token)
    return token if meter is None else meter.terraform_type


def _text(value: Decimal | None) -> str | None:
    """A decimal without an exponent, rounded to ten places; null for what is not known."""
    if value is None:
        return None
    rounded = round(value, 10).normalize()
    return f"{rounded if rounded else Decimal(0):f}"
