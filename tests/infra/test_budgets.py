"""infra.budgets: none unless the settings name a file; then one for each limit of it, with a mail before it is spent."""

from __future__ import annotations

import json

import pytest

from plinth.errors import InputError
from policies import check

BUDGET = "aws:budgets/budget:Budget"
LIMITS = {
    "generated_by": "plinth cost estimate dev --budgets",
    "currency": "USD",
    "figure": "expected",
    "margin_percent": 10.0,
    "budgets": [
        {"name": "environment", "monthly_usd": 1200, "tags": {"environment": "dev"}},
        {"name": "team-vision", "monthly_usd": 300, "tags": {"environment": "dev", "team": "vision"}},
    ],
}


@pytest.fixture(scope="module")
def budgeted(altered, tmp_path_factory):
    path = tmp_path_factory.mktemp("budgets") / "budgets.dev.json"
    path.write_text(json.dumps(LIMITS))
    return altered("dev", {"plinth:budgets": {"file": str(path), "emails": ["ada@example.com"]}})


def test_no_environment_has_budgets_unless_it_names_a_file(stack):
    assert stack.of_type(BUDGET) == ()


def test_each_limit_is_a_monthly_budget_of_its_tags(budgeted):
    found = {resource.inputs["name"]: resource.inputs for resource in budgeted.of_type(BUDGET)}
    assert set(found) == {"plinth-dev-environment", "plinth-dev-team-vision"}
    whole, team = found["plinth-dev-environment"], found["plinth-dev-team-vision"]
    assert (whole["limitAmount"], whole["limitUnit"], whole["timeUnit"], whole["budgetType"]) == ("1200", "USD", "MONTHLY", "COST")
    assert whole["filterExpression"] == {"tags": {"key": "environment", "values": ["dev"]}}
    assert [each["tags"] for each in team["filterExpression"]["ands"]] == [{"key": "environment", "values": ["dev"]}, {"key": "team", "values": ["vision"]}]


def test_people_are_told_at_80_and_100_percent_of_what_is_spent_and_of_what_is_forecast(budgeted):
    for budget in budgeted.of_type(BUDGET):
        told = {(each["notificationType"], each["threshold"]): each["subscriberEmailAddresses"] for each in budget.inputs["notifications"]}
        assert set(told) == {("ACTUAL", 80), ("FORECASTED", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
        assert all(addresses == ["ada@example.com"] for addresses in told.values())


def test_budgets_add_nothing_else_and_break_no_policy(budgeted, dev_stack):
    added = {resource.type for resource in budgeted.resources if resource.urn not in dev_stack.by_urn}
    assert added == {BUDGET, "plinth:infra:Budgets"}
    assert [finding for finding in check(budgeted).findings if "udget" in finding.urn and finding.status == "violation"] == []


def test_budgets_that_nobody_would_be_told_of_are_refused(altered, tmp_path):
    path = tmp_path / "budgets.json"
    path.write_text(json.dumps(LIMITS))
    with pytest.raises(InputError, match=r"plinth:budgets\.emails"):
        altered("dev", {"plinth:budgets": {"file": str(path)}, "plinth:environment": {"alarm_emails": None}})
