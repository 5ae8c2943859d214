"""Data transfer classified: what the network costs, by what kind of traffic, in GB and per GB, with the resources and groups behind it.

Usage lines only: tax and credits on them are not in it. The classes add up to all network spend, the unclassified part included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, MONEY, ZERO, ChargeCategory, Frame
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.groups import OTHER, tag_key
from cost.bill.model import Bill
from cost.insight.daily import QUANTITY, group_of
from cost.insight.model import Contribution
from cost.insight.money_model import NatHint, Transfer, TransferClass
from cost.insight.transfer_table import (
    BYTES_UNITS,
    CROSS_AZ,
    EXTERNAL,
    HOURS_UNITS,
    MEANINGS,
    NETWORK_FAMILIES,
    NETWORK_PRODUCTS,
    NETWORK_USAGE,
    RULES,
    TRANSFER_TYPES,
    UNCLASSIFIED,
    TransferRule,
)

LISTED: Final = 4
UNCLASSIFIED_LISTED: Final = 20
HINTS: Final = 5
TABLE: Final = "insight_transfer"
KEYS: Final = ("transfer_class", "usage_type", "operation", "resource", "group", "account", "region")


def transfer(bill: Bill, *, tag: str = "team", cost: str = "amortized") -> Transfer:
    """All network spend of the bill, by class; groups are the values of `tag`, amounts are in the cost kind `cost`. Raises UsageError for another cost kind."""
    check_cost_kind(cost)
    engine = bill.engine
    key = tag_key(tag, bill.tag_keys)
    expression = network_usage(bill.charges, key, cost)
    table = engine.store(TABLE, expression.schema(), expression)
    try:
        classes = _classes(bill, table)
        unclassified = _listed(bill, table.filter(table["transfer_class"] == UNCLASSIFIED), "usage_type", "operation", UNCLASSIFIED_LISTED)
        hints = _hints(engine.rows(_nat_and_same_region(table)))
    finally:
        engine.drop(TABLE)
    usage = bill.charges.filter(bill.charges["ChargeCategory"] == ChargeCategory.USAGE.value)
    whole = engine.rows(usage.aggregate(amount=usage[COST_KINDS[cost]].sum().fill_null(ZERO)))[0]["amount"]
    amount = sum((row["amount"] for row in classes), Decimal(0))
    return Transfer(
        cost=cost,
        tag=key,
        amount=float(amount),
        share_of_usage=float(amount / whole) if whole else None,
        classes=tuple(row["model"] for row in classes),
        unclassified=unclassified.get(UNCLASSIFIED, ()),
        nat_hints=hints,
    )


def transfer_class(charges: Frame) -> Any:
    """A charge's class, null where it is no network spend."""
    usage_type: Any = ibis.coalesce(charges["x_usage_type"], charges["SkuMeter"], ibis.literal(""))
    operation: Any = charges["x_operation"].fill_null("")
    product: Any = ibis.coalesce(charges["x_product_code"], charges["x_service_code"])
    unit: Any = _unit(charges)
    transfer_type: Any = charges["x_transfer_type"].fill_null("")
    named = product.isin(NETWORK_PRODUCTS) | charges["x_service_code"].isin(NETWORK_PRODUCTS) | charges["x_product_family"].isin(NETWORK_FAMILIES)
    cases = [(_matches(rule, usage_type, operation, product, unit), rule.name) for rule in RULES]
    cases += [(transfer_type.re_search(pattern), name) for name, pattern in TRANSFER_TYPES]
    network = named.fill_null(False) | (transfer_type != "") | usage_type.re_search(NETWORK_USAGE)
    cases += [*_by_location(charges, network, usage_type), (network, UNCLASSIFIED)]
    return ibis.cases(*cases, else_=ibis.null("string"))


