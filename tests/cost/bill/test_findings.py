from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill, BillWarning


def found(bill: Bill) -> dict[str, BillWarning]:
    return {warning.code: warning for warning in bill.warnings}


def test_a_plain_complete_bill_has_nothing_to_say_but_what_its_columns_lack(bill_of: Callable[..., Bill]):
    assert set(found(bill_of({"lineItem/UsageEndDate": "2026-10-01T00:00:00Z"}))) == {"missing_column", "column_not_used"}


def test_an_unknown_type_is_carried_and_reported(bill_of: Callable[..., Bill]):
    warning = found(bill_of({}, {"lineItem/LineItemType": "Novelty", "lineItem/UnblendedCost": "2.5"}))["unknown_line_item_type"]
    assert (warning.rows, warning.amount) == (1, 2.5)
    assert "Novelty" in warning.message


def test_colliding_tags_are_reported_with_their_money(bill_of: Callable[..., Bill]):
    bill = bill_of({"resourceTags/user:Team": "a"}, {"resourceTags/user:team": "b"}, {})
    warning = found(bill)["tag_collision"]
    assert (warning.rows, warning.amount) == (2, 2.0)
    assert "Team, team" in warning.message


def test_split_cost_rows_are_said_with_the_money_they_repeat(bill_of: Callable[..., Bill]):
    warning = found(bill_of({}, {"lineItem/Operation": "ECSTask-EC2", "lineItem/UnblendedCost": "0.25"}))["split_cost_rows"]
    assert (warning.rows, warning.amount) == (1, 0.25)


def test_a_month_delivered_twice_is_noticed(kit: SimpleNamespace, tmp_path: Path):
    kit.write(tmp_path / "a.csv", [{}, {}])
    kit.write(tmp_path / "b.csv", [{}, {}, {}])
    warning = found(read_bill([tmp_path]))["delivered_twice"]
    assert (warning.rows, warning.amount) == (4, 4.0)


def test_a_plan_whose_usage_and_commitment_differ_is_reported(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))
    lines[2]["savingsPlan/UsedCommitment"] = "6"
    warnings = found(bill_of(*lines))
    assert warnings["commitment_not_balanced"].amount == pytest.approx(1)
    assert warnings["amortization_not_balanced"].amount == pytest.approx(-1)


def test_the_open_month_of_the_real_sample_is_said(sample: Bill):
    warnings = found(sample)
    assert "2023-11 is open" in warnings["open_month"].message
    assert "2023-11-14" in warnings["open_month"].message
    assert "lineItem/ResourceId" in warnings["missing_column"].message
    assert "missing_days" not in warnings


def test_a_day_without_usage_between_days_with_usage_is_said_per_account(bill_of: Callable[..., Bill]):
    later = {"lineItem/UsageStartDate": "2026-09-04T00:00:00Z", "lineItem/UsageEndDate": "2026-09-04T01:00:00Z"}
    message = found(bill_of({}, later))["missing_days"].message
    assert "account 000000000002" in message
    assert "2026-09-02 to 2026-09-03" in message


def test_usage_without_a_public_price_is_said(bill_of: Callable[..., Bill]):
    assert found(bill_of({"pricing/publicOnDemandCost": ""}))["list_cost_unknown"].amount == 1.0
