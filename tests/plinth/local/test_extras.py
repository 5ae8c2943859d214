"""The extras against botocore's own models: every answer has the service's shape, and the state behind it is real."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def eks(aws, trust):
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("eks.amazonaws.com"))["Role"]["Arn"]
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    client = aws.client("eks")
    client.create_cluster(
        name="c", roleArn=role, resourcesVpcConfig={"subnetIds": [subnet]}, accessConfig={"authenticationMode": "API"}, deletionProtection=True
    )
    client.role, client.vpc = role, vpc
    return client


def conforms(value, shape, path="answer"):
    """Fail where an answer holds what the service's model does not, or a value of another type."""
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), f"{path}: {set(value) - set(shape.members)}"
        missing = set(shape.required_members) - set(value)
        assert not missing, f"{path} lacks {missing}"
        for key, item in value.items():
            conforms(item, shape.members[key], f"{path}.{key}")
    elif shape.type_name == "list":
        for item in value:
            conforms(item, shape.member, path)
    elif shape.type_name == "map":
        for item in value.values():
            conforms(item, shape.value, path)
    else:
        python = {"string": str, "boolean": bool, "integer": int, "long": int}.get(shape.type_name)
        assert python is None or isinstance(value, python), f"{path} is {value!r}"
        assert not getattr(shape, "enum", None) or value in shape.enum, f"{path} is {value!r}"


def asked(client, operation, **arguments):
    """Call, check the answer's shape, and return it. botocore drops members that its model lacks, so the raw state is checked too."""
    answer = getattr(client, operation)(**arguments)
    answer.pop("ResponseMetadata")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).output_shape
    conforms(answer, shape)
    return answer


def test_a_cluster_keeps_its_settings_and_has_a_security_group_of_its_own(eks, aws):
    cluster = asked(eks, "describe_cluster", name="c")["cluster"]
    assert cluster["accessConfig"] == {"bootstrapClusterCreatorAdminPermissions": True, "authenticationMode": "API"}
    group = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"] == eks.vpc == cluster["resourcesVpcConfig"]["vpcId"]
    with pytest.raises(ClientError, match="deletion protection"):
        eks.delete_cluster(name="c")
    assert asked(eks, "update_cluster_config", name="c", deletionProtection=False)["update"]["status"] == "Successful"
    eks.delete_cluster(name="c")
    with pytest.raises(ClientError, match="NotFound"):
        aws.client("ec2").describe_security_groups(GroupIds=[group])


def test_access_entries_and_policies_are_made_listed_and_deleted(eks):
    entry = asked(eks, "create_access_entry", clusterName="c", principalArn=eks.role, tags={"a": "b"})["accessEntry"]
    assert entry["type"] == "STANDARD" and entry["username"] == eks.role
    assert asked(eks, "describe_access_entry", clusterName="c", principalArn=eks.role)["accessEntry"] == entry
    assert asked(eks, "list_access_entries", clusterName="c")["accessEntries"] == [eks.role]
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.create_access_entry(clusterName="c", principalArn=eks.role)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    asked(eks, "associate_access_policy", clusterName="c", principalArn=eks.role, policyArn=policy, accessScope={"type": "cluster"})
    (found,) = asked(eks, "list_associated_access_policies", clusterName="c", principalArn=eks.role)["associatedAccessPolicies"]
    assert found["policyArn"] == policy
    eks.disassociate_access_policy(clusterName="c", principalArn=eks.role, policyArn=policy)
    assert asked(eks, "list_associated_access_policies", clusterName="c", principalArn=eks.role)["associatedAccessPolicies"] == []
    eks.delete_access_entry(clusterName="c", principalArn=eks.role)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.describe_access_entry(clusterName="c", principalArn=eks.role)


def test_a_cluster_that_authenticates_by_config_map_takes_no_access_entry(eks):
    eks.update_cluster_config(name="c", accessConfig={"authenticationMode": "CONFIG_MAP"})
    with pytest.raises(ClientError, match="authentication mode"):
        eks.create_access_entry(clusterName="c", principalArn=eks.role)


def test_addons_own_their_pod_identities(eks):
    identity = {"serviceAccount": "ebs", "roleArn": eks.role}
    addon = asked(eks, "create_addon", clusterName="c", addonName="aws-ebs-csi-driver", podIdentityAssociations=[identity], configurationValues="{}")["addon"]
    assert asked(eks, "describe_addon", clusterName="c", addonName="aws-ebs-csi-driver")["addon"] == addon
    assert asked(eks, "list_addons", clusterName="c")["addons"] == ["aws-ebs-csi-driver"]
    (owned,) = asked(eks, "list_pod_identity_associations", clusterName="c")["associations"]
    assert owned["ownerArn"] == addon["addonArn"] and addon["podIdentityAssociations"] == [owned["associationArn"]]
    assert asked(eks, "delete_addon", clusterName="c", addonName="aws-ebs-csi-driver")["addon"]["status"] == "DELETING"
    assert asked(eks, "list_pod_identity_associations", clusterName="c")["associations"] == []


