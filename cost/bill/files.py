"""A bill's files opened: their columns and their format, checked and said before anything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from cost.bill.cur_columns import ESSENTIAL
from cost.bill.engine import Engine
from cost.bill.focus.versions import ESSENTIAL as FOCUS_ESSENTIAL
from cost.bill.focus.versions import is_focus, version_of
from cost.bill.layouts import BillFormat, layout_of, spelled
from cost.bill.lines import header_of
from cost.bill.sources import Source, SourceKind
from plinth.errors import InputError

_LEGACY: Final = ("identity/LineItemId", "lineItem/LineItemType", "lineItem/UnblendedCost", "bill/PayerAccountId")
_SNAKE: Final = ("line_item_line_item_type", "line_item_unblended_cost", "bill_payer_account_id", "line_item_usage_start_date")
_CUR_2: Final = ("bill_payer_account_name", "resource_tags", "product")
ACCOUNT_COLUMNS: Final = ("bill_payer_account_id", "line_item_usage_account_id", "BillingAccountId", "SubAccountId")
FOCUS_FORMATS: Final = (BillFormat.FOCUS_1_0, BillFormat.FOCUS_1_1, BillFormat.FOCUS_1_2)


@dataclass(frozen=True)
class BillFile:
    """One file of a bill: what the user knows it as, the folder it was delivered to, its columns (with types where it is a parquet) and its format."""

    path: Path
    name: str
    folder: str
    header: tuple[str, ...]
    format: BillFormat
    types: Mapping[str, str] = field(default_factory=dict)
    zipped: bool = False


def open_source(engine: Engine, source: Source) -> BillFile:
    """The source's columns and format. Raises InputError where it is no bill that can be read, or lacks an essential column."""
    parquet = source.kind is SourceKind.PARQUET
    types = _schema_of(engine, source) if parquet else {}
    header = tuple(types) or tuple(header_of(source.path, source.name))
    bill_format = _format_of(header, types)
    where = source.name if parquet else f"{source.name}, line 1"
    if bill_format is None:
        raise InputError("the file is no bill of AWS", where=where, value=",".join(header), fix="give a Cost and Usage Report or FOCUS; see docs/bill.md")
    if missing := _missing(header, bill_format, types):
        fix = "deliver the report with all columns"
        raise InputError("the bill lacks columns without which nothing can be totalled", where=where, value=", ".join(missing), fix=fix)
    folder, zipped = source.name.rpartition("/")[0], source.kind is SourceKind.CSV_GZ
    return BillFile(path=source.path, name=source.name, folder=folder, header=header, format=bill_format, types=types, zipped=zipped)


def _missing(header: tuple[str, ...], bill_format: BillFormat, types: Mapping[str, str]) -> list[str]:
    if bill_format in FOCUS_FORMATS:
        return sorted(set(FOCUS_ESSENTIAL) - set(header))
    layout = layout_of(header, bill_format, types)
    return [spelled(column, bill_format) for column in ESSENTIAL if not layout.has(column)]


def _schema_of(engine: Engine, source: Source) -> dict[str, str]:
    """The parquet's columns and DuckDB types. Raises InputError where it is damaged, or where two columns differ in case only: DuckDB would rename one."""
    types = engine.parquet_types(source.path, source.name)
    names = pq.read_schema(source.path).names
    twice = next((name for name in names if name not in types or [each.lower() for each in names].count(name.lower()) > 1), None)
    if twice is not None:
        raise InputError("the parquet has two columns of one name, but for case", where=source.name, value=twice, fix="rename one of them")
    floats = [name for name in ACCOUNT_COLUMNS if types.get(name) in ("DOUBLE", "FLOAT")]
    if floats:
        fix = "write account ids as text: a number has lost its leading zeros"
        raise InputError("account ids are floating point numbers", where=f"{source.name}, column {floats[0]}", value=types[floats[0]], fix=fix)
    return types


def _format_of(header: Sequence[str], types: Mapping[str, str]) -> BillFormat | None:
    """The format that most of the header's names speak for; None where none does."""
    names = set(header)
    if is_focus(names):
        return BillFormat(f"FOCUS {version_of(names)}")
    if _share(names, _LEGACY) >= 0.5:
        return BillFormat.LEGACY_CUR_CSV
    if _share(names, _SNAKE) >= 0.5:
        return BillFormat.CUR_2 if names & set(_CUR_2) or not types else BillFormat.LEGACY_CUR_PARQUET
    return None


def _share(names: set[str], marks: Sequence[str]) -> float:
    return sum(mark in names for mark in marks) / len(marks)
