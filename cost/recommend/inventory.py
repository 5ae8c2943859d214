"""The inventory: each compute resource with its type, hours and effective rate, read from the bill's charge table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _
from pydantic import BaseModel, ConfigDict

from cost.units import MONTH_HOURS

if TYPE_CHECKING:
    from cost.bill.engine import Engine
    from cost.bill.model import Bill

INSTANCE_HOURS = r"(^|[-:])(BoxUsage|SpotUsage|DedicatedUsage|HostBoxUsage)(:|$)"
"""Usage types that are an EC2 instance running; other rows of an instance (data transfer, EBS optimisation, credits) are not sized."""
SAGEMAKER = "ml."
BILLED_LATE = timedelta(hours=24)
"""How far behind the bill's last hour an instance may be and still run: AWS brings a bill up to date at least once a day, not for all resources at once."""
Period = tuple[datetime, datetime]


class InventoryItem(BaseModel):
    """One resource that runs an instance type. `hourly_rate` is what its hours cost after all discounts, USD; None where only the list price is known.

    `monthly_hours` is its hours at the pace of the bill, in a month of 730; None where the bill does not say them. `purchase_options` names every
    one its hours were bought by. `billed` is the periods without a break that the bill has it running, in order, UTC; empty where there is no bill.
    """

    model_config = ConfigDict(frozen=True)

    resource_id: str
    instance_types: tuple[str, ...]
    region: str | None = None
    account_id: str | None = None
    operating_system: str | None = None
    purchase_options: tuple[str, ...] = ("OnDemand",)
    monthly_hours: float | None = MONTH_HOURS
    hourly_rate: float | None = None
    billed: tuple[Period, ...] = ()
    tags: Mapping[str, str] = {}

    @property
    def first_billed(self) -> datetime | None:
        """The start of its first billed hour."""
        return self.billed[0][0] if self.billed else None

    @property
    def last_billed(self) -> datetime | None:
        """The end of its last billed hour."""
        return self.billed[-1][1] if self.billed else None


class Inventory(BaseModel):
    """The resources of a bill that run an instance type, and what of the bill could not be used. `period_end` is that of its last instance-hour, UTC."""

    model_config = ConfigDict(frozen=True)

    items: tuple[InventoryItem, ...]
    currency: str = "USD"
    period_end: datetime | None = None
    warnings: tuple[str, ...] = ()

    def runs(self, item: InventoryItem) -> bool:
        """Whether a resource was still billed at the bill's end, or within the day before it; True where no bill says when it was billed."""
        return item.last_billed is None or self.period_end is None or item.last_billed >= self.period_end - BILLED_LATE


def inventory_from_bill(bill: Bill) -> Inventory:
    """The instances of a bill. The rate is EffectiveCost / hours (FOCUS: net amortized), so it is the customer's own."""
    from cost.bill.groups import resource_usage

    rows: Any = bill.charges.filter(
        resource_usage(bill.charges)
        & _.x_instance_type.notnull()
        & (_.x_usage_type.fill_null("").re_search(INSTANCE_HOURS) | _.x_instance_type.startswith(SAGEMAKER))
    )
    named = rows.filter(_.ResourceId.fill_null("") != "")
    engine = bill.engine
    first, last = _span(engine, rows)
    month = MONTH_HOURS * 3600 / (last - first) if last > first else 1.0
    found = named.group_by("ResourceId").agg(
        types=_.x_instance_type.collect(distinct=True),
        region=_.RegionId.max(),
        account=_.SubAccountId.max(),
        systems=_.x_operating_system.collect(distinct=True),
        options=_.x_purchase_option.collect(distinct=True),
        hours=_.ConsumedQuantity.sum(),
        unknown=_.ConsumedQuantity.isnull().sum(),
        cost=_.EffectiveCost.sum().cast("float64"),
        tags=_.Tags.argmax(_.ChargePeriodStart),
    )
    billed = _billed(engine, named)
    items = tuple(_item(row, month, billed[row["ResourceId"]]) for row in engine.rows(found.order_by("ResourceId")))
    return Inventory(
        items=items,
        currency=bill.currency,
        period_end=datetime.fromtimestamp(last, UTC) if last else None,
        warnings=(*(("the bill is generated, not measured",) if bill.synthetic else ()), *_warnings(engine, rows)),
    )


