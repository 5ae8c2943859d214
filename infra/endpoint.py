"""The inference endpoint: a model in the VPC on two instances or more, scaled by load, and rolled back by alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi import ComponentResource, ResourceOptions

from infra.endpoint_alarms import create_alarms
from infra.instances import hosting_instances
from infra.settings.endpoint import EndpointSettings
from infra.settings.profile import Profile
from infra.tags import Tags, tags_for

WORKLOAD: Final = "inference-endpoint"
VARIANT: Final = "primary"
CAPTURE_PREFIX: Final = "data-capture"
"""Where the endpoint's role may write in the artifact bucket (`infra.service_roles`)."""
HTTPS: Final = 443
BlueGreen = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgs
Routing = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgs
CanarySize = aws.sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationCanarySizeArgs
ModelData = aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs
S3Data = aws.sagemaker.ModelPrimaryContainerModelDataSourceS3DataSourceArgs


@dataclass(frozen=True)
class InferenceEndpointArgs:
    """What an InferenceEndpoint needs. `endpoint_name` is the fixed physical name that callers use; the model lies in `artifact_bucket`."""

    settings: EndpointSettings
    profile: Profile
    tags: Tags
    endpoint_name: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    vpc_endpoints_security_group_id: pulumi.Input[str]
    s3_prefix_list_id: pulumi.Input[str]
    execution_role_arn: pulumi.Input[str]
    artifact_bucket: pulumi.Input[str]
    artifact_key_arn: pulumi.Input[str]
    endpoint_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    alarm_topic_arns: Sequence[pulumi.Input[str]] = ()


