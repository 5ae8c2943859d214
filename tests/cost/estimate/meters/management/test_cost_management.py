from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

ACTION = "aws:budgets/budgetAction:BudgetAction"


def test_a_budget_that_only_alerts_is_free(priced):
    assert priced(("aws:budgets/budget:Budget", "b", {"budgetType": "COST"})).status is Status.FREE


def test_a_budget_with_actions_costs_by_the_day_however_many_it_has(stack_of):
    result = estimate(stack_of((ACTION, "stop", {"budgetName": "team"}), (ACTION, "deny", {"budgetName": "team"}), (ACTION, "other", {"budgetName": "lab"})))
    # 730 h / 24 = 30.42 days x 0.10 = 3.04 a budget
    assert sorted(found.status for found in result.resources) == [Status.FREE, Status.PRICED, Status.PRICED]
    assert result.total.expected == pytest.approx(2 * 730 / 24 * 0.10)


def test_two_action_enabled_budgets_are_in_the_free_tier(stack_of):
    stack = stack_of((ACTION, "stop", {"budgetName": "team"}), (ACTION, "other", {"budgetName": "lab"}), (ACTION, "third", {"budgetName": "ops"}))
    # three budgets have 91.25 days; 62 of them are free: 29.25 x 0.10
    assert estimate(stack, free_tier=True).total.expected == pytest.approx(2.925)
