"""The budgets: what the environment and each of its teams may cost a month, and a mail before it is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.place import Place
from infra.settings.budgets import BudgetLimit
from infra.tags import Tags, tags_for

WORKLOAD: Final = "budgets"
METRIC: Final = "AmortizedCost"
"""What is compared with a limit: commitments spread over what they cover, as an estimate's month is even too."""


@dataclass(frozen=True)
class BudgetsArgs:
    """What Budgets needs: the limits, and who is told at which percent of one."""

    place: Place
    tags: Tags
    limits: Sequence[BudgetLimit]
    emails: Sequence[str]
    notify_at_percent: Sequence[int]


class Budgets(ComponentResource):
    """An AWS budget for each limit. Its tags count only where they are active as cost allocation tags, in the account that pays."""

    def __init__(self, name: str, args: BudgetsArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:Budgets", name, None, opts)
        for limit in args.limits:
            aws.budgets.Budget(
                f"{name}-{limit.name}",
                name=f"{args.place.prefix}-{limit.name}",
                budget_type="COST",
                time_unit="MONTHLY",
                limit_amount=str(limit.monthly_usd),
                limit_unit="USD",
                metrics=METRIC,
                filter_expression=_filter(limit.tags),
                notifications=_notifications(args),
                tags=tags_for(args.tags, workload=WORKLOAD),
                opts=ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _filter(tags: Mapping[str, str]) -> Any:
    """Charges that have all of the tags. An `And` takes two or more (AWS Cost Management API reference, Expression)."""
    each = [{"tags": {"key": key, "values": [value]}} for key, value in sorted(tags.items())]
    return each[0] if len(each) == 1 else {"ands": each}


def _notifications(args: BudgetsArgs) -> Any:
    return [
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": kind,
            "subscriber_email_addresses": list(args.emails),
        }
        for percent in args.notify_at_percent
        for kind in ("ACTUAL", "FORECASTED")
    ]
