"""A small bill of the deployed sample stack (tests/data/engine/stack_export.json), and commands run as `plinth cost` runs them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

DAYS = 31
"""October's."""
USES = (
    # product, usage type, operation, resource, unit, quantity a day, USD a day
    ("AmazonS3", "USE1-TimedStorage-ByteHrs", "StandardStorage", "lake-data-f2cf30a8", "GB-Mo", 1000.0, 23.0),
    ("AmazonEC2", "USE1-BoxUsage:g5.xlarge", "RunInstances", "i-0123456789abcdef0", "Hrs", 24.0, 24.0),
    ("AmazonEC2", "USE1-NatGateway-Bytes", "NatGateway", "nat-of-another-stack", "GB", 10.0, 0.45),
)
TAGS = {"i-0123456789abcdef0": "gpu-52567ef"}


@pytest.fixture(scope="session")
def october_bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """31,000 GB-months in the sample stack's bucket, one node of its pool, a NAT gateway that it does not have; and 10 USD of tax."""
    path = tmp_path_factory.mktemp("october") / "bill.csv"
    days = [date(2026, 10, 1) + timedelta(days=number) for number in range(DAYS)]
    rows = [_row(f"{number}-{day}", day, *use) for number, use in enumerate(USES) for day in days]
    rows.append(_row("tax", days[0], "AmazonS3", "", "", "", "", 1.0, 10.0) | {"lineItem/LineItemType": "Tax"})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def _row(line: str, day: date, product: str, usage_type: str, operation: str, resource: str, unit: str, quantity: float, cost: float) -> dict[str, Any]:
    return {
        "identity/LineItemId": line,
        "bill/PayerAccountId": "000000000001",
        "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
        "bill/BillingPeriodEndDate": "2026-11-01T00:00:00Z",
        "lineItem/UsageAccountId": "000000000002",
        "lineItem/LineItemType": "Usage",
        "lineItem/UsageStartDate": f"{day}T00:00:00Z",
        "lineItem/UsageEndDate": f"{day + timedelta(days=1)}T00:00:00Z",
        "lineItem/ProductCode": product,
        "lineItem/UsageType": usage_type,
        "lineItem/Operation": operation,
        "lineItem/ResourceId": resource,
        "lineItem/UsageAmount": quantity,
        "lineItem/CurrencyCode": "USD",
        "lineItem/UnblendedCost": cost,
        "product/servicecode": product,
        "product/regionCode": "us-east-1",
        "pricing/unit": unit,
        "resourceTags/eks:nodegroup-name": TAGS.get(resource, ""),
    }


@pytest.fixture(scope="session")
def cost_command() -> Callable[[ModuleType], Callable[..., Result]]:
    """A command's module as an application of its own, to be run with arguments."""

    def make(module: ModuleType) -> Callable[..., Result]:
        app = typer.Typer()
        app.callback()(lambda: None)
        module.register(app)
        return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)])

    return make