def _by_location(charges: Frame, network: Any, usage_type: Any) -> list[tuple[Any, Any]]:
    """The class of network usage that only says from where it goes to where (`product/fromLocation`, `toLocation`).

    Within one location it may be billed once or on both sides, so that only its usage type tells whether it is cross-AZ."""
    source, target = charges["x_from_location"].fill_null(""), charges["x_to_location"].fill_null("")
    known = network & (source != "") & (target != "")
    return [
        (known & (target == EXTERNAL), "internet out"),
        (known & (source == EXTERNAL), "internet in"),
        (known & (source != target), "inter-Region"),
        (known & usage_type.re_search(CROSS_AZ), "cross-AZ"),
    ]


def _matches(rule: TransferRule, usage_type: Any, operation: Any, product: Any, unit: Any) -> Any:
    conditions = [text.re_search(pattern) for text, pattern in ((usage_type, rule.usage_type), (operation, rule.operation), (unit, rule.units)) if pattern]
    if rule.products:
        conditions.append(product.isin(rule.products).fill_null(False))
    return ibis.and_(*conditions)


def _unit(charges: Frame) -> Any:
    unit: Any = ibis.coalesce(charges["ConsumedUnit"], charges["PricingUnit"], ibis.literal(""))
    return unit.lower()


def network_usage(charges: Frame, tag: str, cost: str) -> Frame:
    """Network usage added up by class, usage type, operation, resource, group, account and Region."""
    unit = _unit(charges)
    factor = ibis.cases(*((unit == name, value) for name, value in BYTES_UNITS.items()), else_=ibis.null("float64"))
    rows = charges.mutate(
        transfer_class=transfer_class(charges),
        usage_type=ibis.coalesce(charges["x_usage_type"], charges["SkuMeter"], ibis.literal("")),
        operation=charges["x_operation"].fill_null(""),
        resource=charges["ResourceId"].fill_null(""),
        group=group_of(charges, tag),
        account=charges["SubAccountId"].fill_null(charges["BillingAccountId"]),
        region=charges["RegionId"].fill_null(""),
        gb=(charges["ConsumedQuantity"] * factor).try_cast(MONEY),
        hours=unit.isin(HOURS_UNITS).ifelse(charges["ConsumedQuantity"], ibis.null("float64")).try_cast(QUANTITY),
        amount=charges[COST_KINDS[cost]],
    )
    found = rows.filter(rows["transfer_class"].notnull() & (rows["ChargeCategory"] == ChargeCategory.USAGE.value) & ~rows["x_folded"])
    return found.group_by(*KEYS).aggregate(
        amount=found["amount"].sum().fill_null(ZERO).cast(MONEY),
        gb=found["gb"].sum().cast("float64"),
        gb_amount=found["amount"].sum(where=found["gb"].notnull()).cast(MONEY),
        hours=found["hours"].sum().cast("float64"),
        lines=found["x_lines"].sum(),
    )


def _classes(bill: Bill, table: Frame) -> list[dict[str, Any]]:
    """Per class its exact amount and its model, the dearest first."""
    grouped = table.group_by("transfer_class").aggregate(
        amount=table["amount"].sum(), gb=table["gb"].sum(), gb_amount=table["gb_amount"].sum(), hours=table["hours"].sum(), lines=table["lines"].sum()
    )
    behind = {
        "usage_types": _listed(bill, table, "usage_type", "operation", LISTED),
        "resources": _listed(bill, table.filter(table["resource"] != ""), "resource", "usage_type", LISTED),
        "groups": _listed(bill, table, "group", "", LISTED),
    }
    rows = sorted(bill.engine.rows(grouped), key=lambda row: (-row["amount"], row["transfer_class"]))
    return [{"amount": row["amount"], "model": _class(row, behind)} for row in rows]


