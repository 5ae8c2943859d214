"""Estimates against bills written out by hand: every dollar on both sides, and why they differ."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cost.estimate import Usage, estimate, load_usage
from cost.reconcile import learn_usage, reconcile
from cost.reconcile.billed import billed_month
from cost.reconcile.model import Cause
from cost.reconcile.usage_file import learned_text, preset_text
from plinth.errors import InputError
from plinth.stack import Resource, Source, build_stack

NAT, BUCKET, GROUP, LAMBDA = "aws:ec2/natGateway:NatGateway", "aws:s3/bucket:Bucket", "aws:eks/nodeGroup:NodeGroup", "aws:lambda/function:Function"
FIRST = date(2026, 10, 1)
HOURS = 744
"""October's."""


def _stack(*declared):
    resources = [Resource(urn=f"urn:pulumi:dev::sample::{type_}::{name}", type=type_, name=name, inputs=inputs) for type_, name, inputs in declared]
    return build_stack(resources, project="sample", name="dev", source=Source.PROGRAM, region="us-east-1")


@pytest.fixture
def use(row):
    """One month's charge of a resource's usage type."""

    def make(resource_id, product, usage_type, quantity, cost, *, days=31, **columns):
        fields = {"ResourceId": resource_id, "x_product_code": product, "x_usage_type": usage_type, "ConsumedQuantity": quantity, "ServiceName": product}
        return row(FIRST, cost, days=days, **{**fields, **columns})

    return make


@pytest.fixture
def nat_rows(use):
    """A gateway at its list price, with 1,000 GB."""
    hours = use("arn:aws:ec2:us-east-1:1:natgateway/nat", "AmazonEC2", "USE1-NatGateway-Hours", HOURS, HOURS * 0.045)
    return [hours, use("arn:aws:ec2:us-east-1:1:natgateway/nat", "AmazonEC2", "USE1-NatGateway-Bytes", 1000, 45)]


def test_a_quantity_that_the_estimate_had_wrong_is_the_cause(bill_of, nat_rows):
    result = reconcile(estimate(_stack((NAT, "nat", {}))), bill_of(nat_rows))
    (nat,) = result.resources
    assert nat.cause is Cause.QUANTITY
    # the preset's 100 GB in 730 hours are 101.9 in October; 1,000 were billed, at 0.045 each
    assert nat.error == pytest.approx((100 * HOURS / 730 - 1000) * 0.045, abs=0.005)
    assert nat.billed_cost == pytest.approx(HOURS * 0.045 + 45)


def test_a_price_that_is_not_the_lists_is_the_cause_and_the_effects_add_up(bill_of, use):
    hours = use("nat", "AmazonEC2", "USE1-NatGateway-Hours", HOURS, HOURS * 0.045 * 0.5)
    quiet = Usage(by_type={"aws_nat_gateway": {"monthly_data_processed_gb": 0.0}})
    (nat,) = reconcile(estimate(_stack((NAT, "nat", {})), [quiet]), bill_of([hours])).resources
    assert nat.cause is Cause.PRICE
    (component,) = [part for part in nat.components if part.billed_cost]
    assert component.price_effect + component.quantity_effect == pytest.approx(component.billed_cost - component.estimated_cost)
    assert component.quantity_effect == pytest.approx(0, abs=1e-9)


def test_every_dollar_of_the_bill_is_somewhere(bill_of, nat_rows, use):
    strange = use("i-0123456789abcdef0", "AmazonEC2", "USE1-BoxUsage:m5.large", 10, 0.96)
    tax = use(None, "AmazonEC2", None, None, 7.5, ChargeCategory="Tax")
    result = reconcile(estimate(_stack((NAT, "nat", {}), (BUCKET, "lake", {}))), bill_of([*nat_rows, strange, tax]))
    assert result.billed_cost == pytest.approx(HOURS * 0.045 + 45 + 0.96 + 7.5)
    assert result.billed_cost == pytest.approx(result.matched_cost + result.unmatched_cost + result.not_usage_cost)
    assert (result.unmatched_cost, result.not_usage_cost) == (pytest.approx(0.96), pytest.approx(7.5))
    assert sum(item.billed_cost for item in result.unmatched) == pytest.approx(result.unmatched_cost)


def test_what_is_not_on_the_bill_was_not_deployed(bill_of, nat_rows):
    result = reconcile(estimate(_stack((NAT, "nat", {}), (BUCKET, "lake", {}))), bill_of(nat_rows))
    lake = next(found for found in result.resources if found.name == "lake")
    assert (lake.cause, lake.billed_cost, lake.error_percent) == (Cause.NOT_DEPLOYED, 0.0, None)


