"""Usage learned from a month of a bill: each billed quantity is given back to the usage field that makes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cost.bill.model import Bill
from cost.estimate import Preset, PriceBook, Usage, load_price_book
from cost.estimate.identity import identifiers
from cost.estimate.lookup import References
from cost.estimate.meters import METERS
from cost.estimate.presets import preset_usage
from cost.estimate.price import HOME
from cost.pricing.usage_types import usage_type_of
from cost.reconcile.billed import BilledMonth, BilledUse, billed_month
from cost.reconcile.keys import key_of, month_share, quantity_of, unit_of
from cost.reconcile.matching import Candidate, Matcher
from cost.reconcile.model import LearnedField, LearnedUsage, Match, NotLearned
from cost.reconcile.probe import INSTANCES, ComponentKey, Effect, Probe
from cost.units import MONTH_HOURS
from plinth.stack import Operation, Resource, Stack

COUNT_FIELD, HOURS_FIELD = "instances", "monthly_hours"
"""How many instances of a pool or an endpoint run on average, or for how long one does: their hours teach the first where a type has both."""


@dataclass
class _Seen:
    """What the bill has of one resource: its uses, and how they were told to be its own."""

    uses: list[BilledUse]
    matched_by: Match


def learn_usage(
    stack: Stack, bill: Bill, *, month: str | None = None, usages: Sequence[Usage] = (), prices: PriceBook | None = None, as_of: date | None = None
) -> LearnedUsage:
    """What a month of a bill says of the stack's usage; `usages` gives the texts (operating systems) that the meters need.

    Raises InputError where the bill has no such month or less than a day of it.
    """
    prices = prices or load_price_book()
    found = billed_month(bill, month)
    references = References(stack)
    resources = {resource.urn: resource for resource in stack.custom if resource.type in METERS and resource.operation is not Operation.DELETE}
    seen, unmatched = _matched(stack, resources.values(), found.uses)
    fields: list[LearnedField] = []
    missing: list[NotLearned] = []
    for resource in resources.values():
        texts = {key: text for usage in usages for key, text in usage.texts(METERS[resource.type].terraform_type, resource.name).items()}
        probe = Probe(stack, resource, prices, references, texts, as_of or prices.newest)
        if not probe.fields:
            continue
        billed = seen.get(resource.urn)
        learned = _learned(probe, resource, billed, found, prices) if billed else []
        fields += learned
        if not learned:
            missing.append(NotLearned(urn=resource.urn, name=resource.name, reason=_why_not(billed)))
    return LearnedUsage(
        month=found.label,
        hours=found.hours,
        fields=tuple(fields),
        not_learned=tuple(missing),
        unmatched_cost=unmatched,
        synthetic=found.synthetic,
        warnings=_warnings(found),
    )


def candidates(stack: Stack, resources: Iterable[Resource]) -> list[Candidate]:
    """A stack's resources as a bill may know them."""
    return [
        Candidate(resource.urn, resource.type, resource.name, identifiers(resource, stack.source), frozenset({METERS[resource.type].terraform_type}))
        for resource in resources
    ]


def _matched(stack: Stack, resources: Iterable[Resource], uses: Iterable[BilledUse]) -> tuple[dict[str, _Seen], float]:
    matcher = Matcher(candidates(stack, resources))
    seen: dict[str, _Seen] = {}
    unmatched = 0.0
    for use in uses:
        match = matcher.match(use)
        if match is None:
            unmatched += use.cost
            continue
        candidate, how = match
        seen.setdefault(candidate.urn, _Seen([], how)).uses.append(use)
    return seen, unmatched


