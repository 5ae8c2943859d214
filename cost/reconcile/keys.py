"""What a bill's usage is in the price book's terms, and how a quantity of a month that is longer or shorter is brought to another length."""

from __future__ import annotations

from collections.abc import Mapping

from cost.estimate.price import HOME
from cost.estimate.prices import ENDPOINT_CONFIGURATION, INSTANCE, PriceBook
from cost.pricing.units import units_in_ours
from cost.reconcile.billed import BilledMonth, BilledUse
from cost.reconcile.probe import ComponentKey, instances_key
from cost.units import MONTH_HOURS

INSTANCE_PRICES: Mapping[str, tuple[str, ...]] = {INSTANCE: ("Linux on-demand ", "Linux spot "), ENDPOINT_CONFIGURATION: ("hosting ",)}
"""Price types whose components are an instance type each, and how those begin."""


def key_of(use: BilledUse) -> ComponentKey | None:
    """The component that a bill's usage is; instances of any type are one component. None where the table of usage types does not know it."""
    component = use.component
    if component is None:
        return None
    if component.component.startswith(INSTANCE_PRICES.get(component.resource_type, ("\0",))):
        return instances_key(spot=use.spot)
    return (component.resource_type, component.component)


def quantity_of(use: BilledUse) -> float | None:
    """The billed quantity in the price book's unit; None where the bill gives none."""
    component = use.component
    return None if use.quantity is None or component is None else use.quantity / float(units_in_ours(component, use.unit))


def month_share(unit: str, month: BilledMonth) -> float:
    """What a month of 730 hours has of this unit in the hours that the bill covers: a GB-month is of the calendar's month, the rest goes by hours."""
    return month.hours / month.month_hours if "month" in unit else month.hours / MONTH_HOURS


def unit_of(key: ComponentKey, prices: PriceBook) -> str:
    """The price book's unit of a component; `hour` for instances."""
    ladder = prices.ladder(key[0], key[1], HOME)
    return ladder[0].unit if ladder else "hour" if key == instances_key(spot=True) or key == instances_key(spot=False) else ""
