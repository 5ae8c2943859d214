"""Guardrails over an estimate: each limit passed, failed, waived or unknown, with the reason. Unknown is never passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase

from cost.estimate.compare import listed
from cost.estimate.free import free_types
from cost.estimate.guardrails_file import KINDS, PER_RESOURCE, Guardrail, Guardrails, Kind, Waiver
from cost.estimate.meters import METERS
from cost.estimate.model import (
    EVERY_TAG,
    Comparison,
    Estimate,
    EstimateLine,
    GuardrailResult,
    InstanceOffer,
    ResourceChange,
    ResourceEstimate,
    Verdict,
)
from cost.estimate.prices import PriceBook
from plinth.errors import InputError, nearest

CENT = 0.005
Judged = ResourceEstimate | ResourceChange
"""What has a type and tags."""
GPU_TYPES = (
    "aws:ec2/instance:*", "aws:ec2/launchTemplate:*", "aws:ec2/spot*", "aws:ec2/fleet:*", "aws:ec2/capacity*", "aws:autoscaling/group:*", "aws:eks/nodeGroup:*",
    "aws:sagemaker/*", "aws:batch/*", "aws:emr/*", "kubernetes:karpenter.sh/*", "aws_sagemaker_*",
)  # fmt: skip
"""The types that may run GPU instances: one of these that is not priced leaves a limit on GPUs undecided."""


@dataclass(frozen=True)
class _Found:
    """What a limit was compared with: the figure, what is missing from it, and which resources are over a limit for one."""

    value: float | None
    words: str
    missing: tuple[str, ...] = ()
    undefined: str = ""
    over: Mapping[str, str] = field(default_factory=dict[str, str])
    """URN to the words about it, of each resource that is over the limit."""


@dataclass(frozen=True)
class _Scope:
    """What a guardrail looks at."""

    estimate: Estimate
    guardrail: Guardrail
    prices: PriceBook

    @property
    def resources(self) -> Iterator[ResourceEstimate]:
        return (resource for resource in self.estimate.resources if _matches(self.guardrail, resource))

    def changes(self, comparison: Comparison) -> Iterator[ResourceChange]:
        return (change for change in comparison.changes if _matches(self.guardrail, change))

    def may_match(self, candidates: Iterable[Judged]) -> tuple[str, ...]:
        """Whose tags are known only after deployment, so that the limit may be for them, as words; empty where there are none."""
        names = [each.name for each in candidates if not _matches(self.guardrail, each) and _may_match(self.guardrail, each)]
        return (f"whether it is for {listed(names)}, whose tags are known only after deployment",) if names else ()

    @property
    def whole(self) -> bool:
        return self.guardrail.tags is None and not self.guardrail.types

    def missing(self, types: Iterable[str] = ("*",)) -> tuple[str, ...]:
        """What the scope's figures lack: resources or components without a price, and what a preview does not show."""
        urns = {resource.urn: resource.name for resource in self.resources}
        found = [item for item in self.estimate.unknown if item.urn in urns and _is_like(item.type, types)]
        unseen = (f"{self.estimate.unseen} unchanged resources that the preview does not show",) if self.estimate.unseen else ()
        names = dict.fromkeys(f"{urns[item.urn]}{f' ({item.component})' if item.component else ''}" for item in found)
        untagged = (item for item in self.estimate.resources if (item.lines or item.monthly_cost is None) and _is_like(item.type, types))
        return (*unseen, *([f"no price for {listed(list(names))}"] if names else []), *self.may_match(untagged))


