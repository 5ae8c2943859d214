"""Bills for the cost desk's tests: one generated from a small estimate, the real sample, and charge tables made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend as DuckDB

from cost.bill import read_bill
from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.model import Bill
from cost.bill.tags import TagKey
from cost.estimate.model import Estimate, EstimateLine, PriceDates, PurchaseOption, Range, ResourceEstimate, Status
from cost.synthetic import SyntheticBill, generate_bill
from cost.units import MONTH_HOURS

SAMPLE = Path(__file__).parents[1] / "data" / "bills" / "legacy_cur_sample.csv"
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


@pytest.fixture(scope="session")
def sample() -> Iterator[Bill]:
    """The real sample."""
    bill = read_bill([SAMPLE])
    yield bill
    bill.engine.close()


DEFAULTS: Mapping[str, Any] = {
    "BilledCost": None, "ListCost": None, "ContractedCost": None, "EffectiveCost": None,
    "x_unblended_cost": None, "x_net_unblended_cost": None, "x_amortized_cost": None, "x_net_amortized_cost": None,
    "x_trueup_cost": Decimal(0), "x_upfront_cost": Decimal(0),
    "BillingAccountId": "1", "SubAccountId": "1", "BillingAccountType": "x", "BillingCurrency": "USD", "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "InvoiceIssuerName": "x", "ProviderName": "AWS", "PublisherName": "AWS", "ServiceCategory": "Compute", "ServiceName": "Amazon EC2",
    "ServiceSubcategory": "x", "InvoiceId": "INV", "Tags": {}, "x_line_item_type": "Usage", "x_folded": False, "x_purchase_option": "OnDemand",
    "x_service_code": "AmazonEC2", "x_file": "f", "x_lines": 1, "x_usage_type": "BoxUsage:m5.large", "ConsumedUnit": "hour", "ResourceId": "i-1",
}  # fmt: skip


def charge(day: date, cost: Decimal | float | str = 1, *, days: int = 1, **columns: Any) -> dict[str, Any]:
    """A row of the charge table: `cost` in every cost kind, on `days` days from `day`."""
    start = datetime(day.year, day.month, day.day)
    month = start.replace(day=1)
    times = {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(days=days),
        "BillingPeriodStart": month,
        "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
    }
    filled = {name: Decimal(str(cost)) if value is None else value for name, value in DEFAULTS.items()}
    row = filled | times | columns
    row["Tags"] = list(row["Tags"].items())
    return row


class Desk(NamedTuple):
    """An engine whose charge table takes one hand-made bill after another."""

    engine: Engine
    charges: Any

    def fill(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """These rows as the charge table."""
        types = SCHEMA.to_pyarrow()
        named = [types.field(name) for name in types.names if any(name in row for row in rows)]
        made = pa.table([pa.array([row.get(field.name) for row in rows], field.type) for field in named], schema=pa.schema(named))
        self.engine.backend.con.register("made", made)
        self.engine.run("INSERT INTO charges BY NAME SELECT * FROM made")
        self.engine.backend.con.unregister("made")

    def clear(self) -> None:
        """An empty charge table, and nothing else."""
        for kind, name in self.engine.run(
            "SELECT 'VIEW', view_name FROM duckdb_views() WHERE NOT internal UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables()"
        ):
            if name == "charges":
                self.engine.run("TRUNCATE charges")
            elif kind == "TABLE":
                self.engine.drop(name)
            else:
                self.engine.run(f'DROP VIEW "{name}"')


@pytest.fixture(scope="session", autouse=True)
def _equal_engines() -> Iterator[None]:
    """Engines count as one database, so that an expression is compiled once a session: its SQL names no engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckDB, "db_identity", "plinth's engines")
        yield


@pytest.fixture(scope="session")
def desks() -> Iterator[list[Desk]]:
    """The engines that no test holds now: one costs more than most tests."""
    idle: list[Desk] = []
    yield idle
    for desk in idle:
        desk.engine.close()


@pytest.fixture
def bill_of(desks: list[Desk]) -> Iterator[Callable[..., Bill]]:
    """A bill of these rows of the charge table; a test may hold many."""
    held: list[Desk] = []

    def make(rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str] = ("team",), synthetic: bool = False) -> Bill:
        if not desks:
            engine = Engine()
            desks.append(Desk(engine, engine.backend.create_table("charges", schema=SCHEMA)))
        held.append(desks.pop())
        engine, charges = held[-1]
        held[-1].fill(rows)
        tags = tuple(TagKey(key=key, columns=(), spelling=key) for key in keys)
        return Bill(
            charges=charges, engine=engine, files=(Path("made.csv"),), format="made by hand", rows=len(rows), currency="USD", tag_keys=tags, synthetic=synthetic
        )

    yield make
    for desk in held:
        desk.clear()
    desks.extend(held)


@pytest.fixture(scope="session")
def row() -> Callable[..., dict[str, Any]]:
    """The builder of rows: fixtures are what importlib mode lets tests share."""
    return charge


@pytest.fixture(scope="session")
def every_type(helper: Callable[[str], ModuleType]) -> ModuleType:
    """Bills with every line item type, and their truth."""
    return helper("cost/properties/every_type.py")


@pytest.fixture(scope="session")
def render(helper: Callable[[str], ModuleType]) -> ModuleType:
    """The renderers of all formats."""
    return helper("cost/formats/render.py")
