"""Charges that are alike in everything but their time within a day become one: fewer rows, the same money."""

from __future__ import annotations

from typing import Any, Final

import ibis

from cost.bill.charge_table import MONEY, SCHEMA, Frame
from cost.bill.focus.complete import per_unit

QUANTITIES: Final = (
    "CommitmentDiscountQuantity", "ConsumedQuantity", "PricingQuantity", "x_split_actual_usage", "x_split_reserved_usage", "x_split_usage",
)  # fmt: skip
UNIT_PRICES: Final = {"ContractedUnitPrice": "ContractedCost", "ListUnitPrice": "ListCost"}
ONE_VALUE: Final = ("PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice", "x_split_usage_ratio")
"""Kept where the merged rows agree; else unknown."""
PER_LINE: Final = ("x_line_item_id", "x_time_interval")
"""Null where rows were merged."""
_SUMMED: Final = (*(name for name, kind in SCHEMA.items() if kind == MONEY), *QUANTITIES, "x_lines")
_TIMES: Final = ("ChargePeriodStart", "ChargePeriodEnd")
_KEYS: Final = tuple(name for name in SCHEMA.names if name not in {*_SUMMED, *_TIMES, "x_hours", *UNIT_PRICES, *ONE_VALUE, *PER_LINE})


def merged(charges: Frame) -> Frame:
    """One row for all charges that begin on one day, end on one day and differ in nothing but times and amounts.

    Money, quantities and lines are summed; a unit price is the summed cost over the summed quantity. An unknown amount stays apart from a known one.
    """
    last = (charges["ChargePeriodEnd"] - ibis.interval(microseconds=1)).date()
    unknown = {f"unknown_{name}": charges[name].isnull() for name in _SUMMED if name in QUANTITIES or name == "x_public_on_demand_cost"}
    grouped = charges.group_by(*_KEYS, first_day=charges["ChargePeriodStart"].date(), last_day=last, **unknown)
    days = grouped.aggregate(**_measures(charges))
    prices = {name: per_unit(days[cost], days["PricingQuantity"]) for name, cost in UNIT_PRICES.items()}
    complete = days.mutate(**{name: days[f"known_{name}"].ifelse(price, ibis.null("float64")) for name, price in prices.items()})
    return complete.select(**{name: complete[name].cast(kind) for name, kind in SCHEMA.items()})


def _measures(charges: Frame) -> dict[str, Any]:
    sums = {name: charges[name].sum().cast(SCHEMA[name]) for name in _SUMMED}
    one = {name: _only(charges[name]) for name in ONE_VALUE}
    single = {name: (charges.count() == 1).ifelse(charges[name].max(), ibis.null("string")) for name in PER_LINE}
    known = {f"known_{name}": charges[name].notnull().any() for name in UNIT_PRICES}
    hours = charges["x_hours"].notnull().all().ifelse(charges["x_hours"].bit_or(), ibis.null("int64"))
    return (
        sums
        | one
        | single
        | known
        | {"x_hours": hours, "ChargePeriodStart": charges["ChargePeriodStart"].min(), "ChargePeriodEnd": charges["ChargePeriodEnd"].max()}
    )


def _only(value: Any) -> Any:
    return (value.min() == value.max()).ifelse(value.max(), ibis.null(value.type()))
