"""`summarize`: totals by every cost kind, service, charge category, line item type and tag; commitments; completeness.

Sums are exact decimals in the engine and become floats last, so that every grouping adds up to the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from cost.bill.charge_table import COST_KINDS, ZERO, ChargeCategory, ChargePart, CommitmentStatus, Frame
from cost.bill.completeness import completeness
from cost.bill.line_items import COMMITMENT_FEES, FEES
from cost.bill.model import Bill, BillSummary, CommitmentSummary, Costs, TagSummary, Totals
from cost.bill.tags import UNTAGGED

NONE: Final = Decimal(0)
USAGE: Final = "usage"
"""The amortized cost of usage, which a tag's coverage is a share of."""
Amounts = Mapping[str, Decimal]


def summarize(bill: Bill) -> BillSummary:
    """The bill's summary: the documented JSON of `plinth cost bill`."""
    charges = bill.charges
    found = completeness(bill.engine, charges)
    whole = bill.engine.rows(charges.aggregate(**cost_measures(charges), **_parts(charges)))[0]
    return BillSummary(
        files=tuple(str(path) for path in bill.files),
        format=bill.format,
        synthetic=bill.synthetic,
        rows=bill.rows,
        currency=bill.currency,
        periods=tuple(period.period for period in found.periods),
        totals=Totals(**{name: float(amount) for name, amount in whole.items() if name != USAGE}),
        by_service=_grouped(bill, "ServiceName"),
        by_charge_category=_grouped(bill, "ChargeCategory"),
        by_line_item_type=_grouped(bill, "x_line_item_type"),
        tags=_tags(bill, whole),
        commitments=_commitments(bill),
        completeness=found,
        warnings=bill.warnings,
    )


def cost_measures(charges: Frame) -> dict[str, Any]:
    """The sum of each cost kind, as Ibis measures over the charge table. List and contracted cost leave out commitment purchases and
    their refunds (a plan's is an upfront cost), whose covered usage carries the same money (FOCUS 1.2, ListCost)."""
    committed = charges["CommitmentDiscountId"].notnull() | charges["x_line_item_type"].isin(COMMITMENT_FEES)
    purchase = (charges["ChargeCategory"] == ChargeCategory.PURCHASE.value) & committed
    refund = (charges["ChargeCategory"] == ChargeCategory.ADJUSTMENT.value) & (charges["CommitmentDiscountId"].notnull() | (charges["x_upfront_cost"] != ZERO))
    return {
        kind: charges[column].sum(where=~(purchase | refund) if kind in ("list", "contracted") else None).fill_null(ZERO) for kind, column in COST_KINDS.items()
    }


def _costs(amounts: Amounts) -> Costs:
    return Costs(**{kind: float(amounts[kind]) for kind in COST_KINDS})


def _parts(charges: Frame) -> dict[str, Any]:
    """What of the billed cost is tax and credit, and what of the amortized cost is usage."""
    category = charges["ChargeCategory"]
    billed = {"tax": ChargeCategory.TAX, "credit": ChargeCategory.CREDIT}
    parts = {name: charges["BilledCost"].sum(where=category == value.value).fill_null(ZERO) for name, value in billed.items()}
    return parts | {USAGE: charges["x_amortized_cost"].sum(where=category == ChargeCategory.USAGE.value).fill_null(ZERO)}


def _grouped(bill: Bill, column: str) -> dict[str, Costs]:
    """Costs by a column's values, the largest amortized cost first."""
    grouped = bill.charges.group_by(value=bill.charges[column]).aggregate(**cost_measures(bill.charges))
    rows = sorted(bill.engine.rows(grouped), key=lambda row: (-row["amortized"], row["value"]))
    return {row["value"]: _costs(row) for row in rows}


def _tags(bill: Bill, whole: Amounts) -> dict[str, TagSummary]:
    """Per tag key the costs by value; what carries no such key is the value `""`, and the values add up to the whole."""
    charges = bill.charges
    tagged = charges.mutate(tag=charges["Tags"].keys().unnest())
    usage = tagged["x_amortized_cost"].sum(where=tagged["ChargeCategory"] == ChargeCategory.USAGE.value).fill_null(ZERO)
    grouped = tagged.group_by("tag", value=tagged["Tags"].get(tagged["tag"])).aggregate(**{USAGE: usage}, **cost_measures(tagged))
    values: dict[str, dict[str, Amounts]] = defaultdict(dict)
    for row in bill.engine.rows(grouped):
        values[row["tag"]][row["value"]] = row
    return {key.key: _tag(values.get(key.key, {}), whole) for key in bill.tag_keys}


def _tag(values: Mapping[str, Amounts], whole: Amounts) -> TagSummary:
    untagged = {kind: whole[kind] - sum((row[kind] for row in values.values()), NONE) for kind in COST_KINDS}
    covered = sum((row[USAGE] for row in values.values()), NONE)
    ordered = sorted(values.items(), key=lambda item: (-item[1]["amortized"], item[0]))
    shown = {value: _costs(row) for value, row in ordered}
    return TagSummary(coverage=float(covered / whole[USAGE]) if whole[USAGE] else None, values={**shown, UNTAGGED: _costs(untagged)})


def _commitments(bill: Bill) -> tuple[CommitmentSummary, ...]:
    charges = bill.charges.filter(bill.charges["CommitmentDiscountId"].notnull())
    status, amortized = charges["CommitmentDiscountStatus"], charges["x_amortized_cost"]
    grouped = charges.group_by(id=charges["CommitmentDiscountId"]).aggregate(
        type=charges["CommitmentDiscountType"].max(),
        purchased=charges["BilledCost"].sum(where=charges["ChargeCategory"] == ChargeCategory.PURCHASE.value).fill_null(ZERO),
        used=amortized.sum(where=status == CommitmentStatus.USED.value).fill_null(ZERO),
        unused=amortized.sum(where=charges["x_charge_part"] == ChargePart.UNUSED.value).fill_null(ZERO),
        unknown=(charges["x_line_item_type"].isin(FEES) & charges["x_charge_part"].isnull()).any(),
    )
    return tuple(_commitment(row) for row in sorted(bill.engine.rows(grouped), key=lambda row: row["id"]))


def _commitment(row: Mapping[str, Any]) -> CommitmentSummary:
    total = None if row["unknown"] else row["used"] + row["unused"]
    return CommitmentSummary(
        id=row["id"],
        type=row["type"],
        purchased=float(row["purchased"]),
        used=None if row["unknown"] else float(row["used"]),
        unused=None if row["unknown"] else float(row["unused"]),
        utilisation=float(row["used"] / total) if total else None,
    )
