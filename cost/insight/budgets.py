"""Budgets against actual: a YAML file of amounts by tag, account, service or Region, and where each stands in the bill."""

from __future__ import annotations

import difflib
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import ibis
import yaml

from cost.bill.charge_table import COST_KINDS, ZERO, Frame
from cost.bill.model import Bill
from cost.insight.coverage import tag_key
from cost.insight.daily import taggable
from cost.insight.money_model import Budget, BudgetResult, Budgets, BudgetScope, BudgetState
from plinth.errors import InputError
from plinth.files import read_text

MAX_BYTES: Final = 1024 * 1024
MAX_BUDGETS: Final = 200
MONTHS: Final = 3
"""Monthly budgets are shown for the newest months of the bill, so many of them."""
FIELDS: Final = ("name", "amount", "currency", "scope", "cost", "thresholds", "owner", "from", "to")
SCOPES: Final = ("tags", "accounts", "services", "regions")
COSTS: Final = ("billed", "unblended", "amortized", "net_amortized")
"""The cost kinds that a budget can be in: what is paid. List and contracted cost are prices, trueup and upfront are parts."""
DEFAULT_THRESHOLDS: Final = (80.0, 100.0)
SHOWN: Final = 30
DAY: Final = timedelta(days=1)


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML's safe loader, but for a key that stands twice (PyYAML lets the last one win in silence) and for aliases (which can grow without bound)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(problem=f"the key {str(key.value)!r} is given twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(problem="aliases are not allowed", problem_mark=self.peek_event().start_mark)
        return super().compose_node(parent, index)


