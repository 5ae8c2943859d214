"""A small estimate made by hand, and the bill that is generated from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill
from cost.estimate.model import Estimate, EstimateLine, PriceDates, PurchaseOption, Range, ResourceEstimate, Status
from cost.synthetic import SyntheticBill, generate_bill
from cost.units import MONTH_HOURS

TEAMS = {"gpu-training": "vision", "gpu-batch": "language", "endpoint": "recommendations"}


def line(component: str, service: str, unit: str, quantity: float, price: float, *, spot: bool = False, instance_type: str | None = None) -> EstimateLine:
    amounts = Range(min=quantity, expected=quantity, max=quantity)
    return EstimateLine(
        component=component,
        service=service,
        unit=unit,
        quantity=amounts,
        unit_price=price,
        price_source="made up for a test",
        price_date=date(2026, 1, 1),
        confidence="test",
        monthly_cost=amounts.scaled(price),
        purchase_option=PurchaseOption.SPOT if spot else PurchaseOption.ON_DEMAND,
        instance_type=instance_type,
    )


def resource(name: str, *lines: EstimateLine) -> ResourceEstimate:
    total = Range(min=0, expected=sum(each.monthly_cost.expected for each in lines), max=0)
    tags = {"team": "platform", "workload": name, "environment": "dev", "cost-center": "ml-100"}
    return ResourceEstimate(
        urn=f"urn:pulumi:dev::plinth::test::{name}",
        type="test",
        name=name,
        region="us-east-1",
        status=Status.PRICED,
        tags=tags,
        lines=lines,
        monthly_cost=total,
    )


def estimate_of(*resources: ResourceEstimate) -> Estimate:
    total = sum((each.monthly_cost.expected for each in resources if each.monthly_cost), 0.0)
    return Estimate(
        prices=PriceDates(oldest=None, newest=None),
        resources=resources,
        by_component={},
        by_tag={},
        total=Range(min=total, expected=total, max=total),
    )


@pytest.fixture(scope="session")
def estimate() -> Estimate:
    return estimate_of(
        resource("cluster", line("EKS control plane", "Amazon EKS", "hour", MONTH_HOURS, 0.10)),
        resource("system-nodes", line("m6i.large", "Amazon EC2", "hour", 3 * MONTH_HOURS, 0.096, instance_type="m6i.large")),
        resource("gpu-training-spot", line("g5.xlarge spot", "Amazon EC2", "hour", 2.5 * MONTH_HOURS, 0.42, spot=True, instance_type="g5.xlarge")),
        resource("gpu-batch-fallback", line("g5.xlarge", "Amazon EC2", "hour", 0.5 * MONTH_HOURS, 1.006, instance_type="g5.xlarge")),
        resource("endpoint-ranker", line("ml.g5.xlarge", "Amazon SageMaker", "hour", 2 * MONTH_HOURS, 1.408, instance_type="ml.g5.xlarge")),
        resource("nat", line("NAT gateway", "Amazon EC2", "hour", MONTH_HOURS, 0.045), line("NAT data", "Amazon EC2", "GB", 500, 0.045)),
        resource("lake", line("S3 standard storage", "Amazon S3", "GB-month", 2000, 0.023)),
        resource("keys", line("customer managed key", "AWS KMS", "key-month", 3, 1.0)),
    )


@pytest.fixture(scope="session")
def generated(estimate: Estimate, tmp_path_factory: pytest.TempPathFactory) -> tuple[SyntheticBill, Path]:
    out = tmp_path_factory.mktemp("bill")
    return generate_bill(estimate, out, teams=TEAMS), out


@pytest.fixture(scope="session")
def generated_bill(generated: tuple[SyntheticBill, Path]) -> Iterator[Bill]:
    """The generated bill, read once."""
    bill = read_bill([generated[1]])
    yield bill
    bill.engine.close()
