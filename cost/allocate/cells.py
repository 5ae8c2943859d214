"""The bill's cost by period, leaf, rule and split: the small table that allocation is computed from, and the one read of the charges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from cost.allocate.attribute import rule_column, value_column
from cost.allocate.dimensions import Dimension
from cost.allocate.shared import KINDS, Amounts, Path, units
from cost.bill.charge_table import Frame
from cost.bill.completeness import label
from cost.bill.engine import Engine
from cost.bill.groups import OTHER
from cost.bill.summary import cost_measures

TABLE: Final = "allocation_cells"
MAX_LEAVES: Final = 10_000
"""More groups than this and the smallest are added up as `(other)`: nobody reads them, and they must fit in memory."""


@dataclass(frozen=True)
class Cell:
    """Charges that are alike: of one period and leaf, attributed by the same rules (one a tag), picked by the same split."""

    period: str
    path: Path
    rules: Mapping[int, str]
    pool: int
    rows: int
    costs: Amounts


def read_cells(engine: Engine, table: Frame, dims: Sequence[Dimension], foldable: Sequence[int]) -> tuple[tuple[Cell, ...], int]:
    """The cells of an attributed table, and how many leaves were folded into `(other)`. Only dimensions in `foldable` are folded."""
    values = [value_column(index) for index in range(len(dims))]
    rules = [rule_column(index) for index, dim in enumerate(dims) if dim.key]
    grouped = table.group_by("pool", *values, *rules, period=table["BillingPeriodStart"]).aggregate(
        lines=table["x_lines"].sum(), **{f"cost_{kind}": measure for kind, measure in cost_measures(table).items()}
    )
    stored = engine.store(TABLE, grouped.schema(), grouped)
    try:
        leaves = engine.rows(stored.select(*values).distinct().count().as_table())[0]
        folded = max(0, next(iter(leaves.values())) - MAX_LEAVES) if foldable else 0
        result = _folded(stored, values, foldable) if folded else stored
        cells = tuple(_cell(row, dims) for row in engine.rows(result))
    finally:
        engine.drop(TABLE)
    return cells, folded


def _folded(stored: Frame, values: Sequence[str], foldable: Sequence[int]) -> Frame:
    """The cells with the foldable values of all but the largest leaves replaced."""
    sized = stored.group_by(*values).aggregate(size=stored["cost_amortized"].sum().abs())
    ranked = sized.mutate(rank=ibis.row_number().over(order_by=[ibis.desc(sized["size"]), *(sized[value] for value in values)]))
    joined: Any = stored.inner_join(ranked, list(values))
    replaced = {value_column(index): (joined["rank"] < MAX_LEAVES).ifelse(joined[value_column(index)], OTHER) for index in foldable}
    return joined.mutate(**replaced)


def _cell(row: Mapping[str, Any], dims: Sequence[Dimension]) -> Cell:
    return Cell(
        period=label(row["period"]),
        path=tuple(row[value_column(index)] for index in range(len(dims))),
        rules={index: row[rule_column(index)] for index, dim in enumerate(dims) if dim.key and row[rule_column(index)]},
        pool=row["pool"],
        rows=int(row["lines"]),
        costs=tuple(units(row[f"cost_{kind}"]) for kind in KINDS),
    )


def whole(engine: Engine, charges: Frame) -> tuple[Amounts, int]:
    """The bill's own total in every cost kind, asked for by itself: what the leaves must add up to; and its lines."""
    row = engine.rows(charges.aggregate(lines=charges["x_lines"].sum().fill_null(0), **cost_measures(charges)))[0]
    return tuple(units(row[kind]) for kind in KINDS), int(row["lines"])
