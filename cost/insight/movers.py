"""Top movers: each group's service, current window against the previous one on equal days, split into usage, mix and rate.

Price-volume-mix analysis (the sales-quantity, sales-mix and price variances of Horngren, Datar and Rajan, Cost Accounting, chapter 14),
read for a bill. Usage types that are counted in one unit form a bucket: instance hours in one, other types of a unit in another. With a
type's quantities q0, q1, costs c0, c1 and prices r = c / q, and the bucket's quantities Q0, Q1:

    usage = c0 (Q1 / Q0 - 1)          more or less of the bucket, as it was made up before; over a bucket (Q1 - Q0) x its average price
    mix   = (q1 - q0 Q1 / Q0) r0      what moving between the types adds at previous prices
    rate  = (r1 - r0) q1              the price of a unit

They add up to c1 - c0. A type that is new in its bucket has no previous price: it enters the mix at its current one. A bucket that is all
new is all usage; one that is gone is usage by the formula. What has no quantities is unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

import ibis

from cost.bill.charge_table import MONEY, ZERO, Frame
from cost.bill.engine import Engine
from cost.bill.groups import OTHER
from cost.insight.contributions import Pair, among, contributions
from cost.insight.daily import QUANTITY
from cost.insight.model import Change, Mover, Presence, UsageTypeChange
from cost.insight.windows import Windows, on_equal_days

LISTED: Final = 8
TYPES_LISTED: Final = 6
DECIMALS: Final = 9
"""Beyond these a split of a float is noise."""
TYPE: Final = ("group", "service", "usage_type", "detail", "unit", "steady")
BUCKET: Final = ("group", "service", "unit", "instances")
Amount = TypeVar("Amount", float, Decimal)
AMOUNTS: Final = ("current", "previous", "usage", "mix", "rate", "unexplained")


def change_of(current: Amount, previous: Amount) -> Change:
    """The change between two amounts on equal days; the percent has the sign of the amount, of negative months too."""
    amount = current - previous
    return Change(current=float(current), previous=float(previous), amount=float(amount), percent=float(amount) / abs(float(previous)) if previous else None)


def movers(engine: Engine, table: Frame, cost: str, windows: Windows) -> tuple[tuple[Mover, ...], Mover | None]:
    """The largest movers, either sign, and all others added up; none where there is nothing to compare with."""
    if windows.previous is None:
        return (), None
    effects = _effects(table, cost)
    grouped = effects.group_by("group", "service").aggregate(
        **{name: effects[name].sum() for name in AMOUNTS}, was=effects["was"].any(), now=effects["now"].any(), types=effects.count()
    )
    rows = sorted(engine.rows(grouped), key=lambda row: (-abs(row["current"] - row["previous"]), row["group"], row["service"]))
    top, rest = rows[:LISTED], rows[LISTED:]
    pairs = [(row["group"], row["service"]) for row in top]

    def difference(part: Frame) -> Any:
        return _current(part, cost) - _previous(part, cost)

    usage_types = contributions(engine, table, pairs, "usage_type", difference)
    resources = contributions(engine, table, pairs, "resource", difference)
    broken_down = _breakdowns(engine, effects, pairs)
    listed = tuple(
        _mover(
            row,
            usage_types=usage_types[pair],
            resources=resources[pair],
            breakdown=broken_down[pair],
            usage_types_not_listed=row["types"] - len(broken_down[pair]),
        )
        for row, pair in zip(top, pairs, strict=True)
    )
    return listed, _mover(_added(rest)) if rest else None


def _current(table: Frame, column: str, kind: Any = MONEY) -> Any:
    return table[column].cast(kind).sum(where=table["window"] == "current").fill_null(ZERO)


def _previous(table: Frame, column: str, kind: Any = MONEY) -> Any:
    return on_equal_days(table, column, kind).sum(where=table["window"] == "previous").fill_null(ZERO)


def _effects(table: Frame, cost: str) -> Frame:
    """Per group, service and usage type: costs and quantities of both windows, and the change as usage, mix, rate and unexplained.

    Amounts are exact decimals; rate is what the two others leave of an explained change."""
    types = _types(table, cost)
    whole = types.filter(types["explained"]).group_by(*BUCKET).aggregate(bucket0=types["q0"].sum(), bucket1=types["q1"].sum())
    # A null unit or group never occurs here: `daily` fills them, so that equal keys join.
    joined = types.left_join(whole, list(BUCKET)).select(*types.columns, "bucket0", "bucket1")
    q0, q1, bucket0, bucket1 = (joined[name].cast("float64").fill_null(0.0) for name in ("q0", "q1", "bucket0", "bucket1"))
    scale = bucket1 / bucket0.nullif(0.0)
    before = joined["previous"].cast("float64")
    usage = ibis.cases((bucket0 == 0, joined["current"]), else_=(before * (scale - 1)).cast(MONEY))
    mix = ibis.cases((bucket0 == 0, ZERO), (q0 == 0, joined["current"]), else_=((q1 - q0 * scale) * before / q0.nullif(0.0)).cast(MONEY))
    change = joined["current"] - joined["previous"]
    known = joined["explained"]
    split = joined.mutate(change=change, usage=known.ifelse(usage.cast(MONEY), ZERO), mix=known.ifelse(mix.cast(MONEY), ZERO))
    return split.mutate(
        rate=known.ifelse((split["change"] - split["usage"] - split["mix"]).cast(MONEY), ZERO),
        unexplained=known.ifelse(ZERO, split["change"].cast(MONEY)),
        was=(split["previous"] != ZERO) | (q0 != 0),
        now=(split["current"] != ZERO) | (q1 != 0),
    )


def _types(table: Frame, cost: str) -> Frame:
    """Costs and quantities of each usage type in both windows; `explained` where quantities say what its cost is made of."""
    sums = table.filter(table["window"].notnull()).group_by(*TYPE)
    windowed = sums.aggregate(
        current=_current(table, cost),
        previous=_previous(table, cost),
        q1=_current(table, "quantity", QUANTITY),
        q0=_previous(table, "quantity", QUANTITY),
    )
    some = (windowed["q0"] > 0) | (windowed["q1"] > 0)
    before = (windowed["q0"] > 0) | ((windowed["q0"] == 0) & (windowed["previous"] == ZERO))
    after = (windowed["q1"] > 0) | ((windowed["q1"] == 0) & (windowed["current"] == ZERO))
    return windowed.mutate(explained=windowed["steady"] & some & before & after, instances=windowed["detail"] != windowed["usage_type"])


def _breakdowns(engine: Engine, effects: Frame, pairs: Sequence[Pair]) -> Mapping[Pair, tuple[UsageTypeChange, ...]]:
    """Per pair the usage types with the largest change or the largest usage, mix and rate."""
    if not pairs:
        return {}
    rows = among(effects, pairs)
    size = rows["usage"].abs() + rows["mix"].abs() + rows["rate"].abs() + rows["unexplained"].abs()
    rank = ibis.row_number().over(group_by=["group", "service"], order_by=[ibis.desc(size), *(rows[name] for name in TYPE[2:])])
    ranked = rows.mutate(rank=rank)
    found: dict[Pair, list[UsageTypeChange]] = {pair: [] for pair in pairs}
    for row in engine.rows(ranked.filter(ranked["rank"] < TYPES_LISTED).order_by("group", "service", "rank")):
        found[row["group"], row["service"]].append(_usage_type(row))
    return {pair: tuple(items) for pair, items in found.items()}


def _usage_type(row: Mapping[str, Any]) -> UsageTypeChange:
    amounts = {name: round(float(row[name]), DECIMALS) for name in AMOUNTS}
    return UsageTypeChange(
        usage_type=row["usage_type"],
        detail=row["detail"],
        unit=row["unit"],
        status=_presence(row),
        previous_quantity=float(row["q0"]),
        current_quantity=float(row["q1"]),
        previous_price=float(row["previous"]) / float(row["q0"]) if row["q0"] > 0 else None,
        current_price=float(row["current"]) / float(row["q1"]) if row["q1"] > 0 else None,
        **amounts,
    )


def _presence(row: Mapping[str, Any]) -> Presence:
    if row["was"] and not row["now"]:
        return "gone"
    return "new" if row["now"] and not row["was"] else "both"


def _added(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"group": OTHER, "service": OTHER, "was": True, "now": True} | {name: sum(row[name] for row in rows) for name in AMOUNTS}


def _mover(row: Mapping[str, Any], **behind: Any) -> Mover:
    parts = {name: round(float(row[name]), DECIMALS) for name in ("usage", "mix", "rate", "unexplained")}
    change = change_of(float(row["current"]), float(row["previous"]))
    return Mover(group=row["group"], service=row["service"], change=change, status=_presence(row), **parts, **behind)