def evaluate(guardrails: Guardrails, estimate: Estimate, environment: str, prices: PriceBook, today: date) -> tuple[GuardrailResult, ...]:
    """The results of the guardrails that are for an environment, in the file's order.

    Raises InputError, with the nearest name, for a waiver of a resource that the stack does not have, or of one where the limit is not for one.
    """
    applying = [guardrail for guardrail in guardrails.guardrails if not guardrail.environments or environment in guardrail.environments]
    results: list[GuardrailResult] = []
    for guardrail in applying:
        waivers = [waiver for waiver in guardrails.waivers if waiver.guardrail == guardrail.name and environment in (waiver.environments or (environment,))]
        _check_resources(guardrails, guardrail, waivers, estimate)
        found = LIMITS[guardrail.kind](_Scope(estimate, guardrail, prices))
        results.append(_judged(guardrail, found, waivers, {item.urn: item.name for item in estimate.resources}, guardrails.fail_unpriced, today))
    return tuple(results)


def _check_resources(guardrails: Guardrails, guardrail: Guardrail, waivers: list[Waiver], estimate: Estimate) -> None:
    names = sorted({resource.name for resource in estimate.resources})
    for waiver in waivers:
        where = f"{guardrails.path}, the waiver of {guardrail.name}, resource"
        if waiver.resource is not None and guardrail.kind not in PER_RESOURCE:
            raise InputError("the guardrail limits no single resource", where=where, value=waiver.resource, fix="take resource out of the waiver")
        if waiver.resource is not None and waiver.resource not in names and not estimate.unseen:
            fix = nearest(waiver.resource, names, "take the waiver out, or give it the environments that it is for")
            raise InputError("the waiver is for a resource that the stack does not have", where=where, value=waiver.resource, fix=fix)


def _judged(guardrail: Guardrail, found: _Found, waivers: list[Waiver], names: Mapping[str, str], fail_unpriced: bool, today: date) -> GuardrailResult:
    live = [waiver for waiver in waivers if today <= waiver.until]
    over = {urn: words for urn, words in found.over.items() if not any(waiver.resource in (None, names.get(urn)) for waiver in live)}
    verdict = _verdict(guardrail, found, fail_unpriced)
    waived = verdict is Verdict.FAILED and any(waiver.resource is None for waiver in live)
    if verdict is Verdict.FAILED and found.over and not over:
        waived = not (fail_unpriced and found.missing) or waived
    reasons = [found.undefined or found.words, *([f"{listed(list((over or found.over).values()))} over the limit"] if found.over else [])]
    if found.missing:
        reasons.append(f"not counted: {'; '.join(found.missing)}")
    reasons += [_said(waiver, today) for waiver in waivers if verdict is Verdict.FAILED or today > waiver.until]
    return GuardrailResult(
        name=guardrail.name,
        limit=guardrail.limit,
        value=found.value,
        unit=KINDS[guardrail.kind],
        verdict=Verdict.WAIVED if waived else verdict,
        reason="; ".join(reasons),
        resources=tuple(sorted(found.over)),
    )


def _verdict(guardrail: Guardrail, found: _Found, fail_unpriced: bool) -> Verdict:
    """What is known alone may be over the limit: what is not known could only add to it."""
    if found.value is not None and found.value > guardrail.limit + CENT * (guardrail.kind != "gpu_hourly_usd"):
        return Verdict.FAILED
    if found.missing:
        return Verdict.FAILED if fail_unpriced else Verdict.UNKNOWN
    return Verdict.UNKNOWN if found.undefined else Verdict.PASSED


def _said(waiver: Waiver, today: date) -> str:
    subject = f" for {waiver.resource}" if waiver.resource else ""
    state = "holds until" if today <= waiver.until else "expired on"
    return f"the waiver{subject} {state} {waiver.until} (approved by {waiver.approved_by}: {waiver.reason})"


def _monthly(scope: _Scope) -> _Found:
    figure = scope.guardrail.figure
    costs = (resource.monthly_cost for resource in scope.resources if resource.monthly_cost is not None)
    value = sum(getattr(cost, figure) for cost in costs)
    return _Found(value, f"{value:,.2f} USD a month {figure}", scope.missing())


def _increase(scope: _Scope) -> _Found:
    comparison = scope.estimate.comparison
    if comparison is None:
        return _Found(None, "", ("nothing to compare with: give --compare or a preview",))
    value = _difference(scope, comparison)
    return _Found(value, f"{value:+,.2f} USD a month {scope.guardrail.figure} against {comparison.against}", _unknown_changes(scope, comparison))