class InferenceEndpoint(ComponentResource):
    """A real-time endpoint with a fixed name, whose configuration is replaced under it."""

    endpoint_name: pulumi.Output[str]
    endpoint_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: InferenceEndpointArgs, opts: ResourceOptions | None = None):
        super().__init__("plinth:infra:InferenceEndpoint", name, None, opts)
        self._name, self._args = name, args
        self._minimum = args.settings.min_instances or args.profile.minimum_replicas
        logs, group = self._log_group(), self._security_group()
        configuration = self._configuration(self._model(group))
        dimensions = {"EndpointName": args.endpoint_name, "VariantName": VARIANT}
        alarms = create_alarms(self, name, args.settings, dimensions, args.alarm_topic_arns, self._tags())
        endpoint = self._endpoint(configuration, alarms, logs)
        self._scaling(endpoint)
        self.endpoint_name, self.endpoint_arn, self.security_group_id = endpoint.name, endpoint.arn, group.id
        self.register_outputs({"endpoint_name": endpoint.name, "endpoint_arn": endpoint.arn, "security_group_id": group.id})

    def _tags(self, data_class: str = "none") -> dict[str, str]:
        return tags_for(self._args.tags, workload=WORKLOAD, data_class=data_class)

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        """SageMaker writes to this name, and would make the group itself, unencrypted and for ever, were it not there first."""
        profile = self._args.profile
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            name=f"/aws/sagemaker/Endpoints/{self._args.endpoint_name}",
            kms_key_id=self._args.log_key_arn,
            retention_in_days=profile.log_retention_days,
            deletion_protection_enabled=profile.deletion_protection,
            tags=self._tags("internal"),
            opts=ResourceOptions(parent=self, protect=profile.deletion_protection, retain_on_delete=profile.deletion_protection),
        )

    def _security_group(self) -> aws.ec2.SecurityGroup:
        """Nothing comes in (SageMaker calls the container by itself); out go the VPC's endpoints and S3, nothing else."""
        name = f"{self._name}-group"
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=self._args.vpc_id,
            description=f"Model containers of {self._args.endpoint_name}",
            tags={**self._tags(), "Name": name},
            opts=ResourceOptions(parent=self),
        )
        to = {
            "endpoints": {"referenced_security_group_id": self._args.vpc_endpoints_security_group_id, "description": "HTTPS to the VPC's endpoints"},
            "s3": {"prefix_list_id": self._args.s3_prefix_list_id, "description": "HTTPS to S3 by its gateway endpoint"},
        }
        for target, described in to.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-{target}",
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                tags=self._tags(),
                opts=ResourceOptions(parent=self),
                **described,
            )
        return group

    def _model(self, group: aws.ec2.SecurityGroup) -> aws.sagemaker.Model:
        args, archive = self._args, self._args.settings.model_key.endswith(".tar.gz")
        data = S3Data(
            s3_uri=pulumi.Output.concat("s3://", args.artifact_bucket, "/", args.settings.model_key),
            s3_data_type="S3Object" if archive else "S3Prefix",
            compression_type="Gzip" if archive else "None",
        )
        return aws.sagemaker.Model(
            f"{self._name}-model",
            execution_role_arn=args.execution_role_arn,
            enable_network_isolation=True,
            primary_container=aws.sagemaker.ModelPrimaryContainerArgs(image=args.settings.image, model_data_source=ModelData(s3_data_sources=[data])),
            vpc_config=aws.sagemaker.ModelVpcConfigArgs(security_group_ids=[group.id], subnets=args.subnet_ids),
            tags=self._tags("internal"),
            opts=ResourceOptions(parent=self),
        )

    def _configuration(self, model: aws.sagemaker.Model) -> aws.sagemaker.EndpointConfiguration:
        """Unnamed, so that a change makes a new one before the endpoint lets go of the old one (hashicorp/terraform-provider-aws#48993)."""
        args, settings = self._args, self._args.settings
        variant = aws.sagemaker.EndpointConfigurationProductionVariantArgs(
            variant_name=VARIANT,
            model_name=model.name,
            instance_type=settings.instance_type,
            initial_instance_count=self._minimum,
            volume_size_in_gb=settings.volume_size_gib,
            routing_configs=[aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(routing_strategy="LEAST_OUTSTANDING_REQUESTS")],
        )
        # SageMaker refuses a key for types with NVMe disks, which encrypt themselves (API reference, CreateEndpointConfig, KmsKeyId).
        local_storage = hosting_instances()[settings.instance_type].local_storage
        return aws.sagemaker.EndpointConfiguration(
            f"{self._name}-configuration",
            production_variants=[variant],
            kms_key_arn=None if local_storage else args.endpoint_key_arn,
            data_capture_config=self._capture(),
            tags=self._tags("confidential"),
            opts=ResourceOptions(parent=self),
        )

    def _capture(self) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs:
        args, option = self._args, aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs
        return aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
            enable_capture=True,
            initial_sampling_percentage=args.settings.capture_percentage,
            destination_s3_uri=pulumi.Output.concat("s3://", args.artifact_bucket, f"/{CAPTURE_PREFIX}/{args.endpoint_name}"),
            kms_key_id=args.artifact_key_arn,
            capture_options=[option(capture_mode="Input"), option(capture_mode="Output")],
            capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
                csv_content_types=["text/csv"], json_content_types=["application/json"]
            ),
        )

    def _endpoint(
        self, configuration: aws.sagemaker.EndpointConfiguration, alarms: list[pulumi.Output[str]], logs: aws.cloudwatch.LogGroup
    ) -> aws.sagemaker.Endpoint:
        bake = self._args.settings.rollback.bake_seconds
        one_instance = CanarySize(type="INSTANCE_COUNT", value=1)
        update = BlueGreen(
            traffic_routing_configuration=Routing(type="CANARY", canary_size=one_instance, wait_interval_in_seconds=bake),
            termination_wait_in_seconds=bake,
            maximum_execution_timeout_in_seconds=2 * bake + 3600,
        )
        watched = [aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationAlarmArgs(alarm_name=alarm) for alarm in alarms]
        return aws.sagemaker.Endpoint(
            f"{self._name}-endpoint",
            name=self._args.endpoint_name,
            endpoint_config_name=configuration.name,
            deployment_config=aws.sagemaker.EndpointDeploymentConfigArgs(
                blue_green_update_policy=update,
                auto_rollback_configuration=aws.sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgs(alarms=watched),
            ),
            tags=self._tags("confidential"),
            opts=ResourceOptions(parent=self, depends_on=[logs]),
        )

    def _scaling(self, endpoint: aws.sagemaker.Endpoint) -> None:
        settings, dimension = self._args.settings, "sagemaker:variant:DesiredInstanceCount"
        target = aws.appautoscaling.Target(
            f"{self._name}-scaling",
            service_namespace="sagemaker",
            scalable_dimension=dimension,
            resource_id=pulumi.Output.concat("endpoint/", endpoint.name, f"/variant/{VARIANT}"),
            min_capacity=self._minimum,
            max_capacity=settings.max_instances,
            tags=self._tags(),
            opts=ResourceOptions(parent=self, depends_on=[endpoint]),
        )
        metric = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
            predefined_metric_type="SageMakerVariantInvocationsPerInstance"
        )
        aws.appautoscaling.Policy(
            f"{self._name}-scaling-policy",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=settings.invocations_per_instance,
                predefined_metric_specification=metric,
                scale_out_cooldown=settings.scale_out_cooldown_seconds,
                scale_in_cooldown=settings.scale_in_cooldown_seconds,
            ),
            opts=ResourceOptions(parent=self),
        )
