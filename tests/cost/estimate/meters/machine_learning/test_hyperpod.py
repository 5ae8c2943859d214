from __future__ import annotations

import json

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import Status
from cost.estimate.usage import NamedUsage
from plinth.stack import UNKNOWN

CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource"
GROUP = {"InstanceGroupName": "workers", "InstanceType": "ml.g5.8xlarge", "InstanceCount": 4, "ExecutionRole": "role"}
"""HyperPod ml.g5.8xlarge 3.06 an hour (AWS price list, 2026-09-16)."""


def _cluster(*groups, kind="AWS::SageMaker::Cluster"):
    return (CLOUD_CONTROL, "pod", {"typeName": kind, "desiredState": json.dumps({"ClusterName": "pod", "InstanceGroups": list(groups)})})


def test_a_cluster_is_its_instance_groups_and_their_volumes(priced, line):
    found = priced(_cluster({**GROUP, "InstanceStorageConfigs": [{"EbsVolumeConfig": {"VolumeSizeInGB": 500}}]}))
    # 4 x 730 h x 3.06 = 8,935.20; 4 x 500 GB x 0.14 = 280.00
    assert line(found, "instances, workers").monthly_cost.expected == pytest.approx(8935.20, abs=0.005)
    assert line(found, "HyperPod cluster ML storage, workers").monthly_cost.expected == pytest.approx(280.00, abs=0.005)


def test_a_group_that_may_shrink_has_a_floor(priced, line):
    quantity = line(priced(_cluster({**GROUP, "MinInstanceCount": 1})), "instances, workers").quantity
    assert (quantity.min, quantity.expected, quantity.max) == (730, 2920, 2920)


def test_a_cluster_costs_the_hours_that_it_is_up(priced, usage_of):
    found = priced(_cluster(GROUP), usage=usage_of("aws_cloudcontrolapi_resource", {"monthly_hours": 100}))
    assert found.monthly_cost.expected == pytest.approx(1224.00, abs=0.005)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (_cluster({**GROUP, "InstanceType": "ml.p5.48xlarge"}), "no cluster price for ml.p5.48xlarge"),
        (_cluster({**GROUP, "TrainingPlanArn": "arn"}), "training plan"),
        (_cluster({**GROUP, "CapacityRequirements": {"Spot": {}}}), "Spot"),
        (_cluster({"InstanceGroupName": "workers"}), "no InstanceType"),
        (_cluster(kind="AWS::Lex::Bot"), "AWS::Lex::Bot"),
        ((CLOUD_CONTROL, "pod", {"typeName": "AWS::SageMaker::Cluster", "desiredState": "{"}), "not JSON"),
        ((CLOUD_CONTROL, "pod", {"typeName": "AWS::SageMaker::Cluster", "desiredState": UNKNOWN}), "known only after deployment"),
    ],
)
def test_a_cluster_that_cannot_be_priced_says_why(priced, resource, reason):
    found = priced(resource)
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_a_type_without_a_cluster_price_is_listed_with_its_training_price(priced):
    found = priced(_cluster({**GROUP, "InstanceType": "ml.g5.xlarge", "InstanceCount": 1}))
    # ml.g5.xlarge training 1.408 x 730 h
    assert found.reason is not None
    assert "at the training price of ml.g5.xlarge it would be 1,027.84 to 1,027.84 USD a month" in found.reason


def test_an_inference_component_is_its_endpoints(priced):
    found = priced(_cluster(kind="AWS::SageMaker::InferenceComponent"))
    assert found.status is Status.FREE
    assert "endpoint" in found.reason


@pytest.fixture
def stated(stack_of):
    def make(fields):
        usage = Usage(by_type={}, named=(NamedUsage("aws_sagemaker_cluster", "pod", "aws_sagemaker_cluster.pod", fields),))
        return estimate(stack_of(), (usage,)).resources[0]

    return make


def test_a_cluster_outside_the_stack_is_stated(stated, line):
    found = stated({"instance_type": "ml.g5.24xlarge", "instance_count": 2.0, "volume_size_gb": 100.0})
    # 2 x 730 h x 10.18 = 14,862.80; 2 x 100 GB x 0.14 = 28.00
    assert line(found, "instances").monthly_cost.expected == pytest.approx(14862.80, abs=0.005)
    assert line(found, "HyperPod cluster ML storage").monthly_cost.expected == pytest.approx(28.00, abs=0.005)


def test_a_stated_cluster_without_a_type_is_unknown(stated):
    assert stated({"instance_count": 2.0}).status is Status.UNKNOWN
