"""Tables as data: one definition for the page, the Markdown and the tidy csv. Cells hold values; how they read is their column's kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from cost.report.text import figure, percent, signed

Kind = Literal["text", "money", "signed", "percent", "count", "quantity", "number"]
Dimension = Literal["group", "service", "account", "resource"]


@dataclass(frozen=True)
class Column:
    """A column: what stands over it and what it holds. Columns of figures are right-aligned."""

    title: str
    kind: Kind = "text"

    def text(self, value: Any) -> str:
        """A cell as people read it: nothing for an empty text, `unknown` for a figure that is None."""
        return "" if value == "" else FORMATS[self.kind](value)

    @property
    def right(self) -> bool:
        """Whether it holds figures."""
        return self.kind != "text"


FORMATS: Final[Mapping[str, Any]] = {
    "number": str,
    "text": lambda value: "" if value is None else str(value),
    "money": figure,
    "signed": lambda value: "unknown" if value is None else signed(value),
    "percent": percent,
    "count": lambda value: "" if value is None else f"{value:,}",
    "quantity": lambda value: "unknown" if value is None else f"{value:,.4g}" if abs(value) < 1 else f"{value:,.1f}",
}


@dataclass(frozen=True)
class Row:
    """A row: its cells, which group, service, account or resource it is of, and whether it adds up the others (it stays last)."""

    cells: tuple[Any, ...]
    of: Mapping[Dimension, str] = field(default_factory=dict)
    rest: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption. `follows` are the filters of the page that its rows can obey."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    follows: tuple[Dimension, ...] = ()
    empty: str = "none."
    note: str = ""

    def texts(self) -> list[tuple[str, ...]]:
        """All cells as people read them."""
        return [tuple(column.text(value) for column, value in zip(self.columns, row.cells, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Block:
    """A part of a section: a heading, sentences, a chart (a Vega-Lite specification) and tables; a table under a chart is folded."""

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    chart: Mapping[str, Any] | None = None
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    of: Mapping[Dimension, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A section of the report."""

    id: str
    heading: str
    blocks: tuple[Block, ...]
