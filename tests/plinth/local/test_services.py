from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from plinth.local import Finding, LocalAws, Status, deploy, destroy, verify
from plinth.local.services import TABLE

TAGS = {"team": "search", "environment": "test"}
SAID_NOT_ECHOED = {
    ("aws:eks/cluster:Cluster", "bootstrapSelfManagedAddons"),
    ("aws:eks/addon:Addon", "resolveConflictsOnCreate"),
    ("aws:eks/addon:Addon", "podIdentityAssociations.0.roleArn"),
    ("aws:appautoscaling/target:Target", "tags"),
    ("aws:kms/key:Key", "rotationPeriodInDays"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "description"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "description"),
    ("aws:s3/bucketNotification:BucketNotification", "eventbridge"),
}
"""What AWS itself, or moto, does not answer with. Anything else that is not echoed is a mistake in the table."""


def depends(make, resource, *others):
    """Add dependencies that the values do not show."""
    make.resources[-1] = resource.model_copy(update={"dependencies": (*resource.dependencies, *(other.urn for other in others))})
    return make.resources[-1]


def network(make):
    vpc = make("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": True, "tags": TAGS})
    make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", {"vpcId": vpc.id, "tags": TAGS})
    zones = [("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"), ("c", "10.0.2.0/24")]
    subnets = [
        make(
            "aws:ec2/subnet:Subnet",
            f"subnet-{zone}",
            {"vpcId": vpc.id, "cidrBlock": cidr, "availabilityZone": f"us-east-1{zone}", "mapPublicIpOnLaunch": False, "tags": TAGS},
        )
        for zone, cidr in zones
    ]
    return vpc, subnets


def role(make, trust, name="role", service="eks.amazonaws.com"):
    return make("aws:iam/role:Role", name, {"assumeRolePolicy": trust(service), "description": "d", "maxSessionDuration": 3600, "tags": TAGS})


