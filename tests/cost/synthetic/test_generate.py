from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cost.bill import read_bill, summarize
from cost.bill.model import Bill
from cost.estimate import estimate as estimate_stack
from cost.estimate.model import Estimate, ResourceEstimate
from cost.synthetic import SpikeRequest, SyntheticBill, generate_bill
from cost.synthetic.meters import meters_of, without_some_tags
from cost.units import MONTH_HOURS
from plinth.errors import InputError, UsageError
from plinth.stack import Resource, Source, build_stack

Generated = tuple[SyntheticBill, Path]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(estimate: Estimate, tmp_path: Path, generated: Generated):
    again = generate_bill(estimate, tmp_path / "again", teams={"gpu-training": "vision", "gpu-batch": "language", "endpoint": "recommendations"})
    other = generate_bill(estimate, tmp_path / "other", seed=8)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in generated[0].files]
    assert [path.read_bytes() for path in other.files] != [path.read_bytes() for path in generated[0].files]


def test_usage_before_the_plan_reconciles_with_the_estimate(estimate: Estimate, generated: Generated, generated_bill: Bill):
    charges = generated_bill.charges
    usage = charges.filter(charges["x_line_item_type"].isin(["Usage", "SavingsPlanCoveredUsage"]))
    usage = usage.filter(~usage["ResourceId"].isin(generated[0].spike.resource_ids if generated[0].spike else []))
    sums = {
        row["month"]: float(row["cost"])
        for row in generated_bill.engine.rows(
            usage.group_by(month=usage["BillingPeriodStart"].strftime("%Y-%m")).aggregate(cost=usage["x_unblended_cost"].sum())
        )
    }
    for month, hours in (("2026-09", 720), ("2026-10", 744)):
        lines = [line for resource in estimate.resources for line in resource.lines]
        expected = math.fsum(line.monthly_cost.expected * (hours / MONTH_HOURS if line.unit == "hour" else 1) for line in lines)
        assert sums[month] == pytest.approx(expected, abs=1e-4)
        assert generated[0].usage_cost[month] == pytest.approx(expected, abs=1e-4)


def test_the_bill_has_every_part_that_was_asked_for(generated_bill: Bill):
    summary = summarize(generated_bill)
    assert set(summary.by_line_item_type) == {"Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee", "Tax"}
    assert summary.totals.unblended == pytest.approx(summary.totals.amortized + summary.totals.trueup + summary.totals.upfront, abs=1e-6)
    assert {"vision", "language", "recommendations", "platform", ""} <= set(summary.tags["team"].values)
    assert {"negation_not_balanced", "commitment_not_balanced", "amortization_not_balanced", "several_folders", "missing_months"}.isdisjoint(
        each.code for each in summary.warnings
    )
    assert summary.commitments[0].unused > 0
    assert summary.totals.tax == pytest.approx(0.08 * (summary.totals.billed - summary.totals.tax), abs=0.1)


def test_spot_rows_are_recognised(generated_bill: Bill):
    charges = generated_bill.charges
    spot = charges.filter(charges["x_purchase_option"] == "Spot").select("x_instance_type", "x_operating_system", "PricingCategory").distinct()
    assert generated_bill.engine.rows(spot) == [{"x_instance_type": "g5.xlarge", "x_operating_system": "Linux", "PricingCategory": "Dynamic"}]


def test_the_spike_costs_what_is_said_and_runs_on_its_days(generated: Generated, generated_bill: Bill):
    spike = generated[0].spike
    assert spike is not None
    charges = generated_bill.charges
    rows = charges.filter(charges["ResourceId"].isin(spike.resource_ids))
    start = rows["ChargePeriodStart"]
    found = generated_bill.engine.rows(rows.aggregate(cost=rows["x_unblended_cost"].sum(), first=start.min(), last=start.max()))[0]
    assert float(found["cost"]) == pytest.approx(spike.cost, abs=1e-6)
    assert (found["first"].date(), found["last"].date()) == (spike.first_day, spike.last_day) == (date(2026, 10, 13), date(2026, 10, 15))
    assert (spike.instance_type, spike.team) == ("g5.xlarge", "language")


