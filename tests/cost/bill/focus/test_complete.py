from __future__ import annotations

from datetime import date
from decimal import Decimal

from cost.bill.focus.complete import completed

DAY = date(2026, 9, 1)
COSTS = ("BilledCost", "ListCost", "ContractedCost", "EffectiveCost", "x_unblended_cost", "x_amortized_cost")
CASES = {
    "usage": {"PricingQuantity": 4.0, "PricingUnit": "Hrs", "ConsumedQuantity": 4.0, "RegionId": "us-east-1", "ResourceId": "i-1"},
    "refunded usage": {"PricingQuantity": 2.0, "cost": -1},
    "a discount": {"x_line_item_type": "EdpDiscount", "PricingQuantity": 2.0, "ListCost": Decimal(0), "cost": -1, "ResourceId": None},
    "free usage": {"PricingQuantity": 0.0, "cost": 0},
    "usage without a quantity": {"PricingQuantity": None},
    "a fee": {"ChargeCategory": "Purchase", "PricingQuantity": None, "cost": 5, "ResourceId": None},
    "a tax": {"ChargeCategory": "Tax", "PricingQuantity": 1.0, "SkuId": "S", "SkuPriceId": "S.1"},
    "a plan's fee": {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", "cost": 5, "CommitmentDiscountId": "arn:plan",
                     "CommitmentDiscountCategory": "Spend", "CommitmentDiscountType": "ComputeSavingsPlans", "ResourceId": None},
    "an ARN": {"ResourceId": "arn:aws:sagemaker:us-east-1:1:training-job/x", "RegionId": "mars-1"},
    "a bucket": {"ResourceId": "lake", "x_service_code": "AmazonS3"},
    "another resource": {"ResourceId": "x", "x_service_code": "AmazonMSK", "SkuPriceId": "ABC.DEF.GHI"},
}  # fmt: skip


def test_what_focus_requires_is_filled_in_and_no_cost_changes(made_bill, row):
    rows = [
        row(DAY, values.get("cost", 1), ChargeDescription=name, **{key: value for key, value in values.items() if key != "cost"})
        for name, values in CASES.items()
    ]
    bill = made_bill(rows)
    found = {each["ChargeDescription"]: each for each in bill.engine.rows(completed(bill.charges))}
    for made in rows:
        assert [found[made["ChargeDescription"]][name] for name in COSTS] == [made[name] for name in COSTS]

    def of(name, *columns):
        return tuple(found[name][column] for column in columns)

    assert of("usage", "ListUnitPrice", "PricingUnit", "RegionName", "ResourceType") == (
        0.25,
        "Hrs",
        "US East (N. Virginia)",
        "Instance",
    )
    assert of("usage", "SubAccountName", "BillingAccountName", "PricingCurrencyEffectiveCost") == ("1", "1", Decimal(1))
    assert of("refunded usage", "PricingQuantity", "ListUnitPrice") == (-2.0, 0.5)
    assert of("a discount", "PricingQuantity", "ContractedUnitPrice", "ListUnitPrice", "ConsumedQuantity", "ResourceType") == (-2.0, 0.5, 0.0, 0.0, None)
    assert of("free usage", "PricingQuantity", "ListUnitPrice") == (0.0, 0.0)
    assert of("usage without a quantity", "PricingQuantity", "PricingUnit", "ListUnitPrice") == (None, None, None)
    assert of("a fee", "PricingQuantity", "PricingUnit", "ContractedUnitPrice", "ConsumedQuantity") == (1.0, "Unit", 5.0, None)
    assert of("a tax", "PricingQuantity", "PricingUnit", "ListUnitPrice", "SkuId", "SkuPriceId") == (None,) * 5
    assert of("a plan's fee", "ResourceId", "ResourceType", "CommitmentDiscountQuantity", "CommitmentDiscountUnit", "CommitmentDiscountStatus") == (
        "arn:plan", "ComputeSavingsPlans", 5.0, "USD", None,
    )  # fmt: skip
    assert of("an ARN", "ResourceType", "RegionName") == ("sagemaker:training-job", "mars-1")
    assert of("a bucket", "ResourceType") == ("Bucket",)
    assert of("another resource", "ResourceType", "SkuId", "SkuPriceId") == ("AmazonMSK resource", "ABC", "ABC.DEF.GHI")


def test_a_unit_price_smaller_than_moneys_last_digit_keeps_its_digits_where_it_is_the_cost(made_bill, row):
    prices = (4e-16, 4.1234567e-16, 7.0)
    bill = made_bill([row(DAY, PricingQuantity=1.0, ListUnitPrice=price, ListCost=Decimal("4.12E-16"), ResourceId=str(price)) for price in prices])
    found = {each["ResourceId"]: each["ListUnitPrice"] for each in bill.engine.rows(completed(bill.charges))}
    assert found == {"4e-16": 4.12e-16, "4.1234567e-16": 4.1234567e-16, "7.0": 4.12e-16}


def test_completing_twice_changes_nothing(made_bill, row):
    bill = made_bill([row(DAY, PricingQuantity=2.0), row(DAY, -1, PricingQuantity=2.0, ResourceId=None)])
    once = completed(bill.charges)
    assert bill.engine.rows(completed(once)) == bill.engine.rows(once)
