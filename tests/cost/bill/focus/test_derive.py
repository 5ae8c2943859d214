from __future__ import annotations

PLAN = {"CommitmentDiscountId": "arn:plan", "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "ComputeSavingsPlans"}
RESERVATION = {"CommitmentDiscountId": "arn:ri", "CommitmentDiscountCategory": "Usage", "CommitmentDiscountType": "Reserved Instance"}

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


def test_an_instance_is_told_from_the_details_before_the_usage_type(stage):
    rows = stage(
        {"ResourceId": "1", "SkuPriceDetails": '{"InstanceType": "p5.48xlarge", "OperatingSystem": "Linux/UNIX"}'},
        {"ResourceId": "2", "x_UsageType": "USE1-Host:ml.g5.xlarge"},
        {"ResourceId": "3", "x_UsageType": "", "SkuMeter": "BoxUsage:m5.large"},
        {"ResourceId": "4", "x_UsageType": "DataTransfer-Out-Bytes"},
    ).rows()
    found = {row["ResourceId"]: (row["x_instance_type"], row["x_operating_system"]) for row in rows}
    assert found == {"1": ("p5.48xlarge", "Linux"), "2": ("ml.g5.xlarge", None), "3": ("m5.large", None), "4": (None, None)}


def test_a_seller_of_the_marketplace_is_told_from_aws(stage):
    rows = stage(*({"ResourceId": name, "PublisherName": name} for name in ("AWS", "Amazon Web Services, Inc.", "A Seller", ""))).rows()
    assert {row["ResourceId"]: row["x_billing_entity"] for row in rows if row["ResourceId"]} == {
        "AWS": "AWS", "Amazon Web Services, Inc.": "AWS", "A Seller": "AWS Marketplace",
    }  # fmt: skip


def test_a_service_code_is_derived_from_the_services_name_where_there_is_none(stage):
    rows = stage({"x_ServiceCode": "", "ServiceName": "Amazon Simple Storage Service"}, {"x_ServiceCode": "", "ServiceName": "Mine"}).rows()
    assert {row["x_service_code"] for row in rows} == {"AmazonS3", "Mine"}
