from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cost.bill.charge_table import COST_KINDS, SCHEMA
from cost.bill.focus.export import exported
from cost.bill.focus.read import focus_notes, is_other_provider

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
