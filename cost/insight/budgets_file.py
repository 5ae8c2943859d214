"""The budgets file: a reviewed YAML list of amounts by tag, account, service or Region. All problems of a file are reported at once."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from cost.insight.money_model import Budget, BudgetScope
from plinth.strict_yaml import Document, Location, read_document

MAX_BUDGETS: Final = 200
FIELDS: Final = ("name", "amount", "currency", "scope", "cost", "thresholds", "owner", "from", "to")
SCOPES: Final = ("tags", "accounts", "services", "regions")
COSTS: Final = ("billed", "unblended", "amortized", "net_amortized")
"""The cost kinds that a budget can be in: what is paid. List and contracted cost are prices, trueup and upfront are parts."""
DEFAULT_THRESHOLDS: Final = (80.0, 100.0)
FIX: Final = "write `budgets:` and a list below it; docs/insights.md has an example"


def read_budgets(path: Path) -> tuple[Budget, ...]:
    """The budgets of a YAML file. Raises one InputError that lists every problem with line, key and fix."""
    document = read_document(path, fix=FIX)
    entries = _entries(document) if document.value is not None else ()
    found = [_budget(document, ("budgets", index), entry) for index, entry in enumerate(entries)]
    _refuse_repeated_names(document, found)
    document.refuse("the budgets")
    return tuple(budget for budget in found if budget)


def _entries(document: Document) -> Sequence[Any]:
    for key in document.value:
        if key != "budgets":
            document.problem((key,), "there is no such key", key, FIX)
    entries = document.value.get("budgets")
    if not isinstance(entries, list) or not entries:
        document.problem(("budgets",), "there is no list of budgets", entries, FIX)
        return ()
    if len(entries) > MAX_BUDGETS:
        document.problem(("budgets",), f"there are more than {MAX_BUDGETS} budgets", len(entries), "split the file")
        return ()
    return entries


def _refuse_repeated_names(document: Document, budgets: Sequence[Budget | None]) -> None:
    names: set[str] = set()
    for index, budget in enumerate(budgets):
        if budget and budget.name in names:
            document.problem(("budgets", index, "name"), "the name is used before", budget.name, "give each budget a name of its own")
        names.update({budget.name} if budget and budget.name else ())


def _budget(document: Document, location: Location, entry: Any) -> Budget | None:
    """One entry; what is wrong with it is noted in the document."""
    if not isinstance(entry, Mapping):
        document.problem(location, "the budget is no mapping", entry, f"give it {', '.join(FIELDS)}")
        return None
    checks = _Entry(document, location, entry)
    checks.known(entry, FIELDS)
    first, last = checks.day("from"), checks.day("to")
    if (first is None) != (last is None) or (first and last and last < first):
        days = f"{first or 'nothing'} to {last or 'nothing'}"
        checks.say(("from",), "from and to are not two days, the second not before the first", days, "give both, or none for an amount each month")
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

    document: Document
    location: Location
    entry: Mapping[str, Any]

    def say(self, key: Location, what: str, value: object, fix: str) -> None:
        self.document.problem((*self.location, *key), what, value, fix)

    def missing(self, key: str) -> bool:
        """Whether a key that must be there is not, which is then said."""
        if key not in self.entry:
            self.say((), f"the budget has no {key}", None, f"add {key}")
        return key not in self.entry

    def known(self, mapping: Mapping[str, Any], names: Sequence[str], *above: str) -> None:
        for key in mapping:
            if key not in names:
                close = difflib.get_close_matches(key, names, 1)
                self.say((*above, key), "there is no such key", key, f"did you mean {close[0]}?" if close else f"use {', '.join(names)}")

    def text(self, key: str, *, required: bool = False) -> str:
        if key not in self.entry and not (required and self.missing(key)):
            return ""
        value = self.entry.get(key)
        if isinstance(value, str) and (value.strip() or not required):
            return value.strip()
        if key in self.entry:
            self.say((key,), "it is not a text", value, "write a text, in quotes where it is only digits")
        return ""

    def amount(self) -> float:
        value = self.entry.get("amount")
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value)
        if not self.missing("amount"):
            self.say(("amount",), "it is not a number above 0", value, "write it as 2000")
        return 1.0

    def cost(self) -> str:
        value = self.entry.get("cost", "amortized")
        if value not in COSTS:
            self.say(("cost",), "there is no such cost kind for a budget", value, f"use one of {', '.join(COSTS)}")
        return str(value)

    def thresholds(self) -> tuple[float, ...]:
        values = self.entry.get("thresholds", list(DEFAULT_THRESHOLDS))
        numbers = isinstance(values, list) and all(isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1000 for value in values)
        if not numbers or not values:
            self.say(("thresholds",), "it is not a list of percents above 0, at most 1000", values, "write it as [80, 100]")
            return DEFAULT_THRESHOLDS
        return tuple(sorted({float(value) for value in values}))

    def day(self, key: str) -> date | None:
        value = self.entry.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self.say((key,), "it is not a day", value, "write it as 2026-10-01, without quotes")
            return None
        return value

    def scope(self) -> BudgetScope:
        value = self.entry.get("scope", {})
        if not isinstance(value, Mapping):
            self.say(("scope",), "it is no mapping", value, f"give it {', '.join(SCOPES)}")
            return BudgetScope()
        self.known(value, SCOPES, "scope")
        tags = value.get("tags", {})
        if not isinstance(tags, Mapping):
            self.say(("scope", "tags"), "it is no mapping", tags, "write it as {team: vision}")
            tags = {}
        lists = {name: self.texts(("scope", name), value[name]) for name in SCOPES[1:] if name in value}
        return BudgetScope(tags={key: self.texts(("scope", "tags", key), each) for key, each in tags.items()}, **lists)

    def texts(self, key: Location, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(each, str) and each for each in values):
            self.say(key, "it is not a text or a list of texts", value, 'write account ids in quotes: "012345678901"')
            return ()
        return tuple(values)
