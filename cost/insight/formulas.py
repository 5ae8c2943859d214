"""Why our amortized total differs from blended and unblended cost and from four known tools, line item type by line item type.

Each tool's formula is rebuilt from the charge table; where the table can't tell what the tool would read, it says so. Sources, read in
the tools' own code: Cloud Intelligence Dashboards `cid/builtin/core/data/queries/cid/summary_view.sql`; OpenCost
`pkg/cloud/aws/athenaintegration.go`; koku `trino_sql/aws/reporting_awscostentrylineitem_daily_summary.sql`; OptScale
`diworker/diworker/importers/aws.py`; facts/cost.md 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from cost.bill.charge_table import MONEY, ZERO, ChargeCategory, ChargePart, Frame
from cost.bill.groups import OTHER
from cost.bill.line_items import SPLIT_COST_OPERATIONS
from cost.bill.model import Bill
from cost.insight.money_model import FormulaRow, Formulas, InvoiceTotal, ToolFormula

TYPES_LISTED: Final = 25
INVOICES_LISTED: Final = 50
PARTS_NAMED: Final = 4
TYPES_NAMED: Final = 3
AMORTIZED: Final = "amortized"
OPENCOST_TYPES: Final = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "EdpDiscount", "PrivateRateDiscount")
COVERED: Final = ("SavingsPlanCoveredUsage", "DiscountedUsage")
PLAN_LINES: Final = ("SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee")
OTHER_TYPES: Final = "(other types)"


def _cid(charges: Frame, kind: Any) -> Any:
    fee_with_reservation = (kind == "Fee") & (charges["CommitmentDiscountCategory"].fill_null("") == "Usage")
    plan_refund = (kind == "Refund") & (charges["x_upfront_cost"] != ZERO)
    unused_plan = charges["x_commitment_total_cost"].fill_null(ZERO) - charges["x_commitment_used_cost"].fill_null(ZERO)
    return ibis.cases(
        (kind == "SavingsPlanRecurringFee", unused_plan),
        (kind.isin([*COVERED, "RIFee"]), charges["x_amortized_cost"]),
        (kind.isin(["SavingsPlanNegation", "SavingsPlanUpfrontFee"]) | fee_with_reservation | plan_refund, ZERO),
        else_=charges["x_unblended_cost"],
    )


def _opencost(charges: Frame, kind: Any) -> Any:
    return ibis.cases((~kind.isin(OPENCOST_TYPES), ZERO), (kind.isin(COVERED), charges["x_amortized_cost"]), else_=charges["x_unblended_cost"])


def _koku(charges: Frame, kind: Any) -> Any:
    covered = kind == "SavingsPlanCoveredUsage"
    return ibis.cases((covered, charges["x_amortized_cost"]), (kind.isin(PLAN_LINES), ZERO), else_=charges["x_unblended_cost"])


def _optscale(charges: Frame, kind: Any) -> Any:
    return (kind == "Credit").ifelse(ZERO, charges["x_blended_cost"])


@dataclass(frozen=True)
class Formula:
    """One formula: its measure of a charge, and why a line item type has another amount than ours (`*`: any type not named)."""

    name: str
    text: str
    source: str
    measure: Callable[[Frame, Any], Any]
    why: Mapping[str, str]
    blended: bool = False


UNSPREAD: Final = {
    "SavingsPlanCoveredUsage": "covered usage stays at its on-demand price",
    "SavingsPlanNegation": "the negation of covered usage is counted",
    "SavingsPlanRecurringFee": "a plan's whole recurring fee is counted, not its unused part",
    "SavingsPlanUpfrontFee": "a plan's upfront fee is counted in the month it was paid",
    "DiscountedUsage": "reserved usage stays at what its line bills, 0 for the reservation's own part",
    "RIFee": "a reservation's whole recurring fee is counted, not its unused part",
    "Fee": "a reservation's upfront fee is counted in the month it was paid",
    "Refund": "a refund of a plan's upfront fee is counted",
}
NET: Final = {"*": "negotiated discounts are taken off"}
BLENDED: Final = {
    **UNSPREAD,
    "Usage": "AWS's average rate over the organisation stands in for each account's own",
    "*": "the bill's blended cost of these lines is another amount",
}
FORMULAS: Final = (
    Formula(
        AMORTIZED,
        "commitment fees spread over what they covered, unused part included",
        "docs/bill.md",
        lambda charges, kind: charges["x_amortized_cost"],
        {},
    ),
    Formula("net amortized", "the same with AWS's net columns", "facts/cost.md 3.3 (CSP.sql)", lambda charges, kind: charges["x_net_amortized_cost"], NET),
    Formula("unblended", "each line as billed", "lineItem/UnblendedCost", lambda charges, kind: charges["x_unblended_cost"], UNSPREAD),
    Formula("blended", "each line at the organisation's average rate", "lineItem/BlendedCost", lambda charges, kind: charges["x_blended_cost"], BLENDED, True),
    Formula(
        "CID",
        "as ours, from the plan's total - used commitment",
        "Cloud Intelligence Dashboards, summary_view.sql (amortized_cost)",
        _cid,
        {"SavingsPlanRecurringFee": "unused commitment is not in the columns it reads", "*": "it keeps these lines at another amount"},
    ),
    Formula(
        "OpenCost",
        "effective cost of covered usage, unblended of other usage and discounts; all other line item types are left out",
        "OpenCost, pkg/cloud/aws/athenaintegration.go (amortized_cost)",
        _opencost,
        {
            "SavingsPlanRecurringFee": "the unused part of savings plans is left out",
            "RIFee": "the unused part of reservations is left out",
            "Tax": "tax is left out",
            "Credit": "credits are left out",
            "Refund": "refunds are left out",
            "Fee": "one-time fees are left out",
            "*": "lines of this type are left out",
        },
    ),
    Formula(
        "koku",
        "effective cost of savings plan lines, unblended of all other lines",
        "koku, reporting_awscostentrylineitem_daily_summary.sql (calculated_amortized_cost)",
        _koku,
        {
            **UNSPREAD,
            "SavingsPlanRecurringFee": "the unused part of savings plans is lost",
            "DiscountedUsage": "reservations are not amortized: reserved usage is counted as its line bills it",
            "*": "it keeps these lines at another amount",
        },
    ),
    Formula(
        "OptScale",
        "blended cost without credits",
        "OptScale, diworker/diworker/importers/aws.py (cost, IGNORE_EXPENSE_TYPES)",
        _optscale,
        {**BLENDED, "Credit": "credits are ignored"},
        True,
    ),
)
NAMES: Final = tuple(formula.name for formula in FORMULAS)


def formulas(bill: Bill) -> Formulas:
    """The bill's line item types under each formula, why each total differs from ours, and the sum of each invoice."""
    engine, charges = bill.engine, bill.charges
    found = [_without_commitment(row) for row in engine.rows(by_type(charges))]
    known = not any(row["blended_unknown"] for row in found)
    rows = sorted((_row(row, blended=known) for row in found), key=lambda row: (-abs(row.values[AMORTIZED] or 0.0), row.line_item_type))
    listed = rows if len(rows) <= TYPES_LISTED else [*rows[: TYPES_LISTED - 1], _add(rows[TYPES_LISTED - 1 :], OTHER_TYPES)]
    totals = _row(_totals(found), blended=known)
    known_facts = engine.rows(facts(charges))[0]
    return Formulas(
        names=NAMES,
        rows=tuple(listed),
        totals=totals,
        tools=tuple(_tool(formula, rows, totals, known_facts) for formula in FORMULAS[1:]),
        invoices=_invoices(engine.rows(by_invoice(charges))),
    )


