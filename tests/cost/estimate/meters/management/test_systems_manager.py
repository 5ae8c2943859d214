from __future__ import annotations

import pytest

from cost.estimate import Usage
from cost.estimate.model import Status

PARAMETER = "aws:ssm/parameter:Parameter"
ACTIVATION = "aws:ssm/activation:Activation"


def _usage(terraform_type, **fields):
    return Usage(by_type={terraform_type: fields})


@pytest.mark.parametrize(("tier", "status", "cost"), [("Standard", Status.FREE, 0.0), ("Advanced", Status.PRICED, 0.10)])
def test_only_advanced_parameters_cost(priced, tier, status, cost):
    found = priced((PARAMETER, "p", {"tier": tier}))
    assert found.status is status
    # storage 730 h x 0.0000685 = 0.05; calls, small preset 10,000 x 0.05 / 10,000 = 0.05
    assert found.monthly_cost.expected == pytest.approx(cost, abs=0.005)


def test_a_parameter_stored_for_part_of_a_month_costs_its_hours(priced):
    # infracost's golden of ssm_parameter: 600 hours 0.04 and 10 x 10,000 calls 0.50
    found = priced((PARAMETER, "p", {"tier": "Advanced"}), usage=_usage("aws_ssm_parameter", parameter_storage_hrs=600, monthly_api_interactions=100_000))
    assert found.monthly_cost.expected == pytest.approx(0.54, abs=0.005)


def test_a_standard_parameter_costs_by_the_call_once_throughput_is_raised(priced):
    found = priced((PARAMETER, "p", {}), usage=_usage("aws_ssm_parameter", api_throughput_limit="higher", monthly_api_interactions=1_000_000))
    assert found.monthly_cost.expected == pytest.approx(5.00)


def test_intelligent_tiering_is_free_until_it_must_be_advanced(priced):
    usage = _usage("aws_ssm_parameter", monthly_api_interactions=0)
    found = priced((PARAMETER, "p", {"tier": "Intelligent-Tiering"}), usage=usage)
    assert (found.monthly_cost.min, found.monthly_cost.expected) == (0, 0)
    assert found.monthly_cost.max == pytest.approx(0.05, abs=0.005)


def test_on_premises_instances_of_the_standard_tier_are_free(priced):
    assert priced((ACTIVATION, "a", {"iamRole": "r"})).status is Status.FREE


def test_on_premises_instances_of_the_advanced_tier_cost_by_the_hour_up_to_the_limit(priced):
    found = priced((ACTIVATION, "a", {"iamRole": "r", "registrationLimit": 100}), usage=_usage("aws_ssm_activation", instance_tier="advanced", instances=40))
    # 40 x 730 x 0.00695 = 202.94; the limit 100 x 730 x 0.00695 = 507.35
    assert found.monthly_cost.min == 0
    assert found.monthly_cost.expected == pytest.approx(202.94)
    assert found.monthly_cost.max == pytest.approx(507.35)


def test_an_association_costs_only_by_the_automation_steps_it_starts(priced):
    kind = "aws:ssm/association:Association"
    assert priced((kind, "a", {"name": "AWS-RunPatchBaseline"})).status is Status.FREE
    assert priced((kind, "a", {}), usage=_usage("aws_ssm_association", monthly_automation_steps=1000)).monthly_cost.expected == pytest.approx(2.00)


def test_appconfig_costs_by_requests_and_by_what_is_received(priced):
    usage = _usage("aws_appconfig_application", monthly_configuration_requests=10_000_000, monthly_configurations_received=5000)
    # 10 x 0.20 + 5 x 0.80 = 6.00
    assert priced(("aws:appconfig/application:Application", "a", {}), usage=usage).monthly_cost.expected == pytest.approx(6.00)
