"""Tests of plinth cost allocate: the tree, the JSON, the csv, and what is refused before the bill is read."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cost.allocate import containers_requests
from cost.allocate.model import Allocation
from plinth.commands import allocate
from plinth.csv_files import read_rows
from plinth.errors import InputError, UsageError

USAGE = "method: usage, usage: {file: bad.csv}"
SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"
RULES = """version: 1
rules:
  - {name: buckets, match: {service: AmazonS3}, set: {team: data}, reviewer: ana}
  - {name: old, match: {account: "*"}, set: {team: nobody}, expires: 2023-10-31}
splits:
  - {name: tax, from: {charge_category: Tax}, method: PROPORTIONAL}
"""


def run(*arguments: object) -> str:
    app = typer.Typer()
    app.callback()(lambda: None)
    allocate.register(app)
    result = CliRunner().invoke(app, ["allocate", *(str(argument) for argument in arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


LINE = {
    "identity/TimeInterval": "2026-09-01T00:00:00Z/2026-09-01T01:00:00Z", "bill/InvoiceId": "1", "bill/PayerAccountId": "000000000001",
    "bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z", "bill/BillingPeriodEndDate": "2026-10-01T00:00:00Z", "lineItem/UsageAccountId": "000000000002",
    "lineItem/LineItemType": "Usage", "lineItem/UsageStartDate": "2026-09-01T00:00:00Z", "lineItem/UsageEndDate": "2026-09-01T01:00:00Z",
    "lineItem/ProductCode": "AmazonEC2", "lineItem/UsageType": "BoxUsage", "lineItem/UsageAmount": "1", "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "5",
}  # fmt: skip
HOSTILE = ("\x1b]0;owned\x07", "\x1b[2J", ":bomb:", "[bold]x[/bold]", "y" * 10_000, "{{7*7}}")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "bill.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["identity/LineItemId", *LINE, "resourceTags/user:Team"])
        writer.writerows([str(number), *LINE.values(), value] for number, value in enumerate(HOSTILE))
    return path


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "allocation.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def test_the_tree_the_rules_and_the_splits_are_printed_within_100_columns_and_the_csv_is_written(rules, tmp_path):
    out = tmp_path / "allocation.csv"
    text = run(SAMPLE, "--by", "team,service", "--rules", rules, "--out", out)
    assert max(len(line) for line in text.splitlines()) <= 100
    for expected in ("By team, service: USD, amortized", "buckets   applied", "expired", "data 100.0%", "warning: rule_expired", "the bill"):
        assert expected in text
    lines = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert sum(float(line["total_unblended"]) for line in lines) == pytest.approx(1.6823086974, abs=1e-12)


def test_the_json_is_the_documented_model_with_every_cost_kind_and_a_file_is_parsed_once(tmp_path, monkeypatch):
    read, path = [], tmp_path / "requests.csv"
    path.write_text("cluster,node,namespace,workload,pod,cpu_request,memory_request_gib,gpu_request,start,end\nc,i-1,n,w,p,1,1,0,2026-10-05,\n")
    monkeypatch.setattr(containers_requests, "read_rows", lambda path, **more: read.append(path) or read_rows(path, **more))
    made = Allocation.model_validate_json(run(SAMPLE, "--by", "account,region", "--period", "2023-11", "--requests", path, "--json"))
    assert read == [path]
    assert made.total.unblended == pytest.approx(1.6823086974)
    assert made.total.list == pytest.approx(3.3561726949)
    assert set(made.conservation.values()) == {0.0}
    assert made.chargeback is not None


def test_a_misspelled_tag_is_answered_with_the_nearest(hostile):
    with pytest.raises(InputError, match="did you mean team"):
        run(hostile, "--by", "tema")


def test_what_can_not_be_written_or_weighed_is_refused_before_the_bill_is_read(tmp_path):
    with pytest.raises(UsageError, match="end its name in"):
        run("missing.csv", "--out", tmp_path / "a.json")
    with pytest.raises(InputError, match="directory"):
        run("missing.csv", "--out", tmp_path)
    with pytest.raises(UsageError, match="no such cost kind"):
        run("missing.csv", "--cost", "blended")
    for weight in ("half", "2", "-1", "nan"):
        with pytest.raises(UsageError, match="no such weight"):
            run("missing.csv", f"--gpu-weight={weight}")


def test_a_rules_file_with_problems_is_refused_before_the_bill_is_read(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrule: []\n", encoding="utf-8")
    with pytest.raises(InputError, match="did you mean rules"):
        run("missing.csv", "--rules", path)


def test_every_small_file_is_read_before_the_bill(rules, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing\n1\n", encoding="utf-8")
    for option, said in (("--requests", "the requests file lacks"), ("--counts", "the counts file lacks")):
        with pytest.raises(InputError, match=said):
            run("missing.csv", option, bad)
    for part, said in (("stacks: [bad.csv]", "bad.csv"), (f"splits: [{{name: a, from: {{charge_category: Tax}}, {USAGE}}}]", "the metric has no column")):
        rules.write_text(f"version: 1\n{part}\n", encoding="utf-8")
        with pytest.raises(InputError, match=said):
            run("missing.csv", "--rules", rules)


def test_values_that_would_steer_a_terminal_are_printed_harmless(hostile):
    text = run(hostile)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "�[2J" in text and ":bomb:" in text
    assert "[bold]x[/bold]" in text
    assert max(len(line) for line in text.splitlines()) <= 100
