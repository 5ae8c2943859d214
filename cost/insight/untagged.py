"""Usage without the tag: how much, in which services, which resources, and who may know whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.groups import SENTINELS, SHARED, UNTAGGED
from cost.bill.tags import TagKey
from cost.insight.model import Contribution, Untagged, UntaggedResource

LISTED: Final = 10
PEOPLE: Final = ("aws:created_by", "created_by", "creator", "owner", "contact")
"""Tags that name a person or a role, the surest first."""


def untagged(engine: Engine, table: Frame, charges: Frame, cost: str, keys: Sequence[TagKey], tag: str) -> Untagged:
    """Untagged usage of the whole bill, in one cost kind."""
    without = table.filter(table["group"] == UNTAGGED)
    totals = engine.rows(
        table.aggregate(
            amount=table[cost].sum(where=table["group"] == UNTAGGED).fill_null(ZERO),
            shared=table[cost].sum(where=table["group"] == SHARED).fill_null(ZERO),
            usage=table[cost].sum(where=table["steady"]).fill_null(ZERO),
        )
    )[0]
    services = engine.rows(without.group_by(name=without["service"]).aggregate(amount=without[cost].sum()).order_by(ibis.desc("amount"), "name").limit(LISTED))
    sized = without.group_by("resource", "service", "account").aggregate(amount=without[cost].sum(), detail=without["detail"].max())
    resources = engine.rows(sized.order_by(ibis.desc("amount"), "resource", "service").limit(LISTED))
    count = engine.rows(without.aggregate(count=without["resource"].nunique()))[0]["count"]
    named = [row["resource"] for row in resources if row["resource"]]
    persons = people(engine, charges, named, [key.key for key in keys if key.key != tag])
    near = neighbours(engine, table, cost) if resources else {}
    return Untagged(
        amount=float(totals["amount"]),
        share=float(totals["amount"] / totals["usage"]) if totals["usage"] else None,
        shared=float(totals["shared"]),
        by_service=tuple(Contribution(name=row["name"], detail="", amount=float(row["amount"])) for row in services),
        resources=tuple(_resource(row, persons, near) for row in resources),
        resources_not_listed=max(0, count - len({row["resource"] for row in resources})),
    )


def _resource(row: Mapping[str, Any], persons: Mapping[str, str], near: Mapping[tuple[str, str], tuple[str, float]]) -> UntaggedResource:
    return UntaggedResource(
        resource=row["resource"],
        service=row["service"],
        detail=row["detail"],
        account=row["account"],
        amount=float(row["amount"]),
        ask=persons.get(row["resource"]) or ask(row, near),
    )


def ask(row: Mapping[str, Any], near: Mapping[tuple[str, str], tuple[str, float]]) -> str:
    """Who may know whose a resource is: the group with most of what is tagged around it."""
    neighbour = near.get((row["account"], row["service"])) or near.get((row["account"], ""))
    if neighbour is None:
        return f"whoever runs account {row['account']}: nothing in it carries the tag"
    where = "this service" if (row["account"], row["service"]) in near else "the account"
    return f"{neighbour[0]}, with {neighbour[1]:.0%} of what is tagged in {where}"


def people(engine: Engine, charges: Frame, resources: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """What the resources' other tags say of who made or owns them."""
    known = [key for key in PEOPLE if key in keys]
    if not known or not resources:
        return {}
    rows = charges.filter(charges["ResourceId"].isin(resources))
    named = rows.group_by(resource=rows["ResourceId"]).aggregate(**{f"tag{number}": rows["Tags"].get(key).max() for number, key in enumerate(known)})
    found: dict[str, str] = {}
    for row in engine.rows(named):
        values = [f"{row[f'tag{number}']} (its tag {key})" for number, key in enumerate(known) if row[f"tag{number}"]]
        if values:
            found[row["resource"]] = values[0]
    return found


def neighbours(engine: Engine, table: Frame, cost: str) -> dict[tuple[str, str], tuple[str, float]]:
    """Per account and service, and per account (service ""), the group with most of the tagged cost, and its share."""
    assert cost in COST_KINDS
    tagged = table.filter(table["steady"] & ~table["group"].isin(SENTINELS))
    by_service = tagged.group_by("account", "service", "group").aggregate(amount=tagged[cost].sum().cast("float64"))
    by_account = tagged.group_by("account", "group").aggregate(amount=tagged[cost].sum().cast("float64"))
    found: dict[tuple[str, str], tuple[str, float]] = {}
    for rows, keys in ((by_service, ["account", "service"]), (by_account, ["account"])):
        whole = rows.group_by(*keys).aggregate(whole=rows["amount"].sum())
        joined = rows.inner_join(whole, keys)
        joined = joined.filter(joined["whole"] > 0)
        rank = ibis.row_number().over(group_by=keys, order_by=[ibis.desc(joined["amount"]), joined["group"]])
        for row in engine.rows(joined.mutate(rank=rank).filter(ibis._["rank"] == 0)):
            found[row["account"], row.get("service", "")] = (row["group"], row["amount"] / row["whole"])
    return found
