from __future__ import annotations

import pytest

from cost.estimate.model import Status

GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FIELDS = {"monthly_data_ingested_gb": 100, "storage_gb": 200}


def test_a_log_group_costs_what_is_ingested_and_stored(priced, usage_of):
    found = priced((GROUP, "cluster", {"retentionInDays": 90}), usage=usage_of("aws_cloudwatch_log_group", FIELDS))
    # 100 GB x 0.50 = 50.00; 200 GB x 0.03 = 6.00 (CloudWatch pricing)
    assert found.monthly_cost.expected == pytest.approx(56.00, abs=0.005)


def test_an_infrequent_access_group_ingests_at_half_the_price(priced, usage_of):
    found = priced((GROUP, "audit", {"logGroupClass": "INFREQUENT_ACCESS"}), usage=usage_of("aws_cloudwatch_log_group", FIELDS))
    assert found.monthly_cost.expected == pytest.approx(31.00, abs=0.005)


def test_what_a_flow_log_delivers_is_not_ingested_twice(priced, usage_of, resource):
    group = resource(GROUP, "flows", {})
    flow_log = resource("aws:ec2/flowLog:FlowLog", "all", {"logDestination": "arn"}, property_dependencies={"logDestination": (group.urn,)})
    found = priced(group, flow_log, usage=usage_of("aws_cloudwatch_log_group", FIELDS))
    assert found.monthly_cost.expected == pytest.approx(6.00, abs=0.005), "storage only: the flow log carries the delivery"


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        ({"period": 300}, 0.10),
        ({"period": 10}, 0.30),
        ({"metricQueries": [{"id": "e", "expression": "m1/m2"}, {"id": "m1", "metric": {"period": 60}}, {"id": "m2", "metric": {"period": 60}}]}, 0.20),
        (
            {"thresholdMetricId": "ad1", "metricQueries": [{"id": "ad1", "expression": "ANOMALY_DETECTION_BAND(m1)"}, {"id": "m1", "metric": {"period": 300}}]},
            0.30,
        ),
    ],
)
def test_an_alarm_costs_by_its_metrics_and_resolution(priced, inputs, cost):
    # CloudWatch pricing: 0.10 a standard, 0.30 a high-resolution alarm metric; an anomaly alarm counts three
    assert priced((ALARM, "a", inputs)).monthly_cost.expected == pytest.approx(cost, abs=0.0005)


def test_a_metrics_insights_alarm_is_unknown(priced):
    found = priced((ALARM, "a", {"metricQueries": [{"id": "q", "expression": 'SELECT AVG(CPUUtilization) FROM "AWS/EC2"'}]}))
    assert found.status is Status.UNKNOWN


def test_a_composite_alarm_costs_fifty_cents_and_a_dashboard_three_dollars(priced):
    assert priced(("aws:cloudwatch/compositeAlarm:CompositeAlarm", "c", {})).monthly_cost.expected == pytest.approx(0.50)
    assert priced(("aws:cloudwatch/dashboard:Dashboard", "d", {})).monthly_cost.expected == pytest.approx(3.00)


def test_a_budget_that_only_alerts_is_free(priced):
    assert priced(("aws:budgets/budget:Budget", "b", {"budgetType": "COST"})).status is Status.FREE
