"""The month's close: what each month came to, what changed against the month before on equal days, and what is open before it can be closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import ibis

from cost.bill.charge_table import CHARGE_CLASS_CORRECTION, COST_KINDS, ZERO, ChargeCategory, ChargeFrequency, Frame
from cost.bill.completeness import completeness
from cost.bill.cost_kinds import check_cost_kind
from cost.bill.groups import OTHER, taggable
from cost.bill.line_items import LINE_ITEM_TYPES
from cost.bill.model import AccountCompleteness, Bill, Costs, PeriodCompleteness
from cost.bill.summary import cost_measures
from cost.insight.daily import growth_of
from cost.insight.model import Change
from cost.insight.money_model import Close, CloseChange, CloseItem, Correction, MonthClose
from cost.insight.movers import change_of
from cost.insight.windows import on_equal_days, windows_of

MONTHS: Final = 6
CHANGES: Final = 8
CORRECTIONS: Final = 10
DESCRIPTION: Final = 200
"""Characters of a correction's description that are kept."""
ACCOUNTS_NAMED: Final = 5
CENT: Final = Decimal("0.01")
HALF_CENT: Final = Decimal("0.005")
"""What changed by less is among the others."""
TABLE: Final = "insight_close"
KEYS: Final = ("period", "service", "line_item_type", "growth", "category", "frequency", "charge_class", "usage")


def close(bill: Bill, *, cost: str = "amortized") -> Close:
    """The newest months of the bill, the newest first, each against the month before it on equal days in the cost kind `cost`.

    Raises UsageError for another cost kind."""
    check_cost_kind(cost)
    engine = bill.engine
    expression = by_month(bill.charges)
    table = engine.store(TABLE, expression.schema(), expression)
    try:
        bounds = engine.rows(_bounds(table))
        facts = _facts(bill, table)
        months = [_month(bill, table, bounds[max(0, number - 1) : number + 1], facts, cost) for number in range(max(0, len(bounds) - MONTHS), len(bounds))]
    finally:
        engine.drop(TABLE)
    return Close(cost=cost, months=tuple(reversed(months)), months_not_shown=max(0, len(bounds) - MONTHS))


def by_month(charges: Frame) -> Frame:
    """Every cost kind by month, service, line item type and what else the close tells apart."""
    rows = charges.mutate(
        period=charges["BillingPeriodStart"].date(),
        service=charges["ServiceName"],
        line_item_type=charges["x_line_item_type"],
        growth=growth_of(charges),
        category=charges["ChargeCategory"],
        frequency=charges["ChargeFrequency"],
        charge_class=charges["ChargeClass"].fill_null(""),
        usage=taggable(charges),
    )
    return rows.group_by(*KEYS).aggregate(
        lines=rows["x_lines"].sum(), first=rows["ChargePeriodStart"].min(), end=rows["ChargePeriodEnd"].max(), **cost_measures(rows)
    )


def _bounds(table: Frame) -> Frame:
    """From when to when each month has usage (else charges), as cost.insight.windows wants it."""
    return (
        table.group_by("period")
        .aggregate(
            first=ibis.coalesce(table["first"].min(where=table["usage"]), table["first"].min()),
            end=ibis.coalesce(table["end"].max(where=table["usage"]), table["end"].max()),
        )
        .order_by("period")
    )


@dataclass(frozen=True)
class _Facts:
    """What is asked of all months at once, by month."""

    sums: Mapping[date, Mapping[str, Any]]
    types: Mapping[date, set[str]]
    corrections: Mapping[date, list[Correction]]
    invoices: Mapping[date, int]
    states: Mapping[str, PeriodCompleteness]
    accounts: Mapping[str, list[AccountCompleteness]]


