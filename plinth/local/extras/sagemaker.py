"""SageMaker beyond moto: today's instance types, and members of models and endpoints that moto drops."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker import urls
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig
from moto.sagemaker.responses import SageMakerResponse

from plinth.local.extras.memory import asked, memory

CONFIG_MEMBERS = ("ShadowProductionVariants", "ExplainerConfig", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation", "MetricsConfig")


@lru_cache
def instance_types() -> frozenset[str]:
    """The instance types that botocore's model of SageMaker allows for a production variant."""
    from botocore.session import Session

    return frozenset(Session().get_service_model("sagemaker").shape_for("ProductionVariantInstanceType").enum)  # type: ignore[attr-defined]


def validate_instance_type(self: FakeEndpointConfig, instance_type: str) -> None:
    """Refuse an instance type that the API does not know; moto's own list ends in 2019."""
    if instance_type not in instance_types():
        raise ValidationError(message=f"Value '{instance_type}' at 'instanceType' failed to satisfy constraint: Member must satisfy enum value set")


class SageMakerExtras(SageMakerResponse):
    """moto's SageMaker with the members that it drops."""

    def create_model(self) -> ActionResult:
        """CreateModel, keeping EnableNetworkIsolation and InferenceExecutionConfig."""
        result = super().create_model()
        model: Any = self.sagemaker_backend.describe_model(self._get_param("ModelName"))
        model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
        model.inference_execution_config = self._get_param("InferenceExecutionConfig")
        # moto answers with an empty VpcConfig for a model that has none, which the API's shape does not allow.
        model.vpc_config = model.vpc_config or None
        return result

    def create_endpoint_config(self) -> ActionResult:
        """CreateEndpointConfig, keeping every member."""
        result = super().create_endpoint_config()
        memory(self.sagemaker_backend, "endpoint-config")[self._get_param("EndpointConfigName")] = asked(self, *CONFIG_MEMBERS)
        return result

    def describe_endpoint_config(self) -> ActionResult:
        """DescribeEndpointConfig, with the members kept."""
        described: Any = super().describe_endpoint_config().result
        # moto answers with an empty DataCaptureConfig where there is none, which the API's shape does not allow.
        described = {member: value for member, value in described.items() if value != {}}
        return ActionResult({**described, **memory(self.sagemaker_backend, "endpoint-config").get(self._get_param("EndpointConfigName"), {})})

    def delete_endpoint_config(self) -> ActionResult:
        """DeleteEndpointConfig."""
        result = super().delete_endpoint_config()
        memory(self.sagemaker_backend, "endpoint-config").pop(self._get_param("EndpointConfigName"), None)
        return result

    def create_endpoint(self) -> ActionResult:
        """CreateEndpoint, keeping the deployment configuration."""
        result = super().create_endpoint()
        memory(self.sagemaker_backend, "endpoint")[self._get_param("EndpointName")] = asked(self, "DeploymentConfig")
        return result

    def describe_endpoint(self) -> ActionResult:
        """DescribeEndpoint, which calls the deployment configuration LastDeploymentConfig."""
        described: Any = super().describe_endpoint().result
        kept = memory(self.sagemaker_backend, "endpoint").get(self._get_param("EndpointName"), {})
        return ActionResult({**described, **({"LastDeploymentConfig": kept["DeploymentConfig"]} if kept else {})})

    def delete_endpoint(self) -> ActionResult:
        """DeleteEndpoint."""
        result = super().delete_endpoint()
        memory(self.sagemaker_backend, "endpoint").pop(self._get_param("EndpointName"), None)
        return result

    def delete_model_package_group(self) -> ActionResult:
        """DeleteModelPackageGroup, which moto lacks; a group that holds packages is refused, as on AWS."""
        name = self._get_param("ModelPackageGroupName")
        self.sagemaker_backend.describe_model_package_group(name)
        if any(package.model_package_group_name == name for package in self.sagemaker_backend.model_packages.values()):
            raise ValidationError(message=f"Model Package Group {name} is not empty")
        del self.sagemaker_backend.model_package_groups[name]
        return EmptyResult()


def install() -> None:
    """Route SageMaker to the extended class, and judge instance types by botocore's list."""
    FakeEndpointConfig.validate_instance_type = validate_instance_type
    for path in urls.url_paths:
        urls.url_paths[path] = SageMakerExtras.dispatch
