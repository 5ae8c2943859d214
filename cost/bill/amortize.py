"""Amortized and net amortized cost, trueup and upfront fees of Cost and Usage Report lines, each formula with its source.

The formulas are those of facts/cost.md 3.3 (Cloud Intelligence Dashboards `summary_view`; net: `Cloud_Savings_Percentage`), with one
addition: a refund of a savings plan's upfront fee counts as (negative) upfront fee, so that the identity always holds:
unblended = amortized + trueup + upfront.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir

from cost.bill.charge_table import MONEY, ZERO, Frame
from cost.bill.line_items import PLAN_REFUND_DESCRIPTION, SPLIT_COST_OPERATIONS


def is_type(cur: Frame, *types: str) -> Any:
    """Whether the line is of one of these types."""
    return cur["line_item_line_item_type"].isin(types)


def is_split(cur: Frame) -> Any:
    """Whether the line is a split cost row: it repeats its instance's money. Source: facts/cost.md 3.5."""
    return cur["line_item_operation"].fill_null("").isin(SPLIT_COST_OPERATIONS)


def plan_values_missing(cur: Frame) -> Any:
    """A savings plan line whose amortized cost can't be computed for want of a value."""
    covered = is_type(cur, "SavingsPlanCoveredUsage") & ~is_split(cur) & cur["savings_plan_savings_plan_effective_cost"].isnull()
    unknown_total = cur["savings_plan_total_commitment_to_date"].isnull() | cur["savings_plan_used_commitment"].isnull()
    return covered | (is_type(cur, "SavingsPlanRecurringFee") & unknown_total)


def reservation_values_missing(cur: Frame) -> Any:
    """A reservation line whose amortized cost can't be computed for want of a value."""
    used = is_type(cur, "DiscountedUsage") & ~is_split(cur) & cur["reservation_effective_cost"].isnull()
    unused = cur["reservation_unused_amortized_upfront_fee_for_billing_period"].isnull() & cur["reservation_unused_recurring_fee"].isnull()
    return used | (is_type(cur, "RIFee") & unused)


def with_costs(cur: Frame) -> Frame:
    """`cur` with amortized, net_amortized, trueup and upfront. Where one of a month's commitment lines lacks the values to amortize it, all lines
    of that kind of commitment keep their unblended cost in that month."""
    cur = _with_known_months(cur)
    plan, reservation = cur["amortize_plans"], cur["amortize_reservations"]
    reserved_fee = is_type(cur, "Fee") & (cur["reservation_reservation_a_r_n"].fill_null("") != "")
    plan_refund = is_type(cur, "Refund") & cur["line_item_line_item_description"].fill_null("").startswith(PLAN_REFUND_DESCRIPTION)
    upfront_paid = ((is_type(cur, "SavingsPlanUpfrontFee") | plan_refund) & plan) | (reserved_fee & reservation)
    fee = is_type(cur, "SavingsPlanRecurringFee") & plan
    reserved = is_type(cur, "RIFee") & reservation
    nothing = upfront_paid | (is_type(cur, "SavingsPlanNegation") & plan)
    covered = is_type(cur, "SavingsPlanCoveredUsage") & plan
    used = is_type(cur, "DiscountedUsage") & reservation
    gross, net = _unused_reservation(cur)
    unused_plan = cur["savings_plan_total_commitment_to_date"] - cur["savings_plan_used_commitment"]
    plan_trueup = -cur["savings_plan_amortized_upfront_commitment_for_billing_period"].fill_null(ZERO)
    reservation_trueup = -cur["reservation_amortized_upfront_fee_for_billing_period"].fill_null(ZERO)
    return cur.mutate(
        amortized=ibis.cases(
            (covered, cur["savings_plan_savings_plan_effective_cost"]), (fee, unused_plan), (nothing, ZERO),
            (used, cur["reservation_effective_cost"]), (reserved, gross), else_=cur["line_item_unblended_cost"],
        ).cast(MONEY),
        net_amortized=ibis.cases(
            (covered, net_or_gross(cur, "savings_plan_net_savings_plan_effective_cost", "savings_plan_savings_plan_effective_cost")),
            (fee, _net_unused_plan(cur, unused_plan)), (nothing, ZERO),
            (used, net_or_gross(cur, "reservation_net_effective_cost", "reservation_effective_cost")), (reserved, net), else_=cur["net_unblended"],
        ).cast(MONEY),
        trueup=ibis.cases((fee, plan_trueup), (reserved, reservation_trueup), else_=ZERO).cast(MONEY),
        upfront=upfront_paid.ifelse(cur["line_item_unblended_cost"], ZERO).cast(MONEY),
        commitment_fee=fee | reserved,
        prepaid=upfront_paid | fee | reserved,
    )  # fmt: skip


def missing_by_month(cur: Frame) -> Frame:
    """Per billing period how many plan lines and reservation lines lack the values to amortize them."""
    counts = {name: cur["lines"].sum(where=missing(cur).fill_null(False)).fill_null(0) for name, missing in _MISSING.items()}
    return cur.group_by(month=cur["bill_billing_period_start_date"]).aggregate(**counts)


_MISSING: Final = {"plans": plan_values_missing, "reservations": reservation_values_missing}


def _with_known_months(cur: Frame) -> Frame:
    months = missing_by_month(cur)
    joined = cur.left_join(months, cur["bill_billing_period_start_date"] == months["month"])
    return joined.mutate(amortize_plans=joined["plans"] == 0, amortize_reservations=joined["reservations"] == 0).drop("month", "plans", "reservations")


def net_or_gross(cur: Frame, net: str, gross: str) -> ir.Value:
    """The net column where the bill has it, else the gross one: net columns exist only where a discount applies."""
    return ibis.coalesce(cur[net], cur[gross])


def _unused_reservation(cur: Frame) -> tuple[Any, Any]:
    upfront, recurring = "unused_amortized_upfront_fee_for_billing_period", "unused_recurring_fee"
    gross = cur[f"reservation_{upfront}"].fill_null(ZERO) + cur[f"reservation_{recurring}"].fill_null(ZERO)
    net_upfront: Any = net_or_gross(cur, f"reservation_net_{upfront}", f"reservation_{upfront}")
    net_recurring: Any = net_or_gross(cur, f"reservation_net_{recurring}", f"reservation_{recurring}")
    return gross, net_upfront.fill_null(ZERO) + net_recurring.fill_null(ZERO)


def _net_unused_plan(cur: Frame, unused: Any) -> ir.Value:
    """The unused part times net / gross of the recurring fee, or of the amortized upfront fee for an All Upfront plan."""
    all_upfront = cur["savings_plan_payment_option"].fill_null("") == "All Upfront"
    suffix = "commitment_for_billing_period"
    net = all_upfront.ifelse(cur[f"savings_plan_net_amortized_upfront_{suffix}"], cur[f"savings_plan_net_recurring_{suffix}"])
    gross = all_upfront.ifelse(cur[f"savings_plan_amortized_upfront_{suffix}"], cur[f"savings_plan_recurring_{suffix}"])
    known = net.notnull() & gross.notnull() & (gross != ZERO) & (net != gross)
    scaled = (unused.cast("float64") * net.cast("float64") / gross.nullif(ZERO).cast("float64")).cast(MONEY)
    return known.ifelse(scaled, unused)
