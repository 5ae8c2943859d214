"""Our own staging stack against a bill generated for it: wrong by much with a preset, within five percent once usage is learned from the bill."""

from __future__ import annotations

from datetime import date

import pytest

from cost.bill import read_bill
from cost.estimate import Usage, estimate, load_usage
from cost.reconcile import learn_usage, reconcile
from cost.reconcile.usage_file import learned_text
from cost.synthetic import generate_bill

TRUTH = {
    "aws_nat_gateway": {"monthly_data_processed_gb": 2345.0},
    "aws_s3_bucket": {"standard.storage_gb": 70_000.0, "standard.monthly_tier_1_requests": 3e6, "standard.monthly_tier_2_requests": 4e7},
    "aws_kms_key": {"monthly_requests": 5e6},
    "aws_cloudwatch_log_group": {"monthly_data_ingested_gb": 33.0, "storage_gb": 120.0},
    "aws_eks_node_group": {"instances": 2.0},
    "aws_vpc_endpoint": {"monthly_data_processed_gb": 222.0},
    "aws_flow_log": {"monthly_data_ingested_gb": 77.0},
    "aws_sagemaker_endpoint": {"instances": 3.0, "monthly_data_processed_gb": 500.0},
}
"""What the stack is taken to have used really; no preset has these figures."""


@pytest.fixture(scope="module")
def loop(recorded, tmp_path_factory):
    """The bill of what was really used, reconciled with an estimate by preset and with one by learned usage."""
    folder = tmp_path_factory.mktemp("staging")
    stack = recorded("staging")
    made = generate_bill(estimate(stack, [Usage(by_type=TRUTH)]), folder, months=(date(2026, 10, 1),), spike=None)
    bill = read_bill(made.files)
    learned = learn_usage(stack, bill)
    path = folder / "plinth-usage.yaml"
    path.write_text(learned_text(learned, "generated"), encoding="utf-8")
    before, after = (reconcile(estimate(stack, usages), bill) for usages in ((), [load_usage(path)]))
    bill.engine.close()
    return learned, before, after


def test_learned_usage_brings_the_total_within_five_percent(loop):
    _, before, after = loop
    assert abs(before.error_percent) > 50, "the preset is far off, or the test proves nothing"
    assert abs(after.error_percent) < 5


def test_each_resources_error_is_listed_and_what_is_left_is_the_savings_plans_price(loop):
    _, _, after = loop
    assert len(after.resources) > 40
    wrong = [found for found in after.resources if abs(found.error) > max(0.5, 0.05 * found.billed_cost)]
    assert {found.cause.value for found in wrong} <= {"price"}, [(found.name, found.cause, found.error) for found in wrong]
    assert all("cluster-system" in found.name or "gpu" in found.name for found in wrong), "only EC2 instances are in the generated plan"


def test_every_dollar_of_the_generated_bill_finds_its_resource(loop):
    _, _, after = loop
    assert after.unmatched_cost == pytest.approx(0, abs=0.01)
    assert after.billed_cost == pytest.approx(after.matched_cost + after.unmatched_cost + after.not_usage_cost)


def test_the_figures_that_were_put_in_come_back(loop):
    learned, _, _ = loop
    found = {(field.key.split(".", 1)[0], field.field): field.value for field in learned.fields}
    for terraform_type, fields in TRUTH.items():
        for field, value in fields.items():
            # the generator gives a longer month no more requests and gigabytes; a month of 730 hours then has 1.9 % less than October
            assert found[(terraform_type, field)] == pytest.approx(value, rel=0.025), f"{terraform_type}.{field}"
