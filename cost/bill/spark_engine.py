"""The one place that knows Spark: the analyses run on it over charge tables in parquet, with the same answers as on DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import ibis

from cost.bill.charge_table import Frame
from cost.bill.model import Bill
from cost.bill.read import SYNTHETIC_MARK
from cost.bill.tags import TagKey
from plinth.errors import InputError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession  # pyright: ignore[reportMissingImports]

CHARGES: Final = "charges"


class SparkEngine:
    """Charge tables on a Spark session. What an analysis stores is kept by Spark, in memory and on its disks, until it is dropped.

    Give a session of your cluster; without one Spark runs in this process, on all its cores. The session's time zone becomes UTC.
    """

    def __init__(self, session: SparkSession | None = None) -> None:
        self._session: SparkSession = session or local_session()
        self.backend: Any = ibis.pyspark.connect(self._session)
        self._stored: dict[str, DataFrame] = {}

    def charges(self, *paths: str | Path) -> Frame:
        """The charge table (cost.bill.charge_table.SCHEMA) in these parquet files and folders: paths or URIs that the session reads."""
        self._session.read.parquet(*(str(path) for path in paths)).createOrReplaceTempView(CHARGES)
        return self.backend.table(CHARGES)

    def bill(self, *paths: str | Path) -> Bill:
        """The bill of charge tables that DuckDB wrote (`bill.charges.to_parquet(path)`), without what its reading warned of.

        Raises InputError where they are in more than one currency.
        """
        charges = self.charges(*paths)
        facts = self.rows(
            charges.aggregate(
                rows=charges["x_lines"].sum(),
                currencies=charges["BillingCurrency"].collect(distinct=True),
                synthetic=charges["InvoiceIssuerName"].startswith(SYNTHETIC_MARK).any(),
            )
        )[0]
        if len(facts["currencies"]) != 1:
            where = ", ".join(map(str, paths))
            raise InputError("the charge tables are in more than one currency", where=where, value=sorted(facts["currencies"]), fix="read each on its own")
        keys = sorted(row["key"] for row in self.rows(charges.select(key=charges["Tags"].keys().unnest()).distinct()))
        return Bill(
            charges=charges,
            engine=cast(Any, self),
            files=tuple(Path(path) for path in paths),
            format="charge table",
            rows=facts["rows"],
            currency=facts["currencies"][0],
            tag_keys=tuple(TagKey(key=key, columns=(), spelling=key) for key in keys),
            synthetic=facts["synthetic"],
        )

    def store(self, table: str, schema: Any, expression: Frame) -> Frame:
        """The rows of an expression added to a stored table of this Ibis schema, made where it is not there yet."""
        from pyspark import StorageLevel  # pyright: ignore[reportMissingImports]

        added = self._session.sql(self.backend.compile(expression.cast(dict(schema.items())).select(*schema.names)))
        before = self._stored.pop(table, None)
        whole = added if before is None else before.unionByName(added)
        whole = whole.persist(StorageLevel.MEMORY_AND_DISK)
        whole.count()
        if before is not None:
            before.unpersist()
        self._stored[table] = whole
        whole.createOrReplaceTempView(table)
        return self.backend.table(table)

    def drop(self, table: str) -> None:
        """Forget a stored table."""
        self._stored.pop(table).unpersist()
        self._session.catalog.dropTempView(table)

    def rows(self, expression: Frame) -> list[dict[str, Any]]:
        """The result as dictionaries, with exact decimals; for results that are small."""
        return [_plain(row) for row in self._session.sql(self.backend.compile(expression)).collect()]

    def close(self) -> None:
        """Forget what is stored. The session stays: it may be another's."""
        for table in list(self._stored):
            self.drop(table)


def local_session() -> SparkSession:
    """Spark in this process, without its web page."""
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    settings: Any = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }
    return SparkSession.builder.master("local[*]").config(map=settings).getOrCreate()


def _plain(row: Row) -> dict[str, Any]:
    return row.asDict(recursive=True)
