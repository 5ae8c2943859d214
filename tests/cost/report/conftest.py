"""Bills for the report's tests: a generated one with a known spike, and charge tables made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cost.bill import read_bill
from cost.bill.model import Bill
from cost.estimate.model import Estimate, EstimateLine, PriceDates, PurchaseOption, Range, ResourceEstimate, Status
from cost.report import Report, build_report
from cost.synthetic import SyntheticBill, generate_bill
from cost.units import MONTH_HOURS

TEAMS = {"gpu-training": "vision", "gpu-batch": "language", "endpoint": "recommendations"}
SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "legacy_cur_sample.csv"


def line(component: str, service: str, quantity: float, price: float, *, unit: str = "hour", spot: bool = False, kind: str | None = None) -> EstimateLine:
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
        instance_type=kind,
    )


def resource(name: str, *lines: EstimateLine) -> ResourceEstimate:
    total = Range(min=0, expected=sum(each.monthly_cost.expected for each in lines), max=0)
    tags = {"team": "platform", "workload": name}
    return ResourceEstimate(urn=f"urn:{name}", type="t", name=name, region="us-east-1", status=Status.PRICED, tags=tags, lines=lines, monthly_cost=total)


@pytest.fixture(scope="session")
def estimate() -> Estimate:
    resources = (
        resource("cluster", line("EKS control plane", "Amazon EKS", MONTH_HOURS, 0.10)),
        resource("system-nodes", line("m6i.large", "Amazon EC2", 2 * MONTH_HOURS, 0.096, kind="m6i.large")),
        resource("gpu-training-spot", line("g5.xlarge spot", "Amazon EC2", 2 * MONTH_HOURS, 0.42, spot=True, kind="g5.xlarge")),
        resource("gpu-batch-fallback", line("g5.xlarge", "Amazon EC2", 0.5 * MONTH_HOURS, 1.006, kind="g5.xlarge")),
        resource("endpoint-ranker", line("ml.g5.xlarge", "Amazon SageMaker", 2 * MONTH_HOURS, 1.408, kind="ml.g5.xlarge")),
        resource("lake", line("S3 standard storage", "Amazon S3", 2000, 0.023, unit="GB-month")),
        resource("keys", line("customer managed key", "AWS KMS", 30, 1.0, unit="key-month")),
    )
    total = Range(min=0, expected=sum(each.monthly_cost.expected for each in resources if each.monthly_cost), max=0)
    return Estimate(prices=PriceDates(oldest=None, newest=None), resources=resources, by_component={}, by_tag={}, total=total)


@pytest.fixture(scope="session")
def generated(estimate: Estimate, tmp_path_factory: pytest.TempPathFactory) -> SyntheticBill:
    return generate_bill(estimate, tmp_path_factory.mktemp("bill"), teams=TEAMS)


@pytest.fixture(scope="session")
def generated_bill(generated: SyntheticBill) -> Iterator[Bill]:
    bill = read_bill(generated.files)
    yield bill
    bill.engine.close()


@pytest.fixture(scope="session")
def report(generated_bill: Bill) -> Report:
    return build_report(generated_bill)
