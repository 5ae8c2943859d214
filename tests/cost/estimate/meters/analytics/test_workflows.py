from __future__ import annotations

import pytest

from plinth.stack import UNKNOWN

MWAA = "aws:mwaa/environment:Environment"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def test_an_environment_scales_between_its_workers(priced, usage_of):
    usage = usage_of("aws_mwaa_environment", {"meta_database_gb": 10})
    cost = priced((MWAA, "airflow", {"environmentClass": "mw1.medium", "minWorkers": 2, "maxWorkers": 5}), usage=usage).monthly_cost
    # 730 x 0.74 + 10 x 0.10; one to four workers more than the included one x 0.11
    assert (cost.min, cost.max) == (pytest.approx(541.2 + 80.3), pytest.approx(541.2 + 321.2))


def test_an_environment_has_up_to_ten_small_workers_where_nothing_is_declared(priced, usage_of):
    usage = usage_of("aws_mwaa_environment", {"meta_database_gb": 0})
    cost = priced((MWAA, "airflow", {}), usage=usage).monthly_cost
    assert (cost.min, cost.expected, cost.max) == (pytest.approx(357.7), pytest.approx(357.7), pytest.approx(357.7 + 9 * 0.055 * 730))


def test_schedulers_and_web_servers_beyond_the_included_two_cost_more(priced, usage_of, line):
    usage = usage_of("aws_mwaa_environment", {"meta_database_gb": 0})
    found = priced((MWAA, "airflow", {"schedulers": 4, "minWebservers": 2, "maxWebservers": 3}), usage=usage)
    assert line(found, "mw1.small additional scheduler").monthly_cost.expected == pytest.approx(2 * 0.055 * 730)
    assert line(found, "mw1.small additional web server").monthly_cost.max == pytest.approx(0.028 * 730)


def test_workers_that_usage_states_stay_within_the_declared_ones(priced, usage_of, line):
    usage = usage_of("aws_mwaa_environment", {"meta_database_gb": 0, "additional_workers": 99, "additional_schedulers": 1})
    found = priced((MWAA, "airflow", {"maxWorkers": 5}), usage=usage)
    assert line(found, "mw1.small additional worker").quantity.expected == 4 * 730
    assert line(found, "mw1.small additional scheduler").quantity.expected == 730


def test_a_class_known_later_is_unknown(priced):
    assert priced((MWAA, "airflow", {"environmentClass": UNKNOWN})).status.value == "unknown"


def test_a_schedule_costs_as_often_as_it_fires(priced):
    found = priced((SCHEDULE, "tick", {"scheduleExpression": "rate(5 minutes)", "flexibleTimeWindow": {"mode": "OFF"}}))
    # 730 h x 12, x 1.00 a million
    assert found.monthly_cost.expected == pytest.approx(0.00876)


@pytest.mark.parametrize("expression", ["cron(0 8 * * ? 2027)", "cron(0 25 * * ? *)", "cron(0 8)", "cron(a b * * ? *)", "rate(0 minutes)", "soon"])
def test_an_expression_that_cannot_be_read_is_usage(priced, usage_of, expression):
    assert priced((SCHEDULE, "morning", {"scheduleExpression": expression})).status.value == "unknown"
    usage = usage_of("aws_scheduler_schedule", {"monthly_invocations": 2_000_000})
    assert priced((SCHEDULE, "morning", {"scheduleExpression": expression}), usage=usage).monthly_cost.expected == pytest.approx(2.0)


def test_a_disabled_schedule_costs_nothing(priced):
    assert priced((SCHEDULE, "off", {"scheduleExpression": "rate(1 minute)", "state": "DISABLED"})).monthly_cost.expected == 0


@pytest.mark.parametrize(
    ("token", "terraform_type", "field", "cost"),
    [
        ("aws:pipes/pipe:Pipe", "aws_pipes_pipe", "monthly_requests", 4.0),  # 10 M x 0.40
        ("aws:cloudwatch/eventApiDestination:EventApiDestination", "aws_cloudwatch_event_api_destination", "monthly_invocations", 2.0),  # x 0.20
        ("aws:schemas/discoverer:Discoverer", "aws_schemas_discoverer", "monthly_schema_discovery_events", 1.0),  # x 0.10
    ],
)
def test_what_moves_events_costs_by_the_million(priced, usage_of, token, terraform_type, field, cost):
    assert priced((token, "example", {}), usage=usage_of(terraform_type, {field: 10_000_000})).monthly_cost.expected == pytest.approx(cost)
