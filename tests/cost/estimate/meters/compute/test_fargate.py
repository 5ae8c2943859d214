from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import PurchaseOption, QuantitySource, Status
from plinth.stack import UNKNOWN

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TARGET = "aws:appautoscaling/target:Target"
CLUSTER = "aws:ecs/cluster:Cluster"
PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
PROFILE = "aws:eks/fargateProfile:FargateProfile"
EXPRESS = "aws:ecs/expressGatewayService:ExpressGatewayService"
ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/app:1"
INPUTS = {"launchType": "FARGATE", "desiredCount": 2, "taskDefinition": ARN}


def _task(resource, **inputs):
    return resource(TASK, "app", {"family": "app", "cpu": "1024", "memory": "2048", **inputs}, outputs={"arn": ARN})


def _cost(found, component):
    return sum(item.monthly_cost.expected for item in found.lines if item.component.startswith(component))


def test_a_service_costs_what_its_tasks_ask_for(priced, line, resource):
    found = priced((SERVICE, "app", INPUTS), _task(resource))
    # two tasks x 730 h x 1 vCPU at 0.04048, 2 GB at 0.004445
    assert line(found, "Fargate vCPU").monthly_cost.expected == pytest.approx(2 * 730 * 0.04048)
    assert line(found, "Fargate memory").monthly_cost.expected == pytest.approx(2 * 730 * 2 * 0.004445)
    assert len(found.lines) == 2, "20 GB of storage are included"


@pytest.mark.parametrize(("cpu", "memory", "vcpu", "gb"), [("256", "512", 0.25, 0.5), ("1 vCPU", "2 GB", 1, 2), (".5 vCPU", "1024", 0.5, 1)])
def test_a_tasks_size_may_be_units_or_words(priced, line, resource, cpu, memory, vcpu, gb):
    found = priced((SERVICE, "app", {**INPUTS, "desiredCount": 1}), _task(resource, cpu=cpu, memory=memory))
    assert line(found, "Fargate vCPU").quantity.expected == 730 * vcpu
    assert line(found, "Fargate memory").quantity.expected == 730 * gb


def test_arm_is_cheaper_and_windows_pays_its_licence(priced, line, resource):
    arm = priced((SERVICE, "app", INPUTS), _task(resource, runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}))
    windows = priced((SERVICE, "app", INPUTS), _task(resource, runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}))
    assert line(arm, "Fargate vCPU").unit_price == 0.03238
    assert line(windows, "Fargate Windows licence").monthly_cost.expected == pytest.approx(2 * 730 * 0.046)


def test_spot_and_fargate_share_by_base_and_weight(priced, resource):
    strategies = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 3}]
    found = priced((SERVICE, "app", {"desiredCount": 5, "taskDefinition": ARN, "capacityProviderStrategies": strategies}), _task(resource))
    # one first, then one and three of the other four
    hours = {item.component: item.quantity.expected for item in found.lines}
    assert hours["Fargate vCPU, Linux/x86"] == 2 * 730
    assert hours["Fargate Spot vCPU, Linux/x86"] == 3 * 730
    spot = next(item for item in found.lines if item.component.startswith("Fargate Spot"))
    assert spot.purchase_option is PurchaseOption.SPOT
    assert any("supply and demand" in note for note in spot.assumptions)


def test_a_scaling_target_makes_the_range(priced, line, resource):
    target = (TARGET, "scale", {"resourceId": "service/main/app", "scalableDimension": "ecs:service:DesiredCount", "minCapacity": 1, "maxCapacity": 10})
    found = line(priced((SERVICE, "app", {**INPUTS, "name": "app"}), _task(resource), target), "Fargate vCPU")
    assert (found.quantity.min, found.quantity.expected, found.quantity.max) == (730, 1460, 7300)
    usage = Usage(by_type={"aws_ecs_service": {"tasks": 4.0}}, source=QuantitySource.USAGE_FILE)
    stated = line(priced((SERVICE, "app", {**INPUTS, "name": "app"}), _task(resource), target, usage=usage), "Fargate vCPU")
    assert (stated.quantity.expected, stated.quantity_source) == (4 * 730, QuantitySource.USAGE_FILE)


def test_storage_above_20_gb_a_public_address_and_a_volume_are_charged_a_task(priced, line, resource):
    inputs = {
        **INPUTS,
        "networkConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": True},
        "volumeConfiguration": {"name": "data", "managedEbsVolume": {"roleArn": "arn:aws:iam::123456789012:role/ebs", "sizeInGb": 100, "volumeType": "gp3"}},
    }
    found = priced((SERVICE, "app", inputs), _task(resource, ephemeralStorage={"sizeInGib": 50}))
    assert line(found, "Fargate ephemeral storage").quantity.expected == 2 * 730 * 30
    assert line(found, "public IPv4").monthly_cost.expected == pytest.approx(2 * 3.65)
    assert line(found, "EBS gp3 storage").monthly_cost.expected == pytest.approx(2 * 8.00)


@pytest.mark.parametrize("inputs", [{"desiredCount": 2}, {"launchType": "EC2", "desiredCount": 2}, {"launchType": "EXTERNAL", "desiredCount": 2}])
def test_tasks_on_instances_are_free_of_their_own(priced, inputs):
    assert priced((SERVICE, "app", {**inputs, "taskDefinition": ARN})).status is Status.FREE