def test_some_resources_are_untagged(generated: Generated, generated_bill: Bill):
    assert generated[0].untagged_resources
    coverage = summarize(generated_bill).tags["team"].coverage
    assert coverage is not None
    assert 0.85 < coverage < 1


def test_days_and_weeks_have_a_shape(generated_bill: Bill):
    charges = generated_bill.charges
    gpu = charges.filter(charges["x_purchase_option"] == "Spot")
    weekend = gpu["ChargePeriodStart"].day_of_week.index() >= 5
    row = generated_bill.engine.rows(gpu.aggregate(weekend=gpu["x_unblended_cost"].sum(where=weekend), rest=gpu["x_unblended_cost"].sum(where=~weekend)))[0]
    assert row["weekend"] / 17 < row["rest"] / 44 * 8 / 10


def test_without_a_spike_and_without_instances_there_is_none(estimate: Estimate, tmp_path: Path):
    assert generate_bill(estimate, tmp_path, months=[date(2026, 2, 1)], spike=None).spike is None
    plain = estimate.model_copy(update={"resources": tuple(each for each in estimate.resources if each.name in ("lake", "keys"))})
    made = generate_bill(plain, tmp_path / "plain", months=[date(2026, 2, 1)])
    assert (made.spike, made.plan) == (None, None)
    assert read_bill([tmp_path / "plain"]).synthetic


def test_what_the_estimate_expects_at_zero_is_not_in_the_bill(estimate: Estimate, tmp_path: Path):
    def idle(resource: ResourceEstimate) -> ResourceEstimate:
        zero = {"min": 0.0, "expected": 0.0}
        lines = [
            line.model_copy(update={"quantity": line.quantity.model_copy(update=zero), "monthly_cost": line.monthly_cost.model_copy(update=zero)})
            for line in resource.lines
        ]
        return resource.model_copy(update={"lines": tuple(lines)})

    idling = estimate.model_copy(update={"resources": tuple(idle(each) if "spot" in each.name else each for each in estimate.resources)})
    running, without = (generate_bill(each, tmp_path / name, months=[date(2026, 9, 1)]) for name, each in (("a", estimate), ("b", idling)))
    assert without.usage_cost["2026-09"] < running.usage_cost["2026-09"]


def test_a_longer_spike_costs_more(estimate: Estimate, tmp_path: Path, generated: Generated):
    longer = generate_bill(estimate, tmp_path, months=[date(2026, 10, 1)], spike=SpikeRequest(instances=8))
    assert longer.spike
    assert generated[0].spike
    assert longer.spike.cost == pytest.approx(2 * generated[0].spike.cost)


def test_bad_requests_are_errors(estimate: Estimate, tmp_path: Path):
    with pytest.raises(UsageError, match="months"):
        generate_bill(estimate, tmp_path, months=[])
    with pytest.raises(InputError, match="no priced line"):
        generate_bill(estimate.model_copy(update={"resources": ()}), tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="can't be written"):
        generate_bill(estimate, blocked)


def test_a_pools_instances_keep_the_tag_that_aws_puts_on_them():
    type_ = "aws:eks/nodeGroup:NodeGroup"
    pool = {"instanceTypes": ["m5.large"], "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 1}, "tags": {"team": "vision"}}
    declared = Resource(urn=f"urn:pulumi:dev::sample::{type_}::gpu", type=type_, name="gpu", inputs=pool)
    stack = build_stack([declared], project="sample", name="dev", source=Source.PROGRAM, region="us-east-1")
    meters, chosen = without_some_tags(meters_of(estimate_stack(stack), {}), 1.0, np.random.default_rng(7))
    assert chosen == (declared.urn,)
    (instances,) = [meter for meter in meters if meter.instances]
    assert instances.tags == {"eks:nodegroup-name": "gpu"} and not instances.tagged
    assert all(meter.tags == {} for meter in meters if not meter.instances)
