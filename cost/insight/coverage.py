"""Tag coverage: how much of the usage that can carry tags does, per key, where it is missing, how that goes by month, and who to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, MONEY, ZERO, Frame
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.engine import Engine
from cost.bill.groups import OTHER, UNTAGGED, tag_key, taggable
from cost.bill.model import Bill
from cost.insight.daily import group_of
from cost.insight.money_model import Coverage, CoveragePart, KeyCoverage, KeyShare, MissingTags, MonthCoverage
from cost.insight.untagged import ask, neighbours, people

REQUIRED: Final = ("team", "environment", "workload", "cost-center")
"""The keys that chargeback needs, of those that infra/tags.py puts on every resource."""
PARTS: Final = 8
KEYS: Final = 30
RESOURCES: Final = 20
MONTHS: Final = 13
TABLE: Final = "insight_coverage"


def coverage(bill: Bill, *, required: Sequence[str] = REQUIRED, cost: str = "amortized") -> Coverage:
    """The tag coverage of the bill's taggable usage, in one cost kind; `required` are keys in any spelling. Raises UsageError for another cost kind."""
    check_cost_kind(cost)
    keys = tuple(dict.fromkeys(tag_key(key, bill.tag_keys) for key in required))
    expression = by_resource(bill.charges, keys, cost)
    table = bill.engine.store(TABLE, expression.schema(), expression)
    try:
        return _coverage(bill, table, keys, cost)
    finally:
        bill.engine.drop(TABLE)


def by_resource(charges: Frame, keys: Sequence[str], cost: str) -> Frame:
    """Cost by month, service, account and resource, with each key's group (`group0`, …): its value, `(untagged)` or `(shared)`."""
    groups = {f"group{number}": group_of(charges, key) for number, key in enumerate(keys)}
    rows = charges.mutate(
        period=charges["BillingPeriodStart"].date(),
        service=charges["ServiceName"],
        account=charges["SubAccountId"].fill_null(charges["BillingAccountId"]),
        resource=charges["ResourceId"].fill_null(""),
        detail=ibis.coalesce(charges["x_instance_type"], charges["x_usage_type"], charges["ChargeCategory"]),
        steady=taggable(charges),
        cost=charges[COST_KINDS[cost]],
        **groups,
    )
    names = ("period", "service", "account", "resource", "detail", "steady", *groups)
    return rows.group_by(*names).aggregate(**{cost: rows["cost"].sum().fill_null(ZERO).cast(MONEY)})


def _coverage(bill: Bill, table: Frame, keys: Sequence[str], cost: str) -> Coverage:
    usage = table.filter(table["steady"])
    whole = bill.engine.rows(usage.aggregate(complete=_sum(usage, cost, ~_lacking(usage, keys)), **_sums(usage, keys, cost)))[0]
    shares = [_share(key, whole[f"tagged{number}"], whole["amount"], required=True) for number, key in enumerate(keys)]
    parts = {column: bill.engine.rows(usage.group_by(name=usage[column]).aggregate(**_sums(usage, keys, cost))) for column in ("service", "account", "period")}
    known = {each.key for each in bill.tag_keys}
    listed = _incomplete(bill, table, usage, keys, cost)
    count = bill.engine.rows(_incomplete_resources(usage, keys, cost).aggregate(count=ibis._.count(), amount=ibis._["amount"].sum().fill_null(ZERO)))[0]
    return Coverage(
        cost=cost,
        taggable=float(whole["amount"]),
        keys=tuple(shares + _other_keys(bill.engine, bill.charges, keys, whole["amount"], cost)),
        all_required=_share(" + ".join(keys), whole["complete"], whole["amount"], required=True),
        required=tuple(_key(number, key, key in known, shares[number], parts) for number, key in enumerate(keys)),
        incomplete=listed,
        incomplete_not_listed=count["count"] - len(listed),
        incomplete_not_listed_amount=float(count["amount"]) - sum(each.amount for each in listed),
    )


def _lacking(usage: Frame, keys: Sequence[str]) -> Any:
    """Whether a row lacks any of the keys."""
    return ibis.or_(*(usage[f"group{number}"] == UNTAGGED for number in range(len(keys)))) if keys else ibis.literal(False)


def _sum(usage: Frame, cost: str, where: Any = None) -> Any:
    return usage[cost].sum(where=where).fill_null(ZERO)


def _sums(usage: Frame, keys: Sequence[str], cost: str) -> dict[str, Any]:
    """All of it, and what of it carries each key."""
    tagged = {f"tagged{number}": _sum(usage, cost, usage[f"group{number}"] != UNTAGGED) for number in range(len(keys))}
    return {"amount": _sum(usage, cost)} | tagged