def _span(engine: Engine, rows: Any) -> tuple[int, int]:
    """The epochs of the first and the last instance-hour of the bill: what "all the time" means in it; (0, 0) where it has none."""
    span = engine.rows(rows.agg(first=_.ChargePeriodStart.min().epoch_seconds(), last=_.ChargePeriodEnd.max().epoch_seconds()))[0]
    return span["first"] or 0, span["last"] or 0


def _billed(engine: Engine, rows: Any) -> dict[str, tuple[Period, ...]]:
    """The periods of each resource, hours that touch joined into one. Only breaks are rows here, so a bill of any length stays small."""
    hours = _hours(rows).union(_longer(rows)).distinct()
    before = ibis.window(group_by="id", order_by=["start", "end"], preceding=(None, 1))
    begins = hours.mutate(begins=(_.start > _.end.max().over(before)).fill_null(True).cast("int64"))
    numbered = begins.mutate(run=_.begins.sum().over(ibis.cumulative_window(group_by="id", order_by=["start", "end"])))
    runs = numbered.group_by("id", "run").agg(start=_.start.min(), end=_.end.max()).order_by("id", "start")
    found: dict[str, list[Period]] = {}
    for row in engine.rows(runs):
        found.setdefault(row["id"], []).append((datetime.fromtimestamp(row["start"], UTC), datetime.fromtimestamp(row["end"], UTC)))
    return {name: tuple(periods) for name, periods in found.items()}


def _longer(rows: Any) -> Any:
    """Charges that are not of single hours, as they are."""
    longer = rows.filter(_.x_hours.isnull())
    epochs = {"start": _.ChargePeriodStart.epoch_seconds().cast("int64"), "end": _.ChargePeriodEnd.epoch_seconds().cast("int64")}
    return longer.select(id=_.ResourceId, **epochs)


def _hours(rows: Any) -> Any:
    """Each hour of the days whose lines were merged (cost.bill.charge_table, x_hours)."""
    days = rows.filter(_.x_hours.notnull()).select(id=_.ResourceId, day=_.ChargePeriodStart.truncate("D").epoch_seconds(), hours=_.x_hours).distinct()
    hours = days.mutate(hour=ibis.range(0, 24).unnest())
    hours = hours.filter(((hours["hours"] >> hours["hour"].cast("int64")) & 1) == 1)
    start = hours["day"] + hours["hour"] * 3600
    return hours.select("id", start=start.cast("int64"), end=(start + 3600).cast("int64"))


def _item(row: dict, month: float, billed: tuple[Period, ...]) -> InventoryItem:
    systems = sorted(text for text in row["systems"] or () if text)
    hours = row["hours"] if row["hours"] and row["hours"] > 0 and not row["unknown"] else None
    return InventoryItem(
        resource_id=row["ResourceId"],
        instance_types=tuple(sorted(row["types"])),
        region=row["region"],
        account_id=row["account"],
        operating_system="/".join(systems) or None,
        purchase_options=tuple(sorted(row["options"])),
        monthly_hours=hours * month if hours else None,
        hourly_rate=row["cost"] / hours if hours else None,
        billed=billed,
        tags=dict(row["tags"] or {}),
    )


def _warnings(engine: Engine, rows: Any) -> tuple[str, ...]:
    unnamed = engine.rows(rows.filter(_.ResourceId.fill_null("") == "").agg(count=_.x_lines.sum().fill_null(0), cost=_.EffectiveCost.sum().cast("float64")))[0]
    said: list[str] = []
    if not engine.rows(rows.agg(count=_.count()))[0]["count"]:
        said.append("the bill has no hour of an EC2 or SageMaker instance: there is nothing to size")
    if unnamed["count"]:
        said.append(f"{unnamed['count']:,} instance-hour rows ({unnamed['cost']:,.2f}) name no resource (a bill without RESOURCES): they can't be sized")
    return tuple(said)
