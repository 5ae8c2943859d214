"""Cost-management meters: budgets, and the actions that make a budget cost by the day."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, constant
from cost.units import MONTH_HOURS
from plinth.stack import Resource, Stack

HOURS_A_DAY = 24
ACTION = "aws:budgets/budgetAction:BudgetAction"


def budget(context: Context) -> Iterable[Item]:
    """A budget that only alerts is free; its actions are resources of their own."""
    yield Free("budgets that only alert carry no charge")


def budget_action(context: Context) -> Iterable[Item]:
    """A budget with actions costs by the day, however many actions it has. Source: AWS Budgets pricing, action-enabled budgets."""
    first = context.references.once(_first_actions)[_budget_of(context.resource)]
    if first.urn != context.resource.urn:
        yield Free(f"its budget is counted with the action {first.name}")
        return
    yield Charge("aws_budgets_budget_action", "action-enabled budget", constant(MONTH_HOURS / HOURS_A_DAY))


def _first_actions(stack: Stack) -> dict[str, Resource]:
    """The first action of each budget."""
    return {_budget_of(action): action for action in reversed(tuple(stack.of_type(ACTION)))}


def _budget_of(action: Resource) -> str:
    """What an action belongs to: its budget's name, or itself where that is not known."""
    name = action.input("budgetName")
    return name.value if name.known and isinstance(name.value, str) else action.urn


METERS = {
    "aws:budgets/budget:Budget": Meter("aws_budgets_budget", measure=budget),
    ACTION: Meter("aws_budgets_budget_action", measure=budget_action),
}
