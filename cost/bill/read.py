"""`read_bill`: files, folders and S3 URIs to one bill. It is whole or it is an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import ibis

from cost.bill.charge_table import SCHEMA
from cost.bill.completeness import label
from cost.bill.convert import charges
from cost.bill.cur import CUR_SCHEMA, read_lines
from cost.bill.cur_findings import cur_findings
from cost.bill.engine import Engine, compiled
from cost.bill.files import FOCUS_FORMATS, BillFile, open_source
from cost.bill.findings import findings
from cost.bill.focus_lines import read_focus
from cost.bill.model import Bill, BillWarning
from cost.bill.services import SERVICE_COLUMNS, SERVICES
from cost.bill.sources import find_sources
from cost.bill.tags import TagKey, merged_keys
from plinth.errors import InputError

SHOWN_FILES: Final = 3
"""How many files an error about all of them names."""
SYNTHETIC_MARK: Final = "PLINTH-SYNTHETIC"
"""What a generated bill's `bill/InvoicingEntity` starts with: it stands on every row and becomes FOCUS's InvoiceIssuerName."""


def read_bill(paths: Sequence[Path | str], *, by_line: bool = False) -> Bill:
    """The bill in these files, folders, globs and S3 URIs. Lines of a day that are alike in everything but their time are one charge, unless `by_line`.

    Raises InputError where a file is missing, damaged or no bill, where a value can't be read (with its line and column), where
    a line or a month is given twice, or where the files are in two currencies. No row is ever dropped.
    """
    engine = Engine()
    try:
        sources = find_sources(paths, engine.folder)
        files = [open_source(engine, source) for source in sources.files]
        return _read(engine, files, sources.notes, by_line=by_line)
    except BaseException:
        engine.close()
        raise


def _read(engine: Engine, files: Sequence[BillFile], notes: tuple[BillWarning, ...], *, by_line: bool) -> Bill:
    reports = [file for file in files if file.format not in FOCUS_FORMATS]
    exports = [file for file in files if file.format in FOCUS_FORMATS]
    keys: list[tuple[TagKey, ...]] = []
    if reports:
        found, said = _read_reports(engine, reports, by_line=by_line)
        keys, notes = [*keys, found], notes + said
    if exports:
        found, said = read_focus(engine, exports, by_line=by_line)
        keys, notes = [*keys, found], notes + said
    stored = engine.table("charges")
    _refuse_two_formats(engine, stored, files)
    facts = engine.rows(
        stored.aggregate(
            rows=stored["x_lines"].sum(),
            currencies=stored["BillingCurrency"].collect(distinct=True).fill_null([]),
            synthetic=stored["InvoiceIssuerName"].startswith(SYNTHETIC_MARK).any(),
        )
    )[0]
    bill = Bill(
        charges=stored,
        engine=engine,
        files=tuple(Path(file.name) for file in files),
        format=", ".join(dict.fromkeys(file.format.value for file in files)),
        rows=int(facts["rows"] or 0),
        currency=_one_currency(facts["currencies"], files),
        tag_keys=merged_keys(keys),
        synthetic=bool(facts["synthetic"]),
    )
    return findings(bill, notes)


def _read_reports(engine: Engine, files: Sequence[BillFile], *, by_line: bool) -> tuple[tuple[TagKey, ...], tuple[BillWarning, ...]]:
    """Cost and Usage Reports, converted into the table `charges`; their tag keys, and what to know about them."""
    cur, keys = read_lines(engine, files, by_line=by_line)
    engine.store_texts("services", SERVICE_COLUMNS, SERVICES)
    engine.store("charges", SCHEMA, conversion())
    said = cur_findings(engine, cur, files)
    engine.drop("cur")
    return keys, said


@cache
def conversion() -> str:
    """The conversion of the stored lines, compiled once a process: its columns are always the same, whatever the files have."""
    cur = ibis.table(CUR_SCHEMA, name="cur")
    services = ibis.table(dict.fromkeys(SERVICE_COLUMNS, "string"), name="services")
    return compiled(charges(cur, services))


def _refuse_two_formats(engine: Engine, stored: Any, files: Sequence[BillFile]) -> None:
    """Raise InputError where an account's month comes in two formats: it is the same money."""
    formats = {file.name: file.format.value for file in files}
    if len(set(formats.values())) == 1:
        return
    months: dict[Any, set[str]] = defaultdict(set)
    for row in engine.rows(stored.select("BillingAccountId", "BillingPeriodStart", "x_file").distinct()):
        months[row["BillingAccountId"], row["BillingPeriodStart"]].add(formats[row["x_file"]])
    for (account, start), found in sorted(months.items()):
        if len(found) > 1:
            what = f"{label(start)} of account {account} comes in {len(found)} formats: it is the same money"
            raise InputError(what, value=", ".join(sorted(found)), fix="give each month in one format")


def _one_currency(currencies: Sequence[str], files: Sequence[BillFile]) -> str:
    if not currencies:
        raise InputError("the bill has no rows of AWS", fix="give a bill of AWS; the rows of other providers are in no total")
    if len(currencies) != 1:
        where = ", ".join(file.name for file in files[:SHOWN_FILES]) + (f" and {len(files) - SHOWN_FILES} more" if len(files) > SHOWN_FILES else "")
        raise InputError("the bill is in more than one currency", where=where, value=sorted(currencies), fix="read the files of each currency on their own")
    return currencies[0]
