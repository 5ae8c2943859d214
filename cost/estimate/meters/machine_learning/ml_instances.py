"""ML instances as lines: what SageMaker bills by the hour and ml.* type, whatever runs on it, and the words its meters share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cost.estimate.meters.base import Charge, Context, UndecidableError, Unpriced, as_mapping, as_number, constant
from cost.estimate.meters.usage_fields import running_hours
from cost.estimate.model import EstimateLine, InstanceOffer, PurchaseOption, QuantitySource, Range
from cost.estimate.price import Price
from cost.estimate.prices import SAGEMAKER
from cost.units import MONTH_HOURS
from plinth.stack import State, Unknown, lookup


@dataclass(frozen=True, slots=True)
class Stated:
    """A quantity, where it came from, and what the line says of it."""

    quantity: Range
    source: QuantitySource = QuantitySource.DECLARED
    notes: tuple[str, ...] = ()


def known(properties: Any, key: str, default: Any = None) -> Any:
    """A nested input, or `default` where it is not set. Raises UndecidableError where it is unknown, or missing without a default."""
    found = lookup(properties, key)
    if found.state is State.UNKNOWN:
        raise UndecidableError(f"{key} is known only after deployment")
    if not found.known and default is None:
        raise UndecidableError(f"{key} is not declared")
    return found.value if found.known else default


def mapping(properties: Any, key: str) -> Mapping[str, Any]:
    """A nested block, empty where it is not set. Raises UndecidableError where it is unknown."""
    return as_mapping(key, known(properties, key, {}))


def month_share(context: Context, *, overlapping: bool = False) -> Stated:
    """The hours that a resource runs a month, as a quantity; `overlapping` where it stands for several that run side by side."""
    hours, source, notes = running_hours(context, overlapping=overlapping)
    return Stated(constant(hours), source, notes)


def ml_price(context: Context, use: str, instance_type: str) -> Price | Unpriced:
    """The price an hour of an ml.* type for a use (hosting, training, processing, notebook, cluster), or why there is none."""
    found = context.prices.sagemaker_instance(instance_type, use, context.region)
    if found is None:
        return Unpriced("instances", f"the price book has no {use} price for {instance_type} in {context.region}; add one with --prices")
    return found


def ml_line(
    context: Context, use: str, instance_type: str, label: str, hours: Stated, *, purchase: PurchaseOption = PurchaseOption.ON_DEMAND
) -> EstimateLine | Unpriced:
    """Instance hours of one type as a line, or why they have no price."""
    return ml_lines(context, use, (instance_type,), label, hours, purchase=purchase)[0]


def ml_lines(
    context: Context, use: str, types: Sequence[str], label: str, hours: Stated, *, purchase: PurchaseOption = PurchaseOption.ON_DEMAND
) -> tuple[EstimateLine | Unpriced, ...]:
    """Instance hours on one of several types: the first is expected, the cheapest is the floor and the dearest the ceiling.

    A type without a price is listed beside the line; where none has one, that is all there is.
    """
    answers = [(name, ml_price(context, use, name)) for name in types]
    missing = tuple(Unpriced(label, answer.reason) for _, answer in answers if isinstance(answer, Unpriced))
    priced = [(name, answer) for name, answer in answers if isinstance(answer, Price)]
    if not priced:
        return missing
    (name, price), rates = priced[0], [price.usd_per_unit for _, price in priced]
    several = (f"one of {', '.join(name for name, _ in priced)}: floor on the cheapest, ceiling on the dearest",) if len(priced) > 1 else ()
    offers = [InstanceOffer(instance_type=name, purchase_option=purchase, usd_per_hour=found.usd_per_unit) for name, found in priced]
    quantity = hours.quantity
    line = EstimateLine(
        component=label,
        service=SAGEMAKER,
        unit="hour",
        quantity=quantity,
        unit_price=price.usd_per_unit,
        price_source=price.source,
        price_date=price.effective_date,
        confidence=price.confidence,
        monthly_cost=Range(min=quantity.min * min(rates), expected=quantity.expected * price.usd_per_unit, max=quantity.max * max(rates)),
        assumptions=(*hours.notes, *several),
        instance_type=name,
        purchase_option=purchase,
        quantity_source=hours.source,
        offers=tuple(offers) if len(offers) > 1 else (),
    )
    return (line, *missing)


def priced_range(context: Context, use: str, types: Iterable[str], hours: Range, on: str = "on the other types here,") -> str:
    """What hours would cost on types that have a price, as the end of a reason; empty where none has one."""
    names = sorted(set(types))
    found = [(name, price.usd_per_unit) for name in names if (price := context.prices.sagemaker_instance(name, use, context.region)) is not None]
    if not found:
        return ""
    low, high = min(rate for _, rate in found) * hours.min, max(rate for _, rate in found) * hours.max
    return f"; {on} {' or '.join(name for name, _ in found)} it would be {low:,.2f} to {high:,.2f} USD a month"


def job_storage(price_type: str, component: str, gigabytes: float, hours: Stated, label: str | None = None) -> Charge:
    """ML storage that lives as long as its instances: GB for instance hours, as GB-months of 730 hours."""
    note = f"{gigabytes:g} GB for each instance hour"
    share = hours.quantity.scaled(gigabytes / MONTH_HOURS)
    return Charge(price_type, component, share, source=hours.source, assumptions=(note,), label=label)


def known_numbers(pairs: Iterable[tuple[str, Any]]) -> tuple[float, ...]:
    """Numbers from inputs by name. Raises UndecidableError where one is unknown or no number."""
    values: list[float] = []
    for name, value in pairs:
        if isinstance(value, Unknown):
            raise UndecidableError(f"{name} is known only after deployment")
        values.append(as_number(name, value))
    return tuple(values)
