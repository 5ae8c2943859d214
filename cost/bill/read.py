"""`read_bill`: files and folders to one bill. It is whole or it is an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import ibis

from cost.bill.amortize import plan_values_missing, reservation_values_missing
from cost.bill.charge_table import SCHEMA
from cost.bill.convert import charges
from cost.bill.cur import CUR_SCHEMA, read_lines
from cost.bill.engine import Engine, compiled
from cost.bill.files import BillFile, find_files, open_file
from cost.bill.findings import findings
from cost.bill.model import Bill
from cost.bill.services import SERVICE_COLUMNS, SERVICES
from plinth.errors import InputError

SYNTHETIC_MARK: Final = "PLINTH-SYNTHETIC"
"""What a generated bill's `bill/InvoicingEntity` starts with: it stands on every row and becomes FOCUS's InvoiceIssuerName."""


def read_bill(paths: Sequence[Path | str], *, by_line: bool = False) -> Bill:
    """The bill in these files and folders. Lines of a day that are alike in everything but their time are one charge, unless `by_line`.

    Raises InputError where a file is missing, damaged or no bill, where a value can't be read (with its line and column), where
    a line is given twice, or where the files are in two currencies. No row is ever dropped.
    """
    engine = Engine()
    try:
        files = [open_file(path) for path in find_files([Path(path) for path in paths])]
        return _read(engine, files, by_line=by_line)
    except BaseException:
        engine.close()
        raise


def _read(engine: Engine, files: Sequence[BillFile], *, by_line: bool) -> Bill:
    cur, keys = read_lines(engine, files, by_line=by_line)
    missing = engine.rows(cur.aggregate(plans=_count(cur, plan_values_missing(cur)), reservations=_count(cur, reservation_values_missing(cur))))[0]
    engine.store_texts("services", SERVICE_COLUMNS, SERVICES)
    stored = engine.store("charges", SCHEMA, conversion(amortize_plans=not missing["plans"], amortize_reservations=not missing["reservations"]))
    facts = engine.rows(
        cur.aggregate(
            rows=cur["lines"].sum(),
            currencies=cur["line_item_currency_code"].collect(distinct=True),
            synthetic=cur["bill_invoicing_entity"].fill_null("").startswith(SYNTHETIC_MARK).any(),
        )
    )[0]
    bill = Bill(
        charges=stored,
        engine=engine,
        files=tuple(file.path for file in files),
        format=files[0].format.value,
        rows=int(facts["rows"]),
        currency=_one_currency(facts["currencies"]),
        tag_keys=keys,
        synthetic=facts["synthetic"],
    )
    found = findings(bill, cur, files, missing)
    engine.drop("cur")
    return replace(bill, warnings=found)


@cache
def conversion(*, amortize_plans: bool, amortize_reservations: bool) -> str:
    """The conversion of the stored lines, compiled once a process: its columns are always the same, whatever the files have."""
    cur = ibis.table(CUR_SCHEMA, name="cur")
    services = ibis.table(dict.fromkeys(SERVICE_COLUMNS, "string"), name="services")
    return compiled(charges(cur, services, amortize_plans=amortize_plans, amortize_reservations=amortize_reservations))


def _count(cur: Any, condition: Any) -> Any:
    return cur["lines"].sum(where=condition.fill_null(False)).fill_null(0)


def _one_currency(currencies: Sequence[str]) -> str:
    if len(currencies) != 1:
        raise InputError("the bill is in more than one currency", value=sorted(currencies), fix="read the files of each currency on their own")
    return currencies[0]
