"""What the report adds to what changed, each part asked of the bill once: commitments, network, forecast, tags, close, formulas, budgets, allocation.

A part that was not asked for, or that this bill can't give, is None; where the bill can't, a warning says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cost.bill.model import Bill, BillWarning
from cost.insight.money_model import Budget, BudgetScope
from plinth.errors import InputError

if TYPE_CHECKING:
    from cost.insight.forecast_model import Forecast

LEAVES: Final = 200
"""So many attributed leaves are kept in the report: `plinth cost allocate` has all."""


@dataclass(frozen=True)
class Asked:
    """What is only made where its file is given: `budgets` and `rules` are reviewed YAML files, `counts` what was served and trained (csv)."""

    budgets: Path | None = None
    rules: Path | None = None
    counts: Path | None = None


def insights(bill: Bill, tag: str, cost: str, asked: Asked) -> tuple[dict[str, Any], tuple[BillWarning, ...]]:
    """Each part by its name in the report, and why those are missing that the bill can't give. Raises InputError for a file that can't be read."""
    found: dict[str, Any] = {}
    warnings: list[BillWarning] = []
    for name, part in _parts(bill, tag, cost):
        try:
            found[name] = part()
        except InputError as error:
            warnings.append(BillWarning(code=f"no_{name}", message=f"not made: {error.what}{f' ({error.value})' if error.value else ''}"))
    found |= _asked(bill, tag, cost, asked, found.get("forecast"))
    return found, (*warnings, *_allocation_warnings(bill, found))


def _allocation_warnings(bill: Bill, found: Mapping[str, Any]) -> tuple[BillWarning, ...]:
    """What is to be said of the rules and of the counts (a rule that matches nothing, a count of what is not in the bill), each once."""
    from cost.allocate.chargeback_text import warnings

    allocation, chargeback = found.get("allocation"), found.get("chargeback")
    said = (*(allocation.warnings if allocation else ()), *(warnings(chargeback) if chargeback else ()))
    return tuple(each for number, each in enumerate(said) if each not in bill.warnings and each not in said[:number])


def _parts(bill: Bill, tag: str, cost: str) -> Iterable[tuple[str, Callable[[], Any]]]:
    from cost.insight.close import close
    from cost.insight.commitments import commitments
    from cost.insight.coverage import REQUIRED, coverage
    from cost.insight.forecast import forecast
    from cost.insight.formulas import formulas
    from cost.insight.transfer import transfer

    keys = [each.key for each in bill.tag_keys]
    by = tag if tag in keys else "service"
    yield "commitment_use", lambda: commitments(bill)
    yield "transfer", lambda: transfer(bill, tag=tag, cost=cost)
    yield "forecast", lambda: forecast(bill, by=by, cost=cost)
    yield "tag_coverage", lambda: coverage(bill, required=tuple(dict.fromkeys((tag, *REQUIRED))), cost=cost)
    yield "close", lambda: close(bill, cost=cost)
    yield "formulas", lambda: formulas(bill)


def _expected(forecast: Forecast | None, entries: Sequence[Budget], tag: str, cost: str) -> dict[str, float]:
    """The forecast of each budget's own month end, by the budget's name: of those for the whole bill, or for one value of the report's tag."""
    if forecast is None or not forecast.total.months:
        return {}
    groups = {node.name: node.months[0].total for node in forecast.by_group if node.months} if forecast.by == tag else {}
    found: dict[str, float | None] = {}
    for budget in entries:
        if budget.cost != cost or budget.first:
            continue
        if budget.scope == BudgetScope():
            found[budget.name] = forecast.total.months[0].total
        elif len(values := budget.scope.tags.get(tag, ())) == 1 and budget.scope == BudgetScope(tags={tag: values}):
            found[budget.name] = groups.get(values[0])
    return {name: amount for name, amount in found.items() if amount is not None}


def _asked(bill: Bill, tag: str, cost: str, asked: Asked, forecast: Forecast | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if asked.budgets:
        from cost.insight.budgets import budgets, read_budgets

        found["budgets"] = budgets(bill, asked.budgets, forecasts=_expected(forecast, read_budgets(asked.budgets), tag, cost))
    if asked.rules:
        from cost.allocate import allocate, read_rules

        made = allocate(bill, by=(tag,), rules=read_rules(asked.rules), cost=cost)
        found["allocation"] = made.model_copy(update={"attributed": made.attributed[:LEAVES]})
    if asked.counts:
        from cost.allocate.chargeback import chargeback
        from cost.allocate.ml_counts import read_counts

        found["chargeback"] = chargeback(bill, counts=read_counts(asked.counts), cost=cost, tags=(tag, "workload"))
    return found
