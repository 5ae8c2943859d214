"""What the bill says, after: any supported bill as one charge table, and its totals by every cost kind.

`read_bill` and `summarize` load DuckDB and Ibis when they are called, not when this package is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cost.bill.model import Bill, BillSummary

__all__ = ["read_bill", "summarize"]


def read_bill(paths: Sequence[Path | str], *, by_line: bool = False) -> Bill:
    """The bill in these files and folders, lines of a day that are alike as one charge, or each on its own where `by_line`.

    Raises InputError with file, line and column; no row is ever dropped.
    """
    from cost.bill.read import read_bill as read

    return read(paths, by_line=by_line)


def summarize(bill: Bill) -> BillSummary:
    """The bill's totals by cost kind, service, category, line item type and tag; commitments, completeness and warnings."""
    from cost.bill.summary import summarize as summary

    return summary(bill)
