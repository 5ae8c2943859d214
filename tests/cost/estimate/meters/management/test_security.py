from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
MACIE = "aws:macie2/account:Account"
ENABLER = "aws:inspector2/enabler:Enabler"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"


def test_a_detector_costs_by_the_events_and_logs_it_reads(priced, usage_of):
    found = priced(
        (DETECTOR, "d", {"enable": True}), usage=usage_of("aws_guardduty_detector", {"monthly_cloudtrail_events": 40e6, "monthly_flow_and_dns_logs_gb": 3000})
    )
    # 40 x 4.00 = 160; 500 x 1.00 + 2,000 x 0.50 + 500 x 0.25 = 1,625 (GuardDuty pricing page, its tiers)
    assert found.monthly_cost.expected == pytest.approx(1785.00)


def test_a_suspended_detector_is_free_and_the_old_datasources_input_is_named(priced, stack_of):
    assert priced((DETECTOR, "d", {"enable": False})).status is Status.FREE
    result = estimate(stack_of((DETECTOR, "d", {"datasources": {"s3Logs": {"enable": True}}})))
    assert [item.component for item in result.unknown] == ["protection plans in datasources"]


@pytest.mark.parametrize(
    ("name", "fields", "cost"),
    [
        # 500 x 0.80 + 500 x 0.40
        ("S3_DATA_EVENTS", {"monthly_s3_data_events": 1000e6}, 600.00),
        # 100 x 1.60 + 100 x 0.80
        ("EKS_AUDIT_LOGS", {"monthly_eks_audit_events": 200e6}, 240.00),
        ("EBS_MALWARE_PROTECTION", {"monthly_ebs_scanned_gb": 1000}, 30.00),
        ("RDS_LOGIN_EVENTS", {"rds_vcpus": 8, "aurora_serverless_acus": 4}, 9.00),
        ("LAMBDA_NETWORK_LOGS", {"monthly_lambda_logs_gb": 600}, 550.00),
        # 500 x 1.50 + 100 x 0.75
        ("RUNTIME_MONITORING", {"monitored_vcpus": 600}, 825.00),
        ("EKS_RUNTIME_MONITORING", {"monitored_vcpus": 100}, 150.00),
    ],
)
def test_each_protection_plan_costs_by_what_it_analyses(priced, usage_of, name, fields, cost):
    found = priced((FEATURE, "f", {"name": name, "status": "ENABLED"}), usage=usage_of("aws_guardduty_detector_feature", fields))
    assert sum(line.monthly_cost.expected for line in found.lines) == pytest.approx(cost)


def test_a_plan_that_is_off_is_free_and_one_without_a_price_is_unknown(priced):
    assert priced((FEATURE, "f", {"name": "S3_DATA_EVENTS", "status": "DISABLED"})).status is Status.FREE
    found = priced((FEATURE, "f", {"name": "AI_PROTECTION", "status": "ENABLED"}))
    assert found.status is Status.UNKNOWN
    assert "AI_PROTECTION" in found.reason


def test_macie_evaluates_the_stacks_buckets_where_nobody_states_the_accounts(priced, usage_of, line):
    inspected = {"monitored_objects": 1_000_000, "monthly_data_inspected_gb": 0}
    found = priced((MACIE, "m", {}), ("aws:s3/bucket:Bucket", "a", {}), ("aws:s3/bucket:Bucket", "b", {}), usage=usage_of("aws_macie2_account", inspected))
    # 2 buckets x 0.10 + 10 x 0.01
    assert found.monthly_cost.expected == pytest.approx(0.30)
    stated = priced((MACIE, "m", {}), usage=usage_of("aws_macie2_account", {"buckets": 50, **inspected}))
    assert line(stated, "bucket evaluated").monthly_cost.expected == pytest.approx(5.00)
    assert priced((MACIE, "m", {"status": "PAUSED"})).status is Status.FREE


def test_inspected_data_gets_cheaper_by_the_tier(priced, usage_of):
    usage = usage_of("aws_macie2_classification_job", {"monthly_data_inspected_gb": 61_200})
    # 51,200 x 1.00 + 10,000 x 0.50
    assert priced(("aws:macie2/classificationJob:ClassificationJob", "j", {"jobType": "ONE_TIME"}), usage=usage).monthly_cost.expected == pytest.approx(
        56_200.00
    )


def test_inspector_costs_by_the_scan_types_that_are_on(priced, usage_of, stack_of):
    fields = {"ec2_instances": 10, "monthly_ecr_images": 100, "monthly_ecr_rescans": 500, "lambda_functions": 20}
    usage = usage_of("aws_inspector2_enabler", fields)
    # 10 x 1.2528 = 12.528; 100 x 0.09 + 500 x 0.01 = 14.00; 20 x 0.30 = 6.00
    assert priced((ENABLER, "i", {"resourceTypes": ["EC2"]}), usage=usage).monthly_cost.expected == pytest.approx(12.528)
    assert priced((ENABLER, "i", {"resourceTypes": ["EC2", "ECR", "LAMBDA"]}), usage=usage).monthly_cost.expected == pytest.approx(32.528)
    result = estimate(stack_of((ENABLER, "i", {"resourceTypes": ["EC2", "LAMBDA_CODE"]})))
    assert [item.component for item in result.unknown] == ["LAMBDA_CODE scans"]


@pytest.mark.parametrize(
    ("kind", "status", "cost"),
    [
        ("ACCOUNT", Status.FREE, 0.0),
        ("ORGANIZATION", Status.FREE, 0.0),
        ("ACCOUNT_UNUSED_ACCESS", Status.PRICED, 40.00),
        ("ORGANIZATION_INTERNAL_ACCESS", Status.PRICED, 90.00),
    ],
)
def test_only_unused_and_internal_access_analysis_costs(priced, usage_of, kind, status, cost):
    usage = usage_of("aws_accessanalyzer_analyzer", {"roles_and_users": 200, "monitored_resources": 10})
    found = priced((ANALYZER, "a", {"analyzerName": "a", "type": kind}), usage=usage)
    assert found.status is status
    assert found.monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(
    ("type_", "terraform_type", "fields", "cost"),
    [
        # 100,000 x 0.001 + 50,000 x 0.0008; (20,000 - 10,000) x 0.00003
        ("aws:securityhub/account:Account", "aws_securityhub_account", {"monthly_security_checks": 150_000, "monthly_finding_events": 20_000}, 140.30),
        ("aws:securityhub/accountV2:AccountV2", "aws_securityhub_account_v2", {"resource_units": 100}, 375.00),
        (
            "aws:guardduty/malwareProtectionPlan:MalwareProtectionPlan",
            "aws_guardduty_malware_protection_plan",
            {"monthly_s3_scanned_gb": 100, "monthly_s3_objects": 4000},
            9.00 + 0.86,
        ),
        # 1,000 x 2.00 + 500 x 1.00
        ("aws:detective/graph:Graph", "aws_detective_graph", {"monthly_data_ingested_gb": 1500}, 2500.00),
        ("aws:auditmanager/assessment:Assessment", "aws_auditmanager_assessment", {"monthly_resource_assessments": 35_000}, 43.75),
        # 10 x 0.75 + 500 x 0.25 + 510 x 0.035
        (
            "aws:securitylake/dataLake:DataLake",
            "aws_securitylake_data_lake",
            {"monthly_cloudtrail_gb": 10, "monthly_logs_gb": 500, "monthly_normalized_gb": 510},
            150.35,
        ),
    ],
)
def test_what_is_watched_costs_by_use(priced, usage_of, type_, terraform_type, fields, cost):
    assert priced((type_, "s", {}), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(cost)