def _increase_percent(scope: _Scope) -> _Found:
    comparison, figure = scope.estimate.comparison, scope.guardrail.figure
    if comparison is None:
        return _increase(scope)
    difference = _difference(scope, comparison)
    after = sum(getattr(resource.monthly_cost, figure) for resource in scope.resources if resource.monthly_cost is not None)
    before = getattr(comparison.before, figure) if scope.whole else after - difference
    missing = (*_unknown_changes(scope, comparison), *(("the totals are of a preview that does not show what is unchanged",) if comparison.partial else ()))
    if abs(before) < CENT:
        if difference < CENT:
            return _Found(0.0, "no increase", missing)
        return _Found(None, "", missing, undefined=f"{difference:+,.2f} USD a month from nothing: there is no percentage of nothing")
    value = 100 * difference / before
    if comparison.partial:
        return _Found(None, f"{difference:+,.2f} USD a month {figure} against {comparison.against}", missing)
    return _Found(value, f"{value:+,.1f} % {figure} against {comparison.against}", missing)


def _difference(scope: _Scope, comparison: Comparison) -> float:
    figure = scope.guardrail.figure
    if scope.whole:
        return getattr(comparison.difference, figure)
    return sum(change.moved(figure) for change in scope.changes(comparison))


def _unknown_changes(scope: _Scope, comparison: Comparison) -> tuple[str, ...]:
    names = [change.undecided_name for change in scope.changes(comparison) if change.undecided]
    return (*([f"no price before or after for {listed(names)}"] if names else []), *scope.may_match(comparison.changes))


def _resource(scope: _Scope) -> _Found:
    figure, limit = scope.guardrail.figure, scope.guardrail.limit
    costs = {resource.urn: (getattr(resource.monthly_cost, figure), resource.name) for resource in scope.resources if resource.monthly_cost is not None}
    value, dearest = max(costs.values(), default=(0.0, ""))
    over = {urn: f"{name} {cost:,.2f}" for urn, (cost, name) in costs.items() if cost > limit + CENT}
    words = f"the dearest, {dearest}, is {value:,.2f} USD a month {figure}" if dearest else "no such resource"
    return _Found(value, words, scope.missing(), over=over)


def _gpu(scope: _Scope) -> _Found:
    """The price an hour of one instance with GPUs or Neuron devices: the dearest that each resource may run."""
    found: dict[str, tuple[float, str, str]] = {}
    unheard: dict[str, None] = {}
    for resource in scope.resources:
        offers = [offer for line in resource.lines for offer in _offers(line) if scope.guardrail.purchase in (None, offer.purchase_option)]
        shaped = [(offer.usd_per_hour, offer.instance_type, resource.name) for offer in offers if _has_accelerator(scope, offer)]
        if shaped:
            found[resource.urn] = max(shaped)
        if _is_like(resource.type, GPU_TYPES):
            unheard |= dict.fromkeys(f"{offer.instance_type} of {resource.name}" for offer in offers if _may_be_over(scope, offer))
    value, type_, name = max(found.values(), default=(0.0, "", ""))
    over = {urn: f"{name} ({type_} {price:,.4f} USD/h)" for urn, (price, type_, name) in found.items() if price > scope.guardrail.limit}
    words = f"the dearest is {type_} of {name} at {value:,.4f} USD an hour" if name else "no instance with GPUs"
    shapeless = (f"whether {listed(sorted(unheard))} has GPUs, which the price book does not know",) if unheard else ()
    return _Found(value, words, (*scope.missing(GPU_TYPES), *shapeless), over=over)


def _has_accelerator(scope: _Scope, offer: InstanceOffer) -> bool:
    spec = scope.prices.specs.get(offer.instance_type.removeprefix("ml."))
    return spec is not None and (spec.gpu_count > 0 or spec.neuron_device_count > 0)


