"""What a meter is: rows that turn a resource's inputs and usage into charges, and the few words a meter can answer with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cost.estimate.lookup import References
from cost.estimate.model import ONE, EstimateLine, PurchaseOption, Quantity, QuantitySource, Range
from cost.estimate.prices import PriceBook
from cost.estimate.usage import Choices
from plinth.stack import Resource, Stack, State, Unknown


@dataclass(frozen=True, slots=True)
class Charge:
    """A quantity of one component of the price book, `count` times; tiers apply to the quantity of one."""

    price_type: str
    component: str
    quantity: Range
    count: Range = ONE
    source: QuantitySource = QuantitySource.DECLARED
    assumptions: tuple[str, ...] = ()
    label: str | None = None
    instance_type: str | None = None
    purchase_option: PurchaseOption = PurchaseOption.ON_DEMAND
    region: str = ""
    """The Region whose price holds, where it is not the resource's own: a replica's, a copy's."""


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A component that can't be priced, and why."""

    component: str
    reason: str


@dataclass(frozen=True, slots=True)
class Free:
    """The resource itself costs nothing, and why."""

    reason: str


Item = Charge | EstimateLine | Unpriced | Free


class UndecidableError(Exception):
    """The whole resource can't be priced; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a meter may look at: the resource, its Region, the stack around it, the prices, the usage and the day."""

    stack: Stack
    resource: Resource
    region: str
    prices: PriceBook
    usage: Mapping[str, Quantity]
    as_of: date
    references: References
    warnings: list[str]
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The usage file's texts (`operating_system: windows`)."""

    def get(self, path: str, default: Any = None) -> Any:
        """An input's value, or `default` where it is not set. Raises UndecidableError where it is unknown."""
        found = self.resource.input(path)
        if found.state is State.UNKNOWN:
            raise UndecidableError(f"{path} is known only after deployment")
        return found.value if found.known else default

    def number(self, path: str, default: float | None = None) -> float:
        """A numeric input. Raises UndecidableError where it is unknown, missing without a default, or no number."""
        return as_number(path, self.get(path, default))

    def items(self, path: str) -> list[Any]:
        """A list input, empty where it is not set. Raises UndecidableError where it is unknown or no list."""
        return as_list(path, self.get(path))

    def text(self, path: str, default: str) -> str:
        """A text input. Raises UndecidableError where it is unknown or no text."""
        value = self.get(path, default)
        if not isinstance(value, str):
            raise UndecidableError(f"{path} is not text")
        return value

    def within(self, what: str, stated: float, floor: float, ceiling: float) -> float:
        """A usage file's count held between floor and ceiling, with a warning where it lies outside."""
        taken = min(max(stated, floor), ceiling)
        if taken != stated:
            self.warnings.append(f"{what}: the usage file says {stated:g} instances, but {floor:g} to {ceiling:g} are possible; {taken:g} taken")
        return taken


@dataclass(frozen=True, slots=True)
class Fixed:
    """A row for a component that runs all month, whatever the inputs: its quantity."""

    component: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Used:
    """A row for a component whose quantity is a usage field, counted `per` to the price's unit."""

    field: str
    component: str
    per: float = 1.0


Measure = Callable[[Context], Iterable[Item]]


@dataclass(frozen=True, slots=True)
class Meter:
    """How a resource type is priced: rows that need no code, and a function for the rest. `price_type` is the price book's resource type."""

    terraform_type: str
    fixed: tuple[Fixed, ...] = ()
    used: tuple[Used, ...] = ()
    measure: Measure | None = None
    extra_fields: tuple[str, ...] = ()
    """Numeric usage fields that `measure` reads itself."""
    texts: Mapping[str, Choices] = field(default_factory=dict[str, Choices])
    """Text usage fields and the words each takes; no words where any text will do."""
    price_type: str = ""
    usage_only: bool = False
    """No resource declares it (data transfer, training jobs): a usage file's `TYPE.NAME` key makes the resource, its token is the Terraform type."""
    fields: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", frozenset({*self.extra_fields, *(row.field for row in self.used)}))

    def items(self, context: Context) -> Iterable[Item]:
        """Every charge of a resource."""
        price_type = self.price_type or self.terraform_type
        for row in self.fixed:
            yield Charge(price_type, row.component, constant(row.quantity))
        for row in self.used:
            yield from used_charge(context, price_type, row)
        if self.measure is not None:
            yield from self.measure(context)


def used_charge(context: Context, price_type: str, row: Used, *, factor: float = 1.0) -> Iterable[Charge]:
    """The charge for a usage field, or nothing where neither a usage file nor the preset has it."""
    found = context.usage.get(row.field)
    if found is not None:
        quantity = constant(found.value * factor / row.per)
        yield Charge(price_type, row.component, quantity, source=found.source, assumptions=(usage_assumption(row.field, found),))


def usage_assumption(field_name: str, found: Quantity) -> str:
    """How a line says where a usage figure came from."""
    words = {
        QuantitySource.PRESET: f"preset {found.label}; state your own in a usage file",
        QuantitySource.LEARNED: f"learned from {found.label}",
    }
    return f"{field_name} {found.value:,.12g} a month ({words.get(found.source, found.source.value)})"


def constant(value: float) -> Range:
    """A range of one figure."""
    return Range(min=value, expected=value, max=value)


def as_number(path: str, value: Any) -> float:
    """A number from an input that may be written as text. Raises UndecidableError where it is unknown, none, negative or not finite."""
    if isinstance(value, Unknown):
        raise UndecidableError(f"{path} is known only after deployment")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UndecidableError(f"{path} is not a number") from None
    if not math.isfinite(number) or number < 0:
        raise UndecidableError(f"{path} is negative or not finite: {number}")
    return number


def as_list(path: str, value: Any) -> list[Any]:
    """A list from an input; empty for None. Raises UndecidableError where it is something else, or unknown."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UndecidableError(f"{path} is {'known only after deployment' if isinstance(value, Unknown) else 'not a list'}")
    return value


def as_mapping(path: str, value: Any) -> Mapping[str, Any]:
    """A mapping from an input; empty for None. Raises UndecidableError where it is something else, or unknown."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UndecidableError(f"{path} is {'known only after deployment' if isinstance(value, Unknown) else 'not a mapping'}")
    return value


def settled(path: str, fields: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """A value inside a nested input. Raises UndecidableError where it is unknown."""
    value = fields.get(key, default)
    if isinstance(value, Unknown):
        raise UndecidableError(f"{path}.{key} is known only after deployment")
    return value


def purchase_label(purchase: PurchaseOption) -> str:
    """`spot` or `on-demand`, as people write it."""
    return purchase.value.replace("_", "-")
