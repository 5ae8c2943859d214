"""The inference endpoint as the recorder sees it: on several instances, in the VPC, encrypted, captured, scaled, and rolled back by alarms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.session import get_session

from infra.instances import hosting_instances
from plinth.stack import Resource, Stack
from plinth.stack.recorder import record

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

PROGRAM = """
import pulumi
from infra.endpoint import InferenceEndpoint, InferenceEndpointArgs
from infra.settings.endpoint import EndpointSettings
from infra.settings.profile import PROFILES, ProfileName
from infra.tags import Tags

case = pulumi.Config("case")
args = InferenceEndpointArgs(
    settings=EndpointSettings(**case.require_object("settings")),
    profile=PROFILES[ProfileName(case.require("profile"))],
    tags=Tags("x", "owner", "cost"),
    endpoint_name="plinth-x-demo",
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b", "subnet-c"],
    vpc_endpoints_security_group_id="sg-endpoints",
    s3_prefix_list_id="pl-s3",
    execution_role_arn="arn:aws:iam::123456789012:role/endpoint",
    artifact_bucket="artifacts",
    artifact_key_arn="arn:artifact-key",
    endpoint_key_arn="arn:endpoint-key",
    log_key_arn="arn:log-key",
    alarm_topic_arns=["arn:topic"],
)
InferenceEndpoint("plinth-x-endpoint", args)
"""

GOOD = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/plinth-x/serving:1.0.0", "model_key": "models/demo/model.tar.gz"}


def evaluated(folder: Path, changes: dict[str, Any], profile: str) -> Stack:
    (folder / "program").mkdir()
    (folder / "program" / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: plinth\nruntime: python\nmain: program\n")
    config = {"aws:region": "us-east-1", "case:settings": {**GOOD, **changes}, "case:profile": profile}
    (folder / "Pulumi.x.yaml").write_text(yaml.safe_dump({"config": config}))
    return record("x", folder)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return evaluated(tmp_path_factory.mktemp("dev"), {}, "dev")


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Everything that the settings can change is changed."""
    changes = {
        "model_key": "models/demo/",
        "instance_type": "ml.g5.xlarge",
        "min_instances": 4,
        "max_instances": 9,
        "invocations_per_instance": 120,
        "scale_out_cooldown_seconds": 30,
        "scale_in_cooldown_seconds": 900,
        "capture_percentage": 5,
        "utilization_alarm_percent": 70,
        "rollback": {"server_error_rate": 0.02, "model_error_rate": 0.03, "latency_p99_ms": 250, "bake_seconds": 300},
    }
    return evaluated(tmp_path_factory.mktemp("prod"), changes, "prod")


def one(stack: Stack, type_: str) -> Resource:
    (found,) = stack.of_type(type_)
    return found


def variant(stack: Stack) -> dict[str, Any]:
    (found,) = one(stack, CONFIGURATION).inputs["productionVariants"]
    return found


def alarms(stack: Stack) -> dict[str, Resource]:
    return {alarm.inputs["name"].removeprefix("plinth-x-demo-"): alarm for alarm in stack.of_type(ALARM)}


def test_an_endpoint_starts_on_two_instances_in_dev(dev: Stack):
    assert variant(dev)["initialInstanceCount"] == 2
    assert one(dev, TARGET).inputs["minCapacity"] == 2


def test_the_profile_sets_the_minimum_where_the_settings_do_not(tmp_path: Path):
    stack = evaluated(tmp_path, {}, "prod")
    assert (variant(stack)["initialInstanceCount"], one(stack, TARGET).inputs["minCapacity"]) == (3, 3)


def test_the_settings_may_ask_for_more(prod: Stack):
    assert (variant(prod)["initialInstanceCount"], variant(prod)["instanceType"]) == (4, "ml.g5.xlarge")
    assert (one(prod, TARGET).inputs["minCapacity"], one(prod, TARGET).inputs["maxCapacity"]) == (4, 9)


def test_the_model_runs_in_the_vpc_in_every_zone_and_reaches_no_network(dev: Stack):
    model, group = one(dev, MODEL).inputs, one(dev, SECURITY_GROUP)
    assert model["vpcConfig"] == {"subnets": ["subnet-a", "subnet-b", "subnet-c"], "securityGroupIds": [group.id]}
    assert model["enableNetworkIsolation"] is True
    assert model["executionRoleArn"] == "arn:aws:iam::123456789012:role/endpoint"


