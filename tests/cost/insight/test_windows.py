from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from cost.bill.model import Bill
from cost.report import Report, build_report

FEBRUARY = [date(2026, 2, 1) + timedelta(days=number) for number in range(28)]
MARCH = [date(2026, 3, 1) + timedelta(days=number) for number in range(31)]
Row = Callable[..., dict[str, Any]]
BillOf = Callable[..., Bill]


def storage(row: Row, days: Iterable[date], month: int, cost: float = 989.0) -> list[dict[str, Any]]:
    """A flat amount of GB in a month of so many days, as S3 bills it: each day's share of the month's GB-months."""
    return [row(day, cost / month, ConsumedQuantity=43_000 / month, ConsumedUnit="GB-Mo", ServiceName="S3", ResourceId="lake") for day in days]


def hours(row: Row, days: Iterable[date], unit: str = "Hrs", cost: float = 24.0) -> list[dict[str, Any]]:
    return [row(day, cost, ConsumedQuantity=24.0, ConsumedUnit=unit) for day in days]


def changed(report: Report) -> float:
    assert report.headline.change is not None
    return report.headline.change.amount


def test_flat_storage_over_months_of_28_and_31_days_has_not_changed(bill_of: BillOf, row: Row):
    report = build_report(bill_of(storage(row, FEBRUARY, 28) + storage(row, MARCH, 31)))
    assert changed(report) == pytest.approx(0, abs=1e-9)
    assert "about the same as February 2026 on equal days" in report.headline.sentence
    assert report.movers[0].usage == report.movers[0].rate == pytest.approx(0, abs=1e-9)
    assert report.by_group[0].previous is not None
    assert report.by_group[0].previous.amortized == pytest.approx(989)


def unchanged(report: Report) -> set[str]:
    """The groups that cost as much as before on equal days."""
    return {each.name for each in report.by_group if each.previous and each.current.amortized == pytest.approx(each.previous.amortized, abs=1e-9)}


def test_a_flat_fleet_by_the_hour_and_what_is_billed_by_the_month_have_not_changed(bill_of: BillOf, row: Row):
    hourly = ("Hrs", "hours", "vCPU-Hours", "LCU-Hrs", "ACU-Hr", "Lambda-GB-Second", "")
    monthly = ("GB-Mo", "Requests", "GB", "keys", "GB-month", "MiBps-Mo")
    rows = [each | {"Tags": [("team", f"in {unit}")]} for unit in hourly for each in hours(row, (*FEBRUARY, *MARCH), unit)]
    for unit in monthly:
        once = {"ConsumedQuantity": 1.0, "ConsumedUnit": unit, "Tags": {"team": f"in {unit}"}}
        rows += [row(days[0], 10, days=len(days), **once) for days in (FEBRUARY, MARCH)]
    report = build_report(bill_of(rows))
    assert changed(report) == pytest.approx(0, abs=1e-9)
    assert unchanged(report) == {f"in {unit}" for unit in (*hourly, *monthly)}


def test_part_of_a_month_is_compared_with_as_much_of_the_month_before(bill_of: BillOf, row: Row):
    report = build_report(bill_of(storage(row, FEBRUARY, 28) + storage(row, MARCH[:10], 31) + hours(row, FEBRUARY) + hours(row, MARCH[:10])))
    assert changed(report) == pytest.approx(0, abs=1e-9)
    assert (report.headline.scale, report.headline.month_scale) == pytest.approx((10 / 28, 10 / 31))


def test_a_tax_is_compared_as_the_charges_that_it_is_levied_on(bill_of: BillOf, row: Row):
    taxes = [row(FEBRUARY[0], 67.2, days=28, ChargeCategory="Tax"), row(MARCH[0], 74.4, days=31, ChargeCategory="Tax")]
    taxes += [row(day, 98.9, days=days, ChargeCategory="Tax", ServiceName="S3") for day, days in ((FEBRUARY[0], 28), (MARCH[0], 31))]
    flat = hours(row, FEBRUARY) + hours(row, MARCH) + storage(row, FEBRUARY, 28) + storage(row, MARCH, 31)
    report = build_report(bill_of(flat + taxes))
    assert [mover.change.amount for mover in report.movers] == pytest.approx([0] * 4, abs=1e-9)


def test_a_commitment_is_by_the_hour(bill_of: BillOf, row: Row):
    fee = {"ChargeCategory": "Purchase", "CommitmentDiscountId": "plan", "CommitmentDiscountType": "x", "ConsumedUnit": None}
    report = build_report(bill_of([row(day, 5, **fee) for day in (*FEBRUARY, *MARCH)]))
    assert changed(report) == pytest.approx(0, abs=1e-9)


def test_the_days_of_the_previous_window_say_what_to_compare_them_as(bill_of: BillOf, row: Row):
    report = build_report(bill_of(hours(row, FEBRUARY) + hours(row, MARCH) + storage(row, FEBRUARY, 28) + storage(row, MARCH, 31)))
    before = [each.on_equal_days.amortized for each in report.daily if each.on_equal_days]
    assert len(before) == 2 * 28
    assert sum(before) == pytest.approx(24 * 31 + 989)