def _class(row: Mapping[str, Any], behind: Mapping[str, Mapping[str, tuple[Contribution, ...]]]) -> TransferClass:
    name, gb, gb_amount = row["transfer_class"], row["gb"], row["gb_amount"]
    sources = dict.fromkeys(rule.source for rule in RULES if rule.name == name)
    notes: list[str] = []
    if gb is None and row["hours"] is None:
        notes.append("no line of it is in a unit of bytes or hours")
    if name == "cross-AZ" and gb:
        notes.append(f"billed on both sides, so about {gb / 2:,.1f} GB moved; AWS's list price in most Regions is 0.01 per GB each way")
    return TransferClass(
        name=name,
        meaning=MEANINGS[name],
        source=" · ".join(sources) or "product code, product family or usage type of network spend",
        amount=float(row["amount"]),
        gb=gb,
        gb_amount=None if gb_amount is None else float(gb_amount),
        cost_per_gb=float(gb_amount) / gb if gb and gb_amount is not None else None,
        hours=row["hours"],
        lines=row["lines"],
        usage_types=behind["usage_types"].get(name, ()),
        resources=behind["resources"].get(name, ()),
        groups=behind["groups"].get(name, ()),
        notes=tuple(notes),
    )


def _listed(bill: Bill, table: Frame, column: str, detail: str, limit: int) -> dict[str, tuple[Contribution, ...]]:
    """Per class the values of a column with the largest amounts, the rest added up as `(other)`."""
    detailed = table[detail] if detail else ibis.literal("")
    sized = table.group_by("transfer_class", name=table[column], detail=detailed).aggregate(amount=table["amount"].sum())
    rank = ibis.row_number().over(group_by=["transfer_class"], order_by=[ibis.desc(sized["amount"].abs()), sized["name"], sized["detail"]])
    ranked = sized.mutate(rank=rank)
    kept = ranked["rank"] < limit
    named = ranked.mutate(rank=kept.ifelse(ranked["rank"], limit), name=kept.ifelse(ranked["name"], OTHER), detail=kept.ifelse(ranked["detail"], ""))
    final = named.group_by("transfer_class", "rank", "name", "detail").aggregate(amount=named["amount"].sum(), values=named.count())
    found: dict[str, list[Contribution]] = defaultdict(list)
    for row in bill.engine.rows(final.order_by("transfer_class", "rank")):
        more = f"{row['values']:,} more" if row["rank"] == limit else row["detail"]
        found[row["transfer_class"]].append(Contribution(name=row["name"], detail=more, amount=float(row["amount"])))
    return {name: tuple(items) for name, items in found.items()}


def _nat_and_same_region(table: Frame) -> Frame:
    """Per account and Region what NAT gateways processed and what S3 and DynamoDB exchanged with the Region's own instances."""
    name = table["transfer_class"]
    nat, near = name == "NAT gateway data", name == "same Region, free"
    found = table.group_by("account", "region").aggregate(
        nat_gb=table["gb"].sum(where=nat), nat_amount=table["gb_amount"].sum(where=nat), same_region_gb=table["gb"].sum(where=near)
    )
    return found.filter((found["nat_gb"] > 0) & (found["nat_amount"] > 0) & (found["same_region_gb"] > 0))


def _hints(rows: Sequence[Mapping[str, Any]]) -> tuple[NatHint, ...]:
    """A hint where the bill has both: NAT processing, and same-Region traffic that could have gone through it."""
    hints: list[NatHint] = []
    for row in rows:
        near, amount = row["same_region_gb"], float(row["nat_amount"])
        at_most = min(row["nat_gb"], near) * amount / row["nat_gb"]
        text = (
            f"NAT gateways of account {row['account']} processed {row['nat_gb']:,.1f} GB in {row['region'] or 'an unnamed Region'}, "
            f"where Amazon S3 and DynamoDB exchanged {near:,.1f} GB with the Region's own instances. If that went through NAT, a gateway "
            f"endpoint, which is free, avoids up to {at_most:,.2f}. The bill does not say which way it took; VPC flow logs do."
        )
        hints.append(NatHint(**dict(row) | {"nat_amount": amount, "at_most": at_most, "text": text}))
    return tuple(sorted(hints, key=lambda hint: (-hint.at_most, hint.account, hint.region))[:HINTS])
