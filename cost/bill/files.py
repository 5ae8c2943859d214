"""Which files a bill is made of, and in which format they are: found, checked and said before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from cost.bill.cur_columns import ESSENTIAL
from cost.bill.layouts import BillFormat, layout_of, spelled
from cost.bill.lines import header_of
from cost.bill.merge_sql import literal
from plinth.errors import InputError

SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")

_LEGACY: Final = ("identity/LineItemId", "lineItem/LineItemType", "lineItem/UnblendedCost", "bill/PayerAccountId")
_SNAKE: Final = ("line_item_line_item_type", "line_item_unblended_cost", "bill_payer_account_id", "line_item_usage_start_date")
_CUR_2: Final = ("bill_payer_account_name", "resource_tags", "product")
_FOCUS: Final = ("BilledCost", "EffectiveCost", "ChargeCategory", "BillingAccountId")


@dataclass(frozen=True)
class BillFile:
    """One file of a bill: what the user knows it as, the folder it was delivered to, its columns (with types where it is a parquet) and its format."""

    path: Path
    name: str
    folder: str
    header: tuple[str, ...]
    format: BillFormat
    types: Mapping[str, str] = field(default_factory=dict)


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Every csv and csv.gz among the paths and below the folders, each once, sorted. Raises InputError where there is none."""
    found = [file for path in paths for file in _below(path)]
    unique = {file.resolve(): file for file in found}
    if not unique:
        raise InputError("no bill given", fix="give a csv, a csv.gz or a folder that holds them")
    return sorted(unique.values())


def _below(path: Path) -> Iterable[Path]:
    if not path.exists():
        raise InputError("there is no such file or folder", where=path, fix="give a csv, a csv.gz or a folder that holds them")
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file() and file.name.lower().endswith(SUFFIXES) and not file.name.startswith(".")]
        if not files:
            raise InputError(
                "the folder holds no bill", where=path, value="no *.csv and no *.csv.gz", fix="give the folder that your Cost and Usage Report is delivered to"
            )
        return files
    if not path.name.lower().endswith(SUFFIXES):
        raise InputError("the file is no csv", where=path, value=path.suffix, fix="give a Cost and Usage Report as csv or csv.gz; parquet is not read yet")
    return [path]


def open_file(path: Path) -> BillFile:
    """The file's header and format. Raises InputError where it is no bill that can be read, or lacks an essential column."""
    types = _schema_of(path) if path.suffix == ".parquet" else {}
    header = tuple(types) or tuple(header_of(path))
    bill_format = _format_of(header, types)
    if bill_format is None:
        where = str(path) if types else f"{path}, line 1"
        raise InputError(
            "the file is no bill of AWS", where=where, value=",".join(header), fix="give a Cost and Usage Report or a FOCUS export; see docs/bill.md"
        )
    layout = layout_of(header, bill_format, types)
    missing = [spelled(column, bill_format) for column in ESSENTIAL if not layout.has(column)]
    if missing:
        raise InputError(
            "the bill lacks columns without which nothing can be totalled", where=path, value=", ".join(missing), fix="deliver the report with all columns"
        )
    return BillFile(path=path, name=str(path), folder=str(path.parent), header=header, format=bill_format, types=types)


def _schema_of(path: Path) -> dict[str, str]:
    try:
        rows = duckdb.connect().execute(f"DESCRIBE SELECT * FROM read_parquet('{literal(path)}')").fetchall()  # noqa: S608
    except duckdb.Error as error:
        raise InputError("the file is no parquet, or it is damaged", where=path, value=str(error).splitlines()[0], fix="fetch it again") from error
    return {row[0]: row[1] for row in rows}


def _format_of(header: Sequence[str], types: Mapping[str, str]) -> BillFormat | None:
    """The format that most of the header's names speak for; None where none does."""
    names = set(header)
    marks = {BillFormat.LEGACY_CUR_CSV: _LEGACY, BillFormat.LEGACY_CUR_PARQUET: _SNAKE, BillFormat.FOCUS_1_0: _FOCUS}
    shares = {known: _share(names, each) for known, each in marks.items()}
    best = max(shares, key=lambda known: shares[known])
    if shares[best] < 0.5:
        return None
    return BillFormat.CUR_2 if best is BillFormat.LEGACY_CUR_PARQUET and (names & set(_CUR_2) or not types) else best


def _share(names: set[str], marks: Sequence[str]) -> float:
    return sum(mark in names for mark in marks) / len(marks)