def _facts(bill: Bill, table: Frame) -> _Facts:
    engine, found = bill.engine, completeness(bill.engine, bill.charges)
    types: dict[date, set[str]] = defaultdict(set)
    for row in engine.rows(table.select("period", "line_item_type").distinct()):
        types[row["period"]].add(row["line_item_type"])
    corrections: dict[date, list[Correction]] = defaultdict(list)
    for row in engine.rows(corrections_of(bill.charges)):
        corrections[row.pop("period")].append(_correction(row))
    accounts: dict[str, list[AccountCompleteness]] = defaultdict(list)
    for account in found.accounts:
        accounts[account.period].append(account)
    return _Facts(
        sums={row["period"]: row for row in engine.rows(table.group_by("period").aggregate(**_measures(table)))},
        types=types,
        corrections=corrections,
        invoices={row["period"]: row["invoices"] for row in engine.rows(invoices_of(bill.charges))},
        states={period.period: period for period in found.periods},
        accounts=accounts,
    )


def _month(bill: Bill, table: Frame, bounds: Sequence[Mapping[str, Any]], facts: _Facts, cost: str) -> MonthClose:
    period = bounds[-1]["period"]
    name = f"{period:%Y-%m}"
    row, state = facts.sums[period], facts.states[name]
    before = facts.sums[bounds[0]["period"]] if len(bounds) > 1 else None
    compared, services, kinds = _changes(bill, table, bounds, cost)
    return MonthClose(
        period=name,
        closed=not state.open,
        invoiced=state.invoiced,
        invoices=facts.invoices[period],
        totals=Costs(**{kind: float(row[kind]) for kind in COST_KINDS}),
        tax=float(row["tax"]),
        credits=float(row["credits"]),
        refunds=float(row["refunds"]),
        one_time=float(row["one_time"]),
        corrections=float(row["corrections"]),
        compared_with=None if before is None else f"{bounds[0]['period']:%Y-%m}",
        change=compared,
        by_service=services,
        by_line_item_type=kinds,
        correction_lines=tuple(facts.corrections[period]),
        checklist=tuple(_checklist(row, before, state, facts.accounts[name], facts.types[period])),
    )


def _correction(row: dict[str, Any]) -> Correction:
    row["amount"] = float(row["amount"])
    return Correction(**row)


def _measures(month: Frame) -> dict[str, Any]:
    """All cost kinds, and the billed amounts that a close looks at one by one."""
    category, billed = month["category"], month["billed"]
    once = (category == ChargeCategory.PURCHASE.value) & (month["frequency"] == ChargeFrequency.ONE_TIME.value)
    parts = {
        "tax": category == ChargeCategory.TAX.value,
        "credits": category == ChargeCategory.CREDIT.value,
        "refunds": month["line_item_type"] == "Refund",
        "one_time": once,
        "corrections": month["charge_class"] == CHARGE_CLASS_CORRECTION,
    }
    measures = {kind: month[kind].sum().fill_null(ZERO) for kind in COST_KINDS}
    return measures | {name: billed.sum(where=where).fill_null(ZERO) for name, where in parts.items()}


def invoices_of(charges: Frame) -> Frame:
    """How many invoices each month has."""
    return charges.group_by(period=charges["BillingPeriodStart"].date()).aggregate(invoices=charges["InvoiceId"].nullif("").nunique())


def corrections_of(charges: Frame) -> Frame:
    """Each month's largest charges of ChargeClass Correction, by what they say."""
    found = charges.filter(charges["ChargeClass"] == CHARGE_CLASS_CORRECTION)
    grouped = found.group_by(
        period=found["BillingPeriodStart"].date(),
        line_item_type=found["x_line_item_type"],
        service=found["ServiceName"],
        description=found["ChargeDescription"].fill_null("").substr(0, DESCRIPTION),
    ).aggregate(lines=found["x_lines"].sum(), amount=found["BilledCost"].sum())
    order = [ibis.desc(grouped["amount"].abs()), grouped["line_item_type"], grouped["service"], grouped["description"]]
    ranked = grouped.mutate(rank=ibis.row_number().over(group_by="period", order_by=order))
    return ranked.filter(ranked["rank"] < CORRECTIONS).order_by("period", "rank").drop("rank")


