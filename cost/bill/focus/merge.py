"""Charges that are alike in everything but their time within a day become one: fewer rows, the same money."""

from __future__ import annotations

from typing import Any, Final

import ibis

from cost.bill.charge_table import COLUMNS, MONEY, NUMBER, SCHEMA, Frame
from cost.bill.convert import per_unit

QUANTITIES: Final = (
    "CommitmentDiscountQuantity", "ConsumedQuantity", "PricingQuantity", "x_split_actual_usage", "x_split_reserved_usage", "x_split_usage",
)  # fmt: skip
UNIT_PRICES: Final = {"ContractedUnitPrice": "ContractedCost", "ListUnitPrice": "ListCost"}
"""Kept where the merged rows agree; else the summed cost over the summed quantity."""
ONE_VALUE: Final = ("PricingCurrencyContractedUnitPrice", "PricingCurrencyListUnitPrice")
"""Kept where the merged rows agree; else unknown."""
PER_LINE: Final = ("x_line_item_id", "x_time_interval")
"""Null where rows were merged."""
_SUMMED: Final = (*(name for name, kind in SCHEMA.items() if kind == MONEY), *QUANTITIES, "x_lines")
_NULLABLE: Final = tuple(column.name for column in COLUMNS if column.nullable and column.type in (MONEY, NUMBER))
_TIMES: Final = ("ChargePeriodStart", "ChargePeriodEnd")
_KEYS: Final = tuple(name for name in SCHEMA.names if name not in {*_SUMMED, *_TIMES, "x_hours", *UNIT_PRICES, *ONE_VALUE, *PER_LINE})


def merged(charges: Frame) -> Frame:
    """One row for all charges that begin on one day, end on one day and differ in nothing but times and amounts.

    Money, quantities and lines are summed. Which amounts and unit prices are unknown is part of what must be alike: a null is never added to a number.
    """
    last = (charges["ChargePeriodEnd"] - ibis.interval(microseconds=1)).date()
    grouped = charges.group_by(*_KEYS, first_day=charges["ChargePeriodStart"].date(), last_day=last, unknown=_unknown(charges))
    days = grouped.aggregate(**_measures(charges))
    complete = days.mutate(**{name: _price(days, name, cost) for name, cost in UNIT_PRICES.items()})
    return complete.select(**{name: complete[name].cast(kind) for name, kind in SCHEMA.items()})


def _unknown(charges: Frame) -> Any:
    """Which of a row's amounts are null, a bit each."""
    bits = [charges[name].isnull().ifelse(1 << bit, 0) for bit, name in enumerate(_NULLABLE)]
    return sum(bits[1:], bits[0])


def _price(days: Frame, name: str, cost: str) -> Any:
    mean = days[f"any_{name}"].isnull().ifelse(ibis.null("float64"), per_unit(days[cost], days["PricingQuantity"]))
    return ibis.coalesce(days[name], mean)


def _measures(charges: Frame) -> dict[str, Any]:
    sums = {name: charges[name].sum().cast(SCHEMA[name]) for name in _SUMMED}
    one = {name: _only(charges[name]) for name in (*ONE_VALUE, *UNIT_PRICES)}
    single = {name: (charges.count() == 1).ifelse(charges[name].max(), ibis.null("string")) for name in PER_LINE}
    some = {f"any_{name}": charges[name].max() for name in UNIT_PRICES}
    hours = charges["x_hours"].notnull().all().ifelse(charges["x_hours"].bit_or(), ibis.null("int64"))
    return (
        sums
        | one
        | single
        | some
        | {"x_hours": hours, "ChargePeriodStart": charges["ChargePeriodStart"].min(), "ChargePeriodEnd": charges["ChargePeriodEnd"].max()}
    )


def _only(value: Any) -> Any:
    return (value.min() == value.max()).ifelse(value.max(), ibis.null(value.type()))
