from __future__ import annotations

import pytest

from cost.estimate.model import Status

GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
MONITOR = "aws:cloudwatch/internetMonitor:InternetMonitor"
INSIGHTS = {"metricQueries": [{"id": "q", "expression": 'SELECT AVG(CPUUtilization) FROM "AWS/EC2"'}]}
DELIVERY = "aws:cloudwatch/logDelivery:LogDelivery"
DESTINATION = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
FIELDS = {"monthly_data_ingested_gb": 100, "storage_gb": 200}


def test_a_log_group_costs_what_is_ingested_and_stored(priced, usage_of):
    found = priced((GROUP, "cluster", {"retentionInDays": 90}), usage=usage_of("aws_cloudwatch_log_group", FIELDS))
    # 100 GB x 0.50 = 50.00; 200 GB x 0.03 = 6.00 (CloudWatch pricing)
    assert found.monthly_cost.expected == pytest.approx(56.00, abs=0.005)


def test_an_infrequent_access_group_ingests_at_half_the_price(priced, usage_of):
    found = priced((GROUP, "audit", {"logGroupClass": "INFREQUENT_ACCESS"}), usage=usage_of("aws_cloudwatch_log_group", FIELDS))
    assert found.monthly_cost.expected == pytest.approx(31.00, abs=0.005)


def test_a_delivery_group_has_no_price(priced):
    assert priced((GROUP, "passing", {"logGroupClass": "DELIVERY"})).status is Status.UNKNOWN


def test_queries_and_live_tail_cost_by_what_they_read(priced, usage_of, line):
    found = priced((GROUP, "g", {}), usage=usage_of("aws_cloudwatch_log_group", {"monthly_data_scanned_gb": 200, "monthly_live_tail_minutes": 2400}))
    assert line(found, "Logs Insights").monthly_cost.expected == pytest.approx(1.00)
    assert line(found, "Live Tail").monthly_cost.expected == pytest.approx(24.00)


def test_masking_costs_by_what_is_scanned(priced, usage_of):
    usage = usage_of("aws_cloudwatch_log_data_protection_policy", {"monthly_data_masked_gb": 100})
    assert priced(("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy", "p", {}), usage=usage).monthly_cost.expected == pytest.approx(12.00)


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


def test_a_metrics_insights_alarm_costs_by_the_metrics_that_a_usage_file_states(priced, usage_of):
    assert priced((ALARM, "a", INSIGHTS)).status is Status.UNKNOWN
    found = priced((ALARM, "a", INSIGHTS), usage=usage_of("aws_cloudwatch_metric_alarm", {"metrics_insights_metrics": 50}))
    assert found.monthly_cost.expected == pytest.approx(5.00)


@pytest.mark.parametrize(
    ("type_", "cost"),
    [
        ("aws:cloudwatch/compositeAlarm:CompositeAlarm", 0.50),
        ("aws:cloudwatch/dashboard:Dashboard", 3.00),
        ("aws:cloudwatch/logMetricFilter:LogMetricFilter", 0.30),
        # the rule 0.50 and, small preset, a million matched events 0.02
        ("aws:cloudwatch/contributorInsightRule:ContributorInsightRule", 0.52),
        # small preset: 1,000,000 updates x 0.003 / 1,000
        ("aws:cloudwatch/metricStream:MetricStream", 3.00),
    ],
)
def test_what_watches_has_a_monthly_price(priced, type_, cost):
    assert priced((type_, "w", {})).monthly_cost.expected == pytest.approx(cost)


def test_an_internet_monitor_costs_by_resource_and_by_city_networks_above_a_hundred(priced, usage_of):
    inputs = {"resources": ["arn:1", "arn:2"], "maxCityNetworksToMonitor": 10_100}
    found = priced((MONITOR, "m", inputs), usage=usage_of("aws_internetmonitor_monitor", {"city_networks": 5100}))
    # 2 x 730 x 0.01 = 14.60; (5,100 - 100) / 10,000 x 730 x 0.74 = 270.10; at the ceiling 540.20
    assert found.monthly_cost.min == pytest.approx(14.60)
    assert found.monthly_cost.expected == pytest.approx(284.70)
    assert found.monthly_cost.max == pytest.approx(554.80)


def test_a_monitor_without_a_ceiling_says_what_it_does_not_price(stack_of):
    from cost.estimate import estimate

    result = estimate(stack_of((MONITOR, "m", {"resources": ["arn:1"], "trafficPercentageToMonitor": 50})))
    assert [item.component for item in result.unknown] == ["city-networks"]
    assert estimate(stack_of((MONITOR, "m", {"status": "INACTIVE"}))).resources[0].status is Status.FREE


@pytest.mark.parametrize(
    ("destination", "cost"),
    [
        # 100 GB x 0.25 to S3, x 0.50 to CloudWatch Logs
        ({"deliveryDestinationType": "S3"}, 25.00),
        ({"deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:x"}}, 50.00),
    ],
)
def test_a_log_delivery_costs_by_where_it_goes(priced, usage_of, resource, destination, cost):
    end = resource(DESTINATION, "end", destination)
    delivery = resource(DELIVERY, "d", {"deliveryDestinationArn": "arn"}, property_dependencies={"deliveryDestinationArn": (end.urn,)})
    usage = usage_of("aws_cloudwatch_log_delivery", {"monthly_data_delivered_gb": 100})
    assert priced(delivery, end, usage=usage).monthly_cost.expected == pytest.approx(cost)


def test_a_log_delivery_whose_end_has_no_price_or_is_not_known_is_unknown(priced, resource):
    end = resource(DESTINATION, "end", {"deliveryDestinationType": "XRAY"})
    delivery = resource(DELIVERY, "d", {"deliveryDestinationArn": "arn"}, property_dependencies={"deliveryDestinationArn": (end.urn,)})
    assert "XRAY" in priced(delivery, end).reason
    assert priced((DELIVERY, "d", {})).status is Status.UNKNOWN
