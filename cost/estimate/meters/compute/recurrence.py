"""Scheduled actions of an Auto Scaling group: its mean sizes over a year of their recurrences."""

from __future__ import annotations

from cost.estimate.meters.base import Context, UndecidableError, as_number
from cost.estimate.meters.scheduled_sizes import Action, Sizes, year_means
from cost.estimate.meters.schedules import unix_schedule
from plinth.stack import Resource

SCHEDULE = "aws:autoscaling/schedule:Schedule"
GROUP = "aws:autoscaling/group:Group"
UNCHANGED = "-1"
"""What the provider takes for "leave it as it is"; a size that is not declared is 0. Source: aws_autoscaling_schedule, Argument Reference."""


def scheduled(context: Context, floor: float, desired: float, ceiling: float) -> tuple[Sizes, str] | None:
    """The mean sizes over a year of the recurring actions on the context's group, and the words for it; None where it has none.

    Raises UndecidableError where a recurrence or a size of one is not known or can't be read.
    """
    found = context.references.referring(context.resource, "autoscalingGroupName", SCHEDULE)
    actions = tuple(_action(resource, recurrence) for resource in found if (recurrence := _text(resource, "recurrence")))
    if not actions:
        return None
    year = context.as_of.year
    try:
        sizes = year_means(actions, Sizes(floor, desired, ceiling), year)
    except ValueError as error:
        raise UndecidableError(str(error)) from None
    names = ", ".join(sorted(action.name for action in actions))
    return sizes, f"expected {sizes.desired:.4g} is the average over {year} of the scheduled actions {names}"


def _action(resource: Resource, recurrence: str) -> Action:
    try:
        schedule = unix_schedule(recurrence)
    except ValueError as error:
        raise UndecidableError(str(error)) from None
    floor, desired, ceiling = (_size(resource, key) for key in ("minSize", "desiredCapacity", "maxSize"))
    return Action(resource.name, schedule, floor, desired, ceiling, _text(resource, "timeZone") or "UTC")


def _size(action: Resource, key: str) -> float | None:
    """A size that an action sets; None for what the provider takes as unchanged."""
    found = action.input(key)
    if not found.known:
        if found.present:
            raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
        return 0.0
    return None if str(found.value).removesuffix(".0") == UNCHANGED else as_number(key, found.value)


def _text(action: Resource, key: str) -> str:
    found = action.input(key)
    if found.present and not found.known:
        raise UndecidableError(f"{key} of scheduled action {action.name} is known only after deployment")
    return str(found.value) if found.known else ""