def test_what_the_estimate_could_not_price_is_named_where_it_costs(bill_of, use):
    broker = use("strange", "AmazonQ", "USE1-Anything", 3, 12.0)
    (found,) = reconcile(estimate(_stack(("aws:unheard/of:Thing", "strange", {}))), bill_of([broker])).resources
    assert (found.cause, found.estimated, found.billed_cost, found.within_range) == (Cause.UNPRICED, None, pytest.approx(12.0), None)
    assert (found.estimated_cost, found.error, found.error_percent) == (None, None, None), "unknown is not zero"


def test_what_the_estimate_could_not_price_is_no_part_of_the_error(bill_of, nat_rows, use):
    broker = use("strange", "AmazonQ", "USE1-Anything", 3, 12.0)
    exact = Usage(by_type={"aws_nat_gateway": {"monthly_data_processed_gb": 1000 * 730 / HOURS}})
    result = reconcile(estimate(_stack((NAT, "nat", {}), ("aws:unheard/of:Thing", "strange", {})), [exact]), bill_of([*nat_rows, broker]))
    assert result.error_percent == pytest.approx(0, abs=1e-9)
    assert (result.unpriced_cost, result.matched_cost) == (pytest.approx(12), pytest.approx(HOURS * 0.045 + 45 + 12))
    errors = sum(found.error for found in result.resources if found.error is not None)
    assert result.estimated_cost - errors + result.unpriced_cost == pytest.approx(result.matched_cost)
    assert "1 resource of the estimate has no price: no part of the error" in result.warnings


def test_a_bill_in_another_currency_is_refused(bill_of, nat_rows):
    from dataclasses import replace

    with pytest.raises(InputError, match="another currency") as refused:
        reconcile(estimate(_stack((NAT, "nat", {}))), replace(bill_of(nat_rows), currency="EUR"))
    assert "EUR" in str(refused.value) and "made.csv" in str(refused.value)


@pytest.mark.parametrize(("unit", "billed"), [("GiBps-mo", 375 / 1024), ("MiBps-mo", 375)])
def test_a_quantity_that_the_bill_counts_in_a_larger_unit_is_brought_to_ours(bill_of, use, unit, billed):
    rows = [use("data", "AmazonEC2", "USE1-EBS:VolumeP-Throughput.gp3", billed, 15.0, x_operation="CreateVolume-Gp3", ConsumedUnit=unit)]
    volume = {"type": "gp3", "size": 100, "throughput": 500, "availabilityZone": "us-east-1a"}
    (found,) = reconcile(estimate(_stack(("aws:ebs/volume:Volume", "data", volume))), bill_of(rows)).resources
    (component,) = [part for part in found.components if part.billed_cost]
    # 500 MiB/s less the 125 that every gp3 volume has, at 0.04 each
    assert component.billed_quantity == pytest.approx(375)
    assert (component.estimated_quantity, component.billed_price) == (pytest.approx(375), pytest.approx(0.04))


def test_a_charge_of_the_whole_month_does_not_make_ten_days_of_it_whole(bill_of, use, row):
    days = [use("nat", "AmazonEC2", "USE1-NatGateway-Bytes", 10, 0.45, days=1)]
    days += [{**days[0], **{key: days[0][key] + timedelta(days=n) for key in ("ChargePeriodStart", "ChargePeriodEnd")}} for n in range(1, 10)]
    month = use("key", "awskms", "us-east-1-KMS-Keys", 1, 1.0)
    found = billed_month(bill_of([*days, month]))
    assert (found.hours, found.whole) == (240, False)
    assert billed_month(bill_of([month])).whole, "where all rows are of months, they say how long it is"


def test_a_pods_share_of_an_instance_is_not_used_twice(bill_of, nat_rows):
    split = {**nat_rows[1], "x_split_parent_resource_id": "i-0123456789abcdef0"}
    assert sum(use.quantity for use in billed_month(bill_of([*nat_rows, split])).uses) == pytest.approx(HOURS + 1000)


def test_a_component_that_only_the_bill_has_is_named(bill_of, nat_rows, use):
    extra = use("nat", "AmazonEC2", "USE1-Strange-Thing", 1, 500)
    (nat,) = reconcile(estimate(_stack((NAT, "nat", {}))), bill_of([*nat_rows, extra])).resources
    assert nat.cause is Cause.NOT_ESTIMATED
    assert any(part.component == "USE1-Strange-Thing" and part.estimated_quantity is None for part in nat.components)


def test_a_quantity_learned_from_the_bill_takes_the_error_away(bill_of, nat_rows, tmp_path):
    stack, bill = _stack((NAT, "nat", {})), bill_of(nat_rows)
    learned = learn_usage(stack, bill)
    (field,) = learned.fields
    # 1,000 GB in October's 744 hours are 981.18 in a month of 730
    assert (field.key, field.field, field.value) == ("aws_nat_gateway.nat", "monthly_data_processed_gb", pytest.approx(981.18, abs=0.01))
    path = tmp_path / "plinth-usage.yaml"
    path.write_text(learned_text(learned, "made.csv"))
    again = estimate(stack, [load_usage(path)])
    (line,) = [line for line in again.resources[0].lines if line.component.startswith("data processed")]
    assert line.quantity_source.value == "learned"
    assert "made.csv, 2026-10" in line.assumptions[0]
    assert reconcile(again, bill).error_percent == pytest.approx(0, abs=0.01)


