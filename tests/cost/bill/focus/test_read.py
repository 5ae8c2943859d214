from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cost.bill.charge_table import COST_KINDS, SCHEMA
from cost.bill.focus.export import exported
from cost.bill.focus.read import focus_notes, is_other_provider
from cost.bill.focus.values import unreadable

PLAN = {"CommitmentDiscountId": "arn:plan", "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "ComputeSavingsPlans"}
RESERVATION = {"CommitmentDiscountId": "arn:ri", "CommitmentDiscountCategory": "Usage", "CommitmentDiscountType": "Reserved Instance"}
NAMES = ("BillingAccountName", "SubAccountName")


def comparable(rows):
    """Rows as sorted text, without what an export writes for want of a name."""
    kept = [{name: sorted(value.items()) if name == "Tags" else value for name, value in row.items() if name not in NAMES} for row in rows]
    return sorted(repr(sorted(row.items())) for row in kept)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_our_export_read_back_is_the_same_charge_table(every_type_bill, exports, stage, staged_csv, ending):
    path = getattr(exports, ending)
    staged = stage(table=staged_csv(path) if ending == "csv" else pq.read_table(path))
    assert staged.unreadable() == set()
    charges = staged.charges()

    written = exported(every_type_bill.charges).drop("x_file")
    read = charges.filter(~charges["x_folded"]).drop("x_file")
    assert comparable(staged.engine.rows(read)) == comparable(every_type_bill.engine.rows(written))

    def totals(engine, table):
        sums = {kind: table[column].sum() for kind, column in COST_KINDS.items()}
        return engine.rows(table.group_by("x_line_item_type", "BillingPeriodStart").aggregate(**sums).order_by("x_line_item_type", "BillingPeriodStart"))

    assert totals(staged.engine, charges) == totals(every_type_bill.engine, every_type_bill.charges)


def test_a_row_of_aws_becomes_a_charge_with_every_column_of_the_schema(stage):
    row = stage({}).rows()[0]
    assert list(row) == list(SCHEMA.names)
    assert row["x_unblended_cost"] == row["x_amortized_cost"] == Decimal(1)
    assert row["x_public_on_demand_cost"] == Decimal("1.5")
    assert (row["x_service_code"], row["x_usage_type"], row["x_instance_type"]) == ("AmazonEC2", "USE1-BoxUsage:m5.large", "m5.large")
    assert (row["x_line_item_type"], row["x_purchase_option"], row["x_lines"]) == ("Usage", "OnDemand", 1)
    assert row["Tags"] == {"team": "vision"}
    assert row["SubAccountId"] == "000000000002"


TYPES = [
        (PLAN | {"CommitmentDiscountStatus": "Used", "BilledCost": "0"}, ("SavingsPlanCoveredUsage", None, "SavingsPlan", -1, 0)),
        (PLAN | {"CommitmentDiscountStatus": "Unused", "BilledCost": "0"}, ("SavingsPlanRecurringFee", "Unused", "SavingsPlan", -1, 0)),
        (PLAN | {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "EffectiveCost": "0"},
         ("SavingsPlanRecurringFee", "Purchase", "SavingsPlan", 1, 0)),
        (PLAN | {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", "EffectiveCost": "0"},
         ("SavingsPlanUpfrontFee", None, "SavingsPlan", 0, 1)),
        (RESERVATION | {"CommitmentDiscountStatus": "Used", "BilledCost": "0"}, ("DiscountedUsage", None, "Reserved", -1, 0)),
        (RESERVATION | {"CommitmentDiscountStatus": "Unused", "BilledCost": "0"}, ("RIFee", "Unused", "Reserved", -1, 0)),
        (RESERVATION | {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring", "EffectiveCost": "0"}, ("RIFee", "Purchase", "Reserved", 1, 0)),
        (RESERVATION | {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", "EffectiveCost": "0"}, ("Fee", None, "Reserved", 0, 1)),
        ({"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time"}, ("Fee", None, "OnDemand", 0, 0)),
        ({"ChargeCategory": "Tax"}, ("Tax", None, "OnDemand", 0, 0)),
        ({"ChargeCategory": "Credit"}, ("Credit", None, "OnDemand", 0, 0)),
        ({"ChargeCategory": "Adjustment", "ChargeClass": "Correction"}, ("Refund", None, "OnDemand", 0, 0)),
        ({"ChargeCategory": "Adjustment"}, ("Adjustment", None, "OnDemand", 0, 0)),
        ({"PricingCategory": "Dynamic", "ChargeDescription": "g5.xlarge Linux/UNIX Spot Instance-hour in US East"}, ("Usage", None, "Spot", 0, 0)),
]  # fmt: skip
"""What a row of FOCUS has, and the line item type, part, purchase option, trueup and upfront cost that follow."""


def test_the_line_item_type_and_the_trueup_follow_from_focus(stage):
    rows = stage(*(columns | {"ResourceId": str(number)} for number, (columns, _) in enumerate(TYPES))).rows()
    assert len(rows) == len(TYPES)
    for row in rows:
        found = (row["x_line_item_type"], row["x_charge_part"], row["x_purchase_option"], row["x_trueup_cost"], row["x_upfront_cost"])
        assert found == TYPES[int(row["ResourceId"])][1], TYPES[int(row["ResourceId"])][0]
        assert row["x_unblended_cost"] == row["x_amortized_cost"] + row["x_trueup_cost"] + row["x_upfront_cost"]


def test_a_spot_row_gets_type_and_system_from_its_description(stage):
    row = stage({"PricingCategory": "Dynamic", "ChargeDescription": "g5.xlarge Linux/UNIX Spot Instance-hour in US East", "x_UsageType": "x"}).rows()[0]
    assert (row["x_instance_type"], row["x_operating_system"]) == ("g5.xlarge", "Linux")


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


def test_a_map_and_zoned_times_of_parquet_are_read(stage):
    moment = pa.array(["2026-09-01T00:00:00"]).cast(pa.timestamp("ms")).cast(pa.timestamp("ms", tz="UTC"))
    table = pa.table(
        dict.fromkeys(("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"), moment)
        | {name: pa.array([0.25]) for name in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")}
        | {"Tags": pa.array([[("team", "vision")]], pa.map_(pa.string(), pa.string()))}
        | {name: pa.array([value]) for name, value in {"BillingAccountId": "1", "BillingCurrency": "USD", "ChargeCategory": "Usage"}.items()}
    )
    staged = stage(table=table)
    assert staged.unreadable() == set()
    row = staged.rows()[0]
    assert (row["BilledCost"], row["Tags"], str(row["ChargePeriodStart"])) == (Decimal("0.25"), {"team": "vision"}, "2026-09-01 00:00:00")
    assert (row["ServiceCategory"], row["ServiceName"]) == ("Other", "unknown")


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


def test_other_providers_are_told_apart(stage):
    staged = stage(*({"ProviderName": name} for name in ("AWS", "Amazon Web Services", "", "Microsoft", "Google Cloud")))
    rows = staged.engine.rows(staged.table.select("ProviderName", other=is_other_provider(staged.table)))
    assert [row["other"] for row in rows] == [False, False, False, True, True]


def test_a_missing_column_is_a_typed_null_and_is_said(stage):
    staged = stage({}, without=("CommitmentDiscountStatus", "Tags", "x_UsageType"))
    row = staged.rows()[0]
    assert (row["CommitmentDiscountStatus"], row["Tags"], row["x_usage_type"]) == (None, {}, None)
    said = " ".join(note.message for note in focus_notes(staged.columns))
    for what in ("utilisation and coverage are unknown", "every charge is untagged", "data transfer are unknown", "every month counts as open"):
        assert what in said


def test_our_own_export_has_nothing_to_be_said_of(exports):
    assert focus_notes(exports.csv.read_text(encoding="utf-8").splitlines()[0].split(",")) == ()