def read_budgets(path: Path) -> tuple[Budget, ...]:
    """The budgets of a YAML file: `budgets:` and a list. Raises InputError that names every problem of the file at once."""
    problems: list[str] = []
    budgets = [_budget(number, entry, problems) for number, entry in enumerate(_entries(path), start=1)]
    names = [budget.name for budget in budgets if budget]
    problems += [f"the name {name!r} is given to {names.count(name)} budgets" for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if problems:
        more = [f"… and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        what = "the budgets file has a problem" if len(problems) == 1 else f"the budgets file has {len(problems)} problems"
        raise InputError("\n    - ".join([f"{what}:", *problems[:SHOWN], *more]), where=path, fix="see docs/insights.md, Budgets")
    return tuple(budget for budget in budgets if budget)


def _entries(path: Path) -> Sequence[Any]:
    try:
        content = yaml.load(read_text(path, limit=MAX_BYTES), Loader=_UniqueKeys)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else path
        raise InputError("the budgets file is not YAML", where=where, value=getattr(error, "problem", None) or str(error)[:80], fix="mend the line") from error
    entries = content.get("budgets") if isinstance(content, dict) else None
    if not isinstance(entries, list) or set(content) != {"budgets"} or not entries:
        raise InputError("the budgets file has no list of budgets", where=path, value=content, fix="write `budgets:` and a list below it, and nothing else")
    if len(entries) > MAX_BUDGETS:
        raise InputError(f"the budgets file has more than {MAX_BUDGETS} budgets", where=path, value=len(entries), fix="split the file")
    return entries


def _budget(number: int, entry: Any, problems: list[str]) -> Budget | None:
    """One entry; what is wrong with it goes to `problems`."""
    if not isinstance(entry, dict):
        problems.append(f"budget {number}: {_short(entry)} is no mapping of {', '.join(FIELDS)}")
        return None
    checks = _Entry(f"budget {number} ({_short(entry['name'])})" if "name" in entry else f"budget {number}", entry, problems)
    checks.known(entry, FIELDS, "")
    first, last = checks.day("from"), checks.day("to")
    if (first is None) != (last is None) or (first and last and last < first):
        checks.say("from and to are two days, the second not before the first: give both, or none for an amount each month")
    return Budget(
        name=checks.text("name", required=True),
        amount=checks.amount(),
        currency=checks.text("currency", required=True),
        cost=checks.cost(),
        scope=checks.scope(),
        thresholds=checks.thresholds(),
        owner=checks.text("owner"),
        first=first,
        last=last,
    )


@dataclass(frozen=True)
class _Entry:
    """The checks of one entry: each gives a usable value and notes what is wrong."""

    where: str
    entry: Mapping[str, Any]
    problems: list[str]

    def say(self, problem: str) -> None:
        self.problems.append(f"{self.where}: {problem}")

    def known(self, mapping: Mapping[Any, Any], names: Sequence[str], prefix: str) -> None:
        for key in mapping:
            if key not in names:
                close = difflib.get_close_matches(str(key), names, 1)
                self.say(f"there is no key {prefix}{_short(key)}; {f'did you mean {close[0]}?' if close else 'use ' + ', '.join(names)}")

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.entry.get(key, "")
        if not isinstance(value, str) or (required and not value.strip()):
            self.say(f"{key} is {_short(value)}, not a text" if key in self.entry else f"it has no {key}")
            return ""
        return value.strip()

    def amount(self) -> float:
        value = self.entry.get("amount")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            self.say(f"amount is {_short(value)}, not a number above 0" if "amount" in self.entry else "it has no amount")
            return 1.0
        return float(value)

    def cost(self) -> str:
        value = self.entry.get("cost", "amortized")
        if value not in COSTS:
            self.say(f"cost is {_short(value)}: use one of {', '.join(COSTS)}")
        return str(value)

    def thresholds(self) -> tuple[float, ...]:
        values = self.entry.get("thresholds", list(DEFAULT_THRESHOLDS))
        numbers = isinstance(values, list) and all(isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1000 for value in values)
        if not numbers or not values:
            self.say(f"thresholds are {_short(values)}, not a list of percents above 0")
            return DEFAULT_THRESHOLDS
        return tuple(sorted({float(value) for value in values}))

    def day(self, key: str) -> date | None:
        value = self.entry.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self.say(f"{key} is {_short(value)}, not a day as 2026-10-01")
            return None
        return value

    def scope(self) -> BudgetScope:
        value = self.entry.get("scope", {})
        if not isinstance(value, dict):
            self.say(f"scope is {_short(value)}, not a mapping of {', '.join(SCOPES)}")
            return BudgetScope()
        self.known(value, SCOPES, "scope.")
        tags = value.get("tags", {})
        if not isinstance(tags, dict) or not all(isinstance(key, str) for key in tags):
            self.say(f"scope.tags is {_short(tags)}, not a mapping of tag keys to values")
            tags = {}
        lists = {name: self.texts(f"scope.{name}", value[name]) for name in SCOPES[1:] if name in value}
        return BudgetScope(tags={key: self.texts(f"scope.tags.{key}", each) for key, each in tags.items()}, **lists)

    def texts(self, key: str, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(each, str) and each for each in values):
            self.say(f"{key} is {_short(value)}, not a text or a list of texts (quote account ids: a leading zero counts)")
            return ()
        return tuple(values)


def _short(value: object) -> str:
    text = repr(str(value)[:60]) if not isinstance(value, int | float | list | tuple | dict) else f"{value!s:.60}"
    return text


# Against the bill


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
    last_end = max((row["last"] for row in months if row["last"]), default=None)
    seen = (last_end - timedelta(microseconds=1)).date() if last_end else None
    results = [result for number, budget in enumerate(entries) for result in _results(bill, number, budget, months, seen, forecasts or {})]
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
        last=charges["ChargePeriodEnd"].max(where=taggable(charges)), **measures
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
    return {tag: tag_key(bill, tag) for tag in budget.scope.tags}


def _absent(bill: Bill, budget: Budget) -> str:
    """What the bill can't tell: a tag that no charge has says nothing about what was spent."""
    known = [key.key for key in bill.tag_keys]
    absent = [tag for tag, key in _tag_keys(bill, budget).items() if key not in known]
    return f"no charge of the bill has a tag {', '.join(absent)}" if absent else ""


def _results(
    bill: Bill, number: int, budget: Budget, months: Sequence[Mapping[str, Any]], seen: date | None, forecasts: Mapping[str, float]
) -> list[BudgetResult]:
    absent, forecast = _absent(bill, budget), forecasts.get(budget.name)
    if budget.first is not None and budget.last is not None:
        span = _Span(f"{budget.first} to {budget.last}", budget.first, budget.last)
        rows = [row for row in months if row["start"] <= budget.last and row["end"] > budget.first]
        note = absent or ("" if rows else "the bill has nothing of these days")
        actual = None if note else sum((row[f"amount{number}"] for row in rows), Decimal(0))
        return [_result(budget, span, actual, seen, forecast, note)]
    found: list[BudgetResult] = []
    for row in months[-MONTHS:]:
        span = _Span(f"{row['start']:%Y-%m}", row["start"], row["end"] - DAY)
        note = absent or ("" if row[f"lines{number}"] else "no charge of this month is in its scope")
        found.append(_result(budget, span, None if absent else row[f"amount{number}"], seen, forecast if row is months[-1] else None, note))
    return found


@dataclass(frozen=True)
class _Span:
    label: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def _result(budget: Budget, span: _Span, actual: Decimal | None, seen: date | None, forecast: float | None, note: str) -> BudgetResult:
    days_seen = min(span.days, max(0, (seen - span.first).days + 1)) if seen else 0
    spent = None if actual is None else float(actual)
    expected, source = _expected(spent, span.days, days_seen, forecast)
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
        state=_state(budget, spent, expected, reached),
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


def _state(budget: Budget, spent: float | None, expected: float | None, reached: tuple[float, ...]) -> BudgetState:
    if spent is None:
        return "unknown"
    if spent > budget.amount:
        return "over"
    return "warning" if reached or (expected is not None and expected > budget.amount) else "ok"
