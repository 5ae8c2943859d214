from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import ibis
import pytest

from cost.bill.amortize import plan_values_missing
from cost.bill.convert import charges
from cost.bill.cur import CUR_SCHEMA
from cost.bill.model import Bill
from cost.bill.services import SERVICE_COLUMNS


def test_line_item_types_become_focus_categories(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    expected = [
        ("Usage", "Usage", "Usage-Based"),
        ("Tax", "Tax", "Recurring"),
        ("Credit", "Credit", "One-Time"),
        ("Refund", "Adjustment", "One-Time"),
        ("Fee", "Purchase", "One-Time"),
        ("SavingsPlanUpfrontFee", "Purchase", "One-Time"),
        ("EdpDiscount", "Usage", "Usage-Based"),
        ("SomethingNew", "Adjustment", "One-Time"),
    ]
    rows = kit.rows(bill_of(*({"lineItem/LineItemType": name} for name, *_ in expected)), "x_line_item_type", "ChargeCategory", "ChargeFrequency")
    assert [tuple(row.values()) for row in rows] == expected


def test_a_spot_row_gets_its_instance_type_and_system_from_its_description(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    description = "g5.xlarge Linux/UNIX Spot Instance-hour in US East (N. Virginia) in VPC Zone #1"
    bill = bill_of({"lineItem/UsageType": "USE1-SpotUsage:g5.xlarge", "lineItem/LineItemDescription": description})
    row = kit.rows(bill, "x_instance_type", "x_operating_system", "x_purchase_option", "PricingCategory")[0]
    assert row == {"x_instance_type": "g5.xlarge", "x_operating_system": "Linux", "x_purchase_option": "Spot", "PricingCategory": "Dynamic"}


def test_the_usage_type_names_the_instance_type(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    expected = [
        ("USE1-BoxUsage:m5.large", "m5.large"),
        ("USE1-Host:ml.g5.12xlarge", "ml.g5.12xlarge"),
        ("BoxUsage:u-6tb1.metal", "u-6tb1.metal"),
        ("USE1-EBS:VolumeUsage.gp3", None),
    ]
    rows = kit.rows(bill_of(*({"lineItem/UsageType": name} for name, _ in expected)), "x_usage_type", "x_instance_type")
    assert [tuple(row.values()) for row in rows] == expected


def test_a_plan_is_committed_usage_and_its_fee_a_standard_purchase_without_effective_cost(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")))
    columns = ("ChargeCategory", "CommitmentDiscountStatus", "PricingCategory", "BilledCost", "EffectiveCost", "ChargeFrequency")
    covered, _, purchase, unused = (tuple(row[column] for column in columns) for row in kit.rows(bill, *columns))
    assert covered == ("Usage", "Used", "Committed", 0, 7, "Usage-Based")
    assert purchase == ("Purchase", None, "Standard", 8, 0, "Recurring")
    assert unused == ("Usage", "Unused", "Committed", 0, 1, "Usage-Based")


def test_a_wholly_used_plan_has_no_unused_row(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    assert kit.rows(bill_of(*kit.plan(Decimal("10"), Decimal("8"), Decimal("8"))), "x_lines", x_charge_part="Unused") == []


def test_per_commitment_effective_cost_of_usage_is_billed_cost_of_purchase(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8")))
    used = sum(row["EffectiveCost"] for row in kit.rows(bill, "EffectiveCost", ChargeCategory="Usage", CommitmentDiscountId=kit.PLAN))
    bought = sum(row["BilledCost"] for row in kit.rows(bill, "BilledCost", ChargeCategory="Purchase", CommitmentDiscountId=kit.PLAN))
    assert used == bought == 8


@pytest.mark.parametrize("arn", ["", None])
def test_a_subscription_id_or_an_empty_arn_is_no_reservation(bill_of: Callable[..., Bill], kit: SimpleNamespace, arn: str | None):
    line = {"reservation/SubscriptionId": "123"} | ({} if arn is None else {"reservation/ReservationARN": arn})
    row = kit.rows(bill_of(line), "CommitmentDiscountId", "x_purchase_option")[0]
    assert row == {"CommitmentDiscountId": None, "x_purchase_option": "OnDemand"}


def test_split_cost_rows_count_nothing_and_keep_their_share(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    pod = {"lineItem/Operation": "EKSPod-EC2", "splitLineItem/SplitCost": "0.4", "splitLineItem/ParentResourceId": "i-1"}
    bill = bill_of({}, pod)
    rows = kit.rows(bill, "BilledCost", "ListCost", "x_amortized_cost", "x_split_cost")
    assert [row["BilledCost"] for row in rows] == [1, 0]
    assert (rows[1]["ListCost"], rows[1]["x_amortized_cost"], rows[1]["x_split_cost"]) == (0, 0, Decimal("0.4"))


def test_a_negation_consumes_nothing_and_has_no_list_cost(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    rows = kit.rows(bill_of(*kit.plan(Decimal("10"), Decimal("7"), Decimal("8"))), "ConsumedQuantity", "ListCost", x_line_item_type="SavingsPlanNegation")
    assert rows == [{"ConsumedQuantity": None, "ListCost": 0}]


def test_unit_price_times_quantity_is_the_cost(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    bill = bill_of({"lineItem/UsageAmount": "3", "pricing/publicOnDemandCost": "2"}, {"lineItem/UsageAmount": "0"})
    rows = kit.rows(bill, "ListUnitPrice", "ListCost", "PricingQuantity")
    assert rows[0]["ListUnitPrice"] * rows[0]["PricingQuantity"] == pytest.approx(float(rows[0]["ListCost"]))
    assert rows[1]["ListUnitPrice"] is None


def test_the_service_follows_the_marketplace_rule(bill_of: Callable[..., Bill], kit: SimpleNamespace):
    lines = [
        ({"product/servicecode": "AWSDataTransfer"}, "AWSDataTransfer", "AWS Data Transfer"),
        ({"product/servicecode": ""}, "AmazonEC2", "Amazon Elastic Compute Cloud"),
        ({"bill/BillingEntity": "AWS Marketplace", "product/ProductName": "Some Model"}, "Some Model", "Some Model"),
        ({"lineItem/ProductCode": "AmazonNew", "product/servicecode": "AmazonNew", "product/ProductName": "Amazon New"}, "AmazonNew", "Amazon New"),
    ]
    rows = kit.rows(bill_of(*(line for line, *_ in lines)), "x_service_code", "ServiceName")
    assert [(row["x_service_code"], row["ServiceName"]) for row in rows] == [(code, name) for _, code, name in lines]


def test_the_conversion_is_plain_ibis_and_compiles_for_athena():
    cur = ibis.table(CUR_SCHEMA, name="cur")
    services = ibis.table(dict.fromkeys(SERVICE_COLUMNS, "string"), name="services")
    assert "SELECT" in str(ibis.to_sql(charges(cur, services), dialect="athena"))
    assert "SELECT" in str(ibis.to_sql(cur.filter(plan_values_missing(cur)), dialect="athena"))
