"""A bill that holds every line item type, read once, for the insights about money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill


class RichBill(NamedTuple):
    """What was made, and the bill that was read of it."""

    made: Any
    bill: Bill


@pytest.fixture(scope="session")
def read_made(render: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Bill]:
    """Reads a made bill."""
    return lambda made: read_bill([render.legacy_csv(made.lines, tmp_path_factory.mktemp("made"))])


@pytest.fixture(scope="session")
def rich(every_type: ModuleType, read_made: Callable[[Any], Bill]) -> Iterator[RichBill]:
    """Two months with a plan and a reservation of every payment option, one of each not used at all, and net costs."""
    used = (Decimal(1), Decimal("0.37"), Decimal(0))
    payments = ("No Upfront", "Partial Upfront", "All Upfront")
    plans = tuple(every_type.Plan(payment, Decimal("3.25"), share, False) for payment, share in zip(payments, used, strict=True))
    reservations = tuple(every_type.Reservation(payment, Decimal("1.5"), share, True) for payment, share in zip(payments, used, strict=True))
    made = every_type.make(every_type.Shape(7, 2, 3, 4, 2, True, plans, reservations))
    bill = read_made(made)
    yield RichBill(made, bill)
    bill.engine.close()
