"""`plinth cost focus`: the charge table as a FOCUS 1.2 file, whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import ibis

from cost.bill.charge_table import SCHEMA, Frame
from cost.bill.engine import compiled
from cost.bill.focus.complete import UNIT, is_priced
from cost.bill.focus.export import exported
from cost.bill.focus.layout import as_csv, as_parquet, is_guarded
from cost.bill.focus.model import FocusExport, FocusTotals
from cost.bill.focus.versions import WRITTEN
from cost.bill.model import Bill, BillWarning
from cost.bill.sources.outputs import refuse_among
from plinth.errors import InputError, UsageError

STORED: Final = "focus_export"
SUFFIXES: Final = (".csv", ".csv.gz", ".parquet")


def check_out(out: Path, paths: Sequence[Path | str]) -> None:
    """Raise UsageError where `out` is no place for an export or is among the bill's files, InputError where it can't be written."""
    if out.is_dir():
        raise UsageError("--out names a folder", where="--out", value=str(out), fix="name a file: focus.csv, focus.csv.gz or focus.parquet")
    if not out.name.lower().endswith(SUFFIXES):
        raise UsageError("--out has no known ending", where="--out", value=out.name, fix="end it in .csv, .csv.gz or .parquet")
    refuse_among(out, paths)
    _temporary(out).unlink()


def write_focus(bill: Bill, out: Path) -> FocusExport:
    """Write the bill, read with `by_line=True`, to `out` (.csv, .csv.gz, .parquet). Raises InputError where the place can't be written."""
    charges = bill.engine.store(STORED, SCHEMA, _rows_sql(bill.charges.get_name()))
    spellings = tuple((tag.key, tag.spelling) for tag in bill.tag_keys if tag.key != tag.spelling)
    parquet = out.name.lower().endswith(".parquet")
    temporary = _temporary(out)
    try:
        bill.engine.copy(_file_sql(spellings, parquet=parquet), temporary, "parquet" if parquet else "csv", gzip=out.name.lower().endswith(".gz"))
        temporary.chmod(0o644)
        temporary.replace(out)
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    described = _described(bill, charges, out, "FOCUS 1.2 parquet" if parquet else "FOCUS 1.2 csv", guarded=not parquet)
    bill.engine.drop(STORED)
    return described


@cache
def _rows_sql(charges: str) -> str:
    """The export's rows from the charge table of this name, compiled once a process."""
    return compiled(exported(ibis.table(SCHEMA, name=charges)))


@cache
def _file_sql(spellings: tuple[tuple[str, str], ...], *, parquet: bool) -> str:
    """The file's cells from the export's rows."""
    return compiled((as_parquet if parquet else as_csv)(ibis.table(SCHEMA, name=STORED), dict(spellings)))


def _temporary(out: Path) -> Path:
    """An empty file beside `out`, to be renamed to it."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        os.close(descriptor)
    except OSError as error:
        raise _unwritable(out, error) from error
    return Path(name)


def _unwritable(out: Path, error: OSError) -> InputError:
    return InputError("the output can't be written", where=out, value=error.strerror, fix="give --out a place that you may write to")


def _described(bill: Bill, charges: Frame, out: Path, kind: str, *, guarded: bool) -> FocusExport:
    columns = {"billed": "BilledCost", "list": "ListCost", "contracted": "ContractedCost", "effective": "EffectiveCost"}
    sums = bill.engine.rows(charges.aggregate(rows=charges.count(), **{kind: charges[column].sum() for kind, column in columns.items()}))[0]
    folded = bill.charges.filter(bill.charges["x_folded"])
    return FocusExport(
        out=str(out),
        format=kind,
        rows=sums.pop("rows"),
        lines=bill.rows,
        folded_rows=bill.engine.rows(folded.aggregate(rows=folded["x_lines"].sum().fill_null(0)))[0]["rows"],
        totals=FocusTotals(**{kind: float(amount or 0) for kind, amount in sums.items()}),
        currency=bill.currency,
        warnings=bill.warnings + _warnings(bill, charges, guarded=guarded),
    )


def _warnings(bill: Bill, charges: Frame, *, guarded: bool) -> tuple[BillWarning, ...]:
    """What stands in the file that the bill does not tell, and what FOCUS wants and the bill lacks."""
    priced = is_priced(charges)
    texts = [charges[name] for name in WRITTEN if charges[name].type().is_string()]
    checks: dict[str, tuple[str, Any]] = {
        "price_unknown": (
            "usage or purchases without a quantity: FOCUS wants one, and a unit price, on each",
            priced & (charges["ListUnitPrice"].isnull() | charges["ContractedUnitPrice"].isnull()),
        ),
        "sku_unknown": ("usage or purchases without a SKU in the bill: FOCUS wants SkuId and SkuPriceId on each", priced & charges["SkuPriceId"].isnull()),
        "commitment_quantity_unknown": (
            "charges of a commitment without its quantity: FOCUS wants CommitmentDiscountQuantity on each",
            priced & charges["CommitmentDiscountId"].notnull() & charges["CommitmentDiscountQuantity"].isnull(),
        ),
        "unit_unknown": (f"the bill names no pricing unit: written as {UNIT!r}", charges["PricingUnit"] == UNIT),
        "account_name_unknown": ("the bill names no account: its id is written as its name", charges["SubAccountName"] == charges["SubAccountId"]),
    }
    if guarded:
        any_guarded = ibis.or_(*(is_guarded(text.fill_null("")) for text in texts))
        checks["formula_cells"] = ("texts that a spreadsheet would run, or that begin with an apostrophe, got an apostrophe before them", any_guarded)
    flags = charges.select("BilledCost", **{code: check.fill_null(False) for code, (_, check) in checks.items()})
    measures = {f"{code}_rows": flags[code].sum() for code in checks} | {f"{code}_amount": flags["BilledCost"].sum(where=flags[code]) for code in checks}
    found = bill.engine.rows(flags.aggregate(**measures))[0]
    return tuple(
        BillWarning(code=code, message=message, rows=found[f"{code}_rows"], amount=float(found[f"{code}_amount"] or 0))
        for code, (message, _) in checks.items()
        if found[f"{code}_rows"]
    )
