from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill
from plinth.errors import InputError


def test_the_real_sample_is_read_whole(sample: Bill):
    assert (sample.rows, sample.format, sample.currency, sample.synthetic) == (1281, "legacy CUR csv", "USD", False)
    assert sample.engine.rows(sample.charges.aggregate(rows=sample.charges.count()))[0]["rows"] == 1281


def test_a_bill_in_two_currencies_is_an_error(kit: SimpleNamespace, tmp_path: Path):
    path = kit.write(tmp_path / "a.csv", [{}, {"lineItem/CurrencyCode": "CNY"}])
    with pytest.raises(InputError, match="more than one currency") as caught:
        read_bill([path])
    assert caught.value.value == ["CNY", "USD"]


def test_two_bills_are_open_side_by_side(sample: Bill, bill_of: Callable[..., Bill]):
    assert bill_of({}).rows == 1
    assert sample.engine.rows(sample.charges.aggregate(rows=sample.charges["x_lines"].sum()))[0]["rows"] == sample.rows == 1281


def test_a_generated_bill_says_that_it_is_synthetic(generated_bill: Bill):
    assert generated_bill.synthetic
    assert generated_bill.warnings[0].code == "synthetic"
    assert generated_bill.warnings[0].rows == generated_bill.rows
