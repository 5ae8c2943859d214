"""Developer-tool meters: CodeBuild, CodePipeline, CodeDeploy, CodeArtifact, CodeCommit, CloudFormation, Service Catalog, fault injection."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, constant, used_charge

_PLATFORMS = {"LINUX_CONTAINER": "Linux", "LINUX_EC2": "Linux", "WINDOWS_SERVER_2019_CONTAINER": "Windows", "WINDOWS_SERVER_2022_CONTAINER": "Windows"}
ARM = "ARM_CONTAINER"


def project(context: Context) -> Iterable[Item]:
    """Build minutes of the project's compute type; each build is rounded up to the minute. Source: AWS CodeBuild pricing."""
    computer = context.text("environment.computeType", "BUILD_GENERAL1_SMALL").removeprefix("BUILD_").lower().replace("_", ".")
    platform = context.text("environment.type", "LINUX_CONTAINER")
    if platform == ARM:
        component = f"{computer.replace('general1', 'arm1')} Arm"
    elif platform in _PLATFORMS:
        component = f"{computer} {_PLATFORMS[platform]}"
    else:
        raise UndecidableError(f"no price for CodeBuild environments of type {platform}")
    yield from used_charge(context, "aws_codebuild_project", Used("monthly_build_mins", component))


def pipeline(context: Context) -> Iterable[Item]:
    """A V1 pipeline by the active month, a V2 pipeline by the minute of its actions. Source: AWS CodePipeline pricing."""
    if context.text("pipelineType", "V1") == "V2":
        yield from used_charge(context, "aws_codepipeline", Used("monthly_action_minutes", "V2 action execution"))
    else:
        yield Charge("aws_codepipeline", "V1 active pipeline", constant(1), assumptions=("runs at least once this month",))


def deployment_group(context: Context) -> Iterable[Item]:
    """Deployments to EC2, Lambda and ECS are free; an update of an on-premises instance costs. Source: AWS CodeDeploy pricing."""
    if context.items("onPremisesInstanceTagFilters"):
        yield from used_charge(context, "aws_codedeploy_deployment_group", Used("monthly_on_premises_updates", "on-premises instance update"))
    else:
        yield Free("deployments to EC2, Lambda and ECS carry no charge")


def template(context: Context) -> Iterable[Item]:
    """Handler operations on resources that are not AWS's own. What the template creates is no resource of the program. Source: AWS CloudFormation pricing."""
    yield from used_charge(context, "aws_cloudformation_stack", Used("monthly_handler_operations", "handler operations"))
    yield from used_charge(context, "aws_cloudformation_stack", Used("monthly_duration_secs", "handler duration above 30 s"))
    yield Unpriced("resources of the template", "CloudFormation creates them, and they are not in this stack; estimate the template by itself")


HANDLER_FIELDS = ("monthly_handler_operations", "monthly_duration_secs")

METERS = {
    "aws:cloudformation/stack:Stack": Meter("aws_cloudformation_stack", measure=template, extra_fields=HANDLER_FIELDS),
    "aws:cloudformation/stackSet:StackSet": Meter("aws_cloudformation_stack_set", measure=template, extra_fields=HANDLER_FIELDS),
    "aws:codebuild/project:Project": Meter("aws_codebuild_project", measure=project, extra_fields=("monthly_build_mins",)),
    "aws:codepipeline/pipeline:Pipeline": Meter("aws_codepipeline", measure=pipeline, extra_fields=("monthly_action_minutes",)),
    "aws:codeartifact/domain:Domain": Meter(
        "aws_codeartifact_domain",
        used=(Used("storage_gb", "package storage"), Used("monthly_requests", "package requests", 10_000)),
    ),
    "aws:codecommit/repository:Repository": Meter("aws_codecommit_repository", used=(Used("active_users", "active user"),)),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": Meter(
        "aws_codedeploy_deployment_group", measure=deployment_group, extra_fields=("monthly_on_premises_updates",)
    ),
    "aws:servicecatalog/portfolio:Portfolio": Meter("aws_servicecatalog_portfolio", used=(Used("monthly_api_calls", "API calls"),)),
    "aws:fis/experimentTemplate:ExperimentTemplate": Meter("aws_fis_experiment_template", used=(Used("monthly_action_minutes", "action-minute"),)),
}
