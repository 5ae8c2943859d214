"""What the official validator says of our exports, held against what is known: a finding that is not in the table below is a fault.

Each known finding has the specification's words, why it is none, and a query that counts the rows which would make it one.
Rules: FOCUS 1.2 requirements model 1.2.0.1, as focus_validator 2.2.1 ships it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

FAILED: Final = re.compile(r"^❌ (\S+): FAIL +\(violations=(\d+), msg=(.*?)(?:, [\d.]+ms)?\)$")
SUMMARY: Final = re.compile(r"^Total: (\d+) \| Pass: (\d+) \| Fail: (\d+) \| Skipped: (\d+)$", re.MULTILINE)
AWS_ISSUES: Final = "InvoiceIssuerName LIKE 'Amazon%' OR InvoiceIssuerName LIKE 'AWS%' OR InvoiceIssuerName LIKE 'PLINTH-SYNTHETIC%'"
SNIFFED: Final = "the validator lets its csv reader guess types: digits alone become an integer. The parquet export passes"
AND_DROPPED: Final = "the validator drops a condition of two parts and asks it of every row (its issue 142)"


@dataclass(frozen=True)
class Known:
    """A finding that is no fault: why, and which rows (a SQL condition) would make it one; `only` the file's ending where it may appear."""

    why: str
    fault: str
    only: str = ""


def _number(column: str) -> Known:
    return Known(SNIFFED, f"{column} IS NOT NULL AND TRY_CAST({column} AS DOUBLE) IS NULL", ".csv")


def _account(column: str) -> Known:
    return Known(SNIFFED, f"NOT regexp_matches(CAST({column} AS VARCHAR), '^[0-9]{{1,12}}$')", ".csv")


KNOWN: Final = {
    "BilledCost-C-005-C": Known(
        "the specification: 0 'where payments are received by a third party'. The validator compares ProviderName with InvoiceIssuerName, "
        "and 'AWS' is not 'Amazon Web Services, Inc.': AWS is paid",
        f"BilledCost <> 0 AND NOT ({AWS_ISSUES})",
    ),
    "BillingAccountId-C-002-M": _account("BillingAccountId"),
    "BillingAccountName-C-001-M": _account("BillingAccountName"),
    "SubAccountId-C-001-M": _account("SubAccountId"),
    "SubAccountName-C-001-M": _account("SubAccountName"),
    "ConsumedQuantity-C-001-M": _number("ConsumedQuantity"),
    "PricingQuantity-C-001-M": _number("PricingQuantity"),
    "CommitmentDiscountQuantity-C-001-M": _number("CommitmentDiscountQuantity"),
    "CapacityReservationStatus-C-004-C": Known(
        f"only where CapacityReservationId is not null: {AND_DROPPED}",
        "CapacityReservationId IS NOT NULL AND ChargeCategory = 'Usage' AND CapacityReservationStatus IS NULL",
    ),
    "CommitmentDiscountStatus-C-004-C": Known(
        f"only where CommitmentDiscountId is not null: {AND_DROPPED}",
        "CommitmentDiscountId IS NOT NULL AND ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS NULL",
    ),
    "EffectiveCost-C-005-C": Known(
        "the specification: 0 where 'the purchase is intended to cover future eligible charges'. The validator asks it of every purchase, "
        "support and Marketplace fees among them",
        "ChargeCategory = 'Purchase' AND CommitmentDiscountId IS NOT NULL AND EffectiveCost <> 0",
    ),
    "InvoiceId-C-004-C": Known("the model has no condition for 'not associated with an invoice': the rule is asked of every row", "InvoiceId = ''"),
    "InvoiceId-C-005-C": Known("the model has no condition for 'associated with an issued invoice': an open month has none", "InvoiceId = ''"),
    "PricingCurrencyEffectiveCost-C-004-M": Known(
        "the specification: 'a valid decimal value'. The validator refuses negative ones, which credits are",
        "PricingCurrencyEffectiveCost IS DISTINCT FROM EffectiveCost",
    ),
    "ChargeDescription-C-003-O": Known("SHOULD: the bill gives the line no description", "ChargeDescription = ''"),
    "SkuMeter-C-005-C": Known("SHOULD: the bill gives the line no usage type", "SkuMeter = ''"),
    "PricingUnit-C-003-O": Known("SHOULD: the unit is that of AWS's price list, word for word [PricingUnit-C-008]", "PricingUnit = ''"),
    "ConsumedUnit-C-003-O": Known("SHOULD: the unit is that of AWS's price list, word for word", "ConsumedUnit = ''"),
}  # fmt: skip


def main(folder: Path) -> int:
    """Judge every `NAME.ENDING.txt` (the validator's output) beside its export `NAME.ENDING`; 1 where there is a fault."""
    reports = sorted(folder.glob("*.txt"))
    faults = [fault for report in reports for fault in judge(folder / report.name.removesuffix(".txt"), report.read_text(encoding="utf-8"))]
    sys.stdout.write("\n".join(faults) + "\n" if faults else f"{len(reports)} exports: no fault\n")
    return bool(faults) or not reports


def judge(export: Path, report: str) -> list[str]:
    """The faults of one export; prints its summary and what is known."""
    summary = SUMMARY.search(report)
    if summary is None:
        return [f"{export.name}: the validator gave no summary"]
    found = [match.groups() for line in report.splitlines() if (match := FAILED.match(line)) and "failed child rules" not in match[3]]
    sys.stdout.write(f"\n{export.name}: {summary[1]} rules, {summary[2]} passed, {summary[3]} failed, {summary[4]} skipped by the validator\n")
    faults = []
    for rule, rows, message in found:
        known = KNOWN.get(rule)
        if known is None or (known.only and not export.name.endswith(known.only)):
            faults.append(f"FAULT {export.name}: {rule} on {rows} rows: {message}")
        elif broken := rows_where(export, known.fault):
            faults.append(f"FAULT {export.name}: {rule}: {broken} rows break the specification's own words")
        else:
            sys.stdout.write(f"  false alarm {rule} ({rows} rows): {known.why}\n")
    return faults


def rows_where(export: Path, condition: str) -> int:
    """How many rows of the export meet the condition."""
    source = f"'{export}'" if export.suffix == ".parquet" else f"read_csv('{export}', header=true)"
    return duckdb.execute(f"SELECT count(*) FROM {source} WHERE {condition}").fetchall()[0][0]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