def _share(key: str, tagged: Decimal, amount: Decimal, *, required: bool) -> KeyShare:
    return KeyShare(key=key, required=required, tagged=float(tagged), coverage=_ratio(tagged, amount))


def _ratio(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole else None


def other_keys(charges: Frame, keys: Sequence[str], cost: str) -> Frame:
    """Taggable usage per tag key that is not required."""
    usage = charges.filter(taggable(charges))
    spread = usage.select(tag=usage["Tags"].keys().unnest(), tags=usage["Tags"], amount=usage[COST_KINDS[cost]])
    named = spread.filter(spread["tags"].get(spread["tag"]).fill_null("") != "", ~spread["tag"].isin(keys) if keys else ibis.literal(True))
    return named.group_by("tag").aggregate(amount=named["amount"].sum().fill_null(ZERO))


def _other_keys(engine: Engine, charges: Frame, keys: Sequence[str], whole: Decimal, cost: str) -> list[KeyShare]:
    found = other_keys(charges, keys, cost)
    rows = engine.rows(found.order_by(ibis.desc(found["amount"]), "tag").limit(KEYS))
    return [_share(row["tag"], row["amount"], whole, required=False) for row in rows]


def _key(number: int, key: str, found: bool, share: KeyShare, parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> KeyCoverage:
    sums = {column: [{"name": row["name"], "amount": row["amount"], "tagged": row[f"tagged{number}"]} for row in rows] for column, rows in parts.items()}
    months = sorted(sums["period"], key=lambda row: row["name"])[-MONTHS:]
    return KeyCoverage(
        key=key,
        found=found,
        coverage=share.coverage,
        by_service=_parts(sums["service"]),
        by_account=_parts(sums["account"]),
        by_month=tuple(
            MonthCoverage(
                period=f"{row['name']:%Y-%m}", amount=float(row["amount"]), tagged=float(row["tagged"]), coverage=_ratio(row["tagged"], row["amount"])
            )
            for row in months
        ),
    )


def _parts(sums: Sequence[Mapping[str, Any]]) -> tuple[CoveragePart, ...]:
    """The services or accounts with most untagged cost; the rest added up as `(other)`."""
    rows = sorted(sums, key=lambda row: (row["tagged"] - row["amount"], -row["amount"], row["name"]))
    rest = rows[PARTS:]
    other = [{"name": OTHER, "amount": sum(row["amount"] for row in rest), "tagged": sum(row["tagged"] for row in rest)}] if rest else []
    return tuple(_part(row) for row in [*rows[:PARTS], *other])


def _part(row: Mapping[str, Any]) -> CoveragePart:
    amount, tagged = row["amount"], row["tagged"]
    return CoveragePart(name=row["name"], amount=float(amount), tagged=float(tagged), coverage=_ratio(tagged, amount))


# Who to ask


def _incomplete_resources(usage: Frame, keys: Sequence[str], cost: str) -> Frame:
    """One row a resource that lacks a key, with the cost that lacks one."""
    found = usage.filter(_lacking(usage, keys))
    missing = {f"missing{number}": (found[f"group{number}"] == UNTAGGED).any() for number in range(len(keys))}
    owner = {"owner": found["group0"].nullif(UNTAGGED).max()} if keys else {}
    return found.group_by("resource", "service", "account").aggregate(amount=_sum(found, cost), detail=found["detail"].max(), **missing, **owner)


def _incomplete(bill: Bill, table: Frame, usage: Frame, keys: Sequence[str], cost: str) -> tuple[MissingTags, ...]:
    sized = _incomplete_resources(usage, keys, cost)
    rows = bill.engine.rows(sized.order_by(ibis.desc(sized["amount"]), "resource", "service", "account").limit(RESOURCES))
    if not rows:
        return ()
    persons = people(bill.engine, bill.charges, [row["resource"] for row in rows if row["resource"]], [key.key for key in bill.tag_keys if key.key != keys[0]])
    near = neighbours(bill.engine, table.mutate(group=table["group0"]), cost)
    return tuple(
        MissingTags(
            resource=row["resource"],
            service=row["service"],
            detail=row["detail"],
            account=row["account"],
            amount=float(row["amount"]),
            missing=tuple(key for number, key in enumerate(keys) if row[f"missing{number}"]),
            ask=f"{row['owner']} (its {keys[0]})" if row["owner"] else persons.get(row["resource"]) or ask(row, near),
        )
        for row in rows
    )
