from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cost.bill import read_bill
from cost.bill.model import Bill
from plinth.commands import anomalies
from plinth.errors import InputError, UsageError

COLUMNS = (
    "identity/LineItemId", "identity/TimeInterval", "bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate", "lineItem/UsageEndDate", "lineItem/ProductCode",
    "lineItem/UsageType", "lineItem/Operation", "lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/CurrencyCode",
    "lineItem/UnblendedCost", "product/region", "product/servicecode", "pricing/unit", "lineItem/LineItemDescription", "resourceTags/user:team",
)  # fmt: skip
EVIL = "\x1b[2Jteam{{0}}" + "x" * 200
Run = Callable[..., Result]


def write(path: Path, days: int) -> Path:
    """Usage of 100 a day, of which EVIL's is 300 on the last day but one."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(days):
            start = datetime(2026, 10, 1) + timedelta(days=number)
            first, last = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (start, start + timedelta(days=1)))
            for team in ("quiet", EVIL):
                cost = 300 if team == EVIL and number == days - 2 else 100
                charge = [f"{team}{number}", f"{first}/{last}", "1", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2", "Usage", first, last]
                usage = ["AmazonEC2", "BoxUsage:m5.large", "RunInstances", f"i-\x1b[31m{team}", 24, "USD", cost, "us-east-1", "AmazonEC2", "Hrs", "", team]
                writer.writerow([*charge, *usage])
    return path


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Bill]]:
    """A bill of ten days and one of twenty, each read once."""
    folder = tmp_path_factory.mktemp("bills")
    read = {days: read_bill([write(folder / f"{days}.csv", days)]) for days in (10, 20)}
    close = {days: bill.engine.close for days, bill in read.items()}
    with pytest.MonkeyPatch.context() as patch:
        for bill in read.values():
            patch.setattr(bill.engine, "close", lambda: None)
        yield read
    for each in close.values():
        each()


@pytest.fixture
def run(bills: dict[int, Bill], monkeypatch: pytest.MonkeyPatch) -> Run:
    def invoke(days: int, *options: Any) -> Result:
        monkeypatch.setattr("cost.bill.read_bill", lambda paths: bills[days])
        app = typer.Typer()
        app.callback()(lambda: None)
        anomalies.register(app)
        return CliRunner().invoke(app, ["anomalies", "bill.csv", *map(str, options)])

    return invoke


def test_what_is_found_gives_exit_code_1_and_fits_a_terminal_that_it_does_not_steer(run: Run):
    result = run(20)
    assert result.exit_code == 1
    assert result.stdout.startswith("1 spike in 2 series by team, 2026-10-01 to 2026-10-20")
    assert "\x1b" not in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_only_news_since_a_day_counts_for_the_exit_code(run: Run):
    assert run(20, "--since", "2026-10-19").exit_code == 1
    later = run(20, "--since", "2026-10-20")
    assert later.exit_code == 0
    assert later.stdout.startswith("no anomalies since 2026-10-20")
    assert run(20, "--min-amount", 201).exit_code == 0


def test_a_bill_that_is_too_short_was_not_looked_at_and_says_so_first(run: Run):
    result = run(10)
    assert result.exit_code == 0
    assert result.stdout.startswith("Not looked for: the bill has 10 whole days")
    assert "no anomalies" not in result.stdout
    found = json.loads(run(10, "--json").stdout)
    assert (found["looked"], found["anomalies"]) == (False, [])
    assert json.loads(run(20, "--json").stdout)["looked"]


def test_a_bad_request_is_refused_before_the_bill_is_read(run: Run):
    assert isinstance(run(0, "--cost", "nope").exception, UsageError)
    assert run(0, "--min-amount", "nan").exit_code == 2


def test_an_unknown_tag_is_refused_with_the_nearest(run: Run):
    error = run(20, "--by", "taem").exception
    assert isinstance(error, InputError)
    assert "did you mean team?" in str(error)