def test_a_pools_instances_are_its_hours_over_the_months(bill_of, use):
    pool = {"instanceTypes": ["g5.xlarge"], "capacityType": "SPOT", "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 8}}
    rows = [
        use(
            f"i-{n}",
            "AmazonEC2",
            "USE1-SpotUsage:g5.xlarge",
            HOURS / 2,
            100,
            x_operation="RunInstances:SV001",
            x_purchase_option="Spot",
            Tags={"eks:nodegroup-name": "gpu"},
        )
        for n in range(3)
    ]
    learned = learn_usage(_stack((GROUP, "gpu", pool)), bill_of(rows, keys=("eks:nodegroup-name",)))
    assert [(field.field, field.value) for field in learned.fields] == [("instances", pytest.approx(1.5))]


def test_two_fields_that_make_one_component_are_told_apart_by_the_other(bill_of, use):
    function = {"memorySize": 1024, "architectures": ["x86_64"]}
    rows = [
        use("fn", "AWSLambda", "USE1-Request", 2_000_000, 0.4),
        use("fn", "AWSLambda", "USE1-Lambda-GB-Second", 400_000, 6.67),
    ]
    stack, bill = _stack((LAMBDA, "fn", function)), bill_of(rows)
    learned = {field.field: field.value for field in learn_usage(stack, bill).fields}
    # requests scale with the month; 400,000 GB-s over 2,000,000 requests of 1 GB are 200 ms each, whatever the month
    assert learned["monthly_requests"] == pytest.approx(2_000_000 * 730 / HOURS, rel=1e-4)
    assert learned["request_duration_ms"] == pytest.approx(200, rel=1e-3)


def test_a_buckets_storage_is_learned_and_what_is_not_billed_is_nothing(bill_of, use):
    rows = [use("lake", "AmazonS3", "USE1-TimedStorage-ByteHrs", 70_000, 1559, x_operation="StandardStorage")]
    learned = {field.field: field.value for field in learn_usage(_stack((BUCKET, "lake", {})), bill_of(rows)).fields}
    assert learned["standard.storage_gb"] == pytest.approx(70_000)
    assert learned["standard.monthly_tier_1_requests"] == 0, "the preset's requests are not on the bill"


def test_a_part_of_a_month_is_scaled_up_and_said(bill_of, use):
    rows = [use("nat", "AmazonEC2", "USE1-NatGateway-Bytes", 100, 4.5, days=10)]
    learned = learn_usage(_stack((NAT, "nat", {})), bill_of(rows))
    assert learned.fields[0].value == pytest.approx(100 * 730 / 240, rel=1e-4)
    assert any("240 of the 744 hours" in warning for warning in learned.warnings)


def test_a_resource_without_lines_taught_nothing_and_says_so(bill_of, nat_rows):
    learned = learn_usage(_stack((NAT, "nat", {}), (BUCKET, "lake", {})), bill_of(nat_rows))
    assert [(item.name, item.reason) for item in learned.not_learned] == [("lake", "the bill has no line of it")]


def test_a_month_that_the_bill_does_not_have_is_refused_with_those_that_it_has(bill_of, nat_rows):
    with pytest.raises(InputError, match="no such month") as refused:
        billed_month(bill_of(nat_rows), "2026-09")
    assert "2026-10" in str(refused.value)


def test_the_last_whole_month_is_taken(bill_of, use, row):
    october = use("nat", "AmazonEC2", "USE1-NatGateway-Bytes", 100, 4.5)
    november = row(date(2026, 11, 1), 1, days=3, ResourceId="nat", x_product_code="AmazonEC2", x_usage_type="USE1-NatGateway-Bytes", ConsumedQuantity=5)
    assert billed_month(bill_of([october, november])).label == "2026-10"


def test_a_presets_usage_file_can_be_read_back(tmp_path):
    from cost.estimate import Preset

    stack = _stack((NAT, "nat", {}), (BUCKET, "lake", {}))
    path = tmp_path / "plinth-usage.yaml"
    text, count = preset_text(stack, Preset.MEDIUM)
    path.write_text(text)
    stated = estimate(stack, [load_usage(path)])
    assert count == 2
    assert stated.total == estimate(stack, preset=Preset.MEDIUM).total
    assert all(line.quantity_source.value != "preset" for resource in stated.resources for line in resource.lines)
