"""Effective rates from a bill, hand-worked."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from cost.estimate import load_price_book
from cost.pricing.learn import learn
from plinth.errors import InputError

BASE = {
    "bill/InvoiceId": "INV",
    "bill/InvoicingEntity": "Amazon Web Services, Inc.",
    "bill/BillingEntity": "AWS",
    "bill/PayerAccountId": "000000000001",
    "bill/BillingPeriodStartDate": "2026-09-01T00:00:00.000Z",
    "bill/BillingPeriodEndDate": "2026-10-01T00:00:00.000Z",
    "lineItem/UsageAccountId": "000000000002",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-09-07T00:00:00.000Z",
    "lineItem/UsageEndDate": "2026-09-08T00:00:00.000Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/CurrencyCode": "USD",
    "product/servicecode": "AmazonEC2",
    "product/regionCode": "us-east-1",
    "pricing/unit": "Hrs",
}


@pytest.fixture
def bill(tmp_path: Path):
    def write(*lines: Mapping[str, str]) -> Path:
        filled = [BASE | {"identity/LineItemId": f"line{number}"} | dict(line) for number, line in enumerate(lines)]
        header = list(dict.fromkeys(name for line in filled for name in line))
        path = tmp_path / "bill.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(filled)
        return path

    return write


def used(usage_type: str, quantity: float, cost: float, operation: str = "RunInstances", **more: str) -> dict[str, str]:
    listed = {"pricing/publicOnDemandCost": str(cost)}
    line = {"lineItem/UsageType": usage_type, "lineItem/UsageAmount": str(quantity), "lineItem/UnblendedCost": str(cost), "lineItem/Operation": operation}
    return line | listed | {name.replace("__", "/"): value for name, value in more.items()}


COVERED = {
    "lineItem/LineItemType": "SavingsPlanCoveredUsage",
    "savingsPlan/SavingsPlanARN": "arn:aws:savingsplans::000000000001:savingsplan/abc",
    "savingsPlan/SavingsPlanEffectiveCost": "7.2",
}


def test_a_rate_is_what_was_paid_over_all_that_was_used(bill, tmp_path: Path):
    # 100 h on demand for 9.60 and 100 h under a plan, 9.60 on demand and 7.20 by the plan's rate: 16.80 / 200 h = 0.084; list 0.096
    path = bill(used("BoxUsage:m5.large", 100, 9.6), used("BoxUsage:m5.large", 100, 9.6) | COVERED)
    out = tmp_path / "learned.csv"
    (rate,) = learn([path], out).prices
    assert (rate.component, rate.region, rate.quantity, rate.lines) == ("Linux on-demand m5.large", "us-east-1", 200, 2)
    assert (rate.usd_per_unit, rate.list_usd_per_unit) == (pytest.approx(0.084), pytest.approx(0.096))
    price = load_price_book(out).instance("m5.large", "us-east-1")
    assert price is not None
    assert (price.usd_per_unit, price.confidence, price.effective_date) == (pytest.approx(0.084), "learned", date(2026, 9, 7))
    assert "net amortized cost over quantity in bill.csv, 2026-09: 2 lines, 200 hour" in price.source


def test_quantities_are_counted_in_our_units(bill, tmp_path: Path):
    requests = used("Requests-Tier1", 2_000_000, 9.0, "PutObject", lineItem__ProductCode="AmazonS3", product__servicecode="AmazonS3", pricing__unit="Requests")
    throughput = used("EBS:VolumeP-Throughput.gp3", 0.5, 20.48, "CreateVolume-Gp3", pricing__unit="GiBps-mo")
    found = {rate.component: rate for rate in learn([bill(requests, throughput)], tmp_path / "l.csv").prices}
    put = found["Standard PUT/COPY/POST/LIST requests"]
    assert (put.quantity, put.usd_per_unit) == (2000, pytest.approx(0.0045)), "a thousand requests to a unit"
    gp3 = found["gp3 provisioned throughput (above 125 MB/s included)"]
    assert (gp3.quantity, gp3.usd_per_unit) == (512, pytest.approx(0.04)), "half a GiB/s are 512 MiB/s"
    (price,) = load_price_book(tmp_path / "l.csv").ladder("aws_ebs_volume", gp3.component, "us-east-1")
    assert price.tier_start == 125, "the bill has only what is above the included"


def test_spot_and_another_region_have_rates_of_their_own(bill, tmp_path: Path):
    spot = used("EUC1-SpotUsage:g5.xlarge", 10, 5.0, "RunInstances:SV002", product__regionCode="eu-central-1")
    learn([bill(spot, used("BoxUsage:g5.xlarge", 10, 10.06))], tmp_path / "l.csv")
    book = load_price_book(tmp_path / "l.csv")
    price = book.spot_override("g5.xlarge", "eu-central-1")
    assert price is not None and price.usd_per_unit == pytest.approx(0.5)
    assert book.spot_override("g5.xlarge", "us-east-1") is None


def test_what_is_too_little_for_a_rate_is_refused_with_its_reason(bill, tmp_path: Path):
    path = bill(
        used("BoxUsage:m5.large", 100, 9.6),
        used("BoxUsage:c5.large", 0.5, 0.0425),
        used("BoxUsage:t3.micro", 700, 0),
        used("NatGateway-Bytes", 5, 0.00000001, "NatGateway", pricing__unit="GB"),
        used("BoxUsage:m5.large", 10, 1.88, "RunInstances:0010"),
    )
    done = learn([path], tmp_path / "l.csv")
    assert [rate.component for rate in done.prices] == ["Linux on-demand m5.large"]
    reasons = {each.usage_type: each.reason for each in done.not_learned}
    assert reasons["BoxUsage:c5.large"] == "0.5 hour are too few for a rate"
    assert reasons["BoxUsage:t3.micro"].startswith("the bill has it at 0")
    assert reasons["NatGateway-Bytes"].endswith("too little for a rate: rounding would show")
    assert reasons["BoxUsage:m5.large"] == "the price book has no component of this usage type", "Red Hat"
    assert (done.covered_cost, done.other_cost) == (pytest.approx(9.6), pytest.approx(1.92250001))


def test_a_bill_without_a_rate_or_in_another_currency_is_an_input_error(bill, tmp_path: Path):
    out = tmp_path / "l.csv"
    with pytest.raises(InputError, match="gives no rate"):
        learn([bill(used("SomethingElse", 10, 5))], out)
    with pytest.raises(InputError, match="another currency"):
        learn([bill(used("BoxUsage:m5.large", 100, 9.6, lineItem__CurrencyCode="EUR"))], out)
    assert not out.exists()


def test_a_rate_whose_quantity_has_a_free_amount_in_it_is_refused(bill, tmp_path: Path):
    place = {"lineItem__ProductCode": "AmazonSNS", "product__servicecode": "AmazonSNS"}
    path = bill(used("BoxUsage:m5.large", 100, 9.6), used("Requests-Tier1", 3_000_000, 1.0, "Publish", pricing__unit="Requests", **place))
    (refused,) = learn([path], tmp_path / "l.csv").not_learned
    assert refused.reason == "AWS gives 1 1M requests of it free each month, which the bill's quantity of 3 has in it"


def test_an_average_over_tiers_is_said(bill, tmp_path: Path):
    storage = used(
        "TimedStorage-ByteHrs", 1000, 23, "StandardStorage", lineItem__ProductCode="AmazonS3", product__servicecode="AmazonS3", pricing__unit="GB-Mo"
    )
    assert learn([bill(storage)], tmp_path / "l.csv").notes == ("1 rates are averages over AWS's tiers at the bill's quantity",)


def test_rates_learned_from_our_generated_bill_are_at_most_list_prices(generated, tmp_path: Path):
    done = learn([generated[1]], tmp_path / "l.csv")
    assert "the bill is synthetic: so are its rates" in done.notes
    assert len(done.prices) > 3
    for rate in done.prices:
        assert rate.list_usd_per_unit is not None
        assert 0 < rate.usd_per_unit <= rate.list_usd_per_unit * 1.000001, rate.component