@pytest.mark.parametrize("own_template", [True, False])
def test_a_node_group_has_an_auto_scaling_group_that_goes_with_it(eks, aws, own_template):
    ec2, autoscaling = aws.client("ec2"), aws.client("autoscaling")
    made = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData={"InstanceType": "g6.xlarge"})["LaunchTemplate"]["LaunchTemplateId"]
    subnets = eks.describe_cluster(name="c")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    template = {"launchTemplate": {"id": made}} if own_template else {}
    wanted = {"subnets": subnets, "nodeRole": eks.role, "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1}}
    group = asked(eks, "create_nodegroup", clusterName="c", nodegroupName="n", updateConfig={"maxUnavailable": 1}, **wanted, **template)["nodegroup"]
    assert group["updateConfig"] == {"maxUnavailable": 1}
    name = group["resources"]["autoScalingGroups"][0]["name"]
    (found,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert found["MaxSize"] == 3 and found["Instances"] == [] and found["VPCZoneIdentifier"] == ",".join(subnets)
    asked(eks, "delete_nodegroup", clusterName="c", nodegroupName="n")
    assert autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert [template["LaunchTemplateName"] for template in ec2.describe_launch_templates()["LaunchTemplates"]] == ["t"]


def test_a_service_account_has_one_pod_identity(eks):
    account = {"clusterName": "c", "namespace": "n", "serviceAccount": "s", "roleArn": eks.role}
    made = asked(eks, "create_pod_identity_association", **account)["association"]
    assert asked(eks, "describe_pod_identity_association", clusterName="c", associationId=made["associationId"])["association"] == made
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.create_pod_identity_association(**account)
    asked(eks, "delete_pod_identity_association", clusterName="c", associationId=made["associationId"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.delete_pod_identity_association(clusterName="c", associationId=made["associationId"])


def test_placement_groups(aws):
    ec2 = aws.client("ec2")
    tags = [{"ResourceType": "placement-group", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = asked(ec2, "create_placement_group", GroupName="efa", Strategy="cluster", TagSpecifications=tags)["PlacementGroup"]
    assert asked(ec2, "describe_placement_groups", GroupNames=["efa"])["PlacementGroups"] == [made] and made["State"] == "available"
    with pytest.raises(ClientError, match="Duplicate"):
        ec2.create_placement_group(GroupName="efa", Strategy="cluster")
    ec2.delete_placement_group(GroupName="efa")
    assert asked(ec2, "describe_placement_groups")["PlacementGroups"] == []
    with pytest.raises(ClientError, match=r"InvalidPlacementGroup\.Unknown"):
        ec2.delete_placement_group(GroupName="efa")


def test_sagemaker_takes_today_s_instance_types_and_no_others(aws):
    sagemaker = aws.client("sagemaker")
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.g6.xlarge"}
    sagemaker.create_model(ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/service", EnableNetworkIsolation=True)
    assert asked(sagemaker, "describe_model", ModelName="m")["EnableNetworkIsolation"]
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], ExecutionRoleArn="arn:aws:iam::123456789012:role/service")
    described = asked(sagemaker, "describe_endpoint_config", EndpointConfigName="c")
    assert described["ExecutionRoleArn"].endswith("role/service") and described["ProductionVariants"][0]["InstanceType"] == "ml.g6.xlarge"
    with pytest.raises(ClientError, match=r"ml\.nosuch"):
        sagemaker.create_endpoint_config(EndpointConfigName="d", ProductionVariants=[{**variant, "InstanceType": "ml.nosuch.large"}])


def test_a_log_group_keeps_its_class_and_its_protection(aws):
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/a", logGroupClass="INFREQUENT_ACCESS", deletionProtectionEnabled=True)
    (group,) = asked(logs, "describe_log_groups")["logGroups"]
    assert group["logGroupClass"] == "INFREQUENT_ACCESS" and group["deletionProtectionEnabled"]
    with pytest.raises(ClientError, match="deletion protection"):
        logs.delete_log_group(logGroupName="/a")
    logs.put_log_group_deletion_protection(logGroupIdentifier=group["logGroupArn"], deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/a")
    with pytest.raises(ClientError, match="does not exist"):
        logs.put_log_group_deletion_protection(logGroupIdentifier="/a", deletionProtectionEnabled=True)


def test_access_logging_needs_a_grant_where_the_target_has_acls(aws):
    s3 = aws.client("s3")
    for name in ("logs", "data"):
        s3.create_bucket(Bucket=f"{name}-bucket")
    status = {"LoggingEnabled": {"TargetBucket": "logs-bucket", "TargetPrefix": "x/"}}
    s3.put_bucket_logging(Bucket="data-bucket", BucketLoggingStatus=status)
    assert s3.get_bucket_logging(Bucket="data-bucket")["LoggingEnabled"]["TargetBucket"] == "logs-bucket"
    s3.put_bucket_ownership_controls(Bucket="logs-bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket="data-bucket", BucketLoggingStatus=status)


def test_a_policy_may_name_all_iam_resources_of_the_account_and_no_other_path(aws):
    iam = aws.client("iam")

    def policy(resource):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": resource}]})

    iam.create_policy(PolicyName="all", PolicyDocument=policy("arn:aws:iam::123456789012:*"))
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        iam.create_policy(PolicyName="odd", PolicyDocument=policy("arn:aws:iam::123456789012:nosuch/x"))


def test_a_reset_forgets_what_the_extras_keep(aws):
    aws.client("ec2").create_placement_group(GroupName="efa", Strategy="cluster")
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.ec2.models import ec2_backends

    ec2_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
    assert aws.client("ec2").describe_placement_groups()["PlacementGroups"] == []