def _changes(
    bill: Bill, table: Frame, bounds: Sequence[Mapping[str, Any]], cost: str
) -> tuple[Change | None, tuple[CloseChange, ...], tuple[CloseChange, ...]]:
    """The month against the one before on equal days (docs/adr/0061): in all, by service and by line item type."""
    if len(bounds) < 2:
        return None, (), ()
    windows = windows_of(bounds)
    pair = table.filter(table["period"].isin([ibis.literal(row["period"]) for row in bounds]))
    marked = windows.mark(bill.engine, pair)
    whole = bill.engine.rows(marked.aggregate(**_compared(marked, cost)))[0]
    return change_of(whole["current"], whole["previous"]), _by(bill, marked, "service", cost), _by(bill, marked, "line_item_type", cost)


def _compared(marked: Frame, cost: str) -> dict[str, Any]:
    return {
        "current": marked[cost].sum(where=marked["window"] == "current").fill_null(ZERO),
        "previous": on_equal_days(marked, cost).sum(where=marked["window"] == "previous").fill_null(ZERO),
    }


def _by(bill: Bill, marked: Frame, column: str, cost: str) -> tuple[CloseChange, ...]:
    """The values with the largest change, either sign; the rest added up as `(other)`."""
    rows = bill.engine.rows(marked.group_by(name=marked[column]).aggregate(**_compared(marked, cost)))
    ordered = sorted(rows, key=lambda row: (-abs(row["current"] - row["previous"]), row["name"]))
    moved = [row for row in ordered[:CHANGES] if abs(row["current"] - row["previous"]) >= HALF_CENT]
    rest = ordered[len(moved) :]
    other = [{"name": OTHER, **{key: sum(row[key] for row in rest) for key in ("current", "previous")}}] if rest else []
    return tuple(CloseChange(name=row["name"], change=change_of(row["current"], row["previous"])) for row in [*moved, *other])


# The checklist


def _checklist(
    row: Mapping[str, Any], before: Mapping[str, Any] | None, state: PeriodCompleteness, accounts: Sequence[AccountCompleteness], types: set[str]
) -> Iterator[CloseItem]:
    last = f"the last usage is of {state.last_usage}" if state.last_usage else "it has no usage"
    stops = state.open and state.invoiced
    yield _item("invoice", state.invoiced, "its lines carry an invoice", "no invoice yet: AWS may still change its figures")
    yield _item("days", not stops and (state.invoiced or not state.open), f"usage goes to the end: {last}", f"usage stops before the end: {last}")
    gaps = [account for account in accounts if any(span.first > account.first_day and span.last < account.last_day for span in account.missing)]
    yield _item("gaps", not gaps, "no account has a gap between its days of usage", f"days without usage in between: {_named(gaps)}")
    if before is not None:
        yield _item("tax", bool(row["tax"]) or not before["tax"], "tax is there as the month before", "the month before had tax and this one has none")
        credits = bool(row["credits"]) or not before["credits"]
        yield _item("credits", credits, "credits are there as the month before", "the month before had credits and this one has none: have they run out?")
    fixes = f"corrections of {float(row['corrections']):,.2f} mend earlier months: say so where those were reported"
    yield _item("corrections", not row["corrections"], "nothing in it corrects an earlier month", fixes)
    unknown = sorted(types - set(LINE_ITEM_TYPES))
    yield _item("line_item_types", not unknown, "every line item type is known", f"carried at their unblended cost: {', '.join(unknown[:ACCOUNTS_NAMED])}")
    gap = row["unblended"] - row["amortized"] - row["trueup"] - row["upfront"]
    balance = f"unblended differs from amortized + trueup + upfront by {float(gap):,.2f}: the bill's commitment columns disagree"
    yield _item("balance", abs(gap) < CENT, "unblended = amortized + trueup + upfront", balance)


def _item(code: str, done: bool, good: str, bad: str) -> CloseItem:
    return CloseItem(code=code, done=done, text=good if done else bad)


def _named(accounts: Sequence[AccountCompleteness]) -> str:
    parts = [f"{account.account} ({account.days} of {account.days_in_period} days)" for account in accounts[:ACCOUNTS_NAMED]]
    return ", ".join(parts) + (f" and {len(accounts) - ACCOUNTS_NAMED} more" if len(accounts) > ACCOUNTS_NAMED else "")