def test_a_service_without_a_strategy_takes_its_clusters_default(priced, resource):
    default = {"clusterName": "main", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}]}
    inputs = {"cluster": "main", "desiredCount": 1, "taskDefinition": ARN}
    assert priced((SERVICE, "app", inputs), _task(resource), (PROVIDERS, "providers", default)).status is Status.PRICED


@pytest.mark.parametrize(
    ("inputs", "task", "reason"),
    [
        ({"desiredCount": UNKNOWN}, {}, "desiredCount"),
        ({"taskDefinition": "elsewhere:1"}, {}, "not in this stack"),
        ({}, {"cpu": UNKNOWN}, "cpu is known only after deployment"),
        ({}, {"runtimePlatform": {"cpuArchitecture": UNKNOWN}}, "runtime platform"),
        ({}, {"ephemeralStorage": {"sizeInGib": UNKNOWN}}, "ephemeral storage"),
    ],
)
def test_a_service_that_is_not_known_says_why(priced, resource, inputs, task, reason):
    found = priced((SERVICE, "app", {**INPUTS, **inputs}), _task(resource, **task))
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_an_unknown_desired_count_gives_the_limits_that_its_target_has(priced, resource):
    target = (TARGET, "scale", {"resourceId": "service/main/app", "scalableDimension": "ecs:service:DesiredCount", "minCapacity": 1, "maxCapacity": 10})
    found = priced((SERVICE, "app", {**INPUTS, "name": "app", "desiredCount": UNKNOWN}), _task(resource), target)
    assert "allows 1 to 10 tasks" in found.reason


def test_spot_on_arm_has_no_price_and_is_listed(stack_of, resource):
    strategies = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    arm = _task(resource, runtimePlatform={"cpuArchitecture": "ARM64"})
    found = estimate(stack_of((SERVICE, "app", {"desiredCount": 1, "taskDefinition": ARN, "capacityProviderStrategies": strategies}), arm))
    app = next(item for item in found.resources if item.name == "app")
    assert app.status is Status.UNKNOWN
    assert "--prices" in app.reason


def test_an_express_service_runs_at_its_floor_and_lists_its_load_balancer(stack_of):
    inputs = {
        "executionRoleArn": "arn:aws:iam::123456789012:role/e",
        "infrastructureRoleArn": "arn:aws:iam::123456789012:role/i",
        "primaryContainer": {"image": "app"},
        "cpu": "512",
        "memory": "1024",
        "scalingTargets": [{"minTaskCount": 2, "maxTaskCount": 6}],
    }
    result = estimate(stack_of((EXPRESS, "app", inputs)))
    vcpu = result.resources[0].lines[0]
    assert (vcpu.quantity.min, vcpu.quantity.expected, vcpu.quantity.max) == (2 * 365, 2 * 365, 6 * 365)
    assert [item.component for item in result.unknown] == ["load balancer"]


@pytest.mark.parametrize(("settings", "status"), [([], Status.FREE), ([{"name": "containerInsights", "value": "enabled"}], Status.UNKNOWN)])
def test_a_cluster_is_free_but_for_container_insights(priced, settings, status):
    assert priced((CLUSTER, "main", {"settings": settings})).status is status


def test_container_insights_are_custom_metrics_by_usage(priced):
    usage = Usage(by_type={"aws_ecs_cluster": {"container_insights_metrics": 50.0}})
    found = priced((CLUSTER, "main", {"settings": [{"name": "containerInsights", "value": "enabled"}]}), usage=usage)
    assert found.monthly_cost.expected == pytest.approx(50 * 0.30)


def test_a_capacity_provider_is_free_over_a_group_and_unknown_over_managed_instances(priced):
    type_ = "aws:ecs/capacityProvider:CapacityProvider"
    assert priced((type_, "p", {"autoScalingGroupProvider": {"autoScalingGroupArn": "arn"}})).status is Status.FREE
    assert priced((type_, "p", {"managedInstancesProvider": {"infrastructureRoleArn": "arn"}})).status is Status.UNKNOWN


def test_a_profiles_pods_are_the_presets_until_they_are_stated(priced, line):
    found = priced((PROFILE, "batch", {"clusterName": "eks", "podExecutionRoleArn": "arn", "selectors": [{"namespace": "batch"}]}))
    # preset small: 1,460 pod-hours of 0.5 vCPU and 1 GB
    assert line(found, "Linux/x86 vCPU").monthly_cost.expected == pytest.approx(730 * 0.04048)
    assert line(found, "Linux/x86 vCPU").quantity_source is QuantitySource.PRESET
    usage = Usage(by_type={"aws_eks_fargate_profile": {"ephemeral_storage_gb_per_pod": 30.0}})
    more = priced((PROFILE, "batch", {"clusterName": "eks", "podExecutionRoleArn": "arn", "selectors": []}), usage=usage)
    assert line(more, "ephemeral storage").quantity.expected == 1460 * 10
    assert _cost(more, "Linux/x86 memory") == pytest.approx(1460 * 0.004445)
