"""One made bill on DuckDB for the tests of other backends, and the analyses that run on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from types import ModuleType

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill


@pytest.fixture(scope="session")
def work(helper: Callable[[str], ModuleType]) -> ModuleType:
    """The analyses by name, and the engine that records."""
    return helper("spark/analyses.py")


@pytest.fixture(scope="session")
def duckdb_bill(helper: Callable[[str], ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """Two months of twenty days with every line item type, commitments used and idle, pods, spot GPUs and endpoints."""
    every_type, render = helper("cost/properties/every_type.py"), helper("cost/formats/render.py")
    plans = (every_type.Plan("No Upfront", Decimal("0.5"), Decimal("0.37"), True), every_type.Plan("All Upfront", Decimal("0.7"), Decimal(1), True))
    reservations = (every_type.Reservation("Partial Upfront", Decimal("0.9"), Decimal("0.37"), True),)
    made = every_type.make(every_type.Shape(5, 2, 20, 1, 2, True, plans, reservations))
    bill = read_bill([render.cur_2_parquet(made.lines, tmp_path_factory.mktemp("bill"))])
    with closing(bill.engine):
        yield bill