def test_nothing_comes_in_and_only_endpoints_and_s3_are_reached(dev: Stack):
    group = one(dev, SECURITY_GROUP)
    assert group.inputs["vpcId"] == "vpc-1"
    assert not {"ingress", "egress"} & set(group.inputs)
    assert not dev.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    rules = [rule.inputs for rule in dev.of_type(EGRESS)]
    assert all((rule["securityGroupId"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == (group.id, "tcp", 443, 443) for rule in rules)
    assert sorted(rule.get("referencedSecurityGroupId") or rule["prefixListId"] for rule in rules) == ["pl-s3", "sg-endpoints"]
    assert not any("cidrIpv4" in rule or "cidrIpv6" in rule for rule in rules)


@pytest.mark.parametrize(("stack", "uri", "kind", "compression"), [("dev", "model.tar.gz", "S3Object", "Gzip"), ("prod", "", "S3Prefix", "None")])
def test_the_model_comes_from_the_artifact_bucket(stack: str, uri: str, kind: str, compression: str, request: pytest.FixtureRequest):
    container = one(request.getfixturevalue(stack), MODEL).inputs["primaryContainer"]
    assert container["image"] == GOOD["image"]
    assert container["modelDataSource"] == {
        "s3DataSources": [{"s3Uri": f"s3://artifacts/models/demo/{uri}", "s3DataType": kind, "compressionType": compression}]
    }


def test_the_configuration_is_unnamed_behind_a_fixed_name(dev: Stack):
    configuration, endpoint = one(dev, CONFIGURATION), one(dev, ENDPOINT)
    assert not {"name", "namePrefix"} & set(configuration.inputs), "a named one is deleted before the endpoint lets go of it"
    assert "name" not in one(dev, MODEL).inputs
    assert endpoint.inputs["name"] == "plinth-x-demo"
    assert endpoint.inputs["endpointConfigName"] == configuration.outputs["name"]
    assert variant(dev)["modelName"] == one(dev, MODEL).outputs["name"]


def test_volumes_are_encrypted_by_our_key(dev: Stack):
    assert one(dev, CONFIGURATION).inputs["kmsKeyArn"] == "arn:endpoint-key"


def test_types_that_encrypt_their_own_disks_get_no_key(prod: Stack):
    assert hosting_instances()["ml.g5.xlarge"].local_storage
    assert "kmsKeyArn" not in one(prod, CONFIGURATION).inputs, "SageMaker refuses a key for a type with NVMe disks"


def test_the_volume_has_a_size_where_the_type_has_no_disks_of_its_own(dev: Stack, prod: Stack, tmp_path: Path):
    assert variant(dev)["volumeSizeInGb"] == 30
    assert "volumeSizeInGb" not in variant(prod), "SageMaker takes no size for a type with NVMe disks"
    assert variant(evaluated(tmp_path, {"volume_gib": 120}, "dev"))["volumeSizeInGb"] == 120


def test_requests_are_captured_where_the_role_may_write_under_the_buckets_key(dev: Stack, prod: Stack):
    capture = one(dev, CONFIGURATION).inputs["dataCaptureConfig"]
    assert (capture["enableCapture"], capture["initialSamplingPercentage"]) == (True, 20)
    assert capture["destinationS3Uri"] == "s3://artifacts/data-capture/plinth-x-demo"
    assert capture["kmsKeyId"] == "arn:artifact-key", "the bucket refuses every other key"
    assert [option["captureMode"] for option in capture["captureOptions"]] == ["Input", "Output"]
    assert one(prod, CONFIGURATION).inputs["dataCaptureConfig"]["initialSamplingPercentage"] == 5


def test_requests_go_to_the_instance_with_the_fewest_waiting(dev: Stack):
    assert variant(dev)["routingConfigs"] == [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}]


@pytest.mark.parametrize(("stack", "bake"), [("dev", 600), ("prod", 300)])
def test_a_new_version_goes_to_one_instance_first_and_is_watched(stack: str, bake: int, request: pytest.FixtureRequest):
    update = one(request.getfixturevalue(stack), ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]
    routing = update["trafficRoutingConfiguration"]
    assert (routing["type"], routing["canarySize"]) == ("CANARY", {"type": "INSTANCE_COUNT", "value": 1})
    assert routing["waitIntervalInSeconds"] == update["terminationWaitInSeconds"] == bake
    longest = update["maximumExecutionTimeoutInSeconds"]
    assert 2 * bake + 1800 < longest <= 14400, "the waits, and time to start instances, within the provider's limit"


def test_alarms_roll_a_bad_deployment_back(dev: Stack):
    rollback = one(dev, ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert {alarm["alarmName"].removeprefix("plinth-x-demo-") for alarm in rollback} == {"server-errors", "model-errors", "latency-p99"}
    endpoint = one(dev, ENDPOINT)
    for name, alarm in alarms(dev).items():
        assert (alarm.urn in endpoint.dependencies) == (name != "over-utilization"), f"{name} must stand before the endpoint"


def test_being_out_of_room_does_not_undo_the_deployment_that_cures_it(dev: Stack):
    rollback = one(dev, ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert "plinth-x-demo-over-utilization" in {alarm.inputs["name"] for alarm in dev.of_type(ALARM)} - {alarm["alarmName"] for alarm in rollback}


def test_each_alarm_watches_its_metric_in_the_metrics_unit(dev: Stack, prod: Stack):
    def watched(stack: Stack) -> dict[str, tuple[Any, ...]]:
        keys = ("namespace", "metricName", "statistic", "extendedStatistic", "threshold", "period")
        return {name: tuple(alarm.inputs.get(key) for key in keys) for name, alarm in alarms(stack).items()}

    invocations, instances = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
    assert watched(dev) == {
        "server-errors": (invocations, "Invocation5XXErrors", "Average", None, 0.01, 60),
        "model-errors": (invocations, "InvocationModelErrors", "Average", None, 0.01, 60),
        "latency-p99": (invocations, "ModelLatency", None, "p99", 1_000_000, 60),
        "over-utilization": (instances, "CPUUtilization", "Average", None, 170, 300),
    }
    thresholds = {name: found[4] for name, found in watched(prod).items()}
    assert thresholds == {"server-errors": 0.02, "model-errors": 0.03, "latency-p99": 250_000, "over-utilization": 280}


def test_alarms_are_about_this_endpoint_and_tell_people(dev: Stack):
    for alarm in dev.of_type(ALARM):
        assert alarm.inputs["dimensions"] == {"EndpointName": "plinth-x-demo", "VariantName": variant(dev)["variantName"]}
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == ["arn:topic"]
        assert alarm.inputs["comparisonOperator"] == "GreaterThanThreshold"
        assert (alarm.inputs["evaluationPeriods"], alarm.inputs["datapointsToAlarm"]) == (3, 2)
        assert alarm.inputs["treatMissingData"] == "notBreaching", "no requests are no errors"


def test_a_rollback_alarm_can_ring_while_a_canary_is_watched(dev: Stack, prod: Stack):
    for stack in (dev, prod):
        bake = one(stack, ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"]["waitIntervalInSeconds"]
        for name, alarm in alarms(stack).items():
            if name != "over-utilization":
                assert alarm.inputs["period"] * alarm.inputs["evaluationPeriods"] < bake


def test_instances_follow_the_requests(dev: Stack, prod: Stack):
    target, policy = one(dev, TARGET), one(dev, POLICY).inputs
    assert target.inputs["resourceId"] == f"endpoint/plinth-x-demo/variant/{variant(dev)['variantName']}"
    assert (target.inputs["serviceNamespace"], target.inputs["scalableDimension"]) == ("sagemaker", "sagemaker:variant:DesiredInstanceCount")
    assert (policy["resourceId"], policy["policyType"]) == (target.inputs["resourceId"], "TargetTrackingScaling")
    assert policy["targetTrackingScalingPolicyConfiguration"] == {
        "targetValue": 600,
        "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "scaleOutCooldown": 60,
        "scaleInCooldown": 300,
    }
    changed = one(prod, POLICY).inputs["targetTrackingScalingPolicyConfiguration"]
    assert (changed["targetValue"], changed["scaleOutCooldown"], changed["scaleInCooldown"]) == (120, 30, 900)


def test_scaling_waits_for_the_endpoint(dev: Stack):
    assert one(dev, ENDPOINT).urn in one(dev, TARGET).dependencies
    assert one(dev, TARGET).urn in one(dev, POLICY).dependencies


def test_logs_go_to_an_encrypted_group_that_stands_first(dev: Stack, prod: Stack):
    group = one(dev, LOG_GROUP)
    assert group.inputs["name"] == "/aws/sagemaker/Endpoints/plinth-x-demo"
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == ("arn:log-key", 90)
    assert group.urn in one(dev, ENDPOINT).dependencies
    assert not group.options.protect and not group.options.retain_on_delete
    kept = one(prod, LOG_GROUP)
    assert (kept.inputs["retentionInDays"], kept.options.protect, kept.options.retain_on_delete) == (365, True, True)


def test_every_resource_hangs_under_the_component_and_has_its_name(dev: Stack):
    (component,) = dev.of_type("plinth:infra:InferenceEndpoint")
    assert all(resource.parent == component.urn and resource.name.startswith(component.name) for resource in dev.custom)
    assert component.outputs["endpoint_name"] == "plinth-x-demo"


def test_values_are_ones_that_the_apis_know(dev: Stack, prod: Stack):
    sagemaker, scaling = (get_session().get_service_model(name) for name in ("sagemaker", "application-autoscaling"))
    for stack in (dev, prod):
        assert variant(stack)["instanceType"] in sagemaker.shape_for("ProductionVariantInstanceType").enum
        data = one(stack, MODEL).inputs["primaryContainer"]["modelDataSource"]["s3DataSources"][0]
        assert data["s3DataType"] in sagemaker.shape_for("S3ModelDataType").enum
        assert data["compressionType"] in sagemaker.shape_for("ModelCompressionType").enum
        metric = one(stack, POLICY).inputs["targetTrackingScalingPolicyConfiguration"]["predefinedMetricSpecification"]
        assert metric["predefinedMetricType"] in scaling.shape_for("MetricType").enum
        assert variant(stack)["routingConfigs"][0]["routingStrategy"] in sagemaker.shape_for("RoutingStrategy").enum
    known = set(sagemaker.shape_for("ProductionVariantInstanceType").enum)
    assert set(hosting_instances()) <= known
