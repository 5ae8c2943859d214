from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.completeness import completeness
from cost.bill.model import Bill, Completeness, DayRange


def test_the_real_sample_has_14_of_30_days_and_is_open(sample: Bill):
    found = completeness(sample.engine, sample.charges)
    assert [(period.period, period.open, period.last_usage) for period in found.periods] == [("2023-11", True, date(2023, 11, 14))]
    assert (found.accounts[0].days, found.accounts[0].days_in_period) == (14, 30)
    assert found.accounts[0].missing == (DayRange(first=date(2023, 11, 15), last=date(2023, 11, 30)),)


def month(number: int) -> dict[str, str]:
    """A line's billing period, an account of its own and a usage of the month's first hour."""
    start = f"2026-{number:02}-01T0{{}}:00:00Z"
    period = {"bill/BillingPeriodStartDate": start.format(0), "bill/BillingPeriodEndDate": f"2026-{number + 1:02}-01T00:00:00Z"}
    return period | {"lineItem/UsageAccountId": f"account {number}", "lineItem/UsageStartDate": start.format(0), "lineItem/UsageEndDate": start.format(1)}


@pytest.fixture(scope="module")
def months(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Completeness]:
    """September: one charge of the whole month. October: no invoice, and a tax of the month. November: a charge without length."""
    moment = "2026-11-03T00:00:00Z"
    lines = [
        month(9) | {"lineItem/UsageEndDate": "2026-10-01T00:00:00Z"},
        month(10) | {"bill/InvoiceId": ""},
        month(10) | {"bill/InvoiceId": "", "lineItem/LineItemType": "Tax", "lineItem/UsageEndDate": "2026-11-01T00:00:00Z"},
        month(11) | {"lineItem/UsageStartDate": moment, "lineItem/UsageEndDate": moment},
    ]
    bill = read_bill([kit.write(tmp_path_factory.mktemp("months") / "a.csv", lines)], by_line=True)
    yield completeness(bill.engine, bill.charges)
    bill.engine.close()


def test_a_row_over_the_whole_month_covers_every_day(months: Completeness):
    account = next(account for account in months.accounts if account.period == "2026-09")
    assert account.missing == ()
    assert not months.periods[0].open


def test_an_uninvoiced_month_is_open_and_taxes_cover_no_day(months: Completeness):
    assert months.periods[1].open
    assert not months.periods[1].invoiced
    assert next(account for account in months.accounts if account.period == "2026-10").days == 1


def test_a_charge_without_length_at_midnight_counts_for_its_day(months: Completeness):
    account = next(account for account in months.accounts if account.period == "2026-11")
    assert (account.first_day, account.last_day, account.days) == (date(2026, 11, 3), date(2026, 11, 3), 1)


def test_generated_months_are_complete(generated_bill: Bill):
    found = completeness(generated_bill.engine, generated_bill.charges)
    assert [(period.period, period.open) for period in found.periods] == [("2026-09", False), ("2026-10", False)]
    assert all(account.missing == () for account in found.accounts)
