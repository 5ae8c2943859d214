"""A bill's lines (tests/cost/properties/every_type.py) written as AWS would deliver them, in every format. Loaded by path from conftest.py.

Column names and shapes: facts/cost.md 3.1 and 3.2; AWS Data Exports user guide, "Cost and Usage Report" and "CUR 2.0" data dictionaries.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cost.bill.cur_columns import CUR_COLUMNS, Kind

Line = Mapping[str, Any]
COLUMNS = {column.name: column for column in CUR_COLUMNS}
ONLY_CUR_2 = ("bill_payer_account_name", "line_item_usage_account_name", "line_item_iam_principal", "line_item_user_identifier")
IN_PRODUCT_MAP = ("product_name", "operating_system", "region", "location", "group", "transfer_type")
"""Attributes that CUR 2.0 keeps in its `product` map; the others have a column."""
OTHER_CUR_2 = ("bill_bill_type", "line_item_tax_type", "line_item_unblended_rate", "product_usagetype", "savings_plan_region", "savings_plan_end_time")
"""Columns of CUR 2.0's fixed schema that nothing here reads: they are there all the same."""
PARQUET_TYPES = {Kind.TEXT: pa.string(), Kind.MONEY: pa.float64(), Kind.NUMBER: pa.float64(), Kind.TIME: pa.timestamp("ms")}
WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(key: str) -> str:
    """`user:CostCenter` as Athena has it: `user_cost_center`."""
    return re.sub(r"\W+", "_", WORD_BOUNDARY.sub("_", key)).lower()


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000Z"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def used(lines: Iterable[Line]) -> list[str]:
    """The columns that any line has a value for, in the table's order: legacy reports leave the others out."""
    names = {name for line in lines for name, value in line.items() if value is not None}
    return [name for name in COLUMNS if name in names and name not in ONLY_CUR_2]


def keys(lines: Iterable[Line], what: str) -> list[str]:
    return sorted({key for line in lines for key in line[what]})


