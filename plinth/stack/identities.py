"""The ids, names and ARNs that the recorder makes up: one table, the same answer for the same URN every time.

Each template may use {name} (the physical name), {id}, {arn}, {region}, {account}, {partition}, {hash8}, {hash17} and the
resource's own scalar inputs as {input_<key>}. Hashes are of the URN and the output's key, so that no two resources share a made-up string.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"
PARTITION = "aws"


@dataclass(frozen=True)
class Identity:
    """How a type is named: its id, its ARN, the input that holds its physical name, and further outputs."""

    id: str = "{name}"
    arn: str | None = None
    name_key: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)


def _arn(service: str, resource: str, *, regional: bool = True, account: bool = True) -> str:
    return f"arn:{{partition}}:{service}:{'{region}' if regional else ''}:{'{account}' if account else ''}:{resource}"


def _ec2(prefix: str, resource: str, **outputs: Any) -> Identity:
    return Identity(id=f"{prefix}-{{hash17}}", arn=_arn("ec2", f"{resource}/{{id}}"), outputs=outputs)


IDENTITIES: dict[str, Identity] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc",
        "vpc",
        defaultSecurityGroupId="sg-{hash17}",
        defaultRouteTableId="rtb-{hash17}",
        mainRouteTableId="rtb-{hash17}",
        defaultNetworkAclId="acl-{hash17}",
    ),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/natGateway:NatGateway": _ec2("nat", "natgateway", publicIp="192.0.2.1", networkInterfaceId="eni-{hash17}"),
    "aws:ec2/eip:Eip": _ec2("eipalloc", "elastic-ip", allocationId="{id}", publicIp="192.0.2.1"),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table"),
    "aws:ec2/route:Route": Identity(id="r-{hash17}"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Identity(id="rtbassoc-{hash17}"),
    "aws:ec2/securityGroup:SecurityGroup": Identity(id="sg-{hash17}", arn=_arn("ec2", "security-group/{id}"), name_key="name"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2("sg", "security-group"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Identity(id="sgrule-{hash17}"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2("sgr", "security-group-rule", securityGroupRuleId="{id}"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2("sgr", "security-group-rule", securityGroupRuleId="{id}"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpce", "vpc-endpoint", prefixListId="pl-{hash8}"),
    "aws:ec2/flowLog:FlowLog": _ec2("fl", "vpc-flow-log"),
    "aws:ec2/networkAcl:NetworkAcl": _ec2("acl", "network-acl"),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": _ec2("acl", "network-acl"),
    "aws:ec2/launchTemplate:LaunchTemplate": Identity(
        id="lt-{hash17}", arn=_arn("ec2", "launch-template/{id}"), name_key="name", outputs={"latestVersion": 1, "defaultVersion": 1}
    ),
    "aws:ec2/placementGroup:PlacementGroup": Identity(arn=_arn("ec2", "placement-group/{name}"), name_key="name", outputs={"placementGroupId": "pg-{hash17}"}),
    "aws:s3/bucket:Bucket": Identity(
        arn="arn:{partition}:s3:::{name}",
        name_key="bucket",
        outputs={"bucketDomainName": "{name}.s3.amazonaws.com", "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com", "hostedZoneId": "Z{hash8}"},
    ),
    "aws:kms/key:Key": Identity(id="{hash36}", arn=_arn("kms", "key/{id}"), outputs={"keyId": "{id}"}),
    "aws:kms/alias:Alias": Identity(arn=_arn("kms", "{name}"), name_key="name", outputs={"targetKeyArn": _arn("kms", "key/{input_targetKeyId}")}),
    "aws:iam/role:Role": Identity(arn=_arn("iam", "role/{name}", regional=False), name_key="name", outputs={"uniqueId": "AROA{hash17}"}),
    "aws:iam/policy:Policy": Identity(id="{arn}", arn=_arn("iam", "policy/{name}", regional=False), name_key="name", outputs={"policyId": "ANPA{hash17}"}),
    "aws:iam/rolePolicy:RolePolicy": Identity(id="{name}-{hash8}", name_key="name"),
    "aws:iam/instanceProfile:InstanceProfile": Identity(arn=_arn("iam", "instance-profile/{name}", regional=False), name_key="name"),
    "aws:eks/cluster:Cluster": Identity(
        arn=_arn("eks", "cluster/{name}"),
        name_key="name",
        outputs={
            "endpoint": "https://{hash32}.gr7.{region}.eks.amazonaws.com",
            "certificateAuthority": {"data": "bWFkZS11cA=="},
            "identities": [{"oidcs": [{"issuer": "https://oidc.eks.{region}.amazonaws.com/id/{hash32}"}]}],
            "vpcConfig": {"clusterSecurityGroupId": "sg-{hash17}"},
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Identity(
        id="{input_clusterName}:{name}",
        arn=_arn("eks", "nodegroup/{input_clusterName}/{name}/{hash8}"),
        name_key="nodeGroupName",
        outputs={"resources": [{"autoscalingGroups": [{"name": "eks-{name}-{hash8}"}]}]},
    ),
    "aws:eks/addon:Addon": Identity(id="{input_clusterName}:{input_addonName}", arn=_arn("eks", "addon/{input_clusterName}/{input_addonName}/{hash8}")),
    "aws:eks/accessEntry:AccessEntry": Identity(
        id="{input_clusterName}:{hash8}", arn=None, outputs={"accessEntryArn": _arn("eks", "access-entry/{input_clusterName}/{hash8}")}
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Identity(id="{input_clusterName}#{hash8}"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Identity(
        id="a-{hash17}", outputs={"associationId": "a-{hash17}", "associationArn": _arn("eks", "podidentityassociation/{input_clusterName}/a-{hash17}")}
    ),
    "aws:sagemaker/model:Model": Identity(arn=_arn("sagemaker", "model/{name}"), name_key="name"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": Identity(arn=_arn("sagemaker", "endpoint-config/{name}"), name_key="name"),
    "aws:sagemaker/endpoint:Endpoint": Identity(arn=_arn("sagemaker", "endpoint/{name}"), name_key="name"),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Identity(arn=_arn("sagemaker", "model-package-group/{name}"), name_key="modelPackageGroupName"),
    "aws:appautoscaling/target:Target": Identity(id="{input_resourceId}", arn=_arn("application-autoscaling", "scalable-target/{hash32}")),
    "aws:appautoscaling/policy:Policy": Identity(
        id="{name}", arn=_arn("autoscaling", "scalingPolicy:{hash32}:resource/{input_resourceId}:policyName/{name}"), name_key="name"
    ),
    "aws:cloudwatch/logGroup:LogGroup": Identity(arn=_arn("logs", "log-group:{name}"), name_key="name"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Identity(arn=_arn("cloudwatch", "alarm:{name}"), name_key="name"),
    "aws:cloudwatch/eventRule:EventRule": Identity(arn=_arn("events", "rule/{name}"), name_key="name"),
    "aws:cloudwatch/eventTarget:EventTarget": Identity(id="{input_rule}-{hash8}", outputs={"targetId": "terraform-{hash17}"}),
    "aws:sqs/queue:Queue": Identity(
        id="https://sqs.{region}.amazonaws.com/{account}/{name}", arn=_arn("sqs", "{name}"), name_key="name", outputs={"url": "{id}"}
    ),
    "aws:sns/topic:Topic": Identity(id="{arn}", arn=_arn("sns", "{name}"), name_key="name"),
    "aws:ecr/repository:Repository": Identity(
        arn=_arn("ecr", "repository/{name}"),
        name_key="name",
        outputs={"repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}", "registryId": "{account}"},
    ),
    "aws:budgets/budget:Budget": Identity(id="{account}:{name}", arn="arn:{partition}:budgets::{account}:budget/{name}", name_key="name"),
}

GENERIC = Identity(id="{name}-{hash8}")
"""For a type that the table does not name: an id, and no ARN that could be wrong."""


def identify(type_: str, logical_name: str, urn: str, inputs: Mapping[str, Any], region: str) -> tuple[str, dict[str, Any]]:
    """The made-up id and outputs of a resource. The inputs given explicitly win over what the table would make up."""
    identity = IDENTITIES.get(type_, GENERIC)
    fields: dict[str, Any] = {f"input_{key}": value for key, value in inputs.items() if isinstance(value, str | int | float)}
    fields |= {
        "region": inputs.get("region") or region,
        "account": ACCOUNT,
        "partition": PARTITION,
        "name": _physical_name(identity, logical_name, urn, inputs),
    }
    fields["arn"] = ""
    by_name = "{arn}" in identity.id
    if not by_name:
        fields["id"] = _fill(identity.id, fields, urn, "id")
    if identity.arn:
        fields["arn"] = _fill(identity.arn, fields, urn, "arn")
    if by_name:
        fields["id"] = _fill(identity.id, fields, urn, "id")
    outputs = {key: _fill(template, fields, urn, key) for key, template in identity.outputs.items()}
    if identity.arn:
        outputs["arn"] = fields["arn"]
    if identity.name_key:
        outputs[identity.name_key] = fields["name"]
    return str(fields["id"]), outputs


def _physical_name(identity: Identity, logical_name: str, urn: str, inputs: Mapping[str, Any]) -> str:
    given = inputs.get(identity.name_key) if identity.name_key else None
    if isinstance(given, str):
        return given
    prefix = inputs.get(f"{identity.name_key}Prefix") if identity.name_key else None
    digest = _digest(urn, "name")
    if identity.name_key is None:
        return logical_name
    return f"{prefix}{digest[:26]}" if isinstance(prefix, str) else f"{logical_name}-{digest[:7]}"


def _digest(urn: str, key: str) -> str:
    return hashlib.sha256(f"{urn}#{key}".encode()).hexdigest()


def _fill(template: Any, fields: Mapping[str, Any], urn: str, key: str) -> Any:
    if isinstance(template, Mapping):
        return {k: _fill(v, fields, urn, f"{key}.{k}") for k, v in template.items()}
    if isinstance(template, list):
        return [_fill(item, fields, urn, f"{key}.{index}") for index, item in enumerate(template)]
    if not isinstance(template, str):
        return template
    digest = _digest(urn, "id" if key == "associationId" else key)
    guid = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    hashes = {"hash8": digest[:8], "hash17": digest[:17], "hash32": digest[:32].upper(), "hash36": guid}
    return template.format_map(_Fields({**fields, **hashes}))


class _Fields(dict[str, Any]):
    """An input that a template names but the program leaves out reads as its key, so that ids stay unique."""

    def __missing__(self, key: str) -> str:
        return key.removeprefix("input_")
