"""The charge table by day: one row per day, group, service, resource and usage type. All other analyses read this table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

import ibis
import ibis.expr.datatypes as dt

from cost.bill.charge_table import COST_KINDS, MONEY, ChargeCategory, Frame
from cost.bill.groups import SHARED, UNTAGGED, quoted, tag_hint, taggable
from cost.bill.model import Bill
from cost.bill.summary import cost_measures
from cost.bill.tags import normalise_tag_key
from plinth.errors import InputError

QUANTITY: Final[Any] = dt.Decimal(38, 12)
"""Quantities are added as exact decimals: sums of floats depend on the order of rows, and a report must be the same twice."""
INSTANT: Final = ibis.interval(microseconds=1)
KEYS: Final = ("period", "group", "service", "account", "resource", "detail", "usage_type", "unit", "steady", "growth", "category", "frequency")
DAYS_UNITS: Final = r"hour|hrs|hr$|minute|second|\bdays?$"
"""Units that a longer month has more of, in lower case: `Hrs`, `vCPU-Hours`, `Lambda-GB-Second`, `LCU-Hr`; not `GB-Mo`, `Requests`, `GB`."""

DIMENSIONS: Final[Mapping[str, str]] = {
    "account": "SubAccountId",
    "service": "ServiceName",
    "region": "RegionId",
    "usage_type": "x_usage_type",
    "resource": "ResourceId",
}
"""What can be grouped by besides tags, and the column that has it; these names stand before a tag of the same name."""


class Growth(StrEnum):
    """What makes more of a charge: the days of a month, nothing but its own use in the month, or, of a tax, the charges that it is levied on."""

    DAYS = "days"
    MONTH = "month"
    TAXED = "taxed"


def group_of(charges: Frame, tag: str) -> Any:
    """The tag's value, `(untagged)`, or `(shared)`; a value that reads like one of those is quoted."""
    value = charges["Tags"].get(tag).fill_null("")
    return ibis.cases((value != "", quoted(value)), (taggable(charges), UNTAGGED), else_=SHARED)


def by_column(charges: Frame, by: str) -> Any:
    """The values to group by: one of DIMENSIONS, else a tag's."""
    return charges[DIMENSIONS[by]].fill_null("") if by in DIMENSIONS else group_of(charges, by)


def grouping(bill: Bill, by: str) -> str:
    """What `by` names: one of DIMENSIONS, else the bill's tag key. Raises InputError where the bill has tags and not this one."""
    keys = [each.key for each in bill.tag_keys]
    key = by if by in DIMENSIONS or by in keys else normalise_tag_key(by)
    if key in DIMENSIONS or key in keys or not keys:
        return key
    raise InputError(
        "no charge of this bill has this tag", where="--by", value=by, fix=f"{tag_hint(key, keys, DIMENSIONS)} Besides tags there are {', '.join(DIMENSIONS)}"
    )


def growth_of(charges: Frame) -> Any:
    """Growth by the unit; a commitment is by the hour, and usage of which the bill gives no unit is taken to be."""
    unit: Any = charges["ConsumedUnit"].fill_null("").lower()
    hourly = charges["CommitmentDiscountId"].notnull() | (taggable(charges) & ((unit == "") | unit.re_search(DAYS_UNITS)))
    return ibis.cases((charges["ChargeCategory"] == ChargeCategory.TAX.value, Growth.TAXED.value), (hourly, Growth.DAYS.value), else_=Growth.MONTH.value)


def daily(charges: Frame, by: str, last_usage: date | None, *, resources: bool = True) -> Frame:
    """Costs by day. A charge longer than a day is spread evenly over its days, up to the bill's last day of usage; sums are kept.

    `by` is one of DIMENSIONS or a tag key; without `resources` no row tells resources apart, and there are far fewer.
    """
    table = charges.mutate(
        period=charges["BillingPeriodStart"].date(),
        first=charges["ChargePeriodStart"].date(),
        last=(charges["ChargePeriodEnd"] - INSTANT).date(),
        group=by_column(charges, by),
        service=charges["ServiceName"],
        account=charges["SubAccountId"].fill_null(charges["BillingAccountId"]),
        resource=charges["ResourceId"].fill_null("") if resources else ibis.literal(""),
        detail=ibis.coalesce(charges["x_instance_type"], charges["x_usage_type"], charges["ChargeCategory"]),
        usage_type=charges["x_usage_type"].fill_null(""),
        unit=charges["ConsumedUnit"].fill_null(""),
        steady=taggable(charges),
        growth=growth_of(charges),
        category=charges["ChargeCategory"],
        frequency=charges["ChargeFrequency"],
    )
    quantity = table["ConsumedQuantity"].try_cast(QUANTITY).sum(where=table["steady"]).cast("float64")
    whole = table.group_by(*KEYS, "first", "last").aggregate(quantity=quantity, **cost_measures(table))
    until: Any = whole["last"] if last_usage is None else ibis.least(whole["last"], ibis.literal(last_usage))
    whole = whole.mutate(days=ibis.greatest(1, until.delta(whole["first"], unit="day") + 1))
    offset = whole.mutate(offset=ibis.range(0, whole["days"]).unnest())
    day = (offset["first"].cast("timestamp") + offset["offset"].as_interval("D")).date()
    return offset.select(
        *KEYS,
        day=day,
        one_day=offset["days"] == 1,
        quantity=offset["quantity"] / offset["days"],
        **{kind: _share(offset, kind) for kind in COST_KINDS},
    )


def _share(table: Frame, kind: str) -> Any:
    """The exact amount of a one-day charge, a day's part of a longer one."""
    part = (table[kind].cast("float64") / table["days"]).cast(MONEY)
    return (table["days"] == 1).ifelse(table[kind], part)
