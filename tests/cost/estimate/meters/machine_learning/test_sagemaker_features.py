from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

FEATURES = "aws:sagemaker/featureGroup:FeatureGroup"
LABELING = "aws:sagemaker/labelingJob:LabelingJob"
PUBLIC = "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
REVIEW = "aws:sagemaker/flowDefinition:FlowDefinition"


def _features(**inputs):
    shape = {"featureGroupName": "customers", "recordIdentifierFeatureName": "id", "eventTimeFeatureName": "time", "roleArn": "role"}
    return (FEATURES, "customers", {**shape, **inputs})


ONLINE = {"onlineStoreConfig": {"enableOnlineStore": True}}


def test_an_online_store_is_its_units_and_what_it_holds(priced, usage_of):
    usage = usage_of("aws_sagemaker_feature_group", {"monthly_write_request_units": 4_000_000, "monthly_read_request_units": 8_000_000, "storage_gb": 10})
    # 4 M x 1.25 = 5.00; 8 M x 0.25 = 2.00; 10 GB x 0.45 = 4.50
    assert priced(_features(**ONLINE), usage=usage).monthly_cost.expected == pytest.approx(11.50, abs=0.005)


def test_an_offline_store_alone_is_its_buckets(priced):
    found = priced(_features(offlineStoreConfig={"s3StorageConfig": {"s3Uri": "s3://features"}}))
    assert found.status is Status.FREE
    assert "bucket" in found.reason


def test_provisioned_throughput_is_listed_for_want_of_a_price(stack_of):
    throughput = {"throughputMode": "Provisioned", "provisionedReadCapacityUnits": 10, "provisionedWriteCapacityUnits": 5}
    result = estimate(stack_of(_features(**ONLINE, throughputConfig=throughput)))
    assert {item.component for item in result.unknown} == {"online store provisioned writes", "online store provisioned reads"}
    assert [line.component for line in result.resources[0].lines] == ["online store storage"]


def test_the_in_memory_tier_has_no_price(priced):
    found = priced(_features(onlineStoreConfig={"enableOnlineStore": True, "storageType": "InMemory"}))
    assert found.status is Status.UNKNOWN
    assert "in-memory" in found.reason


def test_a_store_that_may_be_on_is_unknown(priced):
    assert priced(_features(onlineStoreConfig={"enableOnlineStore": UNKNOWN})).status is Status.UNKNOWN


def _labeling(team="arn:aws:sagemaker:us-east-1:111122223333:workteam/private-crowd/mine", **human):
    task = {"workteamArn": team, "numberOfHumanWorkersPerDataObject": 3, "taskTitle": "cats", "taskDescription": "cats", "taskTimeLimitInSeconds": 60}
    return (LABELING, "cats", {"labelingJobName": "cats", "roleArn": "role", "humanTaskConfig": {**task, **human}})


def test_a_private_team_labels_by_the_object_on_tiers(priced, usage_of):
    found = priced(_labeling(), usage=usage_of("aws_sagemaker_labeling_job", {"monthly_objects": 60_000}))
    # 50,000 x 0.08 + 10,000 x 0.04 = 4,400
    assert found.monthly_cost.expected == pytest.approx(4400.00, abs=0.005)


def test_the_public_crowd_is_paid_by_the_task(priced, usage_of, line):
    price = {"amountInUsd": {"dollars": 0, "cents": 1, "tenthFractionsOfACent": 2}}
    job = _labeling(PUBLIC, publicWorkforceTaskPrice=price)
    found = priced(job, usage=usage_of("aws_sagemaker_labeling_job", {"monthly_objects": 1000}))
    # 1,000 objects x 3 workers x 0.012 = 36.00
    assert line(found, "Mechanical Turk tasks").monthly_cost.expected == pytest.approx(36.00, abs=0.005)


@pytest.mark.parametrize("team", ["arn:aws:sagemaker:us-east-1:1:workteam/vendor-crowd/v", PUBLIC, UNKNOWN])
def test_a_workforce_without_a_price_is_listed(stack_of, team):
    assert [item.component for item in estimate(stack_of(_labeling(team))).unknown] == ["workforce"]


def test_automated_labeling_is_listed(stack_of):
    type_, name, inputs = _labeling()
    result = estimate(stack_of((type_, name, {**inputs, "labelingJobAlgorithmsConfig": {"labelingJobAlgorithmSpecificationArn": "arn"}})))
    assert [item.component for item in result.unknown] == ["automated labeling"]


def test_a_review_workflow_is_its_reviewed_objects(priced, usage_of):
    loop = {"workteamArn": "arn:aws:sagemaker:us-east-1:1:workteam/private-crowd/mine", "taskCount": 1}
    found = priced(
        (REVIEW, "review", {"flowDefinitionName": "review", "humanLoopConfig": loop}), usage=usage_of("aws_sagemaker_flow_definition", {"monthly_objects": 500})
    )
    # 500 x 0.08
    assert found.monthly_cost.expected == pytest.approx(40.00, abs=0.005)


def test_the_reviewers_of_a_vendor_are_listed(stack_of):
    loop = {"workteamArn": "arn:aws:sagemaker:us-east-1:1:workteam/vendor-crowd/v"}
    result = estimate(stack_of((REVIEW, "review", {"flowDefinitionName": "review", "humanLoopConfig": loop})))
    assert [item.component for item in result.unknown] == ["workforce"]
