"""Our own environments keep every rule, and each rule would see it if one were broken: a value is flipped and must turn red."""

from collections.abc import Mapping

import pytest

import policies
from plinth.stack import Options, build_stack
from policies.model import Status


@pytest.fixture(scope="module")
def prod(recorded):
    return recorded("prod")


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_an_environment_breaks_no_rule(recorded, environment):
    report = policies.check(recorded(environment))
    assert [(f.rule, f.name, f.message) for f in report.with_status(Status.VIOLATION, Status.UNKNOWN)] == []


def test_prod_breaks_no_rule(prod):
    report = policies.check(prod)
    assert report.environment == "prod"
    assert [(f.rule, f.name, f.message) for f in report.with_status(Status.VIOLATION, Status.UNKNOWN)] == []


def changed(value, path, new):
    """The value with another one at a dotted path; a None removes the key, and a list is changed in its first item."""
    key, _, rest = path.partition(".")
    if isinstance(value, list):
        return [changed(value[0], path, new), *value[1:]]
    if not rest and new is None:
        return {name: item for name, item in value.items() if name != key}
    return {**value, key: changed(value.get(key, {}), rest, new) if rest else new}


def rebuilt(stack, resources):
    return build_stack(list(resources), project=stack.project, name=stack.name, source=stack.source, outputs=stack.outputs)


def without(stack, type_):
    return rebuilt(stack, (each for each in stack.resources if each.type != type_))


def flipped(stack, type_, **update):
    """The stack with the first resource of a type changed."""
    first = stack.of_type(type_)[0]
    return rebuilt(stack, (each.model_copy(update=update) if each.urn == first.urn else each for each in stack.resources))


FLIPS = [
    ("PLN-CAP-001", "aws:eks/nodeGroup:NodeGroup", {"capacityType": "SPOT", "instanceTypes": ["g5.xlarge"]}),
    ("PLN-DEL-002", "aws:eks/cluster:Cluster", {"deletionProtection": False}),
    ("PLN-DEL-003", "aws:s3/bucket:Bucket", {"forceDestroy": True}),
    ("PLN-EC2-001", "aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings.ebs.encrypted": "false"}),
    ("PLN-EC2-002", "aws:ec2/launchTemplate:LaunchTemplate", {"metadataOptions.httpTokens": "optional"}),
    ("PLN-EC2-003", "aws:ec2/launchTemplate:LaunchTemplate", {"metadataOptions.httpPutResponseHopLimit": 2}),
    ("PLN-EKS-001", "aws:eks/cluster:Cluster", {"encryptionConfig": None}),
    ("PLN-EKS-002", "aws:eks/cluster:Cluster", {"vpcConfig.endpointPublicAccess": True}),
    ("PLN-EKS-003", "aws:eks/cluster:Cluster", {"enabledClusterLogTypes": ["api"]}),
    ("PLN-EKS-005", "aws:eks/nodeGroup:NodeGroup", {"launchTemplate": None}),
    ("PLN-KMS-001", "aws:kms/key:Key", {"enableKeyRotation": False}),
    ("PLN-LOG-001", "aws:cloudwatch/logGroup:LogGroup", {"kmsKeyId": None}),
    ("PLN-LOG-002", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 180}),
    ("PLN-NET-001", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"cidrIpv4": "0.0.0.0/0"}),
    ("PLN-NET-002", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}),
    ("PLN-S3-001", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {"blockPublicPolicy": False}),
    ("PLN-S3-003", "aws:s3/bucketPolicy:BucketPolicy", {"policy": '{"Statement": []}'}),
    ("PLN-S3-004", "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration.status": "Suspended"}),
    ("PLN-SGM-001", "aws:sagemaker/endpointConfiguration:EndpointConfiguration", {"kmsKeyArn": None}),
    ("PLN-SGM-002", "aws:sagemaker/endpointConfiguration:EndpointConfiguration", {"productionVariants.initialInstanceCount": 1}),
    ("PLN-SGM-002", "aws:appautoscaling/target:Target", {"minCapacity": 1}),
    ("PLN-SGM-003", "aws:sagemaker/model:Model", {"vpcConfig": None}),
    ("PLN-SNS-001", "aws:sns/topic:Topic", {"kmsMasterKeyId": None}),
    ("PLN-SQS-001", "aws:sqs/queue:Queue", {"kmsMasterKeyId": None}),
    ("PLN-TAG-001", "aws:s3/bucket:Bucket", {"tags.team": ""}),
    ("PLN-TAG-002", "aws:ec2/launchTemplate:LaunchTemplate", {"tagSpecifications": None}),
]


@pytest.mark.parametrize(("rule", "type_", "flips"), FLIPS, ids=[f"{flip[0]}-{flip[1].rsplit(':', 1)[-1]}" for flip in FLIPS])
def test_a_value_that_is_flipped_in_prod_breaks_its_rule(prod, rule, type_, flips: Mapping):
    inputs = dict(prod.of_type(type_)[0].inputs)
    for path, value in flips.items():
        inputs = changed(inputs, path, value)
    report = policies.check(flipped(prod, type_, inputs=inputs))
    assert rule in {finding.rule for finding in report.with_status(Status.VIOLATION)}


@pytest.mark.parametrize(
    ("rule", "type_"),
    [
        ("PLN-NET-005", "aws:ec2/flowLog:FlowLog"),
        ("PLN-S3-001", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
        ("PLN-S3-002", "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"),
        ("PLN-S3-003", "aws:s3/bucketPolicy:BucketPolicy"),
        ("PLN-S3-004", "aws:s3/bucketVersioning:BucketVersioning"),
    ],
)
def test_a_side_car_that_is_left_out_of_prod_breaks_its_rule(prod, rule, type_):
    assert rule in {finding.rule for finding in policies.check(without(prod, type_)).with_status(Status.VIOLATION)}


def test_a_resource_that_holds_data_and_is_not_protected_breaks_its_rule(prod):
    report = policies.check(flipped(prod, "aws:s3/bucket:Bucket", options=Options(protect=False)))
    assert [finding.rule for finding in report.with_status(Status.VIOLATION)] == ["PLN-DEL-001"]


def test_a_nat_gateway_that_is_left_out_of_prod_breaks_its_rule(prod):
    first = prod.of_type("aws:ec2/natGateway:NatGateway")[0]
    fewer = rebuilt(prod, (each for each in prod.resources if each.urn != first.urn))
    assert "PLN-NET-004" in {finding.rule for finding in policies.check(fewer).with_status(Status.VIOLATION)}


def test_a_spot_pool_whose_on_demand_group_is_left_out_breaks_its_rule(prod):
    kept = (each for each in prod.resources if each.type != "aws:eks/nodeGroup:NodeGroup" or each.inputs.get("capacityType") == "SPOT")
    assert "PLN-CAP-002" in {finding.rule for finding in policies.check(rebuilt(prod, kept)).with_status(Status.VIOLATION)}
