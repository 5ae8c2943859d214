"""Every analysis by name, as a call on a bill; and an engine that keeps what it is asked. Loaded by path from conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cost.allocate import allocate
from cost.allocate.chargeback import chargeback
from cost.allocate.rules import AllocationRules
from cost.bill import summarize
from cost.bill.charge_table import Frame
from cost.bill.model import Bill
from cost.insight.anomalies import find_anomalies
from cost.insight.budgets import budgets
from cost.insight.close import close
from cost.insight.commitments import commitments
from cost.insight.coverage import coverage
from cost.insight.forecast import forecast
from cost.insight.formulas import formulas
from cost.insight.transfer import transfer
from cost.recommend import inventory_from_bill
from cost.report import build_report

REVIEWED = {"reason": "made up for a test", "reviewer": "sre", "expires": date(2027, 11, 1)}
RULES = AllocationRules.model_validate(
    {
        "version": 1,
        "rules": [
            {"name": "storage", "match": {"service": ["Amazon Simple Storage Service"]}, "set": {"team": "language"}, **REVIEWED},
            {"name": "spot", "match": {"resource": ["i-spo*"]}, "set": {"team": "vision"}, **REVIEWED},
        ],
        "splits": [
            {"name": "tax", "from": {"charge_category": ["Tax"]}, "method": "proportional", **REVIEWED},
            {"name": "support", "from": {"service": ["AWS Support (Business)"]}, "method": "even", **REVIEWED},
        ],
    }
)
BUDGET = "budgets:\n  - {name: vision, amount: 100, currency: USD, scope: {tags: {team: vision}}}\n"


def analyses(folder: Path) -> Mapping[str, Callable[[Bill], Any]]:
    """Every analysis of cost.bill, cost.allocate, cost.insight, cost.recommend and cost.report that reads a bill."""
    budget = folder / "budgets.yml"
    budget.write_text(BUDGET)
    return {
        "summarize": summarize,
        "allocate": lambda bill: allocate(bill, by=("team", "service"), rules=RULES),
        "chargeback": chargeback,
        "find_anomalies": find_anomalies,
        "forecast": forecast,
        "budgets": lambda bill: budgets(bill, budget),
        "close": close,
        "coverage": coverage,
        "commitments": commitments,
        "transfer": transfer,
        "formulas": formulas,
        "inventory_from_bill": inventory_from_bill,
        "build_report": build_report,
    }


class Recorder:
    """An engine as the analyses know it, and no more: rows, store and drop. It keeps every expression that it is given."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.seen: list[Frame] = []

    def rows(self, expression: Frame) -> list[dict[str, Any]]:
        self.seen.append(expression)
        return self._engine.rows(expression)

    def store(self, table: str, schema: Any, expression: Frame) -> Frame:
        self.seen.append(expression)
        return self._engine.store(table, schema, expression)

    def drop(self, table: str) -> None:
        self._engine.drop(table)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure and name in a dumped model with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


def differences(one: BaseModel, other: BaseModel, tolerance: float) -> list[str]:
    """Where two answers differ: names, or figures by more than the tolerance."""
    first, second = dict(leaves(one.model_dump())), dict(leaves(other.model_dump()))
    return [f"{where}: {first.get(where)!r} {second.get(where)!r}" for where in first | second if not _same(first.get(where), second.get(where), tolerance)]


def _same(one: Any, other: Any, tolerance: float) -> bool:
    return abs(one - other) <= tolerance if isinstance(one, float) and isinstance(other, float) else one == other
