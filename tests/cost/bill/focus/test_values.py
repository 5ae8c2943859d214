from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from cost.bill.charge_table import COUNT, MONEY
from cost.bill.focus.values import KINDS, tag_column, unreadable
from cost.bill.focus.versions import OWN_ESSENTIAL


def test_the_literal_null_and_the_empty_text_are_null(stage):
    row = stage({"ResourceId": "NULL", "RegionId": "", "Tags": "NULL", "CommitmentDiscountId": "NULL"}).rows()[0]
    assert (row["ResourceId"], row["RegionId"], row["CommitmentDiscountId"], row["Tags"]) == (None, None, None, {})


def test_numbers_with_exponents_and_both_spellings_of_a_time_are_read(stage):
    row = stage({"BilledCost": "1.0E-7", "ChargePeriodStart": "2026-09-01 00:00:00", "ChargePeriodEnd": "2026-09-01T01:00:00.000Z"}).rows()[0]
    assert row["BilledCost"] == Decimal("0.0000001")
    assert (row["ChargePeriodEnd"] - row["ChargePeriodStart"]).total_seconds() == 3600


def test_a_tag_is_the_same_with_and_without_its_prefix_and_cost_categories_are_tags(stage):
    staged = stage(
        {"Tags": '{"user:CostCenter": "1", "aws:createdBy": "x"}', "x_CostCategories": '{"Unit": "ml"}'},
        {"Tags": '{"CostCenter": "2", "empty": "", "null": null}', "x_CostCategories": ""},
    )
    tags = [row["Tags"] for row in sorted(staged.rows(), key=lambda row: len(row["Tags"]), reverse=True)]
    assert tags == [{"cost_center": "1", "aws:created_by": "x", "cost_category:unit": "ml"}, {"cost_center": "2"}]


BAD = [
        ("BilledCost", "NULL"), ("EffectiveCost", ""), ("ListCost", "much"), ("ContractedCost", "NaN"), ("PricingQuantity", "Infinity"),
        ("PricingQuantity", "1_000"), ("ChargePeriodStart", "01.09.2026"), ("ChargePeriodEnd", "2026-09-01T01:00:00+02:00"), ("BillingPeriodEnd", "9999-01-01"),
        ("Tags", "[1]"), ("Tags", '{"a": "1", "a": "2"}'), ("Tags", '{"Team": "1", "user:Team": "2"}'), ("ChargeDescription", "a\0b"), ("BillingCurrency", ""),
]  # fmt: skip


def test_a_value_that_can_not_be_read_is_named_by_its_row_and_column(stage):
    staged = stage({}, *({column: value} for column, value in BAD))
    checks = unreadable(staged.table, staged.columns)
    rows = staged.engine.rows(staged.table.select(**checks))
    assert [sorted(name for name, bad in row.items() if bad) for row in rows] == [[], *([column] for column, _ in BAD)]


def test_our_own_columns_may_not_be_empty_in_our_own_file(stage):
    own = {column: "1" if KINDS[column] in (MONEY, COUNT) else "x" for column in OWN_ESSENTIAL}
    staged = stage(own, *(own | {name: ""} for name in OWN_ESSENTIAL))
    rows = staged.engine.rows(staged.table.select(**unreadable(staged.table, staged.columns)))
    assert [[name for name, bad in row.items() if bad] for row in rows] == [[], *([name] for name in OWN_ESSENTIAL)]


ESSENTIALS = {
    "BilledCost": 1.0, "EffectiveCost": 1.0, "ListCost": 1.0, "ContractedCost": 1.0, "BillingCurrency": "USD", "ChargeCategory": "Usage",
    "BillingPeriodStart": "2026-09-01", "BillingPeriodEnd": "2026-10-01", "ChargePeriodStart": "2026-09-01", "ChargePeriodEnd": "2026-09-02",
}  # fmt: skip


@pytest.mark.parametrize("kind", [pa.int64(), pa.decimal128(20, 0)])
def test_an_account_id_that_became_a_whole_number_gets_its_zeros_back(stage, kind):
    ids = {"BillingAccountId": pa.array([12, 123456789]).cast(kind), "SubAccountId": pa.array([1234567, None]).cast(kind)}
    staged = stage(table=pa.table({name: [value] * 2 for name, value in ESSENTIALS.items()} | ids))
    assert staged.unreadable() == set()
    assert sorted(row["BillingAccountId"] for row in staged.rows()) == ["000000000012", "000123456789"]
    assert {row["SubAccountId"] for row in staged.rows()} == {"000001234567", None}


def test_a_whole_number_longer_than_an_account_id_loses_no_digit(stage):
    table = pa.table({name: [value] for name, value in ESSENTIALS.items()} | {"BillingAccountId": [1234567890123456]})
    assert stage(table=table).rows()[0]["BillingAccountId"] == "1234567890123456"


def test_a_tags_key_is_named_as_in_the_legacy_report():
    names = {"Team": "resourceTags/user:Team", "user:Team": "resourceTags/user:Team", "aws:x": "resourceTags/aws:x", "cost_category:Unit": "costCategory/Unit"}
    assert {key: tag_column(key) for key in names} == names
