from __future__ import annotations

from collections.abc import Callable
from datetime import date

from cost.bill.completeness import completeness
from cost.bill.model import Bill, DayRange


def test_the_real_sample_has_14_of_30_days_and_is_open(sample: Bill):
    found = completeness(sample.engine, sample.charges)
    assert [(period.period, period.open, period.last_usage) for period in found.periods] == [("2023-11", True, date(2023, 11, 14))]
    assert (found.accounts[0].days, found.accounts[0].days_in_period) == (14, 30)
    assert found.accounts[0].missing == (DayRange(first=date(2023, 11, 15), last=date(2023, 11, 30)),)


def test_a_row_over_the_whole_month_covers_every_day(bill_of: Callable[..., Bill]):
    bill = bill_of({"lineItem/UsageEndDate": "2026-10-01T00:00:00Z"})
    found = completeness(bill.engine, bill.charges)
    assert found.accounts[0].missing == ()
    assert not found.periods[0].open


def test_an_uninvoiced_month_is_open_and_taxes_cover_no_day(bill_of: Callable[..., Bill]):
    bill = bill_of({"bill/InvoiceId": ""}, {"bill/InvoiceId": "", "lineItem/LineItemType": "Tax", "lineItem/UsageEndDate": "2026-10-01T00:00:00Z"})
    found = completeness(bill.engine, bill.charges)
    assert found.periods[0].open
    assert not found.periods[0].invoiced
    assert found.accounts[0].days == 1


def test_a_charge_without_length_at_midnight_counts_for_its_day(bill_of: Callable[..., Bill]):
    moment = "2026-09-03T00:00:00Z"
    bill = bill_of({"lineItem/UsageStartDate": moment, "lineItem/UsageEndDate": moment})
    account = completeness(bill.engine, bill.charges).accounts[0]
    assert (account.first_day, account.last_day, account.days) == (date(2026, 9, 3), date(2026, 9, 3), 1)


def test_generated_months_are_complete(generated_bill: Bill):
    found = completeness(generated_bill.engine, generated_bill.charges)
    assert [(period.period, period.open) for period in found.periods] == [("2026-09", False), ("2026-10", False)]
    assert all(account.missing == () for account in found.accounts)
