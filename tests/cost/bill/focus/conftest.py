"""FOCUS for tests: a bill of every line item type with its export, and FOCUS rows written by hand and read through the engine."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from cost.bill import read_bill
from cost.bill.charge_table import SCHEMA
from cost.bill.engine import Engine
from cost.bill.focus.read import focus_charges, focus_tag_keys
from cost.bill.focus.values import tag_keys_in, unreadable
from cost.bill.focus.write import write_focus
from cost.bill.model import Bill
from cost.bill.tags import TagKey

TESTS = Path(__file__).parents[3]
SKUS = {"product_sku": "ABCDEFGH12345678", "pricing_rate_code": "ABCDEFGH12345678.JRTCKXETXF.6YS6EN2CT7"}

ROW = {
    "BilledCost": "1.0", "BillingAccountId": "000000000001", "BillingAccountName": "payer", "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z", "BillingPeriodStart": "2026-09-01T00:00:00Z", "ChargeCategory": "Usage", "ChargeClass": "",
    "ChargeDescription": "an hour", "ChargeFrequency": "Usage-Based", "ChargePeriodEnd": "2026-09-01T01:00:00Z",
    "ChargePeriodStart": "2026-09-01T00:00:00Z", "CommitmentDiscountCategory": "", "CommitmentDiscountId": "", "CommitmentDiscountStatus": "",
    "CommitmentDiscountType": "", "ConsumedQuantity": "1", "ConsumedUnit": "Hours", "ContractedCost": "1.0", "EffectiveCost": "1.0",
    "InvoiceIssuerName": "Amazon Web Services, Inc.", "ListCost": "1.5", "PricingCategory": "Standard", "PricingQuantity": "1",
    "PricingUnit": "Hours", "ProviderName": "AWS", "PublisherName": "AWS", "RegionId": "us-east-1", "ResourceId": "i-1",
    "ServiceCategory": "Compute", "ServiceName": "Amazon Elastic Compute Cloud", "SkuId": "SKU", "SubAccountId": "000000000002",
    "Tags": '{"team": "vision"}', "x_ServiceCode": "AmazonEC2", "x_UsageType": "USE1-BoxUsage:m5.large", "x_Operation": "RunInstances",
}  # fmt: skip
"""A plain usage row of FOCUS_1_0_AWS, as csv text."""


def load(path: Path) -> ModuleType:
    """A helper module by its path: importlib mode lets tests share fixtures, not modules."""
    name = f"plinth_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec and spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def every_type_bill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """A month with every line item type, plans and reservations of every payment option, read line by line."""
    made = load(TESTS / "cost" / "properties" / "every_type.py")
    render = load(TESTS / "cost" / "formats" / "render.py")

    def one_of_each(kind: Any) -> tuple[Any, ...]:
        used = (("No Upfront", "0.37"), ("Partial Upfront", "1"), ("All Upfront", "0"))
        return tuple(kind(payment, Decimal("1.5"), Decimal(share), True) for payment, share in used)

    shape = made.Shape(7, 1, 2, 3, 2, True, one_of_each(made.Plan), one_of_each(made.Reservation))
    folder = tmp_path_factory.mktemp("every_type")
    render.legacy_csv([line | SKUS for line in made.make(shape).lines], folder)
    bill = read_bill([folder], by_line=True)
    yield bill
    bill.engine.close()


@pytest.fixture(scope="session")
def exports(every_type_bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The bill's exports: `csv`, `parquet`, and what was said of the csv in `model`."""
    folder = tmp_path_factory.mktemp("focus")
    model = write_focus(every_type_bill, folder / "focus.csv")
    write_focus(every_type_bill, folder / "focus.parquet")
    return SimpleNamespace(csv=folder / "focus.csv", parquet=folder / "focus.parquet", model=model)


class Staged:
    """FOCUS columns in an engine, as the reader stages them."""

    def __init__(self, table: pa.Table) -> None:
        self.engine = Engine()
        self.engine.backend.con.register("staged", table)
        self.table = self.engine.backend.table("staged")
        self.columns = self.table.columns
        self.text = all(pa.types.is_string(kind) for kind in table.schema.types)

    def unreadable(self) -> set[str]:
        """The columns that hold a value which can't be read."""
        checks = {name: check.sum() for name, check in unreadable(self.table, self.columns).items()}
        return {name for name, count in self.engine.rows(self.table.aggregate(**checks))[0].items() if count}

    def charges(self) -> Any:
        """The charge table, stored."""
        keys = focus_tag_keys(row["key"] for row in self.engine.rows(tag_keys_in(self.table, self.columns)))
        read = focus_charges(self.table, self.columns, keys, "focus.csv", text=self.text)
        return self.engine.store("charges", SCHEMA, read)

    def rows(self) -> list[dict[str, Any]]:
        """The charges as dictionaries."""
        return self.engine.rows(self.charges())


@pytest.fixture
def stage() -> Iterator[Callable[..., Staged]]:
    """Stage a pyarrow table, or rows of text that override ROW and may leave columns out."""
    opened: list[Staged] = []

    def make(*rows: Mapping[str, str], table: pa.Table | None = None, without: Sequence[str] = ()) -> Staged:
        if table is None:
            filled = [{name: value for name, value in (ROW | dict(row)).items() if name not in without} for row in rows]
            names = dict.fromkeys(name for row in filled for name in row)
            table = pa.table({name: pa.array([row.get(name) for row in filled], pa.string()) for name in names})
        opened.append(Staged(table))
        return opened[-1]

    yield make
    for each in opened:
        each.engine.close()


@pytest.fixture
def made_bill() -> Iterator[Callable[..., Bill]]:
    """A bill of these rows of the charge table; `keys` are its tags: key -> how people spell it."""
    engines: list[Engine] = []

    def make(rows: Sequence[Mapping[str, Any]], keys: Mapping[str, str] | None = None) -> Bill:
        engines.append(Engine())
        engines[-1].backend.con.register("made", pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA.to_pyarrow()))
        charges = engines[-1].create("charges", "SELECT * FROM made")
        tags = tuple(TagKey(key=key, columns=(), spelling=spelling) for key, spelling in (keys or {}).items())
        return Bill(charges=charges, engine=engines[-1], files=(), format="made by hand", rows=len(rows), currency="USD", tag_keys=tags, synthetic=False)

    yield make
    for each in engines:
        each.close()


@pytest.fixture
def values() -> Iterator[Callable[[Sequence[Any]], tuple[Engine, Any]]]:
    """An engine and a table with one column `v` of these values."""
    engine = Engine()

    def make(column: Sequence[Any]) -> tuple[Engine, Any]:
        engine.backend.con.register("given", pa.table({"v": column}))
        return engine, engine.backend.table("given")

    yield make
    engine.close()


@pytest.fixture(scope="session")
def staged_csv() -> Callable[[Path], pa.Table]:
    """A csv as a table of texts, an empty cell as null."""
    from pyarrow import csv

    def read(path: Path) -> pa.Table:
        names = csv.read_csv(path).column_names
        options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""])
        return csv.read_csv(path, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)

    return read