def by_type(charges: Frame) -> Frame:
    """One row a line item type: its sum under each formula, trueup and upfront fees."""
    kind = charges["x_line_item_type"]
    measures = {formula.name: formula.measure(charges, kind).cast(MONEY).sum().fill_null(ZERO) for formula in FORMULAS}
    return charges.group_by(type=kind).aggregate(
        lines=charges["x_lines"].sum(),
        trueup=charges["x_trueup_cost"].sum().fill_null(ZERO),
        upfront=charges["x_upfront_cost"].sum().fill_null(ZERO),
        commitments=charges["x_commitment_total_cost"].count(),
        parts=charges["x_charge_part"].count(),
        blended_unknown=(charges["x_blended_cost"].isnull() & (charges["x_unblended_cost"] != ZERO)).ifelse(1, 0).sum(),
        **measures,
    )


def _without_commitment(row: dict[str, Any]) -> dict[str, Any]:
    """FOCUS has no total and used commitment: CID's unused part is then ours."""
    ours = row["type"] == "SavingsPlanRecurringFee" and row["parts"] and not row["commitments"]
    return row | {"CID": row[AMORTIZED]} if ours else row


def _totals(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The exact sums of all rows."""
    keys = ("lines", "trueup", "upfront", *NAMES)
    return {"type": "total"} | {key: sum(row[key] for row in found) for key in keys}


def _row(row: Mapping[str, Any], *, blended: bool) -> FormulaRow:
    values = {formula.name: float(row[formula.name]) if blended or not formula.blended else None for formula in FORMULAS}
    return FormulaRow(line_item_type=row["type"], lines=row["lines"], values=values, trueup=float(row["trueup"]), upfront=float(row["upfront"]))


def _add(rows: Sequence[FormulaRow], name: str) -> FormulaRow:
    def add(formula: str) -> float | None:
        values = [row.values[formula] for row in rows]
        return None if None in values else sum(value for value in values if value is not None)

    return FormulaRow(
        line_item_type=name,
        lines=sum(row.lines for row in rows),
        values={formula: add(formula) for formula in NAMES},
        trueup=sum(row.trueup for row in rows),
        upfront=sum(row.upfront for row in rows),
    )


def _tool(formula: Formula, rows: Sequence[FormulaRow], totals: FormulaRow, facts: Mapping[str, Any]) -> ToolFormula:
    total, ours = totals.values[formula.name], totals.values[AMORTIZED]
    difference = None if total is None or ours is None else total - ours
    return ToolFormula(
        name=formula.name,
        formula=formula.text,
        source=formula.source,
        total=total,
        difference=difference,
        reason=_reason(formula, rows, difference),
        not_reproduced=tuple(_not_reproduced(formula.name, facts)),
    )


def _reason(formula: Formula, rows: Sequence[FormulaRow], difference: float | None) -> str:
    """One sentence from the line item types that make the difference, the largest first."""
    if difference is None:
        return "The bill does not give the blended cost of all its lines, so this can't be computed."
    parts = [(row, (row.values[formula.name] or 0.0) - (row.values[AMORTIZED] or 0.0)) for row in rows]
    made = sorted(((row, amount) for row, amount in parts if abs(amount) >= 0.005), key=lambda item: (-abs(item[1]), item[0].line_item_type))
    if not made:
        return "The same as ours on this bill: nothing in it is counted in another way."
    why: dict[str, list[str]] = {}
    for row, amount in made:
        phrase = formula.why.get(row.line_item_type, formula.why.get("*", "its lines count otherwise"))
        why.setdefault(phrase, []).append(f"{row.line_item_type} {amount:+,.2f}")
    named = [f"{phrase} ({', '.join(lines[:TYPES_NAMED])}{_more(lines, TYPES_NAMED)})" for phrase, lines in why.items()]
    side = f"{abs(difference):,.2f} {'above' if difference > 0 else 'below'} ours" if abs(difference) >= 0.005 else "The same total as ours by other ways"
    return f"{side}: {'; '.join(named[:PARTS_NAMED])}{_more(named, PARTS_NAMED)}."


def _more(items: Sequence[str], shown: int) -> str:
    return f" and {len(items) - shown} more" if len(items) > shown else ""


# What the table can't tell


def facts(charges: Frame) -> Frame:
    """What of this bill some tool reads that the table does not keep."""
    kind = charges["x_line_item_type"]
    split = charges["x_operation"].fill_null("").isin(SPLIT_COST_OPERATIONS)
    plan_refund = (kind == "Refund") & (charges["x_upfront_cost"] != ZERO)
    fee = (kind == "SavingsPlanRecurringFee") & (charges["x_charge_part"].fill_null("") != ChargePart.UNUSED.value)
    unknown = fee & (charges["x_commitment_total_cost"].isnull() | charges["x_commitment_used_cost"].isnull())
    return charges.aggregate(
        split=split.ifelse(charges["x_lines"], 0).sum(),
        plan_fees=kind.isin(["SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "SavingsPlanNegation"]).ifelse(charges["x_lines"], 0).sum(),
        plan_refund=charges["x_upfront_cost"].sum(where=plan_refund).fill_null(ZERO),
        no_commitment=unknown.ifelse(charges["x_lines"], 0).sum(),
        net=(charges["x_unblended_cost"] != charges["x_net_unblended_cost"]).ifelse(1, 0).sum(),
    )


def _not_reproduced(name: str, facts: Mapping[str, Any]) -> list[str]:
    notes: list[str] = []
    if name in ("OpenCost", "koku", "OptScale") and facts["split"]:
        notes.append(f"{name} has no filter for split cost rows: what its columns give for {facts['split']:,} such lines is 0 in the table")
    if name == "koku" and facts["plan_fees"]:
        notes.append(f"the plan's effective cost on its {facts['plan_fees']:,} fee and negation lines is not kept and taken as 0")
    if name == "CID" and facts["plan_refund"]:
        amount = float(facts["plan_refund"])
        notes.append(f"only CID's summary_view leaves out the refund of a plan's upfront fee ({amount:,.2f}); its other copies count it")
    if name == "CID" and facts["no_commitment"]:
        notes.append(
            f"{facts['no_commitment']:,} recurring fee lines have no total commitment: CID's formula is null for them; here it is our unused part of them"
        )
    if name == "OpenCost" and facts["net"]:
        notes.append("its default view takes the net columns; this is its amortized_cost, before negotiated discounts")
    if name == "OptScale":
        notes.append("with use_edp_discount set it also adds discount/EdpDiscount and discount/PrivateRateDiscount, which the table does not keep")
        notes.append("it drops credits that have no resource id; here it drops all")
    return notes


# Invoices


def by_invoice(charges: Frame) -> Frame:
    """The billed cost of each invoice and issuer, by month."""
    category = charges["ChargeCategory"]
    return charges.group_by(
        invoice=charges["InvoiceId"].fill_null("").nullif(""), issuer=charges["InvoiceIssuerName"], period=charges["BillingPeriodStart"].date()
    ).aggregate(
        lines=charges["x_lines"].sum(),
        billed=charges["BilledCost"].sum().fill_null(ZERO),
        tax=charges["BilledCost"].sum(where=category == ChargeCategory.TAX.value).fill_null(ZERO),
        credit=charges["BilledCost"].sum(where=category == ChargeCategory.CREDIT.value).fill_null(ZERO),
    )


def _invoices(rows: Sequence[Mapping[str, Any]]) -> tuple[InvoiceTotal, ...]:
    """The largest invoices; the rest added up as `(other)`."""
    groups: dict[tuple[str | None, str], list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["period"]):
        groups.setdefault((row["invoice"], row["issuer"]), []).append(row)
    made = sorted(groups.items(), key=lambda item: (-abs(sum(row["billed"] for row in item[1])), item[0][0] or ""))
    listed = [_invoice(*key, lines) for key, lines in made[:INVOICES_LISTED]]
    rest = [row for _, lines in made[INVOICES_LISTED:] for row in lines]
    return tuple([*listed, _invoice(OTHER, f"{len(made) - INVOICES_LISTED} more", rest)] if rest else listed)


def _invoice(invoice: str | None, issuer: str, rows: Sequence[Mapping[str, Any]]) -> InvoiceTotal:
    return InvoiceTotal(
        invoice=invoice,
        issuer=issuer,
        periods=tuple(sorted({f"{row['period']:%Y-%m}" for row in rows})),
        lines=sum(row["lines"] for row in rows),
        billed=float(sum(row["billed"] for row in rows)),
        tax=float(sum(row["tax"] for row in rows)),
        credit=float(sum(row["credit"] for row in rows)),
    )
