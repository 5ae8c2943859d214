"""The Price List API: recorded shapes through botocore's Stubber, which checks requests and answers against the service's model."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import ANY, Stubber

from cost.estimate import load_price_book
from cost.pricing import api
from cost.pricing.refresh import refresh
from plinth.errors import InputError

ARN = "arn:aws:pricing:::price-list/aws/AmazonECR/USD/20261110205955/eu-west-1"


@pytest.fixture
def stubbed():
    pricing = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    with Stubber(pricing) as stubber:
        yield pricing, stubber
        stubber.assert_no_pending_responses()


def asked(service: str, token: str | None = None, **filters: str) -> dict[str, Any]:
    found = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
    more = {} if token is None else {"NextToken": token}
    return {"ServiceCode": service, "Filters": found, "FormatVersion": "aws_v1", "MaxResults": 100, **more}


def answer(*items: str, token: str | None = None) -> dict[str, Any]:
    return {"FormatVersion": "aws_v1", "PriceList": list(items)} | ({} if token is None else {"NextToken": token})


def test_pages_are_followed_to_the_last(stubbed, offers, tmp_path: Path):
    pricing, stubber = stubbed
    storage = offers.item("E", offers.attributes("AmazonECR", "EU-TimedStorage-ByteHrs"), "GB-Mo", [("0", "Inf", "0.1000000000")])
    other = offers.item("O", offers.attributes("AmazonECR", "EU-Something-Else"), "GB-Mo", [("0", "Inf", "0.7000000000")])
    stubber.add_response("get_products", answer(other, token="next"), asked("AmazonECR", regionCode="eu-west-1"))
    stubber.add_response("get_products", answer(storage), asked("AmazonECR", "next", regionCode="eu-west-1"))
    done = refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonECR"], pricing=pricing)
    assert (done.rows, done.missing, done.services[0].version) == (1, (), offers.VERSION)
    (price,) = load_price_book(tmp_path / "p.csv").ladder("aws_ecr_repository", "storage", "eu-west-1")
    assert price.usd_per_unit == 0.1


def test_ec2_is_asked_by_family_and_only_for_plain_on_demand_instances(stubbed, offers, tmp_path: Path):
    pricing, stubber = stubbed
    plain = {"tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
    found = offers.item("M", offers.instance("m5.large", "EU-BoxUsage:m5.large"), "Hrs", [("0", "Inf", "0.1070000000")])
    stubber.add_response("get_products", answer(found), asked("AmazonEC2", regionCode="eu-west-1", operatingSystem="Linux", **plain))
    stubber.add_response("get_products", answer(), asked("AmazonEC2", regionCode="eu-west-1", operatingSystem="Windows", **plain))
    for family in api.FAMILIES:
        stubber.add_response("get_products", answer(), asked("AmazonEC2", regionCode="eu-west-1", productFamily=family))
    done = refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonEC2"], pricing=pricing)
    assert done.components == 1


def test_data_transfer_is_asked_by_where_it_comes_from(stubbed, offers, tmp_path: Path):
    pricing, stubber = stubbed
    place = {"fromRegionCode": "eu-west-1", "fromLocationType": "AWS Region", "toLocation": "External", "toLocationType": "Other"}
    out = offers.attributes("AWSDataTransfer", "EU-DataTransfer-Out-Bytes", "", **place)
    rates = [("0", "10240", "0.0900000000"), ("10240", "Inf", "0.0850000000")]
    stubber.add_response("get_products", answer(offers.item("D", out, "GB", rates)), asked("AWSDataTransfer", fromRegionCode="eu-west-1"))
    refresh("eu-west-1", tmp_path / "p.csv", services=["AWSDataTransfer"], pricing=pricing)
    ladder = load_price_book(tmp_path / "p.csv").ladder("aws_data_transfer", "internet out", "eu-west-1")
    assert [(tier.tier_start, tier.usd_per_unit) for tier in ladder] == [(0, 0.09), (10240, 0.085)]


def test_the_bulk_file_is_found_by_the_api_and_read(stubbed, offers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pricing, stubber = stubbed
    lists = {"PriceLists": [{"PriceListArn": ARN, "RegionCode": "eu-west-1", "CurrencyCode": "USD", "FileFormats": ["json", "csv"]}]}
    wanted = {"ServiceCode": "AmazonECR", "EffectiveDate": ANY, "CurrencyCode": "USD", "RegionCode": "eu-west-1"}
    stubber.add_response("list_price_lists", lists, wanted)
    stubber.add_response("get_price_list_file_url", {"Url": "https://pricing.example/ecr.csv"}, {"PriceListArn": ARN, "FileFormat": "csv"})
    text = offers.csv_offer("AmazonECR", [("E", offers.attributes("AmazonECR", "EU-TimedStorage-ByteHrs"), "GB-Mo", [("0", "Inf", "0.1")])])
    monkeypatch.setattr(api, "urlopen", lambda url, timeout: io.BytesIO(text.encode()))
    done = refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonECR"], bulk=True, pricing=pricing)
    assert done.rows == 1


def test_a_service_that_aws_lists_in_no_such_region_is_missing_and_not_an_error(stubbed, offers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pricing, stubber = stubbed
    stubber.add_response(
        "list_price_lists", {"PriceLists": []}, {"ServiceCode": ANY, "EffectiveDate": ANY, "CurrencyCode": "USD", "RegionCode": "mx-central-1"}
    )
    with pytest.raises(InputError, match="no price for a component"):
        refresh("mx-central-1", tmp_path / "p.csv", services=["AmazonMWAA"], bulk=True, pricing=pricing)


@pytest.mark.parametrize(
    ("code", "what", "fix"),
    [
        ("AccessDeniedException", "is denied", "pricing:GetProducts"),
        ("ThrottlingException", "throttles", "--services"),
        ("ExpiredTokenException", "expired", "sign in again"),
        ("UnrecognizedClientException", "not known to AWS", "AWS_ACCESS_KEY_ID"),
        ("InvalidParameterException", "refuses the request", "AWS's message"),
    ],
)
def test_a_refusal_says_the_way_out(stubbed, tmp_path: Path, code: str, what: str, fix: str):
    pricing, stubber = stubbed
    stubber.add_client_error("get_products", code, "said by AWS")
    with pytest.raises(InputError, match=what) as caught:
        refresh("eu-west-1", tmp_path / "p.csv", services=["AmazonECR"], pricing=pricing)
    assert fix in str(caught.value) and caught.value.exit_code == 3
    assert not (tmp_path / "p.csv").exists()


def test_no_credentials_and_no_network_say_the_way_out():
    with pytest.raises(InputError, match="no AWS credentials") as caught, api.explained("here"):
        raise NoCredentialsError
    assert "--from" in str(caught.value)
    with pytest.raises(InputError, match="can't be read") as caught, api.explained("here"):
        raise EndpointConnectionError(endpoint_url="https://api.pricing.us-east-1.amazonaws.com")
    assert "--from" in str(caught.value)


def test_only_https_is_downloaded(tmp_path: Path):
    with pytest.raises(InputError, match="not https"):
        api.fetch("file:///etc/passwd", tmp_path / "x", where="here")


def test_the_client_asks_in_us_east_1():
    assert api.client().meta.region_name == "us-east-1"


def test_a_download_stops_above_the_stated_size(monkeypatch, tmp_path):
    monkeypatch.setattr(api, "urlopen", lambda url, timeout: io.BytesIO(b"x" * 100))
    assert api.fetch("https://pricing.example/list.csv", tmp_path / "whole", where="here", most=100).stat().st_size == 100
    with pytest.raises(InputError, match="larger than any"):
        api.fetch("https://pricing.example/list.csv", tmp_path / "cut", where="here", most=99)
