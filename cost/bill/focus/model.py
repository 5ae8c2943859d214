"""What an export says of itself: the JSON of `plinth cost focus`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from cost.bill.model import BillWarning


class FocusTotals(BaseModel):
    """The sums of the file's four FOCUS cost columns, purchases of commitments included."""

    model_config = ConfigDict(frozen=True)

    billed: float
    list: float
    contracted: float
    effective: float


class FocusExport(BaseModel):
    """An export as FOCUS 1.2: where it is, how many rows it has, and what it adds up to.

    `lines` counts the bill's lines; `folded_rows` are savings plan negations whose cost is in the rows that they covered.
    """

    model_config = ConfigDict(frozen=True)

    out: str
    format: str
    rows: int
    lines: int
    folded_rows: int
    totals: FocusTotals
    currency: str
    warnings: tuple[BillWarning, ...]
