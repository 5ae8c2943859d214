"""Rows of a legacy Cost and Usage Report as Arrow tables, a block of like rows at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from cost.bill.read import SYNTHETIC_MARK
from cost.synthetic.meters import ACCOUNT, LOCATIONS, Meter, digest

NUMBERS: Final = (
    "lineItem/UsageAmount", "lineItem/UnblendedRate", "lineItem/UnblendedCost", "lineItem/BlendedRate", "lineItem/BlendedCost",
    "pricing/publicOnDemandCost", "pricing/publicOnDemandRate", "reservation/EffectiveCost", "savingsPlan/TotalCommitmentToDate",
    "savingsPlan/SavingsPlanRate", "savingsPlan/UsedCommitment", "savingsPlan/SavingsPlanEffectiveCost",
    "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod", "savingsPlan/RecurringCommitmentForBillingPeriod",
)  # fmt: skip
COLUMNS: Final = (
    "identity/LineItemId", "identity/TimeInterval", "bill/InvoiceId", "bill/InvoicingEntity", "bill/BillingEntity", "bill/BillType",
    "bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate", "lineItem/UsageAccountId", "lineItem/LineItemType",
    "lineItem/UsageStartDate", "lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType", "lineItem/Operation",
    "lineItem/AvailabilityZone", "lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/CurrencyCode", "lineItem/UnblendedRate",
    "lineItem/UnblendedCost", "lineItem/BlendedRate", "lineItem/BlendedCost", "lineItem/LineItemDescription", "lineItem/TaxType",
    "lineItem/LegalEntity", "product/ProductName", "product/instanceType", "product/location", "product/operatingSystem", "product/region",
    "product/regionCode", "product/servicecode", "product/sku", "product/usagetype", "pricing/RateCode", "pricing/currency",
    "pricing/publicOnDemandCost", "pricing/publicOnDemandRate", "pricing/term", "pricing/unit", "reservation/EffectiveCost",
    "reservation/ReservationARN", "savingsPlan/TotalCommitmentToDate", "savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanRate",
    "savingsPlan/UsedCommitment", "savingsPlan/SavingsPlanEffectiveCost", "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod",
    "savingsPlan/RecurringCommitmentForBillingPeriod", "savingsPlan/PaymentOption", "savingsPlan/OfferingType",
)  # fmt: skip
TAG_PREFIX: Final = "resourceTags/user:"
DECIMALS: Final = 10
"""Digits after the point of a cost in a Cost and Usage Report."""


def rounded(amounts: Any) -> Any:
    """Amounts at the precision that a Cost and Usage Report has."""
    return np.round(amounts, DECIMALS)


class Month:
    """One month's frame: the texts of its hours and what every row of it shares."""

    def __init__(self, starts: Sequence[datetime], tag_keys: Sequence[str]) -> None:
        self.first, self.end = starts[0], starts[-1] + timedelta(hours=1)
        self.label = f"{self.first:%Y-%m}"
        self.starts = np.array([_time(start) for start in starts], dtype=object)
        self.ends = np.array([_time(start + timedelta(hours=1)) for start in starts], dtype=object)
        self.intervals = np.array([f"{_second(start)}/{_second(start + timedelta(hours=1))}" for start in starts], dtype=object)
        self.schema = pa.schema([(name, pa.float64() if name in NUMBERS else pa.string()) for name in (*COLUMNS, *(TAG_PREFIX + key for key in tag_keys))])
        self.common: dict[str, Any] = {
            "bill/InvoiceId": f"{SYNTHETIC_MARK}-{self.label}",
            "bill/InvoicingEntity": f"{SYNTHETIC_MARK} (no AWS bill)",
            "bill/BillingEntity": "AWS",
            "bill/BillType": "Anniversary",
            "bill/PayerAccountId": ACCOUNT,
            "bill/BillingPeriodStartDate": _time(self.first),
            "bill/BillingPeriodEndDate": _time(self.end),
            "lineItem/UsageAccountId": ACCOUNT,
            "lineItem/CurrencyCode": "USD",
            "lineItem/LegalEntity": "Plinth",
            "pricing/currency": "USD",
        }

    def hour(self, day: date, hour: int) -> int:
        """The index of an hour of the month."""
        return (day - self.first.date()).days * 24 + hour

    def block(self, hours: Any, values: Mapping[str, Any]) -> pa.Table:
        """Rows for these hours of the month; a value is one for all rows or an array, and a column without one is empty."""
        timed = {"identity/TimeInterval": self.intervals[hours], "lineItem/UsageStartDate": self.starts[hours], "lineItem/UsageEndDate": self.ends[hours]}
        return self._table(len(hours), timed | dict(values))

    def whole(self, values: Mapping[str, Any]) -> pa.Table:
        """One row over the whole month; its interval says the first day, as AWS's tax rows do."""
        interval = f"{_second(self.first)}/{_second(self.first + timedelta(days=1))}"
        timed = {"identity/TimeInterval": interval, "lineItem/UsageStartDate": _time(self.first), "lineItem/UsageEndDate": _time(self.end)}
        return self._table(1, timed | dict(values))

    def _table(self, rows: int, values: Mapping[str, Any]) -> pa.Table:
        merged = self.common | dict(values)
        return pa.table([_array(merged.get(field.name), field.type, rows) for field in self.schema], schema=self.schema)


