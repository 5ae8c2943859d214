from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status

PROJECT = "aws:codebuild/project:Project"
GROUP = "aws:codedeploy/deploymentGroup:DeploymentGroup"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"


@pytest.mark.parametrize(
    ("compute", "platform", "cost"),
    [
        # infracost's golden of codebuild_project: 0.005, 0.01, 0.02 and 0.036 a minute
        ("BUILD_GENERAL1_SMALL", "LINUX_CONTAINER", 5.00),
        ("BUILD_GENERAL1_MEDIUM", "LINUX_CONTAINER", 10.00),
        ("BUILD_GENERAL1_LARGE", "LINUX_CONTAINER", 20.00),
        ("BUILD_GENERAL1_LARGE", "WINDOWS_SERVER_2019_CONTAINER", 36.00),
        ("BUILD_GENERAL1_SMALL", "ARM_CONTAINER", 3.40),
    ],
)
def test_a_build_minute_costs_by_compute_type_and_platform(priced, usage_of, compute, platform, cost):
    inputs = {"environment": {"computeType": compute, "type": platform, "image": "aws/codebuild/standard:7.0"}}
    assert priced((PROJECT, "p", inputs), usage=usage_of("aws_codebuild_project", {"monthly_build_mins": 1000})).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize(("compute", "platform"), [("BUILD_LAMBDA_1GB", "LINUX_LAMBDA_CONTAINER"), ("BUILD_GENERAL1_XLARGE", "LINUX_CONTAINER")])
def test_a_compute_type_without_a_price_is_unknown(priced, compute, platform):
    assert priced((PROJECT, "p", {"environment": {"computeType": compute, "type": platform}})).status is Status.UNKNOWN


def test_a_pipeline_costs_by_the_month_or_by_the_minute(priced, usage_of):
    assert priced((PIPELINE, "p", {})).monthly_cost.expected == pytest.approx(1.00)
    found = priced((PIPELINE, "p", {"pipelineType": "V2"}), usage=usage_of("aws_codepipeline", {"monthly_action_minutes": 2000}))
    assert found.monthly_cost.expected == pytest.approx(4.00)


def test_only_updates_of_on_premises_instances_cost(priced, usage_of):
    usage = usage_of("aws_codedeploy_deployment_group", {"monthly_on_premises_updates": 100})
    assert priced((GROUP, "g", {"appName": "a"}), usage=usage).status is Status.FREE
    inputs = {"appName": "a", "onPremisesInstanceTagFilters": [{"key": "role", "type": "KEY_AND_VALUE", "value": "edge"}]}
    assert priced((GROUP, "g", inputs), usage=usage).monthly_cost.expected == pytest.approx(2.00)


@pytest.mark.parametrize(
    ("type_", "terraform_type", "fields", "cost"),
    [
        ("aws:codeartifact/domain:Domain", "aws_codeartifact_domain", {"storage_gb": 100, "monthly_requests": 1_000_000}, 10.00),
        # five users are free whatever the free tier, for the price list itself says so
        ("aws:codecommit/repository:Repository", "aws_codecommit_repository", {"active_users": 12}, 7.00),
        ("aws:servicecatalog/portfolio:Portfolio", "aws_servicecatalog_portfolio", {"monthly_api_calls": 10_000}, 7.00),
        ("aws:fis/experimentTemplate:ExperimentTemplate", "aws_fis_experiment_template", {"monthly_action_minutes": 60}, 6.00),
    ],
)
def test_tools_cost_by_use(priced, usage_of, type_, terraform_type, fields, cost):
    assert priced((type_, "t", {}), usage=usage_of(terraform_type, fields)).monthly_cost.expected == pytest.approx(cost)


@pytest.mark.parametrize("kind", ["stack:Stack", "stackSet:StackSet"])
def test_a_template_is_unknown_for_what_it_creates_is_not_in_the_stack(priced, kind):
    found = priced((f"aws:cloudformation/{kind}", "t", {"templateBody": "{}"}))
    assert found.status is Status.UNKNOWN
    assert "CloudFormation creates them" in found.reason


def test_handler_operations_of_a_template_cost_beside_what_it_creates(stack_of, usage_of):
    usage = usage_of("aws_cloudformation_stack", {"monthly_handler_operations": 10_000})
    result = estimate(stack_of(("aws:cloudformation/stack:Stack", "t", {})), (usage,))
    # infracost's golden of cloudformation_stack: 10,000 operations 9.00
    assert result.total.expected == pytest.approx(9.00)
    assert [item.component for item in result.unknown] == ["resources of the template"]