def _may_be_over(scope: _Scope, offer: InstanceOffer) -> bool:
    """Whether a type of unknown shape costs more than the limit: if it has GPUs, it is over."""
    return offer.usd_per_hour > scope.guardrail.limit and offer.instance_type.removeprefix("ml.") not in scope.prices.specs


def _offers(line: EstimateLine) -> tuple[InstanceOffer, ...]:
    """What an hour of each type costs that a line may run on: its own where it states no others."""
    if line.offers or line.instance_type is None or line.unit != "hour":
        return line.offers
    return (InstanceOffer(instance_type=line.instance_type, purchase_option=line.purchase_option, usd_per_hour=line.unit_price),)


LIMITS: Mapping[Kind, Callable[[_Scope], _Found]] = {
    "monthly_usd": _monthly,
    "increase_usd": _increase,
    "increase_percent": _increase_percent,
    "resource_monthly_usd": _resource,
    "gpu_hourly_usd": _gpu,
}


def _is_like(type_: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in patterns)


def _matches(guardrail: Guardrail, judged: Judged) -> bool:
    of_type = not guardrail.types or _is_like(judged.type, guardrail.types)
    return of_type and all(judged.tags.get(key) in values for key, values in (guardrail.tags or {}).items())


def _may_match(guardrail: Guardrail, judged: Judged) -> bool:
    """As `_matches`, where a tag that is not known may be any."""
    hidden = judged.unknown_tags
    if not hidden:
        return _matches(guardrail, judged)
    known = {key: values for key, values in (guardrail.tags or {}).items() if key not in hidden and EVERY_TAG not in hidden}
    return _matches(replace(guardrail, tags=known), judged)


def failed(results: Iterable[GuardrailResult]) -> tuple[GuardrailResult, ...]:
    """The guardrails that stop a change."""
    return tuple(result for result in results if result.verdict is Verdict.FAILED)


def with_guardrails(guardrails: Guardrails, estimate: Estimate, environment: str, prices: PriceBook, today: date) -> Estimate:
    """The estimate with the guardrails' results; a file of which none is for the environment is a warning."""
    results = evaluate(guardrails, estimate, environment, prices, today)
    warnings = estimate.warnings
    if not results:
        named = sorted({name for guardrail in guardrails.guardrails for name in guardrail.environments})
        warnings = (*warnings, f"no guardrail of {guardrails.path} is for {environment}: {nearest(environment, named, f'they are for {listed(named)}')}")
    judged = {result.name for result in results}
    idle = (words for guardrail in guardrails.guardrails if guardrail.name in judged for words in _idle_filters(guardrail, estimate))
    return estimate.model_copy(update={"guardrails": results, "warnings": (*warnings, *idle)})


def _idle_filters(guardrail: Guardrail, estimate: Estimate) -> Iterator[str]:
    """What is said of a filter that nothing can match: a limit on nothing passes for ever."""
    here = {resource.type for resource in estimate.resources}
    for pattern in guardrail.types:
        if not any(fnmatchcase(type_, pattern) for type_ in here):
            known = sorted(here | METERS.keys() | free_types().keys())
            if not any(fnmatchcase(type_, pattern) for type_ in known):
                fix = nearest(pattern, known, "write a Pulumi token, such as aws:ebs/volume:*")
                yield f"the guardrail {guardrail.name} is for {pattern}, which no type is like: {fix}"
    every = [resource for resource in estimate.resources if not resource.unknown_tags]
    if len(every) < len(estimate.resources) or estimate.unseen:
        return
    for key, values in (guardrail.tags or {}).items():
        found = sorted({resource.tags[key] for resource in every if key in resource.tags})
        keys = sorted({name for resource in every for name in resource.tags})
        for value in values if found else ():
            if value not in found:
                yield f"the guardrail {guardrail.name} is for {key}: {value}, which no resource has: {nearest(value, found, f'they have {listed(found)}')}"
        if not found:
            yield f"the guardrail {guardrail.name} is for the tag {key}, which no resource has: {nearest(key, keys, 'it limits nothing')}"
