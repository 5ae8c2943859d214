from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import Status

TRAIL = "aws:cloudtrail/trail:Trail"
STORE = "aws:cloudtrail/eventDataStore:EventDataStore"
RECORDER = "aws:cfg/recorder:Recorder"
DATA_SELECTOR = {"advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]}]}


def _usage(terraform_type, **fields):
    return Usage(by_type={terraform_type: fields})


def test_a_trail_of_management_events_alone_is_free(priced):
    assert priced((TRAIL, "audit", {"s3BucketName": "b"})).status is Status.FREE


@pytest.mark.parametrize("inputs", [{"eventSelectors": [{"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}]}, DATA_SELECTOR])
def test_a_trail_that_records_data_events_costs_by_the_event(priced, inputs):
    # small preset: 1,000,000 events x 0.10 / 100,000 = 1.00
    assert priced((TRAIL, "audit", inputs)).monthly_cost.expected == pytest.approx(1.00)


def test_what_a_usage_file_states_of_a_trail_counts_whatever_its_selectors(priced):
    # infracost's golden of cloudtrail: 100,000 copies 2.00, 200,000 data events 0.20, 400,000 insight events 1.40
    usage = _usage("aws_cloudtrail", monthly_additional_management_events=100_000, monthly_data_events=200_000, monthly_insight_events=400_000)
    assert priced((TRAIL, "audit", {}), usage=usage).monthly_cost.expected == pytest.approx(3.60)


def test_the_second_trail_of_a_region_is_not_free(stack_of):
    result = estimate(stack_of((TRAIL, "first", {}), (TRAIL, "second", {})))
    assert [(found.name, found.status) for found in result.resources] == [("first", Status.FREE), ("second", Status.UNKNOWN)]
    assert "monthly_additional_management_events" in result.resources[1].reason


@pytest.mark.parametrize(
    "inputs", [DATA_SELECTOR, {"eventSelectors": [{"includeManagementEvents": False, "dataResources": [{"type": "AWS::Lambda::Function"}]}]}]
)
def test_a_second_trail_without_management_events_makes_no_second_copy(stack_of, inputs):
    result = estimate(stack_of((TRAIL, "first", {}), (TRAIL, "second", inputs)))
    assert [(found.name, found.status) for found in result.resources] == [("first", Status.FREE), ("second", Status.PRICED)]
    assert result.unknown == ()


def test_insights_cost_only_where_they_are_on(priced):
    # small preset: 500,000 events x 0.35 / 100,000 = 1.75
    assert priced((TRAIL, "audit", {"insightSelectors": [{"insightType": "ApiCallRateInsight"}]})).monthly_cost.expected == pytest.approx(1.75)


def test_a_lake_of_one_year_costs_less_to_fill_and_more_to_keep(priced):
    usage = _usage("aws_cloudtrail_event_data_store", monthly_data_ingested_gb=100, extended_storage_gb=1000, monthly_data_scanned_gb=200)
    # 100 x 0.75 + 1000 x 0.023 + 200 x 0.005 = 75 + 23 + 1
    assert priced((STORE, "lake", {}), usage=usage).monthly_cost.expected == pytest.approx(99.00)
    # seven-year: 100 x 2.50 + 200 x 0.005, keeping included
    assert priced((STORE, "lake", {"billingMode": "FIXED_RETENTION_PRICING"}), usage=usage).monthly_cost.expected == pytest.approx(251.00)


def test_seven_year_ingestion_gets_cheaper_by_the_tier(priced):
    usage = _usage("aws_cloudtrail_event_data_store", monthly_data_ingested_gb=30_720, monthly_data_scanned_gb=0)
    # 5,120 x 2.50 + 20,480 x 1.00 + 5,120 x 0.50 = 12,800 + 20,480 + 2,560
    assert priced((STORE, "lake", {"billingMode": "FIXED_RETENTION_PRICING"}), usage=usage).monthly_cost.expected == pytest.approx(35_840.00)


@pytest.mark.parametrize(("mode", "cost"), [({}, 30.00), ({"recordingMode": {"recordingFrequency": "DAILY"}}, 120.00)])
def test_an_item_costs_four_times_as_much_when_recorded_daily(priced, mode, cost):
    usage = _usage("aws_config_configuration_recorder", monthly_config_items=10_000)
    assert priced((RECORDER, "r", {"roleArn": "arn", **mode}), usage=usage).monthly_cost.expected == pytest.approx(cost)


def test_a_mode_override_records_some_types_daily(priced):
    usage = _usage("aws_config_configuration_recorder", monthly_config_items=10_000, monthly_periodic_config_items=1000, monthly_custom_config_items=20_000)
    # 30.00 + 12.00 + 20,000 x 0.003 = 60.00
    assert priced((RECORDER, "r", {"roleArn": "arn"}), usage=usage).monthly_cost.expected == pytest.approx(102.00)


@pytest.mark.parametrize(
    ("type_", "terraform_type"),
    [
        ("aws:cfg/rule:Rule", "aws_config_config_rule"),
        ("aws:cfg/organizationManagedRule:OrganizationManagedRule", "aws_config_organization_managed_rule"),
        ("aws:cfg/organizationCustomRule:OrganizationCustomRule", "aws_config_organization_custom_rule"),
        ("aws:cfg/organizationCustomPolicyRule:OrganizationCustomPolicyRule", "aws_config_organization_custom_policy_rule"),
        ("aws:cfg/conformancePack:ConformancePack", "aws_config_conformance_pack"),
        ("aws:cfg/organizationConformancePack:OrganizationConformancePack", "aws_config_organization_conformance_pack"),
    ],
)
def test_evaluations_climb_the_same_tiers_wherever_they_come_from(priced, type_, terraform_type):
    # infracost's golden of config_rule: 1,000,000 evaluations = 100 + 400,000 x 0.0008 + 500,000 x 0.0005 = 670.00
    found = priced((type_, "r", {}), usage=_usage(terraform_type, monthly_rule_evaluations=1_000_000))
    assert found.monthly_cost.expected == pytest.approx(670.00)


def test_a_suspended_lake_takes_nothing_in(priced):
    usage = _usage("aws_cloudtrail_event_data_store", monthly_data_ingested_gb=100, monthly_data_scanned_gb=200)
    assert priced((STORE, "lake", {"suspend": "true"}), usage=usage).monthly_cost.expected == pytest.approx(1.00)
