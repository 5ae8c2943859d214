"""From AWS's price list to a price file: both offer formats, tiers, units, and what is refused."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from cost.estimate import load_price_book
from cost.pricing.refresh import refresh
from plinth.errors import InputError

HALF = [("0", "Inf", "0.0480000000")]
S3 = [("0", "51200", "0.0230000000"), ("51200", "512000", "0.0220000000"), ("512000", "Inf", "0.0210000000")]


@pytest.fixture
def nat(offers):
    return ("NAT1", offers.attributes("AmazonEC2", "EU-NatGateway-Hours", operation="NatGateway"), "Hrs", HALF)


@pytest.fixture(params=["json", "csv"])
def form(request, offers):
    """(suffix, builder) of both offer formats."""
    return request.param, getattr(offers, f"{request.param}_offer")


def test_an_offer_file_becomes_a_price_file_that_the_book_reads(form, saved, tmp_path: Path, offers, nat):
    windows = offers.instance("m5.large", "EU-BoxUsage:m5.large", operation="RunInstances:0002", operatingSystem="Windows")
    products = [
        nat,
        ("M5", offers.instance("m5.large", "EU-BoxUsage:m5.large"), "Hrs", [("0", "Inf", "0.1070000000")]),
        ("M5W", windows, "Hrs", [("0", "Inf", "0.1990000000")]),
        ("M5D", offers.instance("m5.large", "EU-DedicatedUsage:m5.large", tenancy="Dedicated"), "Hrs", [("0", "Inf", "0.1140000000")]),
        ("M5R", offers.instance("m5.large", "EU-UnusedBox:m5.large", capacitystatus="UnusedCapacityReservation"), "Hrs", [("0", "Inf", "0.1070000000")]),
        ("USE", offers.instance("m5.large", "BoxUsage:m5.large", "us-east-1"), "Hrs", [("0", "Inf", "0.0960000000")]),
    ]
    out = tmp_path / "prices.csv"
    done = refresh("eu-west-1", out, services=["AmazonEC2"], source=saved(f"ec2.{form[0]}", form[1]("AmazonEC2", products)))
    book = load_price_book(out)
    price = book.instance("m5.large", "eu-west-1")
    assert price is not None and (price.usd_per_unit, price.confidence, price.effective_date) == (0.107, "price-list", date(2026, 11, 10))
    assert price.source == "AWS Price List, AmazonEC2 version 20261110205955, in force since 2026-06-01"
    assert book.ladder("aws_nat_gateway", "gateway hours", "eu-west-1")[0].usd_per_unit == 0.048
    assert (done.rows, done.components, done.refused) == (3, 3, ())
    assert book.ladder("aws_instance", "Windows on-demand m5.large", "eu-west-1")[0].usd_per_unit == 0.199
    assert ("aws_ebs_volume", "gp3 storage") in {(each.resource_type, each.component) for each in done.missing}
    assert "p5.48xlarge" in done.instance_types_not_listed and "m5.large" not in done.instance_types_not_listed
    assert book.unmatched_overrides() == ()


def test_tiers_become_a_ladder_over_the_account(form, saved, tmp_path: Path, offers):
    products = [
        ("S", offers.attributes("AmazonS3", "EU-TimedStorage-ByteHrs"), "GB-Mo", S3),
        ("P", offers.attributes("AmazonS3", "EU-Requests-Tier1"), "Requests", [("0", "Inf", "0.0000050000")]),
    ]
    out = tmp_path / "prices.csv"
    refresh("eu-west-1", out, services=["AmazonS3"], source=saved(f"s3.{form[0]}", form[1]("AmazonS3", products)))
    ladder = load_price_book(out).ladder("aws_s3_bucket", "Standard storage", "eu-west-1")
    assert [(tier.tier_start, tier.tier_end, tier.usd_per_unit, tier.tier_scope) for tier in ladder] == [
        (0, 51200, 0.023, "account"),
        (51200, 512000, 0.022, "account"),
        (512000, None, 0.021, "account"),
    ]
    (request,) = load_price_book(out).ladder("aws_s3_bucket", "Standard PUT/COPY/POST/LIST requests", "eu-west-1")
    assert (request.usd_per_unit, request.unit) == (0.005, "1k requests"), "5e-6 a request, a thousand to a unit"


def test_gp3_throughput_is_ours_by_the_mib_whether_listed_by_the_gib_or_not(saved, tmp_path: Path, offers):
    name = "EBS:VolumeP-Throughput.gp3"
    for unit, usd in (("GiBps-mo", "40.9600000000"), ("MiBps-Mo", "0.0400000000")):
        path = saved("ec2.json", offers.json_offer("AmazonEC2", [("T", offers.attributes("AmazonEC2", name, "us-east-1"), unit, [("0", "Inf", usd)])]))
        out = tmp_path / "prices.csv"
        refresh("us-east-1", out, services=["AmazonEC2"], source=path)
        (price,) = load_price_book(out).ladder("aws_ebs_volume", "gp3 provisioned throughput (above 125 MB/s included)", "us-east-1")
        assert price.usd_per_unit == pytest.approx(0.04), unit
        assert price.tier_start == 125, "what a volume includes is not charged"


def test_three_usage_types_of_io2_are_one_ladder(saved, tmp_path: Path, offers):
    rates = {"": "0.0650000000", ".tier2": "0.0455000000", ".tier3": "0.0318500000"}
    products = [
        (f"I{tier}", offers.attributes("AmazonEC2", f"EBS:VolumeP-IOPS.io2{tier}", "us-east-1"), "IOPS-Mo", [("0", "Inf", usd)]) for tier, usd in rates.items()
    ]
    out = tmp_path / "prices.csv"
    refresh("us-east-1", out, services=["AmazonEC2"], source=saved("ec2.json", offers.json_offer("AmazonEC2", products)))
    ladder = load_price_book(out).ladder("aws_ebs_volume", "io2 provisioned IOPS", "us-east-1")
    assert [(tier.tier_start, tier.tier_end, tier.usd_per_unit) for tier in ladder] == [(0, 32000, 0.065), (32000, 64000, 0.0455), (64000, None, 0.03185)]


def test_two_products_of_one_component_with_two_prices_are_refused_with_both(saved, tmp_path: Path, offers, nat):
    other = ("NAT2", nat[1], "Hrs", [("0", "Inf", "0.0520000000")])
    storage = ("G", offers.attributes("AmazonEC2", "EU-EBS:VolumeUsage.gp3"), "GB-Mo", [("0", "Inf", "0.0880000000")])
    out = tmp_path / "prices.csv"
    done = refresh("eu-west-1", out, services=["AmazonEC2"], source=saved("ec2.json", offers.json_offer("AmazonEC2", [nat, other, storage])))
    (refused,) = done.refused
    assert (refused.component, refused.reason) == ("gateway hours", "the list has products of different prices for it")
    assert refused.products == ("NAT1 EU-NatGateway-Hours NatGateway: 0.0480000000 USD a Hrs", "NAT2 EU-NatGateway-Hours NatGateway: 0.0520000000 USD a Hrs")
    assert [price.component for price in load_price_book(out).own_prices()] == ["gp3 storage"]
    assert "gateway hours" not in {each.component for each in done.missing}


def test_two_products_of_one_price_are_one(saved, tmp_path: Path, offers, nat):
    done = refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonEC2"], source=saved("e.json", offers.json_offer("AmazonEC2", [nat, ("NAT2", *nat[1:])])))
    assert (done.rows, done.services[0].products) == (1, 2)


@pytest.mark.parametrize(
    ("usage_type", "unit", "rates", "reason"),
    [
        ("EU-NatGateway-Hours", "GB", HALF, "the list counts it in GB, the price book in hour"),
        ("EU-NatGateway-Bytes", "Hrs", HALF, "the list counts it in Hrs, the price book in GB"),
        ("EU-NatGateway-Hours", "Hrs", [("0", "Inf", "0.0000000000")], "the list has it at 0, which the price book does not"),
        ("EU-NatGateway-Hours", "Hrs", [("0", "10", "0.05"), ("20", "Inf", "0.04")], "the list's tiers have a gap, overlap, or end"),
        ("EU-NatGateway-Hours", "Hrs", [("0", "10", "0.05")], "the list's tiers have a gap, overlap, or end"),
    ],
)
def test_what_cannot_be_ours_is_refused(usage_type, unit, rates, reason, saved, tmp_path: Path, offers):
    good = ("G", offers.attributes("AmazonEC2", "EU-EBS:VolumeUsage.gp3"), "GB-Mo", [("0", "Inf", "0.0880000000")])
    path = saved("e.json", offers.json_offer("AmazonEC2", [("X", offers.attributes("AmazonEC2", usage_type), unit, rates), good]))
    done = refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonEC2"], source=path)
    assert [refused.reason for refused in done.refused] == [reason]


def test_a_free_first_tier_is_left_to_the_free_tier_option(saved, tmp_path: Path, offers):
    rates = [("0", "25", "0.0000000000"), ("25", "Inf", "0.2830000000")]
    path = saved("d.json", offers.json_offer("AmazonDynamoDB", [("D", offers.attributes("AmazonDynamoDB", "EU-TimedStorage-ByteHrs"), "GB-Mo", rates)]))
    out = tmp_path / "p.csv"
    done = refresh("eu-west-1", out, services=["AmazonDynamoDB"], source=path)
    (tier,) = load_price_book(out).ladder("aws_dynamodb_table", "storage, standard class", "eu-west-1")
    assert (tier.tier_start, tier.usd_per_unit) == (0, 0.283)
    assert done.notes == ("storage, standard class: the first 25 GB-month are free by AWS's list; they are left to --free-tier",)


def test_a_local_zone_is_not_the_region(saved, tmp_path: Path, offers, nat):
    zone = ("Z", offers.attributes("AmazonEC2", "EU-NatGateway-Hours", locationType="AWS Local Zone"), "Hrs", [("0", "Inf", "0.0900000000")])
    refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonEC2"], source=saved("e.json", offers.json_offer("AmazonEC2", [zone, nat])))
    assert load_price_book(tmp_path / "p.csv").ladder("aws_nat_gateway", "gateway hours", "eu-west-1")[0].usd_per_unit == 0.048


def test_a_folder_of_files_packed_files_and_saved_answers_are_read(saved, tmp_path: Path, offers, nat):
    plain = saved("ec2.json", offers.json_offer("AmazonEC2", [nat]))
    packed = plain.parent / "s3.csv.gz"
    packed.write_bytes(gzip.compress(offers.csv_offer("AmazonS3", [("S", offers.attributes("AmazonS3", "EU-TimedStorage-ByteHrs"), "GB-Mo", S3)]).encode()))
    key = offers.item("K", offers.attributes("awskms", "eu-west-1-KMS-Keys"), "Keys", [("0", "Inf", "1.0000000000")])
    saved("kms.json", '{"FormatVersion": "aws_v1", "PriceList": [' + json.dumps(key) + "]}")
    done = refresh("eu-west-1", tmp_path / "p.csv", source=plain.parent)
    assert [(read.service_code, read.products) for read in done.services] == [("AmazonEC2", 1), ("AmazonS3", 1), ("awskms", 1)]
    assert done.components == 3


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.json", lambda offers, nat: "", "ends early"),
        ("a.json", lambda offers, nat: '{"offerCode": "AmazonEC2", "products": {"A": {"sku"', "not JSON"),
        ("a.json", lambda offers, nat: "[1, 2]", "not JSON as AWS writes it"),
        ("a.json", lambda offers, nat: '{"some": "thing"}', "no price list of AWS"),
        ("a.json", lambda offers, nat: '{"PriceList": ["no json"]}', "no JSON object"),
        ("a.json", lambda offers, nat: '{"a": ' + "[" * 100_000, "not JSON as AWS writes it"),
        ("a.csv", lambda offers, nat: "a,b\n1,2\n", "no csv price list of AWS"),
        ("a.csv", lambda offers, nat: offers.csv_offer("AmazonEC2", [nat]).replace('"usageType"', '"usage"'), "lacks the column usagetype"),
        ("a.csv", lambda offers, nat: offers.csv_offer("AmazonEC2", [nat]) + '"short"\n', "not as many cells"),
        ("a.csv", lambda offers, nat: offers.csv_offer("AmazonEC2", [("N", nat[1], "Hrs", [("0", "Inf", "-1")])]), "no number of zero or more"),
        ("a.json", lambda offers, nat: offers.json_offer("AmazonEC2", [("N", nat[1], "Hrs", [("0", "Inf", "NaN")])]), "no number of zero or more"),
        ("a.json", lambda offers, nat: offers.json_offer("AmazonEC2", [nat], since="soon"), "a date that is none"),
        ("a.json", lambda offers, nat: offers.json_offer("AmazonEC2", [nat], currency="CNY"), "no price for a component"),
        ("a.csv.gz", lambda offers, nat: "not packed", "can't be read"),
    ],
)
def test_a_damaged_or_foreign_file_is_an_input_error(name: str, text, what: str, saved, offers, nat, tmp_path: Path):
    out = tmp_path / "p.csv"
    with pytest.raises(InputError, match=what):
        refresh("eu-west-1", out, source=saved(name, text(offers, nat)))
    assert not out.exists()


def test_a_wrong_region_service_or_folder_is_said_with_the_nearest(saved, tmp_path: Path, offers, nat):
    out, path = tmp_path / "p.csv", saved("e.json", offers.json_offer("AmazonEC2", [nat]))
    with pytest.raises(InputError, match="did you mean eu-west-1"):
        refresh("eu-west1", out, source=path)
    with pytest.raises(InputError, match="did you mean AmazonEC2"):
        refresh("eu-west-1", out, services=["AmazonEc2"], source=path)
    with pytest.raises(InputError, match="no offer file"):
        refresh("eu-west-1", out, source=tmp_path)
    with pytest.raises(InputError, match="no price for a component"):
        refresh("eu-west-2", out, source=path)


def test_terms_before_products_are_not_read_as_nothing(saved, tmp_path: Path, offers, nat):
    text = offers.json_offer("AmazonEC2", [nat])
    products, terms = text.index('"products"'), text.index('"terms"')
    end = text.index('"attributesList"')
    turned = text[:products] + text[terms:end] + text[products:terms] + text[end:]
    with pytest.raises(InputError, match="before its products"):
        refresh("eu-west-1", tmp_path / "p.csv", source=saved("e.json", turned))
