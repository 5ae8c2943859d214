"""One month of a bill as usage: a row a resource, usage type and operation, added up by the database; and what of the month is no usage."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from cost.bill.groups import resource_usage
from cost.pricing.usage_types import Component, component_of
from plinth.errors import InputError

if TYPE_CHECKING:
    from cost.bill.model import Bill

SPOT = "Spot"
DAY_SECONDS = 24 * 3600
TOO_SHORT_HOURS = 24.0
"""A month with fewer hours of usage teaches nothing about a month."""


@dataclass(frozen=True)
class BilledUse:
    """What one resource used of one usage type in the month. `quantity` is in the bill's `unit`; `cost` is net amortized."""

    resource_id: str
    service: str
    product_code: str
    usage_type: str
    operation: str
    instance_type: str | None
    spot: bool
    quantity: float | None
    cost: float
    tags: Mapping[str, str]
    unit: str = ""

    @property
    def component(self) -> Component | None:
        """The component of the price book that it is, or None where the table of usage types has none."""
        return component_of(self.product_code, self.usage_type, self.operation)


@dataclass(frozen=True)
class BilledMonth:
    """A month's usage and the hours it covers; `not_usage` is tax, credits, fees and unused commitments."""

    label: str
    hours: float
    month_hours: float
    uses: tuple[BilledUse, ...]
    not_usage: float
    synthetic: bool
    currency: str

    @property
    def whole(self) -> bool:
        """Whether the bill covers the month to within a day."""
        return self.hours >= self.month_hours - 24


def billed_month(bill: Bill, month: str | None = None) -> BilledMonth:
    """The usage of one month of a bill: the one named (`2026-10`), else the last that is whole, else the last.

    Raises InputError where the bill has no such month, or less than a day of it.
    """
    charges = bill.charges
    label = charges["BillingPeriodStart"].strftime("%Y-%m")
    months = {row["label"]: row for row in bill.engine.rows(_spans(charges.filter(resource_usage(charges)).mutate(label=label)))}
    wanted = _chosen(months, month)
    first, last = months[wanted]["first"], months[wanted]["last"]
    hours = (last - first) / 3600
    if hours < TOO_SHORT_HOURS:
        raise InputError("the bill has less than a day of usage in the month", value=f"{wanted}: {hours:.0f} hours", fix="give a month with more of it")
    year, number = map(int, wanted.split("-"))
    in_month = charges.mutate(label=label).filter(ibis._["label"] == wanted)
    whole = bill.engine.rows(in_month.aggregate(cost=in_month["EffectiveCost"].sum().cast("float64")))[0]["cost"] or 0.0
    uses = tuple(_use(row) for row in bill.engine.rows(_grouped(in_month.filter(resource_usage(in_month)))))
    used = sum(use.cost for use in uses)
    return BilledMonth(wanted, hours, calendar.monthrange(year, number)[1] * 24.0, uses, whole - used, bill.synthetic, bill.currency)


def _spans(usage: Any) -> Any:
    """The time that each month's rows span: those of at most a day where it has any, for a row of the whole month says nothing of where the bill ends."""
    start, end = usage["ChargePeriodStart"].epoch_seconds(), usage["ChargePeriodEnd"].epoch_seconds()
    short = end - start <= DAY_SECONDS
    return usage.group_by("label").agg(
        first=ibis.coalesce(start.min(where=short), start.min()),
        last=ibis.coalesce(end.max(where=short), end.max()),
    )


def _chosen(months: Mapping[str, Mapping[str, Any]], month: str | None) -> str:
    if not months:
        raise InputError("the bill has no usage", fix="give a bill with usage rows")
    if month is not None:
        if month not in months:
            raise InputError("the bill has no such month", where="--month", value=month, fix=f"use one of {', '.join(sorted(months))}")
        return month
    whole = [label for label, row in months.items() if row["last"] - row["first"] >= 27 * 24 * 3600]
    return max(whole or months)


def _grouped(usage: Any) -> Any:
    keys = ("resource", "service", "product", "usage_type", "operation", "instance_type", "spot", "unit")
    named = usage.mutate(
        resource=usage["ResourceId"].fill_null(""),
        service=usage["ServiceName"].fill_null(""),
        product=usage["x_product_code"].fill_null(""),
        usage_type=usage["x_usage_type"].fill_null(""),
        operation=usage["x_operation"].fill_null(""),
        instance_type=usage["x_instance_type"].fill_null(""),
        spot=usage["x_purchase_option"] == SPOT,
        unit=ibis.coalesce(usage["ConsumedUnit"], usage["PricingUnit"], ibis.literal("")),
    )
    return named.group_by(*keys).agg(
        quantity=named["ConsumedQuantity"].sum().cast("float64"),
        unknown=named["ConsumedQuantity"].isnull().sum(),
        cost=named["EffectiveCost"].sum().cast("float64"),
        tags=named["Tags"].argmax(named["ChargePeriodStart"]),
    )


def _use(row: Mapping[str, Any]) -> BilledUse:
    return BilledUse(
        resource_id=row["resource"],
        service=row["service"],
        product_code=row["product"],
        usage_type=row["usage_type"],
        operation=row["operation"],
        instance_type=row["instance_type"] or None,
        spot=bool(row["spot"]),
        quantity=None if row["unknown"] else row["quantity"],
        cost=row["cost"] or 0.0,
        tags=dict(row["tags"] or {}),
        unit=row["unit"],
    )
