"""Folding savings plan negations: a covered row bills 0, and the row that negates it disappears from the billed cost.

FOCUS 1.2 wants a discount applied to its row, not negated in another one. AWS's negation rows sum several covered rows, so they
are folded per payer, month and plan; what does not cancel stays billed on the group's first negation, so that no cent is lost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import ibis

from cost.bill.amortize import is_type
from cost.bill.charge_table import MONEY, ZERO, Frame
from cost.bill.line_items import NEGATION

NOISE: Final[Any] = ibis.literal(Decimal("0.000000001"), type=MONEY)
"""Less than this is left over from a parquet's binary fractions, and cancels."""
COVERED: Final = "SavingsPlanCoveredUsage"
_KEYS: Final = ("fold_payer", "fold_period", "fold_plan")


def with_billed(cur: Frame) -> Frame:
    """`cur` with `billed` (net unblended cost, negations folded) and `folded` (true on a negation row that bills nothing)."""
    plan_row = is_type(cur, COVERED, NEGATION)
    keyed = cur.mutate(
        fold_payer=plan_row.ifelse(cur["bill_payer_account_id"], ibis.null("string")),
        fold_period=plan_row.ifelse(cur["bill_billing_period_start_date"], ibis.null("timestamp")),
        fold_plan=plan_row.ifelse(cur["savings_plan_savings_plan_a_r_n"].fill_null(""), ibis.null("string")),
    )
    groups = keyed.filter(is_type(keyed, COVERED, NEGATION)).group_by(_KEYS).aggregate(**_residual(keyed))
    groups = groups.filter(groups["first_negation"].notnull()).rename({f"group_{key}": key for key in _KEYS})
    joined = keyed.left_join(groups, [keyed[key] == groups[f"group_{key}"] for key in _KEYS])
    negation, grouped = is_type(joined, NEGATION), joined["first_negation"].notnull()
    billed = ibis.cases(
        (grouped & negation & (joined["line"] == joined["first_negation"]), joined["residual"]), (grouped, ZERO), else_=joined["net_unblended"]
    ).cast(MONEY)
    result = joined.mutate(billed=billed, folded=(negation & (billed == ZERO)))
    return result.drop(*_KEYS, *(f"group_{key}" for key in _KEYS), "first_negation", "residual")


def _residual(keyed: Frame) -> dict[str, Any]:
    residual = keyed["net_unblended"].sum().cast(MONEY)
    return {
        "residual": (residual.abs() < NOISE).ifelse(ZERO, residual).cast(MONEY),
        "first_negation": keyed["line"].min(where=is_type(keyed, NEGATION)),
    }
