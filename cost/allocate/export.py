"""An allocation as csv, one line a leaf, that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from typing import Final

from cost.allocate.model import Allocation, Node
from cost.bill.charge_table import COST_KINDS
from cost.bill.model import Costs
from plinth.csv_files import guarded

PARTS: Final = ("direct", "shared", "total")


def csv_of(made: Allocation) -> str:
    """The leaves: a column a dimension, the bill's lines, and direct, shared and total cost in every cost kind. Numbers are numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(guarded(name) for name in made.by), "currency", "lines", *(f"{part}_{kind}" for part in PARTS for kind in COST_KINDS), "synthetic"])
    writer.writerows(_line(node, made) for node in made.nodes if node.leaf)
    return out.getvalue()


def _line(node: Node, made: Allocation) -> list[object]:
    costs: tuple[Costs, ...] = (node.direct, node.shared, node.total)
    amounts = [repr(getattr(each, kind)) for each in costs for kind in COST_KINDS]
    return [*(guarded(value) for value in node.path), guarded(made.currency), node.rows, *amounts, "yes" if made.synthetic else "no"]
