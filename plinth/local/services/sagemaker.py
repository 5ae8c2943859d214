"""SageMaker: models, endpoint configurations, endpoints, model package groups. Operations: SageMaker API reference."""

from __future__ import annotations

from plinth.local.entry import Call, Entry, Listing, Read, Step

TAGS_BY_ARN = Read("list_tags", {"ResourceArn": "arn"}, when="tags")

ENTRIES = (
    Entry(
        "aws:sagemaker/model:Model",
        "sagemaker",
        create=Step("create_model", {}, {"name": "ModelName"}),
        naming="name",
        id="name",
        outputs={"arn": "ModelArn", "name": "name"},
        reads=(Read("describe_model", {"ModelName": "name"}), TAGS_BY_ARN),
        deletes=(Call("delete_model", {"ModelName": "name"}),),
        listing=Listing("list_models", "Models", "ModelName"),
    ),
    Entry(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "sagemaker",
        create=Step("create_endpoint_config", {}, {"name": "EndpointConfigName", "kmsKeyArn": "KmsKeyId"}),
        naming="name",
        id="name",
        outputs={"arn": "EndpointConfigArn", "name": "name"},
        reads=(Read("describe_endpoint_config", {"EndpointConfigName": "name"}), TAGS_BY_ARN),
        not_sent={"namePrefix": "the name is made from it"},
        deletes=(Call("delete_endpoint_config", {"EndpointConfigName": "name"}),),
        listing=Listing("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    ),
    Entry(
        "aws:sagemaker/endpoint:Endpoint",
        "sagemaker",
        create=Step("create_endpoint", {}, {"name": "EndpointName"}),
        naming="name",
        id="name",
        outputs={"arn": "EndpointArn", "name": "name"},
        reads=(Read("describe_endpoint", {"EndpointName": "name"}), TAGS_BY_ARN),
        echoes={"deploymentConfig": "LastDeploymentConfig"},
        deletes=(Call("delete_endpoint", {"EndpointName": "name"}),),
        listing=Listing("list_endpoints", "Endpoints", "EndpointName"),
    ),
    Entry(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "sagemaker",
        create=Step("create_model_package_group"),
        naming="modelPackageGroupName",
        id="modelPackageGroupName",
        outputs={"arn": "ModelPackageGroupArn", "modelPackageGroupName": "modelPackageGroupName"},
        reads=(Read("describe_model_package_group", {"ModelPackageGroupName": "modelPackageGroupName"}), TAGS_BY_ARN),
        deletes=(Call("delete_model_package_group", {"ModelPackageGroupName": "modelPackageGroupName"}),),
        listing=Listing("list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupName"),
    ),
)
