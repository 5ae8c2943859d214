"""How AWS's bill and price list name each component of the price book, both ways, from `cost/prices/usage_types.csv`."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

from cost.regions import region_codes, split_region

TABLE = Path(__file__).parent.parent / "prices" / "usage_types.csv"
TYPE = "{type}"
"""An instance type in a component and its usage type: `Linux on-demand {type}`, `BoxUsage:{type}`."""
REGION_CODE = "{code}"
"""Another Region's billing code in a usage type: `{code}-AWS-Out-Bytes`."""
ABBREVIATED = ((re.compile(r"\.(\d*)xl$"), r".\1xlarge"), (re.compile(r"\.lrg$"), ".large"), (re.compile(r"\.med$"), ".medium"))
"""How RDS bills shorten sizes: `InstanceUsage:db.r5.2xl`."""


@dataclass(frozen=True, slots=True)
class UsageTypeRow:
    """One row of the table: a component of the price book and what AWS calls it.

    `usage_types` and `operations` are alternatives; an empty `operations` means any. `per` is how many of the price list's units one
    unit of ours has (1,000 requests). `tier` is where the usage type stands in our ladder, where AWS has a usage type a tier.
    """

    resource_type: str
    component: str
    service_code: str
    product_codes: tuple[str, ...]
    region_prefix: str
    usage_types: tuple[str, ...]
    operations: tuple[str, ...]
    per: float
    tier: tuple[float, float | None] | None
    source: str
    confidence: str

    def of_type(self, instance_type: str) -> str:
        """The component's name for an instance type."""
        return self.component.replace(TYPE, instance_type)


@dataclass(frozen=True, slots=True)
class Component:
    """A component of the price book that a bill's line or a product of the price list is about; `row` says in which unit."""

    resource_type: str
    component: str
    row: UsageTypeRow

    @property
    def per(self) -> float:
        """How many units of AWS's one unit of ours has."""
        return self.row.per


@dataclass(frozen=True, slots=True)
class AwsName:
    """What AWS calls a component: the price list's service code, a usage type with its Region's code, and the operations it may have."""

    service_code: str
    usage_type: str
    operations: tuple[str, ...]


def component_of(service_code: str, usage_type: str, operation: str = "") -> Component | None:
    """The component that a usage type is, by the price list's service code or a bill's product code; None where the table has none.

    A usage type that means different components by operation (Linux and Windows instances) needs the operation.
    """
    return _found(service_code, usage_type, operation)


def components_of(service_code: str, usage_type: str, operation: str = "") -> tuple[Component, ...]:
    """Every component that has this usage type's price: an EBS volume, and the root volume of an instance."""
    _, bare = split_region(usage_type)
    for name in dict.fromkeys((bare, usage_type)):
        exact, patterns = _index().get(service_code, ({}, ()))
        rows = [*exact.get(name, ()), *(row for pattern, row in patterns if pattern.fullmatch(name))]
        wanted = [row for row in rows if _operation_fits(row, operation)]
        particular = [row for row in wanted if row.operations]
        if found := particular or wanted:
            return tuple(_component(row, name) for row in found)
    return ()


def usage_type_of(resource_type: str, component: str, region: str) -> AwsName | None:
    """What AWS calls a component in a Region, or None where the table or the Region is not known. us-east-1 may also stand without a prefix."""
    for row in rows():
        match = _template(row.component).fullmatch(component) if row.resource_type == resource_type else None
        if match is None:
            continue
        prefix = {"short": region_codes().get(region, ("",))[0], "name": region}.get(row.region_prefix, "")
        if row.region_prefix != "none" and region not in region_codes():
            return None
        name = row.usage_types[0].replace(TYPE, match.groupdict().get("type") or "").replace("*", "")
        return AwsName(row.service_code, f"{prefix}-{name}" if prefix else name, row.operations)
    return None


@cache
def rows() -> tuple[UsageTypeRow, ...]:
    """The table, in its order: of two rows with one usage type, the first is what `component_of` answers."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


def service_codes() -> tuple[str, ...]:
    """The service codes of the price list that the table needs."""
    return tuple(dict.fromkeys(row.service_code for row in rows()))


@lru_cache(maxsize=65536)
def _found(service_code: str, usage_type: str, operation: str) -> Component | None:
    return next(iter(components_of(service_code, usage_type, operation)), None)


def _operation_fits(row: UsageTypeRow, operation: str) -> bool:
    return not row.operations or any(fnmatchcase(operation, pattern) for pattern in row.operations)


def _component(row: UsageTypeRow, usage_type: str) -> Component:
    matches = (_template(pattern).fullmatch(usage_type) for pattern in row.usage_types)
    found = next(match for match in matches if match is not None).groupdict().get("type") or ""
    for short, long in ABBREVIATED:
        found = short.sub(long, found)
    return Component(row.resource_type, row.of_type(found), row)


@cache
def _index() -> Mapping[str, tuple[Mapping[str, list[UsageTypeRow]], tuple[tuple[re.Pattern[str], UsageTypeRow], ...]]]:
    """By service or product code: the rows whose usage type is written out, and those that are patterns."""
    exact: defaultdict[str, defaultdict[str, list[UsageTypeRow]]] = defaultdict(lambda: defaultdict(list))
    patterns: defaultdict[str, list[tuple[re.Pattern[str], UsageTypeRow]]] = defaultdict(list)
    for row in rows():
        for code in dict.fromkeys((row.service_code, *row.product_codes)):
            for name in row.usage_types:
                if _is_pattern(name):
                    patterns[code].append((_template(name), row))
                else:
                    exact[code][name].append(row)
    return {code: (exact[code], tuple(patterns[code])) for code in {*exact, *patterns}}


def _is_pattern(name: str) -> bool:
    return any(mark in name for mark in (TYPE, REGION_CODE, "*"))


@cache
def _template(text: str) -> re.Pattern[str]:
    pattern = re.escape(text).replace(re.escape(TYPE), r"(?P<type>[a-z0-9][a-z0-9.-]*)")
    codes = "|".join(re.escape(code) for found in region_codes().values() for code in found)
    return re.compile(pattern.replace(re.escape(REGION_CODE), f"(?:{codes})").replace(re.escape("*"), ".*"))


def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)


def _row(row: Mapping[str, str]) -> UsageTypeRow:
    tier = (float(row["tier_start"]), float(row["tier_end"]) if row["tier_end"] else None) if row["tier_start"] else None
    return UsageTypeRow(
        resource_type=row["resource_type"],
        component=row["component"],
        service_code=row["service_code"],
        product_codes=_alternatives(row["product_code"]),
        region_prefix=row["region_prefix"],
        usage_types=_alternatives(row["usage_type"]),
        operations=_alternatives(row["operation"]),
        per=float(row["per"]),
        tier=tier,
        source=row["source"],
        confidence=row["confidence"],
    )
