"""Where a file keeps each column of a Cost and Usage Report: under its legacy name, its snake-case name, or inside a map.

Legacy csv: `lineItem/UnblendedCost`. Legacy parquet and CUR 2.0: `line_item_unblended_cost`. CUR 2.0 keeps some product attributes in
the map `product` and its tags in the maps `resource_tags`, `cost_category` and `tags`; in csv a map is JSON text. Source: facts/cost.md 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cost.bill.cur_columns import CUR_COLUMNS, CurColumn
from cost.bill.tags import LEGACY_TAG_SECTIONS, SNAKE_TAG_SECTIONS, TAG_MAPS

PRODUCT_MAP: Final = "product"


class BillFormat(StrEnum):
    """The bill formats that the desk tells apart."""

    LEGACY_CUR_CSV = "legacy CUR csv"
    LEGACY_CUR_PARQUET = "legacy CUR parquet"
    CUR_2 = "CUR 2.0"
    FOCUS_1_0 = "FOCUS 1.0"
    FOCUS_1_1 = "FOCUS 1.1"
    FOCUS_1_2 = "FOCUS 1.2"


@dataclass(frozen=True)
class Layout:
    """Where a file's columns are: canonical name -> column of the file; `in_map` -> key of the product map."""

    columns: Mapping[str, str]
    in_map: Mapping[str, str] = field(default_factory=dict)
    tag_columns: tuple[str, ...] = ()
    tag_maps: tuple[str, ...] = ()

    def has(self, column: CurColumn) -> bool:
        """Whether the file has the column, by itself or as a key of a map."""
        return column.name in self.columns or column.name in self.in_map


def layout_of(header: tuple[str, ...], bill_format: BillFormat, types: Mapping[str, str]) -> Layout:
    """The layout of a Cost and Usage Report with this header; `types` are a parquet's column types, empty for a csv."""
    legacy = bill_format is BillFormat.LEGACY_CUR_CSV
    names = set(header)
    columns = {column.name: spelled(column, bill_format) for column in CUR_COLUMNS if spelled(column, bill_format) in names}
    maps = not legacy and PRODUCT_MAP in names and (not types or types[PRODUCT_MAP].startswith(("MAP", "STRUCT", "VARCHAR")))
    in_map = {column.name: column.name.removeprefix("product_") for column in CUR_COLUMNS if column.name.startswith("product_") and column.name not in columns}
    tag_maps = tuple(name for name in TAG_MAPS if not legacy and name in names)
    sections = LEGACY_TAG_SECTIONS if legacy else SNAKE_TAG_SECTIONS
    return Layout(
        columns=columns,
        in_map=in_map if maps else {},
        tag_columns=tuple(name for name in header if name.startswith(sections)),
        tag_maps=tag_maps,
    )


def spelled(column: CurColumn, bill_format: BillFormat) -> str:
    """How the format spells a column."""
    return column.legacy if bill_format is BillFormat.LEGACY_CUR_CSV else column.name
