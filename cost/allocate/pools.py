"""Which split a charge belongs to, and what a split by usage is measured by: Ibis over the attributed charge table, and small csv files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import ibis
import ibis.expr.datatypes as dt

from cost.allocate.attribute import holds, selected, value_column
from cost.allocate.containers import pod_costs
from cost.allocate.containers_groups import LABEL, pod_weights
from cost.allocate.containers_requests import PodRequests
from cost.allocate.dimensions import Dimension
from cost.allocate.patterns import matches
from cost.allocate.rules import ContainerMetric, Source, Split
from cost.allocate.shared import UNPOOLED
from cost.bill.charge_table import ChargePart, CommitmentStatus, Frame
from cost.bill.completeness import label
from cost.bill.engine import Engine
from cost.bill.groups import UNTAGGED, tag_key
from cost.bill.model import Bill
from cost.bill.tags import TagKey
from plinth.csv_files import read_rows
from plinth.errors import InputError

QUANTITY: Final[Any] = dt.Decimal(38, 12)
SCALE: Final = 12
MAX_BYTES: Final = 16 * 1024 * 1024
LARGEST: Final = Decimal(10) ** 15
COLUMNS: Final = ("group", "value")
Metric = Mapping[str | None, Mapping[str, int]]
"""By period (None: every period) and group, the measure in units of 1e-12."""


def source_tags(source: Source, keys: Sequence[TagKey]) -> dict[str, tuple[str, ...]]:
    """The tag values that a source selects, by the bill's tag keys; `untagged` is a value too."""
    tags = {tag_key(key, keys): tuple(patterns) for key, patterns in (source.tags or {}).items()}
    return tags | ({tag_key(source.untagged, keys): (UNTAGGED,)} if source.untagged else {})


def pool_of(table: Frame, splits: Sequence[Split], dims: Sequence[Dimension], keys: Sequence[TagKey]) -> Any:
    """The number of the first split that picks the charge; UNPOOLED where none does."""
    if not splits:
        return ibis.literal(UNPOOLED, type="int64")
    return ibis.cases(
        *((_picked(table, split.source, dims, keys) & holds(table, split), ibis.literal(number, type="int64")) for number, split in enumerate(splits)),
        else_=UNPOOLED,
    )


def _picked(table: Frame, source: Source, dims: Sequence[Dimension], keys: Sequence[TagKey]) -> Any:
    condition = selected(table, source.model_dump(exclude_none=True))
    for key, patterns in source_tags(source, keys).items():
        index = next(place for place, dim in enumerate(dims) if dim.key == key)
        condition = condition & matches(table[value_column(index)], patterns)
    if source.unused_commitment:
        unused = table["CommitmentDiscountStatus"].fill_null("") == CommitmentStatus.UNUSED.value
        condition = condition & (unused | (table["x_charge_part"].fill_null("") == ChargePart.UNUSED.value))
    return condition


def quantities(engine: Engine, table: Frame, usage_types: Sequence[str], group: int) -> Metric:
    """The consumed quantity of the usage types that match, by period and group. Quantities of several units are added as they are."""
    rows = table.filter(matches(table["x_usage_type"], usage_types))
    grouped = rows.group_by(period=rows["BillingPeriodStart"], group=rows[value_column(group)]).aggregate(
        value=rows["ConsumedQuantity"].try_cast(QUANTITY).sum()
    )
    found: dict[str | None, dict[str, int]] = defaultdict(dict)
    for row in engine.rows(grouped):
        found[label(row["period"])][row["group"]] = max(0, int((row["value"] or Decimal(0)).scaleb(SCALE)))
    return found


def container_metric(bill: Bill, split: Split, months: Mapping[str, Frame], requests: PodRequests | None) -> Metric:
    """What pods cost by namespace or label, a month at a time, in the split's basis: each month's charges by its name."""
    asked = split.containers or ContainerMetric()
    label_key = asked.by.removeprefix(LABEL) if asked.by.startswith(LABEL) else None
    tags = (tag_key(label_key, bill.tag_keys),) if label_key else ()
    by = f"{LABEL}{tags[0]}" if tags else asked.by
    return {
        month: pod_weights(pod_costs(replace(bill, charges=charges), requests=requests, cost=split.basis, tags=tags), by, asked.groups)
        for month, charges in months.items()
    }


def in_month(charges: Frame, month: str) -> Frame:
    """The charges of one billing period, `2026-10`."""
    start = charges["BillingPeriodStart"]
    return charges.filter((start.year() == int(month[:4])) & (start.month() == int(month[5:])))


def read_metric(path: Path) -> Metric:
    """A csv file with `group,value` and perhaps `period` (2026-10). Raises InputError with file and line for what can't be read."""
    found: dict[str | None, dict[str, int]] = defaultdict(dict)
    for line, row in read_rows(path, limit=MAX_BYTES, check=lambda header: _check_header(path, header)):
        where = f"{path}, line {line}"
        period, group = (row.get("period") or "").strip() or None, row["group"].strip()
        if group in found[period]:
            raise InputError("the metric has this group twice in one period", where=where, value=group, fix="give one line a group and period")
        found[period][group] = _measure(where, row["value"])
    if None in found and len(found) > 1:
        raise InputError("some lines have a period and some have none", where=path, fix="give every line its period, or none")
    return found


def _check_header(path: Path, header: list[str]) -> None:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        fix = "give group,value or period,group,value"
        raise InputError(f"the metric has no column {missing[0]}", where=f"{path}, line 1", value=header, fix=fix)


def _measure(where: str, text: str) -> int:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise InputError("the value is not a number", where=where, value=text, fix="write it as 12.5") from None
    if not value.is_finite() or not 0 <= value <= LARGEST:
        raise InputError("the value is not a number of zero or more", where=where, value=text, fix="write it as 12.5")
    return int(round(value, SCALE).scaleb(SCALE))


def in_period(metric: Metric, period: str) -> Mapping[str, int]:
    """The measures of one period; those without a period hold for every one."""
    return metric.get(period, metric.get(None, {}))
