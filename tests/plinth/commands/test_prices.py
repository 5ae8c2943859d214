from __future__ import annotations

import json
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from cost.estimate import load_price_book
from plinth.commands import prices
from plinth.errors import InputError, UsageError


@pytest.fixture
def run():
    app = typer.Typer()
    prices.register(app)

    def invoke(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def offer(helper, tmp_path):
    offers = helper("cost/pricing/offers.py")
    products = [("N", offers.attributes("AmazonEC2", "EU-NatGateway-Hours"), "Hrs", [("0", "Inf", "0.0480000000")])]
    path = tmp_path / "ec2.json"
    path.write_text(offers.json_offer("AmazonEC2", products))
    return path


def test_refresh_writes_a_file_and_says_what_it_lacks(run, offer, tmp_path):
    out = tmp_path / "p.csv"
    result = run("refresh", "--region", "eu-west-1", "--services", "AmazonEC2", "--from", offer, "--out", out)
    assert result.exit_code == 0, result.output
    assert "1 components, 1 rows" in result.stdout
    assert "components of the book are not in the list" in result.stdout and "gp2 storage" in result.stdout
    assert load_price_book(out).ladder("aws_nat_gateway", "gateway hours", "eu-west-1")[0].effective_date == date(2026, 11, 10)


def test_refresh_as_json_is_its_model(run, offer, tmp_path):
    document = json.loads(run("refresh", "--region", "eu-west-1", "--services", "AmazonEC2", "--from", offer, "--out", tmp_path / "p.csv", "--json").stdout)
    assert document["services"][0] == {"service_code": "AmazonEC2", "version": "20261110205955", "day": "2026-11-10", "products": 1}


def test_bulk_and_from_exclude_one_another(run, offer, tmp_path):
    result = run("refresh", "--region", "eu-west-1", "--from", offer, "--bulk", "--out", tmp_path / "p.csv")
    assert isinstance(result.exception, UsageError)


def test_verify_is_strict_only_when_asked(run):
    assert run("verify", "--as-of", "2026-11-22").exit_code == 0
    assert run("verify", "--as-of", "2026-11-22", "--strict").exit_code == 1
    document = json.loads(run("verify", "--as-of", "2026-11-22", "--json").stdout)
    assert document["stale"] > 0 and document["faults"] == []


def test_verify_passes_a_fresh_file(run, tmp_path):
    path = tmp_path / "p.csv"
    header = "service,resource_type,component,unit,usd_per_unit,tier_start,tier_end,region,effective_date"
    path.write_text(f"{header}\nS,aws_x,c,hour,1,0,,us-east-1,2026-11-01\n")
    assert run("verify", "--prices", path, "--as-of", "2026-11-22", "--strict").exit_code == 0
    assert isinstance(run("verify", "--as-of", "soon").exception, InputError)


def test_show_finds_a_type_a_component_and_an_instance_type(run):
    assert "1.006" in run("show", "g5.xlarge").stdout
    assert "gateway hours" in run("show", "aws_nat_gateway", "--region", "us-east-1").stdout
    assert "51,200" in run("show", "Standard storage", "--region", "us-east-1").stdout
    found = json.loads(run("show", "ml.g5.xlarge", "--json").stdout)
    assert {each["component"] for each in found["prices"]} >= {"hosting ml.g5.xlarge", "training ml.g5.xlarge"}


@pytest.mark.parametrize(
    ("name", "region", "fix"), [("g5.xlarg", "us-east-1", "did you mean"), ("g5.xlarge", "eu-wst-1", "eu-west-1"), ("g5.xlarge", "ap-south-2", "it has")]
)
def test_show_says_the_way_out(run, name, region, fix):
    result = run("show", name, "--region", region)
    assert isinstance(result.exception, InputError) and fix in str(result.exception)
