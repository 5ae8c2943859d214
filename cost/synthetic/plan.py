"""A compute savings plan in a generated bill: no upfront, a constant hourly commitment, partly unused in quiet hours.

Rows as AWS bills them: covered usage at its on-demand cost, a negation that takes it away again, and the recurring fee.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from cost.synthetic import rows
from cost.synthetic.meters import ACCOUNT, Meter, digest
from cost.synthetic.model import PlanTerms

DISCOUNT: Final = 0.28
"""The generator's own assumption: what the plan takes off on-demand prices."""
COMMITMENT_QUANTILE: Final = 0.2
COMMITMENT_MARGIN: Final = 1.02
"""The commitment is this much above the quantile of hourly eligible cost, so that quiet hours leave a part unused."""

Costs = Sequence[tuple[Meter, Any]]


def terms(months: Sequence[Costs]) -> PlanTerms | None:
    """A plan that fits the eligible usage of these months; None where nothing is eligible."""
    hourly = np.concatenate([_eligible(costs) for costs in months])
    if not hourly.any():
        return None
    commitment = float(rows.rounded(np.quantile(hourly, COMMITMENT_QUANTILE) * (1 - DISCOUNT) * COMMITMENT_MARGIN))
    if commitment <= 0:
        return None
    arn = f"arn:aws:savingsplans::{ACCOUNT}:savingsplan/{digest('plan', str(commitment))[:32]}"
    return PlanTerms(arn=arn, hourly_commitment=commitment, discount=DISCOUNT)


def covered_share(costs: Costs, plan: PlanTerms | None, hours: int) -> Any:
    """The share of each hour's eligible usage that the plan covers."""
    if plan is None:
        return np.zeros(hours)
    eligible = _eligible(costs) * (1 - plan.discount)
    return np.minimum(1.0, plan.hourly_commitment / np.where(eligible > 0, eligible, np.inf).clip(1e-12)) * (eligible > 0)


def _eligible(costs: Costs) -> Any:
    """On-demand cost per hour that a compute savings plan can cover."""
    hours = costs[0][1].shape[1]
    return sum((cost.sum(axis=0) for meter, cost in costs if meter.covered), np.zeros(hours))


def split(month: rows.Month, meter: Meter, amounts: Any, costs: Any, share: Any, plan: PlanTerms | None) -> list[pa.Table]:
    """A meter's rows: usage, and where the plan covers it, covered usage with its negation."""
    blocks: list[pa.Table] = []
    for number, (amount, cost) in enumerate(zip(amounts, costs, strict=True)):
        resource_id = meter.resource_id(number)
        covered_cost = rows.rounded(cost * share) if share is not None else np.zeros_like(cost)
        covered_amount = rows.rounded(amount * share) if share is not None else np.zeros_like(amount)
        rest, rest_amount = rows.rounded(cost - covered_cost), rows.rounded(amount - covered_amount)
        hours = np.flatnonzero((rest > 0) | ((rest_amount > 0) & (cost == 0)))
        if len(hours):
            blocks.append(month.block(hours, rows.of_meter(meter, resource_id, "Usage") | rows.used(meter, rest_amount[hours], rest[hours])))
        hours = np.flatnonzero(covered_cost > 0)
        if plan and len(hours):
            blocks += _covered(month, meter, resource_id, hours, covered_amount[hours], covered_cost[hours], plan)
    return blocks


def _covered(month: rows.Month, meter: Meter, resource_id: str, hours: Any, amounts: Any, costs: Any, plan: PlanTerms) -> list[pa.Table]:
    effective = rows.rounded(costs * (1 - plan.discount))
    covered = rows.of_meter(meter, resource_id, "SavingsPlanCoveredUsage") | rows.used(meter, amounts, costs)
    covered |= {
        "savingsPlan/SavingsPlanARN": plan.arn,
        "savingsPlan/SavingsPlanRate": meter.rate * (1 - plan.discount),
        "savingsPlan/SavingsPlanEffectiveCost": effective,
        "savingsPlan/PaymentOption": "No Upfront",
        "savingsPlan/OfferingType": "ComputeSavingsPlans",
    }
    negation = {key: value for key, value in rows.of_meter(meter, resource_id, "SavingsPlanNegation").items() if not key.startswith(rows.TAG_PREFIX)}
    negation |= {
        "lineItem/ResourceId": None,
        "lineItem/UsageAmount": amounts,
        "lineItem/UnblendedCost": -costs,
        "lineItem/BlendedCost": -costs,
        "lineItem/LineItemDescription": f"SavingsPlanNegation used by AccountId : {ACCOUNT} and UsageSku : {covered['product/sku']}",
        "pricing/publicOnDemandCost": 0.0,
        "savingsPlan/SavingsPlanARN": plan.arn,
    }
    return [month.block(hours, covered), month.block(hours, negation)]


def fees(month: rows.Month, blocks: Sequence[pa.Table], plan: PlanTerms) -> list[pa.Table]:
    """The plan's recurring fee, an hour a row, with how much of it the covered usage used."""
    hours = np.arange(len(month.starts))
    columns = ["lineItem/UsageStartDate", "savingsPlan/SavingsPlanEffectiveCost"]
    effective = pa.concat_tables([block.select(columns) for block in blocks])
    known = effective.drop_null()
    sums = {row[columns[0]]: row[f"{columns[1]}_sum"] for row in known.group_by(columns[0], use_threads=False).aggregate([(columns[1], "sum")]).to_pylist()}
    used = rows.rounded(np.array([sums.get(start, 0.0) for start in month.starts]))
    total = np.maximum(used, plan.hourly_commitment)
    return [
        month.block(
            hours,
            {
                "identity/LineItemId": digest(plan.arn, "fee")[:52],
                "lineItem/LineItemType": "SavingsPlanRecurringFee",
                "lineItem/ProductCode": "ComputeSavingsPlans",
                "lineItem/UsageType": "ComputeSP:1yrNoUpfront",
                "lineItem/Operation": "None",
                "lineItem/ResourceId": plan.arn,
                "lineItem/UsageAmount": 1.0,
                "lineItem/UnblendedCost": total,
                "lineItem/BlendedCost": total,
                "lineItem/LineItemDescription": "1 year No Upfront Compute Savings Plan",
                "product/ProductName": "Savings Plans for AWS Compute usage",
                "product/servicecode": "ComputeSavingsPlans",
                "pricing/unit": "Hrs",
                "savingsPlan/SavingsPlanARN": plan.arn,
                "savingsPlan/TotalCommitmentToDate": total,
                "savingsPlan/UsedCommitment": used,
                "savingsPlan/RecurringCommitmentForBillingPeriod": total,
                "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": 0.0,
                "savingsPlan/PaymentOption": "No Upfront",
                "savingsPlan/OfferingType": "ComputeSavingsPlans",
            },
        )
    ]