def _learned(probe: Probe, resource: Resource, billed: _Seen, month: BilledMonth, prices: PriceBook) -> list[LearnedField]:
    """Every field that the resource's billed quantities give back: first those whose component nothing else makes, then what they leave."""
    quantities = _quantities(billed.uses, month, prices)
    preset = preset_usage(Preset.SMALL).by_type.get(probe.terraform_type, {})
    base = {field: float(value) for field, value in preset.items()}
    known: dict[str, LearnedField] = {}
    if COUNT_FIELD in probe.fields:
        known |= _count(resource, probe, quantities, billed, preset)
        base |= {field: learned.value for field, learned in known.items()}
    waiting = set(probe.fields) - known.keys() - ({HOURS_FIELD} if known else set())
    while waiting:
        effects = {field: probe.effects(field, base) for field in waiting}
        sole = _sole_makers(effects, quantities)
        if not sole:
            break
        for key, field in sorted(sole.items(), key=lambda item: item[1]):
            if field not in waiting:
                continue
            effect = effects[field][key]
            value = max(0.0, (quantities[key] - effect.base) / effect.factor)
            known[field] = _field(resource, probe, field, value, preset.get(field), key, quantities[key], billed.matched_by)
            base[field] = value
            waiting.discard(field)
    for field in sorted(waiting & preset.keys()):
        made = probe.effects(field, base)
        if made and all(_nameable(key) and key not in quantities for key in made):
            known[field] = _field(resource, probe, field, 0.0, preset.get(field), next(iter(made)), 0.0, billed.matched_by)
    return list(known.values())


def _sole_makers(effects: Mapping[str, Mapping[ComponentKey, Effect]], quantities: Mapping[ComponentKey, float]) -> dict[ComponentKey, str]:
    """The billed components that one field alone can have made. A field that would have made something else too, which is not billed, has not."""
    makers: defaultdict[ComponentKey, list[str]] = defaultdict(list)
    for field, made in effects.items():
        if all(key in quantities or not _nameable(key) for key in made):
            for key in made:
                makers[key].append(field)
    return {key: fields[0] for key, fields in makers.items() if len(fields) == 1 and key in quantities}


def _nameable(key: ComponentKey) -> bool:
    """Whether a bill's line of the component would be told: what it can't name, its absence says nothing of."""
    return key[0] == INSTANCES or usage_type_of(*key, HOME) is not None


def _quantities(uses: Iterable[BilledUse], month: BilledMonth, prices: PriceBook) -> dict[ComponentKey, float]:
    """The month's quantity of each component in the price book's unit, for a month of 730 hours."""
    found: defaultdict[ComponentKey, float] = defaultdict(float)
    for use in uses:
        key, quantity = key_of(use), quantity_of(use)
        if key is not None and quantity is not None:
            found[key] += quantity / month_share(unit_of(key, prices), month)
    return dict(found)


def _count(
    resource: Resource, probe: Probe, quantities: Mapping[ComponentKey, float], billed: _Seen, preset: Mapping[str, float | str]
) -> dict[str, LearnedField]:
    """The average number of instances: their hours over the month's."""
    hours = {key: quantity for key, quantity in quantities.items() if key[0] == INSTANCES}
    if not hours:
        return {}
    key = max(hours, key=lambda name: hours[name])
    total = sum(hours.values())
    return {COUNT_FIELD: _field(resource, probe, COUNT_FIELD, total / MONTH_HOURS, preset.get(COUNT_FIELD), key, total, billed.matched_by)}


def _field(
    resource: Resource, probe: Probe, field: str, value: float, preset: float | str | None, key: ComponentKey, billed: float, matched_by: Match
) -> LearnedField:
    return LearnedField(
        urn=resource.urn,
        name=resource.name,
        key=f"{probe.terraform_type}.{resource.name}",
        field=field,
        value=float(f"{value:.6g}"),
        preset=preset if isinstance(preset, float) else None,
        component=f"{key[0]}: {key[1]}",
        billed_quantity=billed,
        matched_by=matched_by,
    )


def _why_not(billed: _Seen | None) -> str:
    if billed is None:
        return "the bill has no line of it"
    unknown = sorted({use.usage_type for use in billed.uses if key_of(use) is None})
    if unknown:
        return f"no component is known for its usage types {', '.join(unknown[:3])}"
    return "its billed components are not usage: they follow from its inputs"


def _warnings(month: BilledMonth) -> tuple[str, ...]:
    said: list[str] = []
    if month.synthetic:
        said.append("the bill is generated, not measured")
    if not month.whole:
        said.append(f"the bill covers {month.hours:,.0f} of the {month.month_hours:,.0f} hours of {month.label}: its quantities are scaled up")
    return tuple(said)
