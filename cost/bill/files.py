"""Which files a bill is made of, and in which format they are: found, checked and said before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from cost.bill.cur_columns import ESSENTIAL
from cost.bill.lines import header_of
from plinth.errors import InputError

SUFFIXES: Final = (".csv", ".csv.gz")


class BillFormat(StrEnum):
    """The bill formats that the desk tells apart."""

    LEGACY_CUR_CSV = "legacy CUR csv"
    CUR_2 = "CUR 2.0"
    FOCUS = "FOCUS"


READABLE: Final = (BillFormat.LEGACY_CUR_CSV,)

_MARKS: Final = {
    BillFormat.LEGACY_CUR_CSV: ("identity/LineItemId", "lineItem/LineItemType", "lineItem/UnblendedCost", "bill/PayerAccountId"),
    BillFormat.CUR_2: ("line_item_line_item_type", "line_item_unblended_cost", "bill_payer_account_id"),
    BillFormat.FOCUS: ("BilledCost", "EffectiveCost", "ChargeCategory", "BillingAccountId"),
}


@dataclass(frozen=True)
class BillFile:
    """One file of a bill with its header and its format."""

    path: Path
    header: tuple[str, ...]
    format: BillFormat


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
    header = tuple(header_of(path))
    detected = max(BillFormat, key=lambda known: _share(header, known))
    if _share(header, detected) < 0.5:
        raise InputError(
            "the file is no Cost and Usage Report", where=f"{path}, line 1", value=",".join(header), fix="give the csv that AWS delivers; see docs/bill.md"
        )
    if detected not in READABLE:
        raise InputError(f"the file is a bill in {detected}, which is not read yet", where=path, fix="give the legacy Cost and Usage Report as csv")
    missing = [column.legacy for column in ESSENTIAL if column.legacy not in header]
    if missing:
        raise InputError(
            "the bill lacks columns without which nothing can be totalled",
            where=f"{path}, line 1",
            value=", ".join(missing),
            fix="deliver the report with all columns",
        )
    return BillFile(path=path, header=header, format=detected)


def _share(header: Iterable[str], known: BillFormat) -> float:
    names = set(header)
    return sum(mark in names for mark in _MARKS[known]) / len(_MARKS[known])
