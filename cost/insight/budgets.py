"""Budgets against actual: where each budget of a file stands in the bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import ibis

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.groups import tag_key, taggable
from cost.bill.model import Bill
from cost.insight.budgets_file import read_budgets
from cost.insight.money_model import Budget, BudgetResult, Budgets, BudgetState
from plinth.errors import InputError

MONTHS: Final = 3
"""Monthly budgets are shown for the newest months of the bill, so many of them."""
DAY: Final = timedelta(days=1)


def budgets(bill: Bill, path: Path, *, forecasts: Mapping[str, float] | None = None) -> Budgets:
    """Each budget of the file against the bill: monthly ones for its newest months, those with days for their days.

    `forecasts` gives the cost at the end of the newest month (or of the budget's days) by the budget's name; without it the end is
    expected in a straight line from the days so far. Raises InputError for a bad file, and where a budget is in another currency than the bill.
    """
    entries = read_budgets(path)
    foreign = [f"{budget.name} ({budget.currency})" for budget in entries if budget.currency != bill.currency]
    if foreign:
        fix = "state the amount in the bill's currency, or give the bill in the budget's"
        raise InputError(f"the bill is in {bill.currency} and these budgets are not", where=path, value=", ".join(foreign), fix=fix)
    months = bill.engine.rows(spent_by_month(bill, entries).order_by("start"))
    used = _used(months)
    results = [result for number, budget in enumerate(entries) for result in _results(bill, number, budget, months, used, forecasts or {})]
    monthly = any(budget.first is None for budget in entries)
    older = tuple(f"{row['start']:%Y-%m}" for row in months[:-MONTHS]) if monthly else ()
    return Budgets(currency=bill.currency, results=tuple(results), unbudgeted_months=older)


def spent_by_month(bill: Bill, entries: Sequence[Budget]) -> Frame:
    """One row a month: per budget what is in its scope (`amount0`, …) and how many lines that is (`lines0`, …), in one pass over the bill."""
    charges = bill.charges
    measures: dict[str, Any] = {}
    for number, budget in enumerate(entries):
        inside = in_scope(charges, budget, _tag_keys(bill, budget))
        measures[f"amount{number}"] = charges[COST_KINDS[budget.cost]].sum(where=inside).fill_null(ZERO)
        measures[f"lines{number}"] = charges["x_lines"].sum(where=inside).fill_null(0)
    return charges.group_by(start=charges["BillingPeriodStart"].date(), end=charges["BillingPeriodEnd"].date()).aggregate(
        first=charges["ChargePeriodStart"].min(where=taggable(charges)), last=charges["ChargePeriodEnd"].max(where=taggable(charges)), **measures
    )


def in_scope(charges: Frame, budget: Budget, keys: Mapping[str, str]) -> Any:
    """Whether a charge counts for a budget; a charge of several days counts on its first."""
    scope = budget.scope
    conditions: list[Any] = [charges["Tags"].get(keys[tag]).fill_null("").isin(values) for tag, values in scope.tags.items()]
    account = charges["SubAccountId"].fill_null(charges["BillingAccountId"])
    for column, values in ((account, scope.accounts), (charges["ServiceName"], scope.services), (charges["RegionId"].fill_null(""), scope.regions)):
        if values:
            conditions.append(column.isin(values))
    if budget.first is not None and budget.last is not None:
        conditions.append(charges["ChargePeriodStart"].date().between(ibis.literal(budget.first), ibis.literal(budget.last)))
    return ibis.and_(*conditions) if conditions else ibis.literal(True)


def _tag_keys(bill: Bill, budget: Budget) -> dict[str, str]:
    """The budget's tags as the bill spells them."""
    return {tag: tag_key(tag, bill.tag_keys) for tag in budget.scope.tags}


def _absent(bill: Bill, budget: Budget) -> str:
    """What the bill can't tell: a tag that no charge has says nothing about what was spent."""
    known = [key.key for key in bill.tag_keys]
    absent = [tag for tag, key in _tag_keys(bill, budget).items() if key not in known]
    return f"no charge of the bill has a tag {', '.join(absent)}" if absent else ""


def _used(months: Sequence[Mapping[str, Any]]) -> _Span | None:
    """From the first to the last day of the bill's usage."""
    first, end = min((row["first"] for row in months if row["first"]), default=None), max((row["last"] for row in months if row["last"]), default=None)
    return None if first is None or end is None else _Span("the bill", first.date(), (end - timedelta(microseconds=1)).date())


def _results(
    bill: Bill, number: int, budget: Budget, months: Sequence[Mapping[str, Any]], used: _Span | None, forecasts: Mapping[str, float]
) -> list[BudgetResult]:
    absent, forecast = _absent(bill, budget), forecasts.get(budget.name)
    if budget.first is not None and budget.last is not None:
        span = _Span(f"{budget.first} to {budget.last}", budget.first, budget.last)
        return [_of_days(budget, span, months, number, used, forecast, absent)]
    found: list[BudgetResult] = []
    for row in months[-MONTHS:]:
        span = _Span(f"{row['start']:%Y-%m}", row["start"], row["end"] - DAY)
        note = absent or ("" if row[f"lines{number}"] else "no charge of this month is in its scope")
        found.append(_result(budget, span, None if absent else row[f"amount{number}"], used, forecast if row is months[-1] else None, note))
    return found


def _of_days(
    budget: Budget, span: _Span, months: Sequence[Mapping[str, Any]], number: int, used: _Span | None, forecast: float | None, absent: str
) -> BudgetResult:
    """A budget for days: its charges may stand in any month's bill, and what days without a bill cost is unknown."""
    overlap = used is not None and span.first <= used.last and span.last >= used.first
    if absent or not (overlap or any(row[f"lines{number}"] for row in months)):
        return _result(budget, span, None, used, forecast, absent or "the bill has nothing of these days")
    actual = sum((row[f"amount{number}"] for row in months), Decimal(0))
    return _result(budget, span, actual, used, forecast, _lacking(span, months, used), whole=not _lacking(span, months, used))


def _lacking(span: _Span, months: Sequence[Mapping[str, Any]], used: _Span | None) -> str:
    """What the bill does not have of the days up to its last one: those before its first usage, and months in between."""
    if used is None:
        return "the bill has no usage"
    if span.first < used.first:
        return f"the bill's usage begins on {used.first}: what the days before it cost is unknown"
    day, last, there = span.first.replace(day=1), min(span.last, used.last), {row["start"] for row in months}
    absent: list[str] = []
    while day <= last:
        absent += [] if day in there else [f"{day:%Y-%m}"]
        day = (day + 32 * DAY).replace(day=1)
    return f"the bill lacks {', '.join(absent)}: what these days cost is unknown" if absent else ""


@dataclass(frozen=True)
class _Span:
    label: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def _result(budget: Budget, span: _Span, actual: Decimal | None, used: _Span | None, forecast: float | None, note: str, *, whole: bool = True) -> BudgetResult:
    """`whole` is whether the bill has all of the period's days up to its last one."""
    first = span.first if whole or used is None else max(span.first, used.first)
    days_seen = max(0, (min(used.last, span.last) - first).days + 1) if used else 0
    spent = None if actual is None else float(actual)
    expected, source = _expected(spent, span.days, days_seen, forecast) if whole else (None, None)
    percent = None if spent is None else 100 * spent / budget.amount
    reached = tuple(each for each in budget.thresholds if percent is not None and percent >= each)
    return BudgetResult(
        name=budget.name,
        owner=budget.owner,
        period=span.label,
        cost=budget.cost,
        amount=budget.amount,
        actual=spent,
        percent=percent,
        state=_state(budget, spent, expected, reached, whole=whole),
        thresholds_reached=reached,
        days=span.days,
        days_seen=days_seen,
        planned_by_now=budget.amount * days_seen / span.days,
        expected=expected,
        expected_from=source,
        note=note,
    )


def _expected(spent: float | None, days: int, days_seen: int, forecast: float | None) -> tuple[float | None, Literal["actual", "forecast", "linear"] | None]:
    """The cost at the end: what is there of a whole period, else the forecast, else the days so far in a straight line."""
    if spent is None or not days_seen:
        return None, None
    if days_seen >= days:
        return spent, "actual"
    if forecast is not None:
        return forecast, "forecast"
    return spent / days_seen * days, "linear"


def _state(budget: Budget, spent: float | None, expected: float | None, reached: tuple[float, ...], *, whole: bool) -> BudgetState:
    if spent is not None and spent > budget.amount:
        return "over"
    if spent is None or not whole:
        return "unknown"
    return "warning" if reached or (expected is not None and expected > budget.amount) else "ok"
