"""What is behind a group's service: its largest resources and usage types by some amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import ibis

from cost.bill.charge_table import Frame
from cost.bill.engine import Engine
from cost.insight.model import Contribution

LISTED: Final = 6
Pair = tuple[str, str]


def among(table: Frame, pairs: Sequence[Pair]) -> Frame:
    """The rows of these pairs of group and service."""
    return table.filter(ibis.or_(*((table["group"] == group) & (table["service"] == service) for group, service in pairs)))


def contributions(engine: Engine, table: Frame, pairs: Sequence[Pair], name: str, amount: Any) -> Mapping[Pair, tuple[Contribution, ...]]:
    """Per pair the `name`s with the largest `amount` (a measure over `table`), either sign, nothing that is nothing."""
    if not pairs:
        return {}
    rows = among(table, pairs)
    rows = rows.filter(rows[name] != "")
    sized = rows.group_by("group", "service", name=rows[name]).aggregate(amount=amount(rows), detail=rows["detail"].max())
    sized = sized.filter(sized["amount"].abs() >= 0.005)
    rank = ibis.row_number().over(group_by=["group", "service"], order_by=[ibis.desc(sized["amount"].abs()), sized["name"]])
    ranked = sized.mutate(rank=rank)
    found: dict[Pair, list[Contribution]] = {pair: [] for pair in pairs}
    for row in engine.rows(ranked.filter(ranked["rank"] < LISTED).order_by("group", "service", "rank")):
        found[row["group"], row["service"]].append(Contribution(name=row["name"], detail=row["detail"], amount=float(row["amount"])))
    return {pair: tuple(items) for pair, items in found.items()}
