"""plinth.plan: an environment's stacks, findings, costs and exemptions add up, and what changed is told."""

from __future__ import annotations

from datetime import date

import pytest

from plinth.plan import plan_of
from plinth.stack import Operation, Stack

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module", params=["dev", "staging", "prod"])
def plan(request, recorded, recorded_workloads):
    return plan_of(recorded(request.param), recorded_workloads(request.param), today=TODAY)


def test_every_resource_stands_below_one_component(plan):
    for stack in plan.stacks:
        assert sum(component.resources for component in stack.components) == stack.resources > 0


def test_the_cost_is_the_sum_of_both_stacks_and_ordered(plan):
    assert plan.monthly_cost.expected == pytest.approx(sum(stack.estimate.total.expected for stack in plan.stacks), abs=1e-6)
    assert 0 < plan.monthly_cost.min <= plan.monthly_cost.expected <= plan.monthly_cost.max


def test_our_own_environments_break_no_rule(plan):
    broken = [(f.rule, f.name, f.message) for stack in plan.stacks for f in stack.check.findings if f.status == "violation"]
    assert broken == []


def test_what_is_not_priced_is_counted_and_has_a_reason(plan):
    unknown = [entry for stack in plan.stacks for entry in stack.estimate.unknown]
    assert plan.not_priced == len(unknown)
    assert all(entry.reason for entry in unknown)


def test_each_setting_says_what_changing_it_does(plan):
    assert len(plan.change_effects) > 20
    assert set(plan.change_effects.values()) <= {"in place", "rolling", "replaces", "forbidden"}


def test_an_exemption_is_shown_until_it_expires_and_as_expired_after(recorded, recorded_workloads):
    exemption = {"control": "public_cluster_api", "reason": "no VPN yet", "expires": "2026-12-31", "approved_by": "cto"}
    stack: Stack = recorded("dev").model_copy(update={"outputs": {**recorded("dev").outputs, "exemptions": [exemption]}})
    before = plan_of(stack, recorded_workloads("dev"), today=date(2026, 12, 31)).exemptions[0]
    after = plan_of(stack, recorded_workloads("dev"), today=date(2027, 1, 1)).exemptions[0]
    assert (before.expired, after.expired) == (False, True)
    assert before.reason == "no VPN yet"


def test_a_comparison_tells_what_an_update_would_do(recorded, recorded_workloads):
    after = recorded("dev")
    removed = after.of_type("aws:s3/bucket:Bucket")[0]
    before = after.model_copy(update={"resources": tuple(r for r in after.resources if r.urn != removed.urn)})
    changes = plan_of(after, recorded_workloads("dev"), before=before, today=TODAY).stacks[0].changes
    assert [(change.urn, change.operation) for change in changes] == [(removed.urn, Operation.CREATE)]


def test_without_a_comparison_changes_are_unknown_not_empty(plan):
    assert all(stack.changes is None for stack in plan.stacks)


def test_the_workloads_cost_is_in_the_total(recorded, recorded_workloads):
    """The NodePool costs nothing at its floor, so its ceiling shows whether the second stack is counted."""
    made = plan_of(recorded("dev"), recorded_workloads("dev"), today=TODAY)
    assert made.stacks[1].estimate.total.max > 0
    assert made.monthly_cost.max == pytest.approx(sum(stack.estimate.total.max for stack in made.stacks), abs=1e-6)