def _array(value: Any, kind: pa.DataType, rows: int) -> pa.Array:
    if isinstance(value, np.ndarray):
        return pa.array(value, type=kind)
    return pa.nulls(rows, kind) if value is None else pa.repeat(pa.scalar(value, type=kind), rows)


def of_meter(meter: Meter, resource_id: str, line_item_type: str) -> dict[str, Any]:
    """What all rows of one resource of a meter share; a spot row has no product attributes, as in AWS's bills."""
    attributes = not meter.spot
    return {
        "identity/LineItemId": digest(resource_id, meter.usage_type, line_item_type)[:52],
        "lineItem/LineItemType": line_item_type,
        "lineItem/ProductCode": meter.product_code,
        "lineItem/UsageType": meter.usage_type,
        "lineItem/Operation": meter.operation,
        "lineItem/AvailabilityZone": f"{meter.region}a" if meter.instances else None,
        "lineItem/ResourceId": resource_id,
        "lineItem/UnblendedRate": meter.rate,
        "lineItem/BlendedRate": meter.rate,
        "lineItem/LineItemDescription": meter.description,
        "product/ProductName": meter.product_name,
        "product/instanceType": meter.instance_type if attributes else None,
        "product/location": LOCATIONS.get(meter.region, meter.region) if attributes else None,
        "product/operatingSystem": "Linux" if meter.instances and attributes else None,
        "product/region": meter.region,
        "product/regionCode": meter.region,
        "product/servicecode": meter.product_code,
        "product/sku": digest(meter.usage_type)[:16].upper(),
        "product/usagetype": meter.usage_type if attributes else None,
        "pricing/RateCode": digest(meter.usage_type)[:16].upper() + ".JRTCKXETXF.6YS6EN2CT7",
        "pricing/publicOnDemandRate": meter.rate if attributes else None,
        "pricing/term": "OnDemand" if attributes else None,
        "pricing/unit": meter.unit,
    } | {TAG_PREFIX + key: value for key, value in meter.tags.items()}


def used(meter: Meter, amounts: Any, costs: Any) -> dict[str, Any]:
    """The amounts of usage rows; a spot row gives no public on-demand cost, for the estimate does not know one."""
    public = None if meter.spot else costs
    return {"lineItem/UsageAmount": amounts, "lineItem/UnblendedCost": costs, "lineItem/BlendedCost": costs, "pricing/publicOnDemandCost": public}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