def legacy_rows(lines: Sequence[Line]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the legacy csv."""
    names, tags, categories = used(lines), keys(lines, "tags"), keys(lines, "cost_category")
    header = [COLUMNS[name].legacy for name in names] + [f"resourceTags/{key}" for key in tags] + [f"costCategory/{key}" for key in categories]
    rows = [
        [text(line.get(name)) for name in names] + [line["tags"].get(key, "") for key in tags] + [line["cost_category"].get(key, "") for key in categories]
        for line in lines
    ]
    return header, rows


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def legacy_csv(lines: Sequence[Line], folder: Path) -> Path:
    """`report-1.csv`."""
    path = folder / "report-1.csv"
    path.write_bytes(csv_bytes(*legacy_rows(lines)))
    return path


def legacy_csv_gz(lines: Sequence[Line], folder: Path) -> Path:
    path = folder / "report-1.csv.gz"
    path.write_bytes(gzip.compress(csv_bytes(*legacy_rows(lines))))
    return path


def legacy_zip(lines: Sequence[Line], folder: Path) -> Path:
    """The csv in a zip, with the name that AWS gives it."""
    path = folder / "report-1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report-1.csv", csv_bytes(*legacy_rows(lines)))
    return path


def _value(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _columns(lines: Sequence[Line], names: Iterable[str]) -> dict[str, pa.Array]:
    return {name: pa.array([_value(line.get(name)) for line in lines], type=PARQUET_TYPES[COLUMNS[name].kind]) for name in names}


def _texts(lines: Sequence[Line], what: str, prefix: str) -> dict[str, pa.Array]:
    return {f"{prefix}{snake(key)}": pa.array([line[what].get(key) or None for line in lines], type=pa.string()) for key in keys(lines, what)}


def _write(columns: Mapping[str, pa.Array], path: Path) -> Path:
    pq.write_table(pa.table(dict(columns)), path, compression="snappy")
    return path


def legacy_parquet(lines: Sequence[Line], folder: Path) -> Path:
    """Athena's lower-snake names, a column only where it is used."""
    columns = _columns(lines, used(lines)) | _texts(lines, "tags", "resource_tags_") | _texts(lines, "cost_category", "cost_category_")
    return _write(columns, folder / "report-1.snappy.parquet")


def _full(key: str) -> str:
    """`product_name` of the map is `product_product_name` in this desk's table, as in Athena's."""
    return f"product_{key}"


def product_of(line: Line) -> dict[str, str]:
    return {key: line[_full(key)] for key in IN_PRODUCT_MAP if line.get(_full(key))}


def fixed_names() -> list[str]:
    """The columns of CUR 2.0's fixed schema that are neither maps nor of no use here."""
    in_map = {_full(key) for key in IN_PRODUCT_MAP}
    return [name for name in COLUMNS if name not in in_map]


def named(line: Line) -> dict[str, Any]:
    return {"bill_payer_account_name": "Payer", "line_item_usage_account_name": f"account {line['line_item_usage_account_id']}", **line}


def _fixed(lines: Sequence[Line]) -> dict[str, pa.Array]:
    nothing = {name: pa.nulls(len(lines), pa.string()) for name in OTHER_CUR_2}
    return _columns([named(line) for line in lines], fixed_names()) | nothing


def _map(lines: Sequence[Line], of: Callable[[Line], Mapping[str, Any]], value: pa.DataType) -> pa.Array:
    return pa.array([list(of(line).items()) for line in lines], type=pa.map_(pa.string(), value))


def _short(values: Mapping[str, str]) -> dict[str, str]:
    return {snake(key): value for key, value in values.items() if value}


def cur_2_parquet(lines: Sequence[Line], folder: Path) -> Path:
    """CUR 2.0 with its maps."""
    maps = {
        "product": _map(lines, product_of, pa.string()),
        "resource_tags": _map(lines, lambda line: _short(line["tags"]), pa.string()),
        "cost_category": _map(lines, lambda line: _short(line["cost_category"]), pa.string()),
        "discount": _map(lines, lambda line: {}, pa.float64()),
    }
    return _write(_fixed(lines) | maps, folder / "cur2-00001.snappy.parquet")


def cur_2_flat_parquet(lines: Sequence[Line], folder: Path) -> Path:
    """CUR 2.0 whose query chose keys of the maps as columns."""
    product = {f"product_{key}": pa.array([line.get(_full(key)) for line in lines], type=pa.string()) for key in IN_PRODUCT_MAP}
    tags = _texts(lines, "tags", "resource_tags_") | _texts(lines, "cost_category", "cost_category_")
    return _write(_fixed(lines) | product | tags, folder / "cur2-flat-00001.snappy.parquet")


def cur_2_struct_parquet(lines: Sequence[Line], folder: Path) -> Path:
    """CUR 2.0 whose `product` and `discount` are structs, as some engines write maps of known keys."""
    product = pa.array([{key: line.get(_full(key)) for key in IN_PRODUCT_MAP} for line in lines])
    fields = pa.struct({"edp_discount": pa.float64(), "total_discount": pa.float64()})
    discount = pa.array([{"edp_discount": None, "total_discount": None} for _ in lines], type=fields)
    maps = {
        "product": product,
        "resource_tags": _map(lines, lambda line: _short(line["tags"]), pa.string()),
        "cost_category": _map(lines, lambda line: _short(line["cost_category"]), pa.string()),
        "discount": discount,
    }
    return _write(_fixed(lines) | maps, folder / "cur2-struct-00001.snappy.parquet")


def cur_2_csv_gz(lines: Sequence[Line], folder: Path) -> Path:
    """CUR 2.0 as text: maps are JSON, tag keys as the toolkit's text spells them (`user:CostCenter`)."""
    names = fixed_names()
    header = [*names, *OTHER_CUR_2, "product", "resource_tags", "cost_category", "discount"]
    rows = [
        [text(named(line).get(name)) for name in names]
        + [""] * len(OTHER_CUR_2)
        + [json.dumps(product_of(line)), json.dumps(line["tags"]), json.dumps(line["cost_category"]), "{}"]
        for line in lines
    ]
    path = folder / "cur2-00001.csv.gz"
    path.write_bytes(gzip.compress(csv_bytes(header, rows)))
    return path


FORMATS: Mapping[str, Callable[[Sequence[Line], Path], Path]] = {
    "legacy csv": legacy_csv,
    "legacy csv.gz": legacy_csv_gz,
    "legacy zip": legacy_zip,
    "legacy parquet": legacy_parquet,
    "CUR 2.0 parquet": cur_2_parquet,
    "CUR 2.0 parquet, flattened": cur_2_flat_parquet,
    "CUR 2.0 parquet, structs": cur_2_struct_parquet,
    "CUR 2.0 csv.gz": cur_2_csv_gz,
}
"""Every way in which AWS delivers a Cost and Usage Report."""


def lines_of(path: Path) -> list[Line]:
    """The lines of a legacy csv, typed: so that a real bill can be written in every format."""
    by_legacy = {column.legacy: column for column in CUR_COLUMNS}
    with path.open(encoding="utf-8", newline="") as file:
        return [_typed(row, by_legacy) for row in csv.DictReader(file)]


def _typed(row: Mapping[str, str], by_legacy: Mapping[str, Any]) -> Line:
    line: dict[str, Any] = {"tags": {}, "cost_category": {}}
    for name, value in row.items():
        column = by_legacy.get(name)
        if column and value:
            line[column.name] = _read(value, column.kind)
    return line


def _read(value: str, kind: Kind) -> Any:
    if kind is Kind.TIME:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)
    return value if kind is Kind.TEXT else Decimal(value)
