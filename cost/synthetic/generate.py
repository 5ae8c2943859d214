"""`generate_bill`: a stack's estimate as two months of a tagged legacy Cost and Usage Report, marked synthetic on every row."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from cost.estimate.model import Estimate
from cost.synthetic import plan as savings_plan
from cost.synthetic import rows, shape
from cost.synthetic.meters import Meter, digest, meters_of, without_some_tags
from cost.synthetic.model import PlanTerms, Spike, SpikeRequest, SyntheticBill
from infra.tags import TEAM
from plinth.errors import InputError, UsageError
from plinth.files import write_atomically

DEFAULT_MONTHS: Final = (date(2026, 9, 1), date(2026, 10, 1))
TAX_RATE: Final = 0.08
"""The generator's own assumption."""


@dataclass(frozen=True)
class _Use:
    """A meter's usage in one month, shape (resources, hours)."""

    meter: Meter
    amounts: Any

    @property
    def costs(self) -> Any:
        return rows.rounded(self.amounts * self.meter.rate)


def generate_bill(
    estimate: Estimate,
    out: Path,
    *,
    months: Sequence[date] = DEFAULT_MONTHS,
    seed: int = 7,
    teams: Mapping[str, str] | None = None,
    untagged_share: float = 0.06,
    spike: SpikeRequest | None = SpikeRequest(),
) -> SyntheticBill:
    """Write one csv.gz a month into the folder `out`, the same bytes for the same arguments, and say what they hold.

    `teams` maps a resource's name, or the start of it, to its team; other resources keep their tags.
    What the estimate expects at zero, such as a pool that scales from zero, is not in the bill: give the estimate a usage file.
    Raises UsageError for no or repeated months, InputError where the estimate has no priced line or `out` can't be written.
    """
    firsts = [month.replace(day=1) for month in months]
    if not firsts or len(set(firsts)) != len(firsts):
        raise UsageError("a generated bill needs months, each once", value=[str(month) for month in months])
    rng = np.random.default_rng(seed)
    meters, untagged = without_some_tags(meters_of(estimate, teams or {}), untagged_share, rng)
    if not meters:
        raise InputError("the estimate has no priced line to make a bill from", value=f"{len(estimate.resources)} resources", fix="price the stack first")
    uses = {first: [_Use(meter, rows.rounded(shape.usage(meter, first, rng))) for meter in meters] for first in firsts}
    terms = savings_plan.terms([[(use.meter, use.costs) for use in month] for month in uses.values()])
    keys = sorted({key for meter in meters for key in meter.tags})
    made = [_month(rows.Month(shape.hour_starts(first), keys), uses[first], terms, spike if first == max(firsts) else None) for first in firsts]
    files = [_write(out / f"plinth-synthetic-{first:%Y-%m}.csv.gz", table) for first, (table, _) in zip(firsts, made, strict=True)]
    return SyntheticBill(
        files=tuple(files),
        months=tuple(f"{first:%Y-%m}" for first in firsts),
        seed=seed,
        rows=sum(table.num_rows for table, _ in made),
        usage_cost={f"{first:%Y-%m}": float(sum(use.costs.sum() for use in uses[first])) for first in firsts},
        untagged_resources=untagged,
        spike=next((found for _, found in made if found), None),
        plan=terms,
    )


def _month(month: rows.Month, uses: Sequence[_Use], terms: PlanTerms | None, request: SpikeRequest | None) -> tuple[pa.Table, Spike | None]:
    hours = np.arange(len(month.starts))
    share = savings_plan.covered_share([(use.meter, use.costs) for use in uses], terms, len(hours))
    blocks: list[pa.Table] = []
    for use in uses:
        blocks += savings_plan.split(month, use.meter, use.amounts, use.costs, share if use.meter.covered else None, terms)
    if terms:
        blocks += savings_plan.fees(month, blocks, terms)
    extra, spike = _spike(month, uses, request)
    blocks += extra
    blocks += _taxes(month, blocks)
    return pa.concat_tables(blocks), spike


def _spike(month: rows.Month, uses: Sequence[_Use], request: SpikeRequest | None) -> tuple[list[pa.Table], Spike | None]:
    """A pool left running: extra instances of the dearest tagged accelerator line (else instance line), EC2 first, at its own rate, outside the plan."""
    pools = [use.meter for use in uses if use.meter.instances]
    if not pools or request is None:
        return [], None
    meter = max(pools, key=lambda pool: (pool.tagged, pool.accelerated, pool.product_code == "AmazonEC2", pool.rate, pool.urn))
    first = _second_tuesday(month.first.date())
    days = [first + timedelta(days=number) for number in range(request.days)]
    hours = np.array([month.hour(day, hour) for day in days for hour in range(24 - request.hours_per_day, 24)])
    amounts = np.ones(len(hours))
    costs = rows.rounded(amounts * meter.rate)
    ids = [meter.resource_id(number) for number in range(1000, 1000 + request.instances)]
    blocks = [month.block(hours, rows.of_meter(meter, each, "Usage") | rows.used(meter, amounts, costs)) for each in ids]
    return blocks, Spike(
        urn=meter.urn,
        resource=meter.resource,
        resource_ids=tuple(ids),
        service=meter.product_name,
        usage_type=meter.usage_type,
        instance_type=meter.instance_type or "",
        team=meter.tags.get(TEAM),
        first_day=days[0],
        last_day=days[-1],
        hours_per_day=request.hours_per_day,
        cost=float(costs.sum() * request.instances),
    )


def _second_tuesday(first: date) -> date:
    return first + timedelta(days=(1 - first.weekday()) % 7 + 7)


def _taxes(month: rows.Month, blocks: Sequence[pa.Table]) -> list[pa.Table]:
    """A tax row per product for the whole month, on what the product billed."""
    whole = pa.concat_tables([block.select(["lineItem/ProductCode", "product/ProductName", "lineItem/UnblendedCost"]) for block in blocks])
    sums = whole.group_by(["lineItem/ProductCode", "product/ProductName"], use_threads=False).aggregate([("lineItem/UnblendedCost", "sum")])
    ordered = sorted(sums.to_pylist(), key=lambda row: row["lineItem/ProductCode"])
    return [month.whole(_tax(row["lineItem/ProductCode"], row["product/ProductName"], row["lineItem/UnblendedCost_sum"], month.label)) for row in ordered]


def _tax(code: str, name: str, billed: float, label: str) -> dict[str, Any]:
    cost = float(np.round(billed * TAX_RATE, 2))
    return {
        "identity/LineItemId": digest("tax", code, label)[:52],
        "lineItem/LineItemType": "Tax",
        "lineItem/ProductCode": code,
        "lineItem/UsageAmount": 1.0,
        "lineItem/UnblendedCost": cost,
        "lineItem/BlendedCost": cost,
        "lineItem/LineItemDescription": f"Tax for product code {code}",
        "lineItem/TaxType": "VAT",
        "product/ProductName": name,
        "pricing/publicOnDemandCost": 0.0,
    }


def _write(path: Path, table: pa.Table) -> Path:
    text = io.BytesIO()
    pyarrow.csv.write_csv(table, text, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return write_atomically(path, gzip.compress(text.getvalue(), compresslevel=6, mtime=0))
