from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import ibis
import pytest

from cost.bill import read_bill
from cost.bill.amortize import plan_values_missing
from cost.bill.convert import charges
from cost.bill.cur import CUR_SCHEMA
from cost.bill.model import Bill
from cost.bill.services import SERVICE_COLUMNS

TYPES = [
    ("Usage", "Usage", "Usage-Based"),
    ("Tax", "Tax", "Recurring"),
    ("Credit", "Credit", "One-Time"),
    ("Refund", "Adjustment", "One-Time"),
    ("Fee", "Purchase", "One-Time"),
    ("SavingsPlanUpfrontFee", "Purchase", "One-Time"),
    ("EdpDiscount", "Usage", "Usage-Based"),
    ("SomethingNew", "Adjustment", "One-Time"),
]
"""A line item type, its charge category and frequency."""
USAGE_TYPES = [
    ("USE1-BoxUsage:m5.large", "m5.large"),
    ("USE1-Host:ml.g5.12xlarge", "ml.g5.12xlarge"),
    ("BoxUsage:u-6tb1.metal", "u-6tb1.metal"),
    ("USE1-EBS:VolumeUsage.gp3", None),
]
SERVICES = [
    ({"product/servicecode": "AWSDataTransfer"}, "AWSDataTransfer", "AWS Data Transfer"),
    ({"product/servicecode": ""}, "AmazonEC2", "Amazon Elastic Compute Cloud"),
    ({"bill/BillingEntity": "AWS Marketplace", "product/ProductName": "Some Model"}, "Some Model", "Some Model"),
    ({"lineItem/ProductCode": "AmazonNew", "product/servicecode": "AmazonNew", "product/ProductName": "Amazon New"}, "AmazonNew", "Amazon New"),
]
SPOT = {
    "lineItem/UsageType": "USE1-SpotUsage:g5.xlarge",
    "lineItem/LineItemDescription": "g5.xlarge Linux/UNIX Spot Instance-hour in US East (N. Virginia) in VPC Zone #1",
}
POD = {"lineItem/Operation": "EKSPod-EC2", "splitLineItem/SplitCost": "0.4", "splitLineItem/ParentResourceId": "i-1"}