def the_network(make, trust):
    vpc, subnets = network(make)
    gateway = make("aws:ec2/internetGateway:InternetGateway", "igw", {"vpcId": vpc.id, "tags": TAGS})
    address = make("aws:ec2/eip:Eip", "ip", {"domain": "vpc", "tags": TAGS})
    nat = make("aws:ec2/natGateway:NatGateway", "nat", {"allocationId": address.id, "subnetId": subnets[0].id, "tags": TAGS})
    depends(make, nat, gateway)
    table = make("aws:ec2/routeTable:RouteTable", "table", {"vpcId": vpc.id, "tags": TAGS})
    make("aws:ec2/route:Route", "out", {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat.id})
    make("aws:ec2/routeTableAssociation:RouteTableAssociation", "assoc", {"routeTableId": table.id, "subnetId": subnets[1].id})
    inline = {"vpcId": vpc.id, "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}]}
    make("aws:ec2/routeTable:RouteTable", "inline", inline)
    group = make("aws:ec2/securityGroup:SecurityGroup", "group", {"vpcId": vpc.id, "description": "endpoints", "tags": TAGS})
    rule = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "tags": TAGS}
    make("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", {**rule, "cidrIpv4": "10.0.0.0/16", "description": "HTTPS"})
    make("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "within", {**rule, "referencedSecurityGroupId": group.id, "description": "own"})
    ingress = [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8"]}]
    make(
        "aws:ec2/securityGroup:SecurityGroup",
        "inline",
        {"vpcId": vpc.id, "ingress": ingress, "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.0.0/8"]}]},
    )
    gateway_endpoint = {"vpcId": vpc.id, "serviceName": "com.amazonaws.us-east-1.s3", "vpcEndpointType": "Gateway", "routeTableIds": [table.id]}
    s3 = make("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {**gateway_endpoint, "policy": '{"Version":"2012-10-17","Statement":[]}', "tags": TAGS})
    make("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "s3", {**rule, "prefixListId": s3.outputs["prefixListId"]})
    interface = {"vpcId": vpc.id, "serviceName": "com.amazonaws.us-east-1.sts", "vpcEndpointType": "Interface", "subnetIds": [s.id for s in subnets]}
    make("aws:ec2/vpcEndpoint:VpcEndpoint", "sts", {**interface, "securityGroupIds": [group.id], "privateDnsEnabled": True, "tags": TAGS})
    logs = make("aws:cloudwatch/logGroup:LogGroup", "logs", {"name": "/flow", "retentionInDays": 30, "tags": TAGS})
    writer = role(make, trust, "writer", "vpc-flow-logs.amazonaws.com")
    flow = {"vpcId": vpc.id, "trafficType": "ALL", "logDestinationType": "cloud-watch-logs", "logDestination": logs.outputs["arn"]}
    make("aws:ec2/flowLog:FlowLog", "flow", {**flow, "iamRoleArn": writer.outputs["arn"], "maxAggregationInterval": 600, "tags": TAGS})


def the_cluster(make, trust):
    _, subnets = network(make)
    key = make("aws:kms/key:Key", "key", {"enableKeyRotation": True, "rotationPeriodInDays": 180, "deletionWindowInDays": 7})
    owner = role(make, trust)
    cluster = make(
        "aws:eks/cluster:Cluster",
        "cluster",
        {
            "name": "plinth-test",
            "roleArn": owner.outputs["arn"],
            "version": "1.33",
            "vpcConfig": {"subnetIds": [s.id for s in subnets], "endpointPrivateAccess": True, "endpointPublicAccess": False},
            "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
            "enabledClusterLogTypes": ["api", "audit"],
            "encryptionConfig": {"provider": {"keyArn": key.outputs["arn"]}, "resources": ["secrets"]},
            "upgradePolicy": {"supportType": "STANDARD"},
            "zonalShiftConfig": {"enabled": True},
            "deletionProtection": True,
            "bootstrapSelfManagedAddons": False,
            "tags": TAGS,
        },
    )
    name, group = cluster.outputs["name"], cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]
    rule = make("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api", {"securityGroupId": group, "cidrIpv4": "10.0.0.0/16", "ipProtocol": "-1"})
    depends(make, rule, cluster)
    placement = make("aws:ec2/placementGroup:PlacementGroup", "efa", {"strategy": "cluster", "tags": TAGS})
    volume = {"encrypted": "true", "kmsKeyId": key.outputs["arn"], "volumeType": "gp3", "volumeSize": 50, "deleteOnTermination": "true"}
    template = make(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "nodes",
        {
            "description": "nodes",
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": volume}],
            "placement": {"groupName": placement.outputs["name"]},
            "networkInterfaces": [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "efa", "securityGroups": [group], "deleteOnTermination": "true"}],
            "tagSpecifications": [{"resourceType": "instance", "tags": TAGS}],
            "updateDefaultVersion": True,
            "tags": TAGS,
        },
    )
    depends(make, template, cluster)
    gpu = make(
        "aws:eks/nodeGroup:NodeGroup",
        "gpu",
        {
            "clusterName": name,
            "nodeRoleArn": owner.outputs["arn"],
            "subnetIds": [s.id for s in subnets],
            "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": 0},
            "capacityType": "SPOT",
            "instanceTypes": ["g5.xlarge", "g6.xlarge"],
            "amiType": "AL2023_x86_64_NVIDIA",
            "labels": {"a": "b"},
            "taints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}],
            "launchTemplate": {"id": template.id, "version": "1"},
            "updateConfig": {"maxUnavailable": 1},
            "tags": TAGS,
        },
    )
    group_name = gpu.outputs["resources"][0]["autoscalingGroups"][0]["name"]
    accelerator = {"key": "k8s.io/cluster-autoscaler/node-template/label/gpu", "value": "l4", "propagateAtLaunch": False}
    depends(make, make("aws:autoscaling/tag:Tag", "tag", {"autoscalingGroupName": group_name, "tag": accelerator}), gpu)
    identity = {"roleArn": owner.outputs["arn"], "serviceAccount": "ebs-csi-controller-sa"}
    addon = {"clusterName": name, "addonName": "aws-ebs-csi-driver", "podIdentityAssociations": [identity], "configurationValues": '{"a": "b"}'}
    make("aws:eks/addon:Addon", "ebs", {**addon, "addonVersion": "v1.50.0-eksbuild.1", "resolveConflictsOnCreate": "OVERWRITE", "tags": TAGS})
    entry = make("aws:eks/accessEntry:AccessEntry", "people", {"clusterName": name, "principalArn": owner.outputs["arn"], "type": "STANDARD", "tags": TAGS})
    policy = {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessScope": {"type": "namespace", "namespaces": ["search"]}}
    association = make("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "view", {"clusterName": name, "principalArn": owner.outputs["arn"], **policy})
    depends(make, association, entry)
    pod = {"clusterName": name, "namespace": "search", "serviceAccount": "trainer", "roleArn": owner.outputs["arn"], "tags": TAGS}
    make("aws:eks/podIdentityAssociation:PodIdentityAssociation", "pod", pod)
    issuer = cluster.outputs["identities"][0]["oidcs"][0]["issuer"]
    provider = make("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "oidc", {"url": issuer, "clientIdLists": ["sts.amazonaws.com"]})
    depends(make, provider, cluster)


def the_endpoint(make, trust):
    _, subnets = network(make)
    key = make("aws:kms/key:Key", "key", {})
    runner = role(make, trust, service="sagemaker.amazonaws.com")
    group = make("aws:ec2/securityGroup:SecurityGroup", "group", {"vpcId": make.resources[0].id, "description": "endpoint"})
    container = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1", "modelDataUrl": "s3://models/m.tar.gz", "environment": {"A": "1"}}
    where = {"securityGroupIds": [group.id], "subnets": [s.id for s in subnets]}
    model = make(
        "aws:sagemaker/model:Model",
        "model",
        {"executionRoleArn": runner.outputs["arn"], "primaryContainer": container, "enableNetworkIsolation": True, "vpcConfig": where, "tags": TAGS},
    )
    variant = {
        "variantName": "AllTraffic",
        "modelName": model.outputs["name"],
        "initialInstanceCount": 2,
        "instanceType": "ml.g6.xlarge",
        "initialVariantWeight": 1,
    }
    capture = {"enableCapture": True, "initialSamplingPercentage": 100, "destinationS3Uri": "s3://capture/x", "captureOptions": [{"captureMode": "Input"}]}
    config = make(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "config",
        {"kmsKeyArn": key.outputs["arn"], "productionVariants": [variant], "dataCaptureConfig": {**capture, "kmsKeyId": key.outputs["arn"]}, "tags": TAGS},
    )
    topic = make("aws:sns/topic:Topic", "alerts", {"kmsMasterKeyId": key.outputs["arn"], "tags": TAGS})
    make("aws:sns/topicPolicy:TopicPolicy", "alerts", {"arn": topic.outputs["arn"], "policy": '{"Version":"2012-10-17","Statement":[]}'})
    make("aws:sns/topicSubscription:TopicSubscription", "mail", {"topic": topic.outputs["arn"], "protocol": "email", "endpoint": "ml@example.com"})
    make(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "errors",
        {
            "name": "e-5xx",
            "alarmDescription": "5xx",
            "namespace": "AWS/SageMaker",
            "metricName": "Invocation5XXErrors",
            "dimensions": {"EndpointName": "e", "VariantName": "AllTraffic"},
            "statistic": "Average",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 0.01,
            "period": 60,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 2,
            "treatMissingData": "notBreaching",
            "alarmActions": [topic.outputs["arn"]],
            "okActions": [topic.outputs["arn"]],
            "tags": TAGS,
        },
    )
    metric = {"metricName": "Invocations", "namespace": "AWS/SageMaker", "period": 60, "stat": "Sum", "dimensions": {"EndpointName": "e"}}
    queries = [{"id": "m", "metric": metric}, {"id": "rate", "expression": "m / 60", "label": "rate", "returnData": True}]
    math = {"comparisonOperator": "LessThanThreshold", "evaluationPeriods": 1, "threshold": 1, "metricQueries": queries}
    make("aws:cloudwatch/metricAlarm:MetricAlarm", "math", math)
    traffic = {"type": "CANARY", "waitIntervalInSeconds": 300, "canarySize": {"type": "CAPACITY_PERCENT", "value": 10}}
    deployment = {"blueGreenUpdatePolicy": {"trafficRoutingConfiguration": traffic}, "autoRollbackConfiguration": {"alarms": [{"alarmName": "e-5xx"}]}}
    endpoint = make(
        "aws:sagemaker/endpoint:Endpoint", "endpoint", {"name": "e", "endpointConfigName": config.outputs["name"], "deploymentConfig": deployment, "tags": TAGS}
    )
    variant_target = {
        "serviceNamespace": "sagemaker",
        "resourceId": "endpoint/e/variant/AllTraffic",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    target = depends(make, make("aws:appautoscaling/target:Target", "target", {**variant_target, "minCapacity": 2, "maxCapacity": 4, "tags": TAGS}), endpoint)
    tracking = {
        "targetValue": 70,
        "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }
    policy = {**variant_target, "name": "load", "policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": tracking}
    depends(make, make("aws:appautoscaling/policy:Policy", "policy", policy), target)
    make("aws:sagemaker/modelPackageGroup:ModelPackageGroup", "registry", {"modelPackageGroupName": "fraud", "modelPackageGroupDescription": "d", "tags": TAGS})
    make("aws:cloudwatch/dashboard:Dashboard", "board", {"dashboardName": "ml", "dashboardBody": '{"widgets": []}'})


def the_queue(make, trust):
    queue = make("aws:sqs/queue:Queue", "queue", {"name": "plinth", "messageRetentionSeconds": 300, "sqsManagedSseEnabled": True, "tags": TAGS})
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue.outputs["arn"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    make("aws:sqs/queuePolicy:QueuePolicy", "policy", {"queueUrl": queue.id, "policy": policy})
    pattern = '{"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]}'
    rule = make("aws:cloudwatch/eventRule:EventRule", "spot", {"description": "spot", "eventPattern": pattern, "tags": TAGS})
    make("aws:cloudwatch/eventTarget:EventTarget", "queue", {"rule": rule.outputs["name"], "arn": queue.outputs["arn"]})


def the_identities(make, trust):
    boundary = make(
        "aws:iam/policy:Policy",
        "boundary",
        {"policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}), "tags": TAGS},
    )
    owner = make("aws:iam/role:Role", "owner", {"assumeRolePolicy": trust("ec2.amazonaws.com"), "permissionsBoundary": boundary.outputs["arn"], "tags": TAGS})
    own = {"role": owner.outputs["name"]}
    make("aws:iam/rolePolicy:RolePolicy", "own", {**own, "policy": boundary.inputs["policy"]})
    make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws", {**own, "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"})
    make("aws:iam/instanceProfile:InstanceProfile", "profile", {**own, "tags": TAGS})
    paths = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::123456789012:*"}
    inline = [{"name": "inline", "policy": json.dumps({"Version": "2012-10-17", "Statement": [paths]})}]
    make("aws:iam/role:Role", "inline", {"assumeRolePolicy": trust("ec2.amazonaws.com"), "managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]})
    make("aws:iam/policy:Policy", "all-iam", {"policy": inline[0]["policy"]})


def the_buckets(make, trust):
    queue = make("aws:sqs/queue:Queue", "events", {"name": "events"})
    logs = make("aws:s3/bucket:Bucket", "logs", {"bucket": "access-logs"})
    lake = make("aws:s3/bucket:Bucket", "lake", {"tags": TAGS, "objectLockEnabled": True})
    own = {"bucket": lake.id}
    block = make(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "block",
        {**own, "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
    )
    make("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "owner", {**own, "rule": {"objectOwnership": "BucketOwnerEnforced"}})
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*"],
        "Resource": [f"{lake.outputs['arn']}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    depends(make, make("aws:s3/bucketPolicy:BucketPolicy", "policy", {**own, "policy": json.dumps({"Version": "2012-10-17", "Statement": [deny]})}), block)
    versioning = make("aws:s3/bucketVersioning:BucketVersioning", "versions", {**own, "versioningConfiguration": {"status": "Enabled"}})
    rules = [
        {
            "id": "tiers",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "transitions": [{"days": 30, "storageClass": "STANDARD_IA"}],
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
        },
        {"id": "whole", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}},
    ]
    depends(make, make("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "tiers", {**own, "rules": rules}), versioning)
    make("aws:s3/bucketLogging:BucketLogging", "logging", {**own, "targetBucket": logs.id, "targetPrefix": "lake/"})
    sse = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    make(sse, "sse", {**own, "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]})
    queues = [{"events": ["s3:ObjectCreated:*"], "queueArn": queue.outputs["arn"], "filterSuffix": ".parquet"}]
    make("aws:s3/bucketNotification:BucketNotification", "events", {**own, "queues": queues, "eventbridge": True})
    make("aws:kms/alias:Alias", "alias", {"name": "alias/lake", "targetKeyId": make("aws:kms/key:Key", "key", {"isEnabled": False}).id})


def the_images(make, trust):
    key = make("aws:kms/key:Key", "key", {"description": "images"})
    encryption = [{"encryptionType": "KMS", "kmsKey": key.outputs["arn"]}]
    own = {"name": "plinth/serving", "imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}, "forceDelete": False}
    repository = make("aws:ecr/repository:Repository", "serving", {**own, "encryptionConfigurations": encryption, "tags": TAGS})
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    rules = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
    make("aws:ecr/lifecyclePolicy:LifecyclePolicy", "untagged", {"repository": repository.outputs["name"], "policy": rules})


FAMILIES = (the_network, the_cluster, the_endpoint, the_queue, the_identities, the_images, the_buckets)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_family_is_created_read_back_and_destroyed_with_nothing_left(family: Callable, make, aws: LocalAws, trust):
    family(make, trust)
    deployment = deploy(make.stack(), aws)
    assert [(r.type, r.reason) for r in deployment.resources if r.status is not Status.CREATED] == []
    report = verify(deployment, aws)
    assert report.missing == {} and report.of(Finding.DIFFERS) == ()
    unheard = {(deployment.by_urn[verdict.urn].type, verdict.property) for verdict in report.of(Finding.NOT_ECHOED)}
    assert unheard <= SAID_NOT_ECHOED
    destroyed = destroy(deployment, aws, force=True)
    assert destroyed.failed == {} and destroyed.leftovers == ()


def test_every_entry_of_the_table_is_exercised_by_a_family(make, trust):
    for family in FAMILIES:
        family(make, trust)
    assert set(TABLE) - {resource.type for resource in make.resources} == set()


def test_without_force_deletion_protection_refuses(make, aws, trust):
    make("aws:cloudwatch/logGroup:LogGroup", "audit", {"name": "/audit", "deletionProtectionEnabled": True, "logGroupClass": "STANDARD"})
    deployment = deploy(make.stack(), aws)
    assert verify(deployment, aws).of(Finding.NOT_ECHOED) == ()
    report = destroy(deployment, aws)
    assert "deletion protection" in next(iter(report.failed.values())) and not report.fine
    assert destroy(deployment, aws, force=True).fine
