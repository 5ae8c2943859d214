"""The same analyses on Spark, in local mode: the charge table written to parquet, read by Spark, and the same answers as on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from cost.bill.model import Bill

pytest.importorskip("pyspark", reason="PySpark is an extra: uv sync --extra spark")
pytestmark = pytest.mark.spark

CENTS_LOST = 1e-6
NAMES = (
    "summarize", "allocate", "chargeback", "find_anomalies", "forecast", "budgets", "close", "coverage", "commitments", "transfer", "formulas",
    "inventory_from_bill", "build_report",
)  # fmt: skip
SMALL = {
    "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1", "spark.default.parallelism": "1", "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}  # fmt: skip
"""For a table of a thousand rows, compiling a query takes longer than running it."""


@pytest.fixture(scope="module")
def spark_bill(duckdb_bill: Bill, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bill]:
    """The same bill on Spark."""
    from pyspark.sql import SparkSession

    from cost.bill.spark_engine import SparkEngine

    path = tmp_path_factory.mktemp("charges") / "charges.parquet"
    duckdb_bill.charges.to_parquet(path)
    session = SparkSession.builder.master("local[2]").config(map=dict(SMALL)).getOrCreate()
    engine = SparkEngine(session)
    bill = engine.bill(path)
    kept = engine.store("kept", bill.charges.schema(), bill.charges)
    yield replace(bill, charges=kept, files=duckdb_bill.files, format=duckdb_bill.format, warnings=duckdb_bill.warnings)
    engine.close()
    session.stop()


def test_every_analysis_is_tried(work: ModuleType, tmp_path: Path):
    assert set(NAMES) == set(work.analyses(tmp_path))


def test_a_bill_of_charge_tables_has_their_lines_currency_and_tags(duckdb_bill: Bill, spark_bill: Bill):
    assert (spark_bill.rows, spark_bill.currency, spark_bill.synthetic) == (duckdb_bill.rows, duckdb_bill.currency, duckdb_bill.synthetic)
    assert [key.key for key in spark_bill.tag_keys] == [key.key for key in duckdb_bill.tag_keys]


@pytest.mark.parametrize("name", NAMES)
def test_an_analysis_says_the_same_on_spark(name: str, work: ModuleType, duckdb_bill: Bill, spark_bill: Bill, tmp_path: Path):
    analysis = work.analyses(tmp_path)[name]
    assert work.differences(analysis(duckdb_bill), analysis(spark_bill), CENTS_LOST) == []
