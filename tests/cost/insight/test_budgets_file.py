from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cost.insight.budgets_file import MAX_BUDGETS, read_budgets
from cost.insight.money_model import Budget, BudgetScope
from plinth.errors import InputError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "budgets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_budgets(path)
    return str(caught.value)


def test_a_whole_file_is_read(tmp_path: Path):
    text = """
budgets:
  - {name: " a ", amount: 2000, currency: USD, scope: {tags: {team: vision}, accounts: ["01", "02"]}, thresholds: [100, 50.5], owner: x}
  - {name: b, amount: 1.5, currency: EUR, cost: billed, from: 2026-10-01, to: 2026-12-31}
"""
    assert read_budgets(written(tmp_path, text)) == (
        Budget(name="a", amount=2000, currency="USD", scope=BudgetScope(tags={"team": ("vision",)}, accounts=("01", "02")), thresholds=(50.5, 100), owner="x"),
        Budget(name="b", amount=1.5, currency="EUR", cost="billed", first=date(2026, 10, 1), last=date(2026, 12, 31)),
    )


def test_all_problems_of_a_file_are_said_at_once_with_their_lines(tmp_path: Path):
    text = """budgets:
  - name: vision
    amount: -3
    curency: USD
    thresholds: [a]
    owner: a
    owner: b
  - 5
  - {name: vision, amount: 4, currency: USD, scope: {account: '12', services: [3]}, cost: list, from: 2026-10-01}
  - {name: [x], amount: .nan, currency: USD, owner: 7, scope: {tags: team}}
  - {name: late, amount: true, currency: USD, from: 2026-10-01, to: 2026-09-01}
"""
    path = written(tmp_path, text)
    message = refused(path)
    assert message.startswith(f"17 problems in the budgets ({path})")
    for problem in (
        "line 2, budgets[0]: the budget has no currency",
        "line 3, budgets[0].amount: it is not a number above 0\n  value: -3",
        "line 4, budgets[0].curency: there is no such key\n  value: 'curency'\n  fix:   did you mean currency?",
        "line 5, budgets[0].thresholds: it is not a list of percents above 0",
        "line 7, budgets[0].owner: the key stands twice: line 6 has it too",
        "line 8, budgets[1]: the budget is no mapping\n  value: 5",
        "line 9, budgets[2].scope.account: there is no such key\n  value: 'account'\n  fix:   did you mean accounts?",
        "line 9, budgets[2].scope.services: it is not a text or a list of texts\n  value: [3]",
        "line 9, budgets[2].cost: there is no such cost kind for a budget\n  value: 'list'\n  fix:   use one of billed",
        "line 9, budgets[2].from: from and to are not two days, the second not before the first\n  value: '2026-10-01 to nothing'",
        "line 9, budgets[2].name: the name is used before",
        "line 10, budgets[3].name: it is not a text\n  value: ['x']",
        "line 10, budgets[3].amount: it is not a number above 0\n  value: nan",
        "line 10, budgets[3].owner: it is not a text\n  value: 7",
        "line 10, budgets[3].scope.tags: it is no mapping\n  value: 'team'",
        "line 11, budgets[4].amount: it is not a number above 0\n  value: True",
        "line 11, budgets[4].from: from and to are not two days, the second not before the first\n  value: '2026-10-01 to 2026-09-01'",
    ):
        assert problem in message, problem


@pytest.mark.parametrize("key", ["name", "amount", "currency"])
def test_a_budget_without_what_it_needs_is_said_once(tmp_path: Path, key: str):
    whole = {"name": "a", "amount": "1", "currency": "USD"}
    entry = ", ".join(f"{name}: {value}" for name, value in whole.items() if name != key)
    message = refused(written(tmp_path, f"budgets:\n  - {{{entry}}}\n"))
    assert message.startswith("1 problem in") and f"the budget has no {key}" in message


def test_an_empty_name_is_no_name(tmp_path: Path):
    assert "budgets[0].name: it is not a text" in refused(written(tmp_path, "budgets:\n  - {name: ' ', amount: 1, currency: USD}\n"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty or no mapping"),
        ("budgets: 5", "no list of budgets"),
        ("budgets: []", "no list of budgets"),
        ("budget:\n  - {}", "there is no such key"),
        ("a: &a [x]\nbudgets: [*a, *a]", "an alias is not read here"),
        ("budgets: [", "not YAML"),
        ("budgets: !!python/name:os.system x", "the value can't be read"),
        ("budgets: " + "[" * 400, "nested too deep"),
        ("budgets:\n" + "  - 1\n" * (MAX_BUDGETS + 1), f"more than {MAX_BUDGETS} budgets"),
    ],
)
def test_a_file_that_is_no_budgets_file_is_refused(tmp_path: Path, text: str, what: str):
    assert what in refused(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path):
    assert "can't be read" in refused(tmp_path / "none.yaml")
