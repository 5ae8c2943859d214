from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import PurchaseOption, QuantitySource, Status
from plinth.stack import UNKNOWN

ENVIRONMENT = "aws:batch/computeEnvironment:ComputeEnvironment"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def _environment(type_="EC2", *types, name="jobs", **fields):
    resources = {"type": type_, "minVcpus": 0, "maxVcpus": 64, "subnets": ["subnet-1"], "instanceTypes": list(types or ("c5.xlarge",)), **fields}
    return (ENVIRONMENT, name, {"type": "MANAGED", "computeResources": resources})


def test_an_environment_is_priced_by_the_vcpu_between_its_limits(priced, line):
    found = line(priced(_environment(minVcpus=8, desiredVcpus=16)), "instances, on-demand")
    # c5.xlarge: 0.17 for four vCPUs
    assert found.unit == "vCPU-hour"
    assert (found.monthly_cost.min, found.monthly_cost.expected, found.monthly_cost.max) == pytest.approx((2 * 0.17 * 730, 4 * 0.17 * 730, 16 * 0.17 * 730))


def test_an_environment_from_zero_expects_nothing_until_the_usage_file_says_vcpus(priced, line):
    idle = line(priced(_environment()), "instances")
    usage = Usage(by_type={"aws_batch_compute_environment": {"vcpus": 20.0}}, source=QuantitySource.USAGE_FILE)
    used = line(priced(_environment(), usage=usage), "instances")
    assert (idle.monthly_cost.expected, idle.monthly_cost.max > 0) == (0, True)
    assert any("`vcpus`" in note for note in idle.assumptions)
    assert used.monthly_cost.expected == pytest.approx(20 / 4 * 0.17 * 730)


def test_more_vcpus_than_the_ceiling_are_cut_and_said(stack_of):
    result = estimate(stack_of(_environment()), (Usage(by_type={"aws_batch_compute_environment": {"vcpus": 100.0}}),))
    assert result.resources[0].lines[0].quantity.expected == 64 * 730
    assert any("100 vCPUs" in warning for warning in result.warnings)


@pytest.mark.parametrize(("word", "families"), [("c5", {"c5"}), ("optimal", {"c4", "m4", "r4"}), ("default_arm64", {"m6g", "c6g", "r6g", "c7g"})])
def test_families_stand_for_their_sizes_without_bare_metal(priced, line, word, families):
    found = line(priced(_environment("EC2", word, desiredVcpus=16)), "instances")
    assert found.instance_type.split(".")[0] in families
    assert not any("metal" in note for note in found.assumptions)
    if word == "c5":
        # large, xlarge, 2xlarge, 4xlarge, 9xlarge, 12xlarge, 18xlarge and 24xlarge
        assert "8 types fit" in found.assumptions


def test_spot_is_spot_by_its_strategy(priced, line):
    found = line(priced(_environment("SPOT", "g5.xlarge", "g5.2xlarge", desiredVcpus=8, allocationStrategy="SPOT_CAPACITY_OPTIMIZED")), "instances, spot")
    assert found.purchase_option is PurchaseOption.SPOT
    # the calmer band: g5.2xlarge 0.50904 for eight vCPUs
    assert found.monthly_cost.expected == pytest.approx(0.50904 * 730)


def test_a_launch_templates_volumes_are_a_nodes(priced, line, resource):
    ebs = {"volumeSize": 200, "volumeType": "gp3"}
    template = resource(TEMPLATE, "big", {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": ebs}]}, id="lt-1")
    found = priced(_environment(desiredVcpus=8, launchTemplate={"launchTemplateId": "lt-1"}), template)
    assert line(found, "EBS gp3 storage").quantity.expected == 2 * 200
    assert line(priced(_environment(desiredVcpus=8)), "EBS gp3 storage").quantity.expected == 2 * 30, "the ECS-optimised image's root"


def test_fargate_jobs_are_their_hours_by_usage_and_a_ceiling_without(priced, line):
    declared = (ENVIRONMENT, "jobs", {"type": "MANAGED", "computeResources": {"type": "FARGATE_SPOT", "maxVcpus": 16, "subnets": ["subnet-1"]}})
    idle = priced(declared)
    assert line(idle, "Fargate vCPU").quantity.max == 16 * 730
    assert line(idle, "Fargate memory").quantity.max == 16 * 8 * 730
    assert idle.monthly_cost.expected == 0
    usage = Usage(by_type={"aws_batch_compute_environment": {"monthly_vcpu_hours": 100.0, "monthly_memory_gb_hours": 400.0}})
    assert priced(declared, usage=usage).monthly_cost.expected == pytest.approx(100 * 0.01334053 + 400 * 0.00146489)


def test_an_unmanaged_environment_is_free(priced):
    assert priced((ENVIRONMENT, "jobs", {"type": "UNMANAGED"})).status is Status.FREE


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        (_environment(maxVcpus=UNKNOWN), "known only after deployment"),
        (_environment("EC2", UNKNOWN), "known only after deployment"),
        (_environment("EC2", "z9"), "z9"),
        (_environment(minVcpus=100), "contradict"),
        ((ENVIRONMENT, "jobs", {"type": UNKNOWN}), "known only after deployment"),
    ],
)
def test_an_environment_that_is_not_known_says_why(priced, environment, reason):
    found = priced(environment)
    assert found.status is Status.UNKNOWN
    assert reason in found.reason


def test_an_unknown_type_among_others_is_listed(stack_of):
    result = estimate(stack_of(_environment("EC2", "c5.xlarge", UNKNOWN)))
    assert [item.reason for item in result.unknown] == ["1 of 2 types are known only after deployment; the range is over the others"]


@pytest.mark.parametrize("type_", ["aws:batch/jobQueue:JobQueue", "aws:batch/jobDefinition:JobDefinition", "aws:ecs/taskDefinition:TaskDefinition"])
def test_queues_and_definitions_are_free_by_list(priced, type_):
    assert priced((type_, "q", {})).status is Status.FREE


def test_types_of_a_family_without_a_price_are_counted_and_a_few_are_named(priced, line):
    found = line(priced(_environment("EC2", "m5", desiredVcpus=16), region="eu-west-1"), "instances")
    # of m5's eight sizes the book has m5.xlarge alone in Ireland
    notes = [note for note in found.assumptions if "left out" in note]
    assert len(notes) == 1
    assert notes[0].startswith("7 of the 8 types that fit have no price here and are left out: ")
    assert notes[0].endswith(" and 4 more")
    assert notes[0].count("m5.") == 3


def test_a_named_type_without_a_price_is_unpriced(stack_of):
    result = estimate(stack_of(_environment("EC2", "m5.xlarge", "m5.large", desiredVcpus=16), region="eu-west-1"))
    unpriced = {item.component: item.reason for item in result.unknown}
    assert "no on-demand price for m5.large in eu-west-1" in unpriced["m5.large on-demand"]