@pytest.fixture(scope="module")
def bill(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """Every case in an account of its own."""
    cases = {
        "types": [{"lineItem/LineItemType": name} for name, *_ in TYPES],
        "spot": [SPOT],
        "usage types": [{"lineItem/UsageType": name} for name, _ in USAGE_TYPES],
        "plan": kit.plan(Decimal("10"), Decimal("7"), Decimal("8")),
        "used plan": kit.plan(Decimal("10"), Decimal("8"), Decimal("8")),
        "subscription": [{"reservation/SubscriptionId": "123"}],
        "split": [{}, POD],
        "prices": [{"lineItem/UsageAmount": "3", "pricing/publicOnDemandCost": "2"}, {"lineItem/UsageAmount": "0"}],
        "services": [line for line, *_ in SERVICES],
    }
    made = kit.cases(tmp_path_factory.mktemp("convert") / "a.csv", cases)
    yield made
    made.engine.close()


def test_line_item_types_become_focus_categories(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "x_line_item_type", "ChargeCategory", "ChargeFrequency", SubAccountId="types")
    assert [tuple(row.values()) for row in rows] == TYPES


def test_a_spot_row_gets_its_instance_type_and_system_from_its_description(bill: Bill, kit: SimpleNamespace):
    row = kit.rows(bill, "x_instance_type", "x_operating_system", "x_purchase_option", "PricingCategory", SubAccountId="spot")[0]
    assert row == {"x_instance_type": "g5.xlarge", "x_operating_system": "Linux", "x_purchase_option": "Spot", "PricingCategory": "Dynamic"}


def test_the_usage_type_names_the_instance_type(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "x_usage_type", "x_instance_type", SubAccountId="usage types")
    assert [tuple(row.values()) for row in rows] == USAGE_TYPES


def test_a_plan_is_committed_usage_and_its_fee_a_standard_purchase_without_effective_cost(bill: Bill, kit: SimpleNamespace):
    columns = ("ChargeCategory", "CommitmentDiscountStatus", "PricingCategory", "BilledCost", "EffectiveCost", "ChargeFrequency")
    covered, _, purchase, unused = (tuple(row[column] for column in columns) for row in kit.rows(bill, *columns, SubAccountId="plan"))
    assert covered == ("Usage", "Used", "Committed", 0, 7, "Usage-Based")
    assert purchase == ("Purchase", None, "Standard", 8, 0, "Recurring")
    assert unused == ("Usage", "Unused", "Committed", 0, 1, "Usage-Based")


def test_a_wholly_used_plan_has_no_unused_row(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "x_charge_part", SubAccountId="used plan", x_line_item_type="SavingsPlanRecurringFee")
    assert [row["x_charge_part"] for row in rows] == ["Purchase"]


def test_per_commitment_effective_cost_of_usage_is_billed_cost_of_purchase(bill: Bill, kit: SimpleNamespace):
    plan = {"CommitmentDiscountId": kit.PLAN, "SubAccountId": "plan"}
    used = sum(row["EffectiveCost"] for row in kit.rows(bill, "EffectiveCost", ChargeCategory="Usage", **plan))
    bought = sum(row["BilledCost"] for row in kit.rows(bill, "BilledCost", ChargeCategory="Purchase", **plan))
    assert used == bought == 8


def test_a_subscription_id_or_an_empty_arn_is_no_reservation(bill: Bill, kit: SimpleNamespace, tmp_path: Path):
    columns = ("CommitmentDiscountId", "x_purchase_option")
    none = {"CommitmentDiscountId": None, "x_purchase_option": "OnDemand"}
    assert kit.rows(bill, *columns, SubAccountId="subscription") == [none]
    empty = {"reservation/SubscriptionId": "123", "reservation/ReservationARN": ""}
    with_column = read_bill([kit.write(tmp_path / "a.csv", [empty])], by_line=True)
    assert kit.rows(with_column, *columns) == [none]
    with_column.engine.close()


def test_split_cost_rows_count_nothing_and_keep_their_share(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "BilledCost", "ListCost", "x_amortized_cost", "x_split_cost", SubAccountId="split")
    assert [row["BilledCost"] for row in rows] == [1, 0]
    assert (rows[1]["ListCost"], rows[1]["x_amortized_cost"], rows[1]["x_split_cost"]) == (0, 0, Decimal("0.4"))


def test_a_negation_consumes_nothing_and_has_no_list_cost(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "ConsumedQuantity", "ListCost", x_line_item_type="SavingsPlanNegation", SubAccountId="plan")
    assert rows == [{"ConsumedQuantity": None, "ListCost": 0}]


def test_unit_price_times_quantity_is_the_cost(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "ListUnitPrice", "ListCost", "PricingQuantity", SubAccountId="prices")
    assert rows[0]["ListUnitPrice"] * rows[0]["PricingQuantity"] == pytest.approx(float(rows[0]["ListCost"]))
    assert rows[1]["ListUnitPrice"] is None


def test_the_service_follows_the_marketplace_rule(bill: Bill, kit: SimpleNamespace):
    rows = kit.rows(bill, "x_service_code", "ServiceName", SubAccountId="services")
    assert [(row["x_service_code"], row["ServiceName"]) for row in rows] == [(code, name) for _, code, name in SERVICES]


def test_the_conversion_is_plain_ibis_and_compiles_for_athena():
    cur = ibis.table(CUR_SCHEMA, name="cur")
    services = ibis.table(dict.fromkeys(SERVICE_COLUMNS, "string"), name="services")
    assert "SELECT" in str(ibis.to_sql(charges(cur, services), dialect="athena"))
    assert "SELECT" in str(ibis.to_sql(cur.filter(plan_values_missing(cur)), dialect="athena"))
