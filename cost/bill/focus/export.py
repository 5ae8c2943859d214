"""Which rows of the charge table are exported: one a line, folded negations left out without losing their cost, all columns filled in."""

from __future__ import annotations

from typing import Any, Final

from cost.bill.charge_table import MONEY, Frame
from cost.bill.focus.complete import completed
from cost.bill.fold import COVERED, NEGATION

_PLAN: Final = ("BillingAccountId", "BillingPeriodStart", "CommitmentDiscountId")


def exported(charges: Frame) -> Frame:
    """The rows of an export, completed.

    A folded negation is not written: reading the export back makes it again from the rows that it covered. A negation that stays,
    for it does not cancel its usage, then carries what is left of the plan's month in its unblended costs too, as in BilledCost.
    """
    plan = charges.filter(charges["x_line_item_type"].isin([COVERED, NEGATION])).group_by(_PLAN)
    left = plan.aggregate(left_gross=charges["x_unblended_cost"].sum().cast(MONEY), left_net=charges["x_net_unblended_cost"].sum().cast(MONEY))
    kept = charges.filter(~charges["x_folded"])
    negations = kept.filter(kept["x_line_item_type"] == NEGATION)
    joined = negations.left_join(
        left, [negations[key].fill_null("") == left[key].fill_null("") if key == "CommitmentDiscountId" else negations[key] == left[key] for key in _PLAN]
    )
    balanced = joined.mutate(x_unblended_cost=joined["left_gross"], x_net_unblended_cost=joined["left_net"])
    others: Any = kept.filter(kept["x_line_item_type"] != NEGATION)
    return completed(others.union(balanced.select(others.columns)))
