"""Which usage field makes which component of a resource, and how many of it: found out by asking the meter with other figures.

A meter is a function from usage to quantities. Asked twice with a field at two figures it tells the field's factor; so a quantity from a
bill gives the field back, for every meter, without a second table that says the same the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cost.estimate.lookup import References
from cost.estimate.meters import METERS
from cost.estimate.meters.base import Charge, Context, UndecidableError
from cost.estimate.model import EstimateLine, PurchaseOption, Quantity, QuantitySource
from cost.estimate.prices import PriceBook
from plinth.stack import Resource, Stack

ComponentKey = tuple[str, str]
"""Price type and component; instances are `("instances", purchase option)`, whatever their type."""
INSTANCES = "instances"
PROBES = (8.0, 16.0, 64.0)
"""Figures to ask with: few enough to stay in a pool's limits, and three, so that what is not linear shows."""
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Effect:
    """What one more of a usage field adds to a component, and what the component has without it."""

    factor: float
    base: float


class Probe:
    """A resource's meter, asked with figures of its usage fields."""

    def __init__(self, stack: Stack, resource: Resource, prices: PriceBook, references: References, texts: Mapping[str, str], as_of: date):
        self._stack, self._resource, self._prices, self._references, self._texts, self._as_of = stack, resource, prices, references, texts, as_of
        self._meter = METERS[resource.type]

    @property
    def terraform_type(self) -> str:
        """The name under which a usage file knows the type."""
        return self._meter.terraform_type

    @property
    def fields(self) -> frozenset[str]:
        """The numeric usage fields of the type."""
        return self._meter.fields

    def quantities(self, usage: Mapping[str, float]) -> Mapping[ComponentKey, float]:
        """The expected quantity of each component at these figures. Empty where the meter can't decide."""
        region = self._references.region(self._resource)
        figures = {field: Quantity(value, QuantitySource.USAGE_FILE) for field, value in usage.items()}
        context = Context(self._stack, self._resource, region or "", self._prices, figures, self._as_of, self._references, [], self._texts)
        found: defaultdict[ComponentKey, float] = defaultdict(float)
        try:
            for item in self._meter.items(context) if region else ():
                if isinstance(item, Charge):
                    elsewhere = item.region not in ("", region)
                    found[("", item.label or item.component) if elsewhere else (item.price_type, item.component)] += (
                        item.quantity.expected * item.count.expected
                    )
                elif isinstance(item, EstimateLine):
                    found[line_key(item)] += item.quantity.expected
        except UndecidableError:
            return {}
        return found

    def effects(self, field: str, usage: Mapping[str, float]) -> Mapping[ComponentKey, Effect]:
        """The components that a field adds to in proportion, beside the other figures given."""
        asked = [self.quantities({**usage, field: figure}) for figure in PROBES]
        found: dict[ComponentKey, Effect] = {}
        for key in {key for answer in asked for key in answer}:
            one, two, three = (answer.get(key, 0.0) for answer in asked)
            factor = (two - one) / (PROBES[1] - PROBES[0])
            straight = abs(three - one - factor * (PROBES[2] - PROBES[0])) <= TOLERANCE * max(1.0, abs(three))
            if factor > 0 and straight:
                found[key] = Effect(factor, one - factor * PROBES[0])
        return found


def line_key(line: EstimateLine) -> ComponentKey:
    """The key of a line that a meter priced itself."""
    if line.instance_type is not None:
        return instances_key(spot=line.purchase_option is PurchaseOption.SPOT)
    return (line.price_type, line.price_component or line.component)


def instances_key(*, spot: bool) -> ComponentKey:
    """The key of instance-hours, whatever the type: a pool's meter expects one type and runs several."""
    return (INSTANCES, PurchaseOption.SPOT.value if spot else PurchaseOption.ON_DEMAND.value)
