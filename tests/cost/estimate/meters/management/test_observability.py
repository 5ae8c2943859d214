from __future__ import annotations

import pytest

from cost.estimate.model import Status

CANARY = "aws:synthetics/canary:Canary"
GROUP = "aws:xray/group:Group"


def test_a_canary_costs_by_the_runs_of_its_rate(priced):
    found = priced((CANARY, "probe", {"schedule": {"expression": "rate(5 minutes)"}, "startCanary": True}))
    # 730 h x 12 runs x 0.0012 = 10.51
    assert found.monthly_cost.expected == pytest.approx(8760 * 0.0012)
    assert found.lines[0].quantity.expected == 8760


def test_a_canary_that_is_not_started_may_cost_what_its_rate_allows(priced):
    found = priced((CANARY, "probe", {"schedule": {"expression": "rate(1 hour)"}}))
    assert (found.monthly_cost.min, found.monthly_cost.expected) == (0, 0)
    assert found.monthly_cost.max == pytest.approx(730 * 0.0012)


def test_a_canary_at_rate_zero_runs_once(priced):
    assert priced((CANARY, "probe", {"schedule": {"expression": "rate(0 minute)"}, "startCanary": True})).lines[0].quantity.expected == 1


def test_the_runs_of_a_cron_schedule_are_asked_for(priced, usage_of):
    inputs = {"schedule": {"expression": "cron(0 10 * * ? *)"}, "startCanary": True}
    found = priced((CANARY, "probe", inputs))
    assert found.status is Status.UNKNOWN
    assert "monthly_runs" in found.reason
    assert priced((CANARY, "probe", inputs), usage=usage_of("aws_synthetics_canary", {"monthly_runs": 1000})).monthly_cost.expected == pytest.approx(1.20)


def test_a_trace_group_costs_only_with_insights(priced, usage_of):
    usage = usage_of("aws_xray_group", {"monthly_insights_traces": 148_800})
    assert priced((GROUP, "g", {}), usage=usage).status is Status.FREE
    found = priced((GROUP, "g", {"insightsConfiguration": {"insightsEnabled": True}}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(0.15, abs=0.005)


@pytest.mark.parametrize(
    ("type_", "terraform_type", "fields", "cost"),
    [
        ("aws:rum/appMonitor:AppMonitor", "aws_rum_app_monitor", {"monthly_events": 500_000}, 5.00),
        # 0.1 x 5.00 + 2 x 0.50
        ("aws:xray/samplingRule:SamplingRule", "aws_xray_sampling_rule", {"monthly_traces_recorded": 100_000, "monthly_traces_retrieved": 2_000_000}, 1.50),
        # 2,000,000,000 samples x 0.90 / 10,000,000 and the next 1,000,000,000 x 0.35 / 10,000,000; 10 GB x 0.03; 5 x 0.10
        (
            "aws:amp/workspace:Workspace",
            "aws_prometheus_workspace",
            {"monthly_samples_ingested": 3e9, "storage_gb": 10, "monthly_samples_queried": 5e9},
            180.00 + 35.00 + 0.30 + 0.50,
        ),
        ("aws:grafana/workspace:Workspace", "aws_grafana_workspace", {"editors_administrator_licenses": 2, "viewer_licenses": 3}, 33.00),
    ],
)
def test_what_is_observed_costs_by_use(priced, usage_of, type_, terraform_type, fields, cost):
    assert priced((type_, "o", {}), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(cost)
